"""Makes a virtual environment with the packages of a lock file. It runs first, so it uses only the standard library.

`python development/environment.py .venv requirements.lock [--editable]`
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> str | None:
    """Make the environment; return what is wrong, if anything."""
    folder, lock = Path(arguments[0]), Path(arguments[1])
    if not fits(folder) and (lacking := [name for name in ("venv", "ensurepip") if not is_here(name)]):
        return to_install(lacking)
    say(f"Making {folder} with the packages of {lock.name}: about 20 seconds …")
    return install(folder, lock, editable="--editable" in arguments)


def install(folder: Path, lock: Path, *, editable: bool) -> str | None:
    """Install exactly the packages of the lock; return what is wrong, if anything."""
    make = [sys.executable, "-m", "venv", "--clear", "--symlinks", str(folder)]
    if not fits(folder) and not succeeds(make):
        return f"`{' '.join(make)}` failed."
    steps = [bootstrap(folder), synchronise(folder, lock)]
    if editable:
        steps.append(
            [uv(folder), "pip", "install", *to(folder), "--no-deps", "--no-build-isolation", "--editable", "."]
        )
    for command in steps:
        if not succeeds(command) and not (command[1:3] == ["pip", "sync"] and succeeds(by_pip(folder, lock))):
            return f"`{' '.join(command)}` failed."
    return None


def fits(folder: Path) -> bool:
    """Return whether there is an environment of this Python already, to be updated."""
    print_version = "import sys; print(sys.version, sys.base_prefix)"
    try:
        done = subprocess.run([python(folder), "-c", print_version], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.strip() == f"{sys.version} {sys.base_prefix}"


def is_here(module: str) -> bool:
    """Return whether this Python has a module of its standard library: on Debian, some are separate packages."""
    return importlib.util.find_spec(module) is not None


def to_install(lacking: list[str]) -> str:
    """Return which package to install if this Python cannot make an environment with pip."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"{sys.executable} lacks {' and '.join(lacking)}: install the package python{version}-venv "
        f"(so Debian and Ubuntu call it; elsewhere it is a part of Python {version}), then run this again."
    )


def bootstrap(folder: Path) -> list[str]:
    """Return how to get uv, with version and hashes of the lock. uv takes seconds where pip takes minutes."""
    locked = (ROOT / "requirements.lock").read_text()
    found = re.search(r"(?m)^uv==.*\n(?: .*\n)+", locked)
    pinned = folder / "uv.lock"
    pinned.write_text(found[0] if found else "uv")
    return [python(folder), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(pinned)]


def synchronise(folder: Path, lock: Path) -> list[str]:
    """Return how to install what the lock names, and remove everything else."""
    return [uv(folder), "pip", "sync", *to(folder), "--require-hashes", str(lock)]


def by_pip(folder: Path, lock: Path) -> list[str]:
    """Return the slow way, for a machine where only pip can reach an index."""
    say("uv could not do it; trying pip, which takes some minutes …")
    return [python(folder), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(lock)]


def to(folder: Path) -> list[str]:
    """Return the option that names the environment."""
    return ["--quiet", "--python", python(folder)]


def uv(folder: Path) -> str:
    """Return the environment's own uv."""
    return str(folder / "bin" / "uv")


def python(folder: Path) -> str:
    """Return the environment's own Python."""
    return str(folder / "bin" / "python")


def succeeds(command: list[str]) -> bool:
    """Run a command, and return whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def say(line: str) -> None:
    """Print a line for the person who waits, at once."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
