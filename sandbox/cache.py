"""The cache of builds: a folder outside the checkout, one entry per content, safe for many runs at once."""

import contextlib
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

Say = Callable[[str], object]

_PARTIAL = ".partial-"
_LOCK_SECONDS = 1800.0
_KEPT = 4
_KEPT_SECONDS = 2 * 24 * 3600.0
_KEY_LENGTH = 16
_WRITE_OF_OTHERS = 0o022


class ToolError(Exception):
    """A tool that the sandbox needs is missing. The text says what was tried and what to install."""


def folder() -> Path:
    """Return `$XDG_CACHE_HOME/pulumi-ssm-perms`, or the same under `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-ssm-perms"


def key(*facts: str, files: Iterable[Path] = ()) -> str:
    """Make the key of an entry from everything that decides its content: facts, sources, the kind of machine."""
    digest = hashlib.sha256("\0".join([*facts, platform.system(), platform.machine()]).encode())
    for file in sorted(files):
        digest.update(f"\0{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:_KEY_LENGTH]


def entry(name: str, entry_key: str) -> Path | None:
    """Return an entry's folder if it is there and complete. Another user must not be able to change it: `own`."""
    found = folder() / f"{name}-{entry_key}"
    if not found.is_dir():
        return None
    os.utime(own(found))
    return found


def own(path: Path) -> Path:
    """Return a path in the cache if only this user can change it.

    Raises:
        ToolError: Another user could decide what runs here.
    """
    for part in (path, *path.parents):
        found = part.lstat()  # of a link on Linux, everyone may write; on macOS it says nothing
        if part.is_symlink() or found.st_uid != os.getuid() or found.st_mode & _WRITE_OF_OTHERS:
            raise ToolError(f"Another user can change {part}: remove it, or set XDG_CACHE_HOME to a folder of yours.")
        if part == folder():
            break
    return path


def cached(
    name: str, build: Callable[[Path], object], *, sources: Iterable[Path], what: str, facts: Iterable[str] = ()
) -> Path:
    """Return a folder that `build` fills, once on this machine for each state of the sources.

    Args:
        name: The folder's name in the cache.
        build: Fills the folder. If it fails, nothing stays in the cache.
        sources: The files that decide what is built.
        what: What to tell the person who must wait.
        facts: What else decides what is built.
    """
    entry_key = key(*facts, files=sources)
    return entry(name, entry_key) or make(name, entry_key, build, what, stderr)


def make(name: str, entry_key: str, build: Callable[[Path], object], what: str, say: Say) -> Path:
    """Return an entry's folder, built if nobody has built it yet.

    Only one run builds, and the others wait for it. The folder gets its name when it is complete, so an interrupted
    build leaves nothing that looks like a result.
    """
    with _locked(name, say):
        found = entry(name, entry_key)
        if found:
            return found
        say(what)
        _sweep(name)
        partial = Path(tempfile.mkdtemp(prefix=f"{_PARTIAL}{name}-", dir=folder()))
        try:
            build(partial)
            partial.chmod(0o755)
            for file in partial.rglob("*"):
                if not file.is_symlink():
                    file.chmod(file.stat().st_mode & ~_WRITE_OF_OTHERS)
            made = partial.rename(folder() / f"{name}-{entry_key}")
            _prune(name)
            return made
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextlib.contextmanager
def _locked(name: str, say: Say) -> Iterator[None]:
    lock = FileLock(folder() / f"{name}.lock")
    try:
        folder().mkdir(mode=0o755, parents=True, exist_ok=True)
        own(folder())
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"Another run is getting {name}: waiting for it.")
            lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout:
        raise ToolError(
            f"Another run has held {lock.lock_file} for {_LOCK_SECONDS / 60:.0f} minutes: end it."
        ) from None
    except OSError as error:
        message = f"Cannot write to the cache folder {folder()} ({error.strerror}): set XDG_CACHE_HOME to another."
        raise ToolError(message) from None
    try:
        yield
    finally:
        lock.release()


def _sweep(name: str) -> None:
    """Remove what killed builds have left. The lock is held, so nothing of it is in use."""
    for left in folder().glob(f"{_PARTIAL}{name}-*"):
        shutil.rmtree(left, ignore_errors=True)


def _prune(name: str) -> None:
    """Keep the entries of a name that were used last, and those that another checkout may use.

    An entry's time is that of its last use.
    """
    entries = folder().glob(f"{name}-{'[0-9a-f]' * _KEY_LENGTH}")
    by_use = sorted(((found.stat().st_mtime, found) for found in entries), reverse=True)
    for used, old in by_use[_KEPT:]:
        if time.time() - used > _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


def stderr(line: str) -> None:
    """Print a line for the person who waits, at once."""
    print(line, file=sys.stderr, flush=True)
