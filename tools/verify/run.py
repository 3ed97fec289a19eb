"""One run: its names and tags, how long it waits for AWS, how it is stopped, and what it prints."""

import contextlib
import os
import re
import shlex
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Final

from botocore.exceptions import ClientError

from tools.verify.account import code, one_line

PREFIX: Final = "ssm-perms-verify-"

_LOOKS: Final = 12


@dataclass(frozen=True)
class Run:
    """A run. Every name that it makes contains its id, so everything can be found later.

    Attributes:
        id: Eight hexadecimal digits.
        given: The role that the caller named, used as the first role; if `None`, the run makes its own.
        patience: How many seconds AWS may take to show a write.
    """

    id: str
    given: str | None
    patience: float

    def name(self, ending: str) -> str:
        """Return a name of this run's."""
        return f"{PREFIX}{self.id}-{ending}"

    def made(self, name: str) -> bool:
        """Whether this name is one that this run has made."""
        return name.startswith(self.name(""))

    def generated(self, component: str, name: str) -> str:
        """Return the name of a component's policy if it is a generated one, else a description of such a name."""
        pattern = re.escape(component) + "-session-manager-[0-9a-f]{7}"
        return name if re.fullmatch(pattern, name) else f"{component}-session-manager- and seven hexadecimal digits"

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of its roles and managed policies. Without them, none is removed."""
        return {"made-by": "pulumi-ssm-perms make verify", "run": self.id}

    @property
    def roles(self) -> tuple[str, str, str]:
        """The roles: the one to test on, a second one, and one with a boundary and a policy that denies."""
        return self.given or self.name("1"), self.name("2"), self.name("3")

    @property
    def removal(self) -> str:
        """The command that removes what the run has left."""
        return shlex.join(["make", "verify", f"REMOVE={self.id}", *([f"ROLE={self.given}"] if self.given else [])])

    def pause(self) -> None:
        """Give AWS some time."""
        time.sleep(self.patience / _LOOKS)

    def until(self, wanted: object, look: Callable[[], object]) -> object:
        """Look until the wanted answer is there or patience has ended; return the last answer.

        IAM is eventually consistent: for some seconds it may not show a write, or not know a new role.
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
