"""Makes a virtual environment with the packages of a lock file. It runs first, so it uses only the standard library.

`python tools/environment.py .venv requirements.lock [--editable]`
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
    # On Debian, these parts of the standard library are a separate package.
    lacking = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if lacking and not _fits(folder):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"{sys.executable} lacks {' and '.join(lacking)}: install the package python{version}-venv "
            f"(so Debian and Ubuntu call it; elsewhere it is a part of Python {version}), then run this again."
        )
    print(f"Making {folder} with the packages of {lock.name}: about 20 seconds …", file=sys.stderr)
    return install(folder, lock, editable="--editable" in arguments)


def install(folder: Path, lock: Path, *, editable: bool) -> str | None:
    """Install exactly the packages of the lock; return what is wrong, if anything."""
    make = [sys.executable, "-m", "venv", "--clear", "--symlinks", str(folder)]
    if not _fits(folder) and not succeeds(make):
        return f"`{' '.join(make)}` failed."
    python, uv = str(folder / "bin" / "python"), str(folder / "bin" / "uv")
    # The lock has all dependencies. pip would look for one more where a package asks for another's extra.
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps"]
    by_pip = [*pip, "--require-hashes", "--requirement"]
    to = ["--quiet", "--python", python]
    own = ["--no-build-isolation", "--editable", "."]
    steps = [
        ([*by_pip, str(_locked_uv(folder))], None),
        ([uv, "pip", "sync", *to, "--require-hashes", str(lock)], [*by_pip, str(lock)]),
        *([([uv, "pip", "install", *to, "--no-deps", *own], [*pip, *own])] if editable else []),
    ]
    for command, instead in steps:
        done = succeeds(command)
        if done is None and instead:
            print("uv can't be started here; pip takes some minutes …", file=sys.stderr)
            done = succeeds(instead)
        if not done:
            return f"`{' '.join(command)}` failed."
    return None


def succeeds(command: list[str]) -> bool | None:
    """Run a command, and return whether it succeeded; `None` if it can't be started."""
    try:
        return subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    except OSError:
        return None


def _fits(folder: Path) -> bool:
    """Return whether there is an environment of this Python already, to be updated."""
    command = [str(folder / "bin" / "python"), "-c", "import sys; print(sys.version, sys.base_prefix)"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.strip() == f"{sys.version} {sys.base_prefix}"


def _locked_uv(folder: Path) -> Path:
    """Write version and hashes of uv, from the lock. uv takes seconds where pip takes minutes."""
    found = re.search(r"(?m)^uv==.*\n(?:    .*\n)+", (ROOT / "requirements.lock").read_text())
    pinned = folder / "uv.lock"
    pinned.write_text(found[0] if found else "uv")
    return pinned


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
