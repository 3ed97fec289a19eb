"""Child processes with a time limit, quiet unless they fail. Whatever they start ends with them."""

import collections
import contextlib
import os
import signal
import subprocess
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

Line = Callable[[str], object]

_GRACE = 5.0
_NAP = 0.5
_BLINK = 0.01
_TAIL = 40


class ProcessTimeoutError(Exception):
    """A child process took longer than it may. The text ends with its last lines."""

    def __init__(self, command: Sequence[str], seconds: float, tail: Sequence[str]) -> None:
        """Name the command by its beginning."""
        shown = textwrap.shorten(" ".join(command), 100, placeholder=" …")
        last = "\n".join(tail) or "(no output)"
        super().__init__(f"`{shown}` did not end within {seconds:g} s and was killed. Its last output:\n{last}")


class Running(set["subprocess.Popen[str]"]):
    """The child processes of one owner, so all of them can be ended at once."""

    def kill(self) -> int:
        """End all of them, as SIGKILL does; return how many there were."""
        processes = list(self)
        for process in processes:
            kill_session(process)
        return len(processes)


def run(  # noqa: PLR0913 - what is run, where, for how long, and who listens
    command: Sequence[str],
    *,
    cwd: str | Path,
    env: Mapping[str, str],
    timeout: float,
    on_output: Line | None = None,
    on_error: Line | None = None,
    running: Running | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and capture its output line by line.

    Raises:
        ProcessTimeoutError: It did not end in time. It and its children have been killed.
        KeyboardInterrupt: Ctrl-C. The command was interrupted as well, and had five seconds to end.
    """
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(env),
        text=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    noted = Running() if running is None else running
    noted.add(process)
    try:
        return _finish(process, command, timeout, on_output, on_error)
    finally:
        noted.discard(process)


def kill_session(process: subprocess.Popen[str]) -> None:
    """Kill a process that leads a session, and everything that is left of the session.

    The engine puts its plugins into separate process groups, so they would survive the end of the engine's group.
    """
    deadline = time.monotonic() + _GRACE
    while (left := list(_session(process.pid))) and time.monotonic() < deadline:
        for member in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        time.sleep(_BLINK)
    process.wait(_GRACE)


def runs(process: psutil.Process) -> bool:
    """Return whether a process still runs. A zombie has ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _session(leader: int) -> Iterator[psutil.Process]:
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == leader and runs(member := psutil.Process(pid)):
                yield member
        except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            continue


def _finish(
    process: subprocess.Popen[str],
    command: Sequence[str],
    timeout: float,
    on_output: Line | None,
    on_error: Line | None,
) -> subprocess.CompletedProcess[str]:
    tail: collections.deque[str] = collections.deque(maxlen=_TAIL)
    out = _Reader(process.stdout, tail, on_output)
    err = _Reader(process.stderr, tail, on_error)
    # Python's own wait with a time limit polls twenty times a second. This one returns at once.
    waiting = threading.Thread(target=process.wait, daemon=True)
    waiting.start()
    deadline = time.monotonic() + timeout
    try:
        # Ctrl-C may reach another thread. This thread sees it only when it wakes up.
        while waiting.is_alive() and (left := deadline - time.monotonic()) > 0:
            waiting.join(min(_NAP, left))
    except BaseException:
        _interrupt(process)
        raise
    if waiting.is_alive():
        kill_session(process)
        err.finish()
        out.finish()
        raise ProcessTimeoutError(command, timeout, list(tail))
    kill_session(process)
    return subprocess.CompletedProcess(list(command), process.returncode, out.finish(), err.finish())


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Ask the process to stop, like Ctrl-C on its own terminal, before it is killed."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        pass
    finally:
        kill_session(process)


class _Reader:
    """Collects one output stream of a process in a thread."""

    def __init__(self, stream: IO[str] | None, tail: collections.deque[str], on_line: Line | None) -> None:
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream, tail, on_line), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[str] | None, tail: collections.deque[str], on_line: Line | None) -> None:
        if stream is None:
            return
        with stream:
            for raw in stream:
                line = raw.rstrip()
                self._lines.append(line)
                tail.append(line)
                if on_line is not None:
                    on_line(line)

    def finish(self) -> str:
        self._thread.join(_GRACE)
        return "\n".join(self._lines)
