"""One run: its names and tags, how long it waits for AWS, how it is stopped, and what it prints."""

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

from botocore.exceptions import ClientError

from tools.verify.account import code, one_line

PREFIX: Final = "ssm-perms-verify-"

_LOOKS: Final = 12


@dataclass(frozen=True)
class Run:
    """A run. Every name that it makes contains its id, so everything can be found later.

    Attributes:
        id: Eight hexadecimal digits.
        patience: How many seconds AWS may take to show a write.
    """

    id: str
    patience: float

    def name(self, ending: str) -> str:
        """Return a name of this run's."""
        return f"{PREFIX}{self.id}-{ending}"

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of its roles and managed policies. Without them, none is removed."""
        return {"made-by": "pulumi-ssm-perms make verify", "run": self.id}

    @property
    def roles(self) -> tuple[str, str]:
        """The roles: one with policies of its own, and one with a permissions boundary."""
        return self.name("web"), self.name("bounded")

    @property
    def removal(self) -> str:
        """The command that removes what the run has left."""
        return f"make verify REMOVE={self.id}"

    def pause(self) -> None:
        """Give AWS some time."""
        time.sleep(self.patience / _LOOKS)

    def until(self, holds: Callable[[Any], bool], look: Callable[[], object]) -> Any:
        """Look until the answer holds or patience has ended; return the last answer.

        IAM is eventually consistent: for some seconds it may not show a write, or not know a new role.
        """
        end = time.monotonic() + self.patience
        seen = _seen(look)
        if not holds(seen) and self.patience:
            say(f"    AWS does not show it yet; looking again for up to {self.patience:.0f} s …")
        while not holds(seen) and time.monotonic() < end:
            self.pause()
            seen = _seen(look)
        return seen


def _seen(look: Callable[[], object]) -> object:
    try:
        return look()
    except ClientError as error:
        if code(error) != "NoSuchEntity":
            raise
        return {"error": one_line(error)}


class Stop:
    """Ctrl-C, or a closed terminal: it ends the run once, but never a removal."""

    def __init__(self) -> None:
        """Listen from now on."""
        self._asked = self._held = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self)

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        if self._held:
            with contextlib.suppress(OSError):
                os.write(2, b"It first removes what it made, and then ends ...\n")
            return
        self._asked = self._held = True
        logging.disable()  # the SDK's server would log that its engine is gone
        raise KeyboardInterrupt

    def check(self) -> None:
        """End the run if a signal came while Python could not end it."""
        if self._asked:
            raise KeyboardInterrupt

    def hold(self) -> None:
        """Ignore signals from now on."""
        self._held = True


def say(*lines: str) -> None:
    """Print lines at once; ignore a terminal that is gone."""
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", flush=True)
