"""The sandbox's engine: stacks that keep their state, isolation from the user, and an end to whatever hangs."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import psutil
import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
from pulumi.runtime.proto.engine_pb2 import LogRequest
from pulumi.runtime.proto.engine_pb2_grpc import EngineStub

from sandbox import Fault, ProcessTimeoutError, Sandbox, cache
from sandbox.process import Running, run, runs
from sandbox.pulumi_internals import CHANNEL_OPTIONS

ROOT = Path(__file__).parents[2]
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def policy(name: str, **options: Any) -> Callable[[], None]:
    """Make a program of one inline policy of the role `web`."""

    def program() -> None:
        aws.iam.RolePolicy(
            name, role="web", name=name, policy=json.dumps(DOCUMENT), opts=pulumi.ResourceOptions(**options)
        )

    return program


def test_a_stack_keeps_its_state_when_its_program_changes(box: Sandbox) -> None:
    """The same project and name with another program is an update: what is no longer declared goes."""
    box.create_role("web")
    box.stack(policy("one")).up()
    box.stack(policy("two")).up()

    assert box.role_policies("web") == {"two": DOCUMENT}


def test_after_a_reset_the_same_name_is_a_new_stack(box: Sandbox) -> None:
    """Tests may all call their stack the same: what the last one left is forgotten."""
    box.create_role("web")
    box.stack(policy("one")).up()
    box.reset()
    stack = box.stack(policy("one"))

    deployment = stack.export_stack().deployment or {}

    assert deployment.get("resources", []) == []


def test_configuration_of_every_kind_reaches_the_program(box: Sandbox) -> None:
    """Strings, booleans and lists are given as they are, secrets as Automation API values."""

    def program() -> None:
        config = pulumi.Config()
        pulumi.export("role", config.require("role"))
        pulumi.export("enforced", config.require_bool("enforced"))
        pulumi.export("keys", config.require_object("keys"))
        pulumi.export("token", config.require_secret("token"))

    config = {"role": "web", "enforced": True, "keys": ["a", "b"], "token": auto.ConfigValue("t", secret=True)}
    outputs = box.stack(program, config=config).up().outputs

    assert {name: (output.value, output.secret) for name, output in outputs.items()} == {
        "role": ("web", False),
        "enforced": (True, False),
        "keys": (["a", "b"], False),
        "token": ("t", True),
    }


def test_an_example_runs_as_in_its_own_folder(box: Sandbox, tmp_path: Path) -> None:
    """`__main__.py` may import its neighbours; afterwards path, arguments and modules are as they were."""
    (tmp_path / "neighbour.py").write_text("NAME = 'here'\n")
    (tmp_path / "__main__.py").write_text(
        "import sys, pulumi, neighbour\npulumi.export('seen', [neighbour.NAME, len(sys.argv), __name__])\n"
    )
    before = (list(sys.path), list(sys.argv))
    outputs = box.stack(box.example(tmp_path)).up().outputs

    assert outputs["seen"].value == ["here", 1, "__main__"]
    assert (sys.path, sys.argv) == before
    assert "neighbour" not in sys.modules


def test_an_explicit_provider_is_on_the_sandbox_as_well(box: Sandbox) -> None:
    """A program's own provider, for another Region, talks to the same local AWS."""
    box.create_role("web")

    def program() -> None:
        other = aws.Provider("other", **box.provider_args(region="us-west-2"))
        policy("own", provider=other)()

    box.stack(program).up()

    assert [(call.action, call.target) for call in box.writes] == [("PutRolePolicy", "web")]


def test_what_is_read_from_the_backend_is_what_the_cli_says(box: Sandbox) -> None:
    """Outputs and the summary of the last update are the same as the CLI's own; a secret output is still the CLI's."""
    config = {"text": "one", "list": [1, {"two": None}], "hidden": auto.ConfigValue("hush", secret=True)}
    plain = box.stack(lambda: pulumi.export("value", {"list": [1, None]}), config=config)
    plain.up()
    plain.up()
    secret = box.stack(lambda: pulumi.export("value", pulumi.Output.secret("hush")), project="other")
    secret.up()
    printed = box.pulumi("stack", "output", "--json", cwd=plain.workspace.work_dir).stdout

    assert describe(plain.info()) == describe(auto.Stack.info(plain, show_secrets=False))
    assert {name: vars(value) for name, value in plain.outputs().items()} == {
        "value": {"value": json.loads(printed)["value"], "secret": False}
    }
    assert {name: vars(value) for name, value in secret.outputs().items()} == {
        "value": {"value": "hush", "secret": True}
    }


def test_a_stack_is_there_and_selected_before_its_first_update(box: Sandbox) -> None:
    """The CLI takes the stack for one of its own, and knows which is meant, also where a folder has two."""
    one = box.stack(lambda: None, name="one")
    box.stack(lambda: None, name="two")
    folder = one.workspace.work_dir
    listed = [json.loads(box.pulumi("stack", "ls", "--json", cwd=folder).stdout)]
    box.stack(lambda: None, name="one").up()
    listed.append(json.loads(box.pulumi("stack", "ls", "--json", cwd=folder).stdout))

    assert [{stack["name"]: stack["current"] for stack in stacks} for stacks in listed] == [
        {"one": False, "two": True},
        {"one": True, "two": False},
    ]
    assert [stack["resourceCount"] for stack in listed[1] if stack["name"] == "one"] == [1]


def describe(summary: auto.UpdateSummary | None) -> dict[str, Any]:
    """Return what a summary says; its configuration's values know no equality."""
    config = {key: vars(value) for key, value in summary.config.items()} if summary else {}
    return {**vars(summary), "config": config}


def test_a_program_in_yaml_runs_from_its_folder(box: Sandbox, tmp_path: Path) -> None:
    """`box.pulumi` runs the CLI in a program's folder, with the YAML host and the sandbox's own backend."""
    program = {"name": "yaml", "runtime": "yaml", "outputs": {"policy": {"fn::toJSON": DOCUMENT}}}
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(program))
    codes = [
        box.pulumi("stack", "init", "dev", cwd=tmp_path).returncode,
        box.pulumi("up", "--yes", "--skip-preview", cwd=tmp_path).returncode,
    ]

    assert codes == [0, 0]
    assert json.loads(box.pulumi("stack", "output", "policy", cwd=tmp_path).stdout) == DOCUMENT


def test_nothing_of_the_users_reaches_the_engine(
    shared_box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's Pulumi and AWS settings are gone from the environment, and home and backend are temporary."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.folder().parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    with Sandbox() as box:
        names = {name for name in box.env if name.startswith(("AWS_", "PULUMI_"))}
        inside = {name for name in ("HOME", "PULUMI_HOME") if Path(box.env[name]).is_relative_to(box.folder)}
        box.stack(lambda: None).up()
    shared_box.reset()

    assert names.isdisjoint({"AWS_PROFILE", "PULUMI_ACCESS_TOKEN"})
    assert inside == {"HOME", "PULUMI_HOME"}
    assert {".aws", ".pulumi"}.isdisjoint(file.name for file in tmp_path.iterdir())


def test_a_users_proxy_is_not_asked_for_the_local_aws(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine and the AWS CLI reach the sandbox where a proxy, here one that is not there, is set."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "intranet.example")
    with Sandbox() as box:
        box.create_role("web")
        box.stack(policy("own")).up()
        listed = run(
            [sys.executable, "-m", "awscli", "iam", "list-role-policies", "--role-name", "web"],
            cwd=box.folder,
            env=box.env,
            timeout=60,
        )
        spared = {box.env["no_proxy"], box.env["NO_PROXY"]}
    shared_box.reset()

    assert [name[:3] for name in json.loads(listed.stdout)["PolicyNames"]] == ["own"]
    assert spared == {"intranet.example,127.0.0.1"}


def test_the_real_plugin_can_take_the_providers_place(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SANDBOX_AWS_PLUGIN=real` leaves the sandbox's provider off PATH and lets the engine look for the real one."""
    monkeypatch.setenv("SANDBOX_AWS_PLUGIN", "real")
    with Sandbox() as box:
        path = box.env["PATH"]
        disabled = box.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]
    shared_box.reset()

    assert "pulumi-resource-aws" not in path
    assert disabled == "false"


@pytest.fixture
def children() -> Callable[[], list[str]]:
    """Name the processes that this one has started since, and that still run."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}

    def now() -> list[str]:
        return [child.name() for child in psutil.Process().children(recursive=True) if child.pid not in before]

    return now


def test_a_hung_engine_is_ended_with_its_last_words(box: Sandbox, children: Callable[[], list[str]]) -> None:
    """A command that takes too long is killed with its plugins; the error shows what it printed last."""
    box.create_role("web")
    box.fail("PutRolePolicy", Fault.slow(30))
    stack = box.stack(policy("own"))
    box.timeout = 3
    try:
        with pytest.raises(ProcessTimeoutError, match=r"(?s)did not end within 3 s.*RolePolicy own creating"):
            stack.up()
    finally:
        box.timeout = 120

    assert children() == []


def test_a_killed_engine_leaves_no_plugin(box: Sandbox, children: Callable[[], list[str]]) -> None:
    """`kill` ends the engine as SIGKILL does, and what it had started goes with it."""
    box.create_role("web")
    box.fail("PutRolePolicy", Fault.slow(30))
    stack = box.stack(policy("own"))

    def kill(line: str) -> None:
        if "RolePolicy own creating" in line:
            box.kill()

    with pytest.raises(auto.CommandError):
        stack.up(on_output=kill)

    assert children() == []


def test_a_killed_engine_leaves_no_loop(box: Sandbox) -> None:
    """What a program waits for ends with its engine, also where the SDK stops the loop at a call that fails late."""
    waiting: list[asyncio.Task[None]] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            asyncio.get_running_loop().call_exception_handler({"message": "late", "exception": grpc.RpcError()})
            await asyncio.sleep(0)

    def program() -> None:
        policy("own")()
        waiting[:] = [asyncio.get_running_loop().create_task(wait()) for _ in range(2)]

    def kill(_: Mapping[str, Any]) -> None:
        box.kill()

    box.create_role("web")
    box.answer("PutRolePolicy", kill)
    with pytest.raises(auto.CommandError):
        box.stack(program).up()

    assert [task.done() for task in waiting] == [True, True]
    assert waiting[0].get_loop().is_closed()


def test_a_child_process_is_bounded(tmp_path: Path) -> None:
    """Whatever ignores signals and starts others is killed, and so are the others."""
    script = "trap '' INT TERM; (trap '' INT TERM; sleep 60) & echo $!; wait"
    with pytest.raises(ProcessTimeoutError) as caught:
        run(["sh", "-c", script], cwd=tmp_path, env=os.environ, timeout=0.5)
    pid = int(str(caught.value).splitlines()[-1])

    assert [process for process in psutil.process_iter() if process.pid == pid and runs(process)] == []


def test_what_has_ended_is_not_killed(tmp_path: Path) -> None:
    """A process that has ended by itself is forgotten."""
    running = Running()
    run(["true"], cwd=tmp_path, env=os.environ, timeout=10, running=running)

    assert running.kill() == 0


# What a shell starts in its background ignores SIGINT, and so does what that starts; in a terminal it is not so.
INTERRUPTED = """
import json, signal, pulumi_aws as aws
from sandbox import Fault, Sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)
with Sandbox() as box:
    box.create_role("web")
    box.fail("PutRolePolicy", Fault.slow(60))
    stack = box.stack(lambda: aws.iam.RolePolicy("own", role="web", policy=json.dumps({"Version": "2012-10-17"})))
    print(box.folder, flush=True)
    stack.up(on_output=lambda line: print(line, flush=True))
"""


@pytest.mark.parametrize("where", ["alone", "with its children"])
def test_ctrl_c_leaves_nothing_behind(where: str) -> None:
    """Ctrl-C ends the engine, its plugins and the server, and removes the folder; a terminal's reaches the group."""
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
    (process.send_signal if where == "alone" else lambda number: os.killpg(process.pid, number))(signal.SIGINT)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 5
    while any(map(runs, started)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert process.returncode == -signal.SIGINT
    assert started
    assert not any(map(runs, started))
    assert not folder.exists()


def test_a_program_that_fails_leaves_nothing_behind(shared_box: Sandbox) -> None:
    """An exception inside the `with` block ends the sandbox as its end does."""

    def fail() -> None:
        with Sandbox() as box:
            folders.append(box.folder)
            raise ZeroDivisionError

    folders: list[Path] = []
    with pytest.raises(ZeroDivisionError):
        fail()
    shared_box.reset()

    assert not folders[0].exists()


def test_an_engine_may_have_the_port_of_an_earlier_one() -> None:
    """A program reaches its engine although a connection to the same port, from before, waits to be tried again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    before = EngineStub(grpc.insecure_channel(address, options=CHANNEL_OPTIONS))
    for _ in range(4):
        with pytest.raises(grpc.RpcError):
            before.Log(LogRequest())
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_insecure_port(address)
    server.start()
    with pytest.raises(grpc.RpcError) as answered:
        EngineStub(grpc.insecure_channel(address, options=CHANNEL_OPTIONS)).Log(LogRequest())
    server.stop(None).wait()

    # Not `UNAVAILABLE`: there is a server, which has no such method.
    assert answered.value.code() is grpc.StatusCode.UNIMPLEMENTED
