"""What a sandbox leaves, which is nothing, and what it doesn't read: the user's own Pulumi and AWS."""

import asyncio
import gc
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import grpc
import psutil
import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import settings
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from sandbox import Sandbox, provider

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]


def waits(loops):
    """A program that fails while something still waits."""
    loops.append(asyncio.get_running_loop())
    pulumi.export("never", pulumi.Output.from_input(asyncio.get_running_loop().create_future()))
    aws.iam.RolePolicy("own", role="none", policy="{}")


def test_nothing_is_left(monkeypatch, tmp_path):
    """No process, port, folder, event loop or variable, though the program failed; nor is there anything in the user's home."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("PULUMI_HOME", str(home))
    monkeypatch.setenv("PULUMI_STACK", "prod")
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before, options, loops = dict(os.environ), [*settings._GRPC_CHANNEL_OPTIONS], []  # noqa: SLF001
    with Sandbox() as box:
        port = int(box.env["PULUMI_DEBUG_PROVIDERS"].partition(":")[2])
        with pytest.raises(auto.CommandError):
            box.stack(lambda: waits(loops)).up()
        inside = dict(os.environ)
    gc.collect()

    with socket.socket() as there:
        assert there.connect_ex(("127.0.0.1", port)) != 0
    assert [
        child.name() for child in psutil.Process().children(recursive=True) if child.name().startswith("pulumi")
    ] == []
    assert (dict(os.environ), inside.get("PULUMI_STACK"), inside.get("AWS_PROFILE")) == (before, None, None)
    # Else the CLI's logs would be in the user's home, whatever HOME says.
    assert inside["PULUMI_HOME"] == box.env["PULUMI_HOME"]
    assert options == settings._GRPC_CHANNEL_OPTIONS  # noqa: SLF001
    assert [loop for loop in loops if not loop.is_closed()] == []
    assert [*home.iterdir(), *(path for path in tmp_path.iterdir() if path != home)] == []
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("aws_")] == []


def test_an_engine_on_the_port_of_an_earlier_one_is_reached():
    """By default, gRPC takes an earlier connection that failed for the new one, and waits before it tries again."""

    def version():
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=settings._GRPC_CHANNEL_OPTIONS)  # noqa: SLF001
        channels.append(channel)
        return ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty()).version

    served, channels = provider.Provider(dict, "7.0.0"), []
    with Sandbox():
        server, port = provider.serve(served)
        server.stop(None).wait()
        with pytest.raises(grpc.RpcError):
            version()
        server = provider.serve(served, port)[0]
        assert version() == "7.0.0"
    server.stop(None).wait()
    for channel in channels:
        channel.close()


def test_two_runs_do_not_meet():
    """Each process has its AWS, its backend and its port; a folder with a space serves as well."""
    program = (
        "import sys, pulumi_aws as aws; from sandbox import Sandbox\n"
        "with Sandbox() as box:\n"
        "    box.create_role(sys.argv[1])\n"
        "    box.stack(lambda: aws.iam.RolePolicy('own', role=sys.argv[1], policy='''{\"Version\": \"2012-10-17\", '''\n"
        '        \'\'\'"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}\'\'\')).up()\n'
        "    print([role['RoleName'] for role in box.client('iam').list_roles()['Roles']], box.folder)\n"
    )
    with tempfile.TemporaryDirectory(prefix="with a space ") as folder:
        env = {**os.environ, "TMPDIR": folder}
        command = [sys.executable, "-c", program]
        both = [
            subprocess.Popen([*command, name], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
            for name in ("a", "b")
        ]
        printed = [process.communicate(timeout=120)[0].strip() for process in both]

        assert [process.returncode for process in both] == [0, 0]
        assert [text.partition(" ")[0] for text in printed] == ["['a']", "['b']"]
        assert all(text.partition(" ")[2].startswith(folder) for text in printed)
        assert [*Path(folder).iterdir()] == []
