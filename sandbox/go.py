"""Programs of Go sources: how they are compiled fast, and how far a build of them is."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.cache import Say, ToolError
from sandbox.process import run
from sandbox.progress import Progress, Remaining

HERE: Final = Path(__file__).parent

_BUILD_SECONDS: Final = 1800.0
# What one core compiles and links in a second, in bytes of source.
_BYTES_PER_SECOND: Final = 220_000
# The linker's share, beside that of all packages together.
_LINKING: Final = 0.06
_STATED: Final = "-json=ImportPath,Stale,Dir,GoFiles"
_SAME: Final = ("-trimpath", "-buildvcs=false")


@dataclasses.dataclass(frozen=True)
class GoProgram:
    """A program: the folder with its `go.mod`, its file's name, the package of its `main`, and the linker's flags."""

    source: str
    executable: str
    package: str
    flags: str

    def build(self, folder: Path, env: Mapping[str, str], say: Say) -> None:
        """Compile it to `bin/` of a folder.

        Raises:
            ToolError: The compiler failed; the text is the end of what it said.
        """
        build = _Build(self.executable)
        output = str(folder / "bin" / self.executable)
        with Progress(build.state, say):
            listed = self._go(["list", *_SAME, "-deps", _STATED, self.package], env, build)
            build.begin(_sizes(_packages(listed)))
            self._go(["build", "-v", *_SAME, "-ldflags", self.flags, "-o", output, self.package], env, build)

    def _go(self, command: list[str], env: Mapping[str, str], build: "_Build") -> str:
        done = run(
            ["go", *command],
            cwd=HERE / self.source,
            env=go_environment(env),
            timeout=_BUILD_SECONDS,
            on_error=build.hear,
        )
        return checked(done)


def go_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for Go's compiler: it collects garbage less often than it would, as it ends soon anyway.

    That takes a fifth of the time away, and some hundred megabytes of memory. Go's notes about its own use go to its
    caches instead of the folder of the user's settings.
    """
    return {"GOGC": "400", "GOMEMLIMIT": "2GiB", **env, **_own_settings(env), "CGO_ENABLED": "0"}


def _own_settings(env: Mapping[str, str]) -> dict[str, str]:
    """Move Go's counters out of `~/.config`, where Linux has them, and leave the user's `go env` where it is."""
    if sys.platform != "linux":
        return {}
    home = Path(env.get("HOME") or Path.home())
    settings = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    caches = Path(env.get("XDG_CACHE_HOME") or home / ".cache")
    return {"GOENV": env.get("GOENV") or str(settings / "go/env"), "XDG_CONFIG_HOME": str(caches / "go-settings")}


def checked(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a program printed.

    Raises:
        ToolError: It failed; the text is the end of all that it printed.
    """
    if done.returncode != 0:
        raise ToolError("\n".join((done.stdout + done.stderr).strip().splitlines()[-15:]))
    return done.stdout


class _Build:
    """How far a build is: first its modules are downloaded, then its packages compiled, then they are linked."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._downloaded = 0
        self._left: dict[str, int] = {}
        self._count = self._all = 0
        self._remaining = Remaining(0.0)

    def begin(self, sizes: dict[str, int]) -> None:
        """Take in what is to be compiled, with the sizes of the sources."""
        self._left, self._count, self._all = sizes, len(sizes), sum(sizes.values())
        self._remaining = Remaining(self._all / _BYTES_PER_SECOND / (os.cpu_count() or 1))

    def hear(self, line: str) -> None:
        """Listen to what Go says: it names each module that it downloads, and each package as it begins with it."""
        if line.startswith("go: downloading "):
            self._downloaded += 1
        self._left.pop(line, None)

    def state(self) -> str:
        """Say how far it is."""
        if not self._all:
            return f"{self._what}: getting its sources, {self._downloaded} modules so far"
        remaining = self._remaining.words((1 - sum(self._left.values()) / self._all) * (1 - _LINKING))
        if not self._left:
            return f"{self._what}: linking, {remaining}"
        return f"{self._what}: {self._count - len(self._left)} of {self._count} packages compiled, {remaining}"


def _packages(listed: str) -> Iterator[dict[str, Any]]:
    """Read what `go list` printed: one JSON object after another."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(listed):
        package, position = decoder.raw_decode(listed, position)
        yield package
        position = len(listed) if (more := listed.find("{", position)) < 0 else more


def _sizes(packages: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Return the sizes of the packages that Go has not compiled yet."""
    stale = {package["ImportPath"]: package for package in packages if package.get("Stale")}
    return {
        name: sum(Path(package["Dir"], file).stat().st_size for file in package.get("GoFiles", []))
        for name, package in stale.items()
    }
