"""One run: what everything that it makes is called, how long it waits for AWS, and how it speaks to a person."""

import contextlib
import os
import re
import shlex
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Final

from botocore.exceptions import ClientError

from verification.account import code, one_line

PREFIX: Final = "ssm-perms-verify-"

_LOOKS: Final = 12


@dataclass(frozen=True)
class Run:
    """A run by its id, so that all that it makes is found by name, whatever becomes of it.

    Attributes:
        id: Eight hexadecimal digits.
        given: The role that the caller named, as the first one; without it the run makes one more of its own.
        patience: For how many seconds AWS may take to show what was done.

    """

    id: str
    given: str | None
    patience: float

    def name(self, ending: str) -> str:
        """Return a name of this run's."""
        return f"{PREFIX}{self.id}-{ending}"

    def made(self, name: str) -> bool:
        """Whether this run has made what has this name."""
        return name.startswith(self.name(""))

    def generated(self, component: str, name: str) -> str:
        """Return the name of a component's policy, if it is one that was generated for it."""
        pattern = re.escape(component) + "-session-manager-[0-9a-f]{7}"
        return name if re.fullmatch(pattern, name) else f"{component}-session-manager- and seven hexadecimal digits"

    @property
    def roles(self) -> tuple[str, str, str]:
        """The roles: the one that is tried on, another one, and one with a boundary and a policy that denies."""
        return self.given or self.name("1"), self.name("2"), self.name("3")

    @property
    def removal(self) -> str:
        """The command that removes what the run has left."""
        return shlex.join(["make", "verify", f"REMOVE={self.id}", *([f"ROLE={self.given}"] if self.given else [])])

    def pause(self) -> None:
        """Give AWS some time."""
        time.sleep(self.patience / _LOOKS)

    def until(self, wanted: object, look: Callable[[], object]) -> object:
        """Return what is seen once it is what is wanted, or what is seen when patience has ended.

        IAM is consistent in the end only: for some seconds it may not show what was written, or know what was made.
        """
        end = time.monotonic() + self.patience
        seen = _seen(look)
        if seen != wanted and self.patience:
            say(f"    AWS does not show it yet; looking again for up to {self.patience:.0f} s …")
        while seen != wanted and time.monotonic() < end:
            self.pause()
            seen = _seen(look)
        return seen


def _seen(look: Callable[[], object]) -> object:
    try:
        return look()
    except ClientError as error:
        if code(error) != "NoSuchEntity":
            raise
        return one_line(error)


class Stop:
    """Ctrl-C, or a terminal that is closed: it ends the run once, and no removal."""

    def __init__(self) -> None:
        """Listen from now on."""
        self._asked = self._held = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self)

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if self._held:
            with contextlib.suppress(OSError):
                os.write(2, b"It ends as soon as what it made is removed ...\n")
            return
        self._asked = self._held = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """End the run where a signal came while Python could not."""
        if self._asked:
            raise KeyboardInterrupt

    def hold(self) -> None:
        """Let nothing be interrupted from now on."""
        self._held = True


def say(*lines: str) -> None:
    """Print lines at once; a terminal that is gone keeps nothing from going on."""
    with contextlib.suppress(OSError):
        print("\n".join(lines), flush=True)
