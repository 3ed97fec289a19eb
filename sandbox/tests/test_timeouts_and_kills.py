"""An end to whatever hangs, fails, or is killed or interrupted: nothing of the sandbox is left."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import grpc
import psutil
import pulumi.automation as auto
import pytest
from pulumi.runtime.proto.engine_pb2 import LogRequest
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub

from sandbox import ProcessTimeoutError, Sandbox
from sandbox import box as box_module
from sandbox.process import run, runs
from sandbox.pulumi_internals import CHANNEL_OPTIONS
from sandbox.tests.policies import declared

ROOT = Path(__file__).parents[2]


@pytest.fixture
def children() -> Callable[[], list[str]]:
    """Name the processes that this one has started since, and that still run."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}

    def now() -> list[str]:
        return [child.name() for child in psutil.Process().children(recursive=True) if child.pid not in before]

    return now


def test_a_hung_engine_is_ended_with_its_last_words(box: Sandbox, children: Callable[[], list[str]]) -> None:
    """A command that takes too long is killed with its plugins; the error shows what it printed last."""
    released = threading.Event()

    def hang(_: Mapping[str, Any]) -> None:
        released.wait(30)

    box.create_role("web")
    box.answer("PutRolePolicy", hang)
    stack = box.stack(declared("own"))
    box.timeout = 3
    try:
        with pytest.raises(ProcessTimeoutError, match=r"(?s)did not end within 3 s.*RolePolicy own creating"):
            stack.up()
    finally:
        box.timeout = 120
        released.set()

    assert children() == []


def test_a_killed_engine_leaves_neither_plugin_nor_loop(box: Sandbox, children: Callable[[], list[str]]) -> None:
    """`kill` ends what it had started, and what its program waits for, also where a late failure stops the loop."""
    waiting: list[asyncio.Task[None]] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            asyncio.get_running_loop().call_exception_handler({"message": "late", "exception": grpc.RpcError()})
            await asyncio.sleep(0)

    def program() -> None:
        declared("own")()
        waiting[:] = [asyncio.get_running_loop().create_task(wait()) for _ in range(2)]

    def kill(_: Mapping[str, Any]) -> None:
        box.kill()

    box.create_role("web")
    box.answer("PutRolePolicy", kill)
    with pytest.raises(auto.CommandError):
        box.stack(program).up()

    assert children() == []
    assert [task.done() for task in waiting] == [True, True]
    assert waiting[0].get_loop().is_closed()


def test_the_children_of_a_process_end_with_it(tmp_path: Path) -> None:
    """Also those of a process that succeeded: a later one must not meet them."""
    done = run(["sh", "-c", "sleep 60 & echo $!"], cwd=tmp_path, env=os.environ, timeout=30)

    assert done.returncode == 0
    assert [process for process in psutil.process_iter() if process.pid == int(done.stdout) and runs(process)] == []


def test_a_child_process_is_bounded(tmp_path: Path) -> None:
    """Whatever ignores signals and starts others is killed, and so are the others."""
    script = "trap '' INT TERM; (trap '' INT TERM; sleep 60) & echo $!; wait"
    with pytest.raises(ProcessTimeoutError) as caught:
        run(["sh", "-c", script], cwd=tmp_path, env=os.environ, timeout=0.5)
    pid = int(str(caught.value).splitlines()[-1])

    assert [process for process in psutil.process_iter() if process.pid == pid and runs(process)] == []


# What a shell starts in its background ignores SIGINT, and so does what that starts; in a terminal it is not so.
INTERRUPTED = """
import json, signal, time, pulumi_aws as aws
from sandbox import Sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)
with Sandbox() as box:
    box.create_role("web")
    box.answer("PutRolePolicy", lambda _: time.sleep(60))
    stack = box.stack(lambda: aws.iam.RolePolicy("own", role="web", policy=json.dumps({"Version": "2012-10-17"})))
    print(box.folder, flush=True)
    stack.up(on_output=lambda line: print(line, flush=True))
"""


@pytest.mark.usefixtures("tools")
def test_ctrl_c_leaves_nothing_behind() -> None:
    """Ctrl-C ends the engine, its plugins and the server, and removes the folder.

    A terminal's reaches no more than this: the engine is in a session of its own.
    """
    command = [sys.executable, "-c", INTERRUPTED]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    for line in process.stdout:
        if "RolePolicy own creating" in line:
            break
    started = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 5
    while any(map(runs, started)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert process.returncode == -signal.SIGINT
    assert started
    assert not any(map(runs, started)), f"every process must have ended: {started}"
    assert not folder.exists(), f"{folder} must be removed"


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize("part", ["LocalAws", "Engine"])
def test_a_sandbox_that_cannot_start_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Whichever of its parts fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(box_module, part, mock.Mock(side_effect=OSError("no port is free")))
    with pytest.raises(OSError, match="no port is free"), Sandbox():
        pass

    assert list(tmp_path.iterdir()) == []


def test_an_engine_may_have_the_port_of_an_earlier_one() -> None:
    """A program reaches its engine although a connection to the same port, from before, waits to be tried again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    before = EngineStub(grpc.insecure_channel(address, options=list(CHANNEL_OPTIONS)))
    for _ in range(4):
        with pytest.raises(grpc.RpcError):
            before.Log(LogRequest())
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_insecure_port(address)
    server.start()
    with pytest.raises(grpc.RpcError) as answered:
        EngineStub(grpc.insecure_channel(address, options=list(CHANNEL_OPTIONS))).Log(LogRequest())
    server.stop(None).wait()

    # Not `UNAVAILABLE`: there is a server, which has no such method.
    assert answered.value.code() is grpc.StatusCode.UNIMPLEMENTED
