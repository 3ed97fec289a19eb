"""The cache of builds: a folder outside the checkout that only this user can enter, with a folder for each content."""

import contextlib
import hashlib
import os
import platform
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

Say = Callable[[str], object]

_LOCK_SECONDS = 1800.0
_KEPT_SECONDS = 14 * 24 * 3600.0
_KEY_LENGTH = 16
_WRITE_OF_OTHERS = 0o022


class ToolError(Exception):
    """A tool that the sandbox needs is missing. The text says what was tried and what to install."""


def stderr(line: str) -> None:
    """Print a line for the person who waits, at once."""
    print(line, file=sys.stderr, flush=True)


def folder() -> Path:
    """Return `$XDG_CACHE_HOME/pulumi-ssm-perms`, or the same under `~/.cache`; make it if it is missing.

    Raises:
        ToolError: It cannot be made, or another user could decide what runs here.
    """
    found = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-ssm-perms"
    try:
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = found.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & _WRITE_OF_OTHERS:
            raise ToolError(f"Another user can change {found}: remove it, or set XDG_CACHE_HOME to a folder of yours.")
        found.chmod(0o700)  # whatever umask a build has, nobody else reaches what it makes
    except OSError as error:
        message = f"Cannot write to the cache folder {found} ({error.strerror}): set XDG_CACHE_HOME to another."
        raise ToolError(message) from None
    return found


def path(name: str, *, sources: Iterable[Path] = (), facts: Iterable[str] = ()) -> Path:
    """Return where a build belongs, by all that decides its content: sources, facts, the kind of machine."""
    digest = hashlib.sha256("\0".join([*facts, platform.system(), platform.machine()]).encode())
    for file in sorted(sources):
        digest.update(f"\0{file.name}\0".encode())
        digest.update(file.read_bytes())
    return folder() / f"{name}-{digest.hexdigest()[:_KEY_LENGTH]}"


def cached(  # noqa: PLR0913 - what is built, from what, and what a person is told
    name: str,
    build: Callable[[Path], object],
    *,
    sources: Iterable[Path] = (),
    what: str,
    facts: Iterable[str] = (),
    say: Say = stderr,
) -> Path:
    """Return a folder that `build` fills, once on this machine for each state of the sources.

    Only one run builds, and the others wait for it. The folder gets its name when it is complete, so an interrupted
    build leaves nothing that looks like a result.

    Args:
        name: The folder's name in the cache.
        build: Fills the folder. If it fails, nothing stays in the cache.
        sources: The files that decide what is built.
        what: What to tell the person who must wait.
        facts: What else decides what is built.
        say: Tells it.
    """
    made = path(name, sources=sources, facts=facts)
    if not made.is_dir():
        with _locked(name, say):
            if not made.is_dir():
                say(what)
                _make(made, build, folder() / f"{name}.partial")
                _prune(name)
    os.utime(made)
    return made


def _make(made: Path, build: Callable[[Path], object], partial: Path) -> None:
    shutil.rmtree(partial, ignore_errors=True)  # of a build that was killed
    partial.mkdir()
    try:
        build(partial)
        partial.rename(made)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextlib.contextmanager
def _locked(name: str, say: Say) -> Iterator[None]:
    lock = FileLock(folder() / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"Another run is getting {name}: waiting for it.")
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            minutes = f"{_LOCK_SECONDS / 60:.0f} minutes"
            raise ToolError(f"Another run has held {lock.lock_file} for {minutes}: end it.") from None
    try:
        yield
    finally:
        lock.release()


def _prune(name: str) -> None:
    """Remove what no run has used for two weeks. An entry's time is that of its last use."""
    for old in folder().glob(f"{name}-{'[0-9a-f]' * _KEY_LENGTH}"):
        if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
