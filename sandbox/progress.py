"""What a person sees who waits: what is being done, how far it is, and about how long it will take yet."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Self

from sandbox.cache import Say, stderr

_CLEARED = "\r\x1b[2K"


class Progress:
    """Shows every so often how far a job is: `with Progress(job_state, say): …`.

    On a terminal it is one line that changes, elsewhere a line now and then.

    Args:
        state: Returns how far the job is, in a few words.
        say: What gets the lines.
        every: After how many seconds each.
    """

    def __init__(self, state: Callable[[], str], say: Say, every: float = 15.0) -> None:
        """Say nothing yet."""
        self._state, self._say = state, say
        self._changes = say is stderr and sys.stderr.isatty()
        self._every = min(every, 1.0) if self._changes else every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Show no more."""
        self._done.set()
        self._thread.join()
        if self._changes:
            print(_CLEARED, end="", file=sys.stderr, flush=True)

    def _show(self) -> None:
        while not self._done.wait(self._every):
            line = f"  … {self._state()}"
            if self._changes:
                print(_CLEARED + line, end="", file=sys.stderr, flush=True)
            else:
                self._say(line)


class Remaining:
    """Tells from the work that is done how long the rest will take.

    At the beginning that is what was expected; with the first fifth of the work, what was measured takes its place.

    Args:
        expected: How many seconds all of it was expected to take.
        clock: What tells the time.
    """

    _LEARNED = 0.2

    def __init__(self, expected: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count."""
        self._expected, self._clock = expected, clock
        self._began = clock()

    def words(self, done: float) -> str:
        """Say it in words, for a fraction of the work that is done."""
        elapsed = self._clock() - self._began
        trust = min(1.0, done / self._LEARNED)
        total = (1 - trust) * max(self._expected, elapsed) + trust * (elapsed / done if done else 0.0)
        return f"about {span(max(total - elapsed, 0.0))} yet"


def span(seconds: float) -> str:
    """Return a time as a person says it: `20 s`, `2 minutes`."""
    if seconds < 90:  # noqa: PLR2004 - below, minutes would say too little
        return f"{max(10, round(seconds, -1)):.0f} s"
    return f"{round(seconds / 60)} minutes"
