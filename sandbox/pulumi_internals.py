"""The private parts of Pulumi's Python SDK that the sandbox uses, each with the reason.

They were read in the versions in `KNOWN`. The sandbox's tests report any other installed version.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from pulumi.automation import _stack
from pulumi.automation._server import LanguageServer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS

KNOWN: Final = ("3.237.0", "3.272.0")

__all__ = ["CHANNEL_OPTIONS", "KNOWN", "Program", "WatchedProgram", "patch"]

Program = Callable[[], Any]

_PATIENCE: Final = 30.0

# An engine may get the port of an earlier one. By default gRPC shares connections in the whole process. If one failed
# and waits before it tries again, the new engine seems to be gone. gRPC also uses the user's proxy for an engine on
# this machine. The SDK has no setting for the options of its channels.
CHANNEL_OPTIONS: Final = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0))


def patch() -> None:
    """Give the SDK of this process these options, and a server that ends a stack's program with its engine.

    A sandbox does so for its first stack. A process that uses the engine alone has the SDK as it is.
    """
    _GRPC_CHANNEL_OPTIONS.extend(each for each in CHANNEL_OPTIONS if each not in _GRPC_CHANNEL_OPTIONS)
    # A stack makes its server by this name, and takes no other.
    _stack.LanguageServer = _LanguageServer  # type: ignore[attr-defined]


class WatchedProgram:
    """A stack's program. It ends even if the engine ends first.

    After a kill or a late error the SDK leaves the program's event loop open, with tasks that wait for the engine.
    """

    def __init__(self, program: Program) -> None:
        """Take the program. It does not run yet."""
        self._program = program
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = threading.Event()
        self._ended.set()

    def __call__(self) -> Any:
        """Run it, in the loop that the SDK made for it."""
        self._loop = asyncio.get_running_loop()
        return self._program()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run it within the block. Its leftovers are ended in its own thread, when the SDK no longer uses them."""
        self._loop = None
        self._ended.clear()
        try:
            yield
        finally:
            if self._loop is not None and not self._loop.is_closed():
                _end(self._loop)
            self._ended.set()

    def wait(self) -> None:
        """Wait until it has ended, but not forever: the program may never call the engine."""
        self._ended.wait(_PATIENCE)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still waits in a loop that has stopped, and close it."""
    # The SDK's handler stops the loop at a failed call. It may have done so already: one turn clears that.
    loop.set_exception_handler(lambda *_: None)
    loop.stop()
    loop.run_forever()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=_PATIENCE))
    loop.close()


class _LanguageServer(LanguageServer):
    """Runs a program for the engine. Only here the program's end can be seen, with the loop that it leaves."""

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 - as in the base
        """Run it, and clean up after it."""
        with self.program.running() if isinstance(self.program, WatchedProgram) else contextlib.nullcontext():
            return super().Run(request, context)  # type: ignore[no-untyped-call]
