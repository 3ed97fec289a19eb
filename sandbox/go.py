"""Builds Go programs fast, and shows the progress of a build."""

import dataclasses
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sandbox.cache import Say, ToolError
from sandbox.compiler import HERE, go_environment
from sandbox.process import Line, run

_BUILD_SECONDS: Final = 1800.0
# How often a person who waits sees the progress.
_TOLD_SECONDS: float = 15.0
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
            ToolError: The compiler failed; the text is the end of its output.
        """
        output = str(folder / "bin" / self.executable)
        stale = self._go(["list", *_SAME, "-deps", "-f={{if .Stale}}{{.ImportPath}}{{end}}"], env, say, "modules found")
        counted = f"of {len(stale.split())} packages compiled"
        self._go(["build", "-v", *_SAME, "-ldflags", self.flags, "-o", output], env, say, counted)

    def _go(self, command: list[str], env: Mapping[str, str], say: Say, counted: str) -> str:
        done = run(
            ["go", *command, self.package],
            cwd=HERE / self.source,
            env=go_environment(env, say),
            timeout=_BUILD_SECONDS,
            on_error=_counting(lambda count: say(f"  … {self.executable}: {count} {counted}")),
        )
        return checked(done)


def _counting(tell: Callable[[int], object]) -> Line:
    """Count the modules or packages that Go prints, and say from time to time how many there were."""
    count, told = 0, time.monotonic()

    def hear(_: str) -> None:
        nonlocal count, told
        count += 1
        if time.monotonic() - told >= _TOLD_SECONDS:
            told = time.monotonic()
            tell(count)

    return hear


def checked(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a program printed.

    Raises:
        ToolError: It failed; the text is the end of its output.
    """
    if done.returncode != 0:
        raise ToolError("\n".join((done.stdout + done.stderr).strip().splitlines()[-15:]))
    return done.stdout
