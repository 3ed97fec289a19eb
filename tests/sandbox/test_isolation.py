"""What a sandbox leaves, which is nothing, and what it doesn't read: the user's own Pulumi and AWS."""

import asyncio
import gc
import os
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import grpc
import psutil
import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
from pulumi.runtime.proto.resource_pb2 import SupportsFeatureRequest
from pulumi.runtime.settings import Settings

from sandbox import Sandbox, provider, pulumi_cli

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]


def waits(loops):
    """A program that fails while something still waits."""
    loops.append(asyncio.get_running_loop())
    pulumi.export("never", pulumi.Output.from_input(asyncio.get_running_loop().create_future()))
    aws.iam.RolePolicy("own", role="none", policy="{}")


def test_nothing_is_left(monkeypatch, tmp_path):
    """No process, port, folder, event loop or variable, though the program failed; nor is there anything in the user's home."""
    home, folder = tmp_path / "home", tmp_path / "with a space"
    for path in (home, folder):
        path.mkdir()
    monkeypatch.setenv("PULUMI_HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    before, connect, loops = dict(os.environ), grpc.insecure_channel, []
    with Sandbox() as box:
        port = int(box.env["PULUMI_DEBUG_PROVIDERS"].partition(":")[2])
        with pytest.raises(auto.CommandError):
            box.stack(lambda: waits(loops)).up()
        inside = dict(os.environ)
    gc.collect()
    processes = [process.name() for process in psutil.Process().children(recursive=True)]

    with socket.socket() as there:
        assert there.connect_ex(("127.0.0.1", port)) != 0
    assert [name for name in processes if name.startswith("pulumi")] == []
    assert dict(os.environ) == before
    # Else the CLI's logs would be in the user's home, whatever HOME says.
    assert inside["PULUMI_HOME"] == box.env["PULUMI_HOME"]
    assert connect is grpc.insecure_channel
    assert [loop for loop in loops if not loop.is_closed()] == []
    assert [*home.iterdir(), *folder.iterdir()] == []
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("aws_")] == []


NOWHERE = "http://127.0.0.1:9"
PROXIES = ("no", "NO", "http", "https", "grpc", "all", "HTTP", "HTTPS", "GRPC", "ALL")
AWS = ("PROFILE", "SESSION_TOKEN", "CA_BUNDLE", "DEFAULT_REGION", "DATA_PATH", "CONFIG_FILE")
PULUMI = ("STACK", "ACCESS_TOKEN", "BACKEND_URL", "CONFIG", "DEBUG_LANGUAGES", "HOME")
OF_THE_USER = {
    **{f"{name}_proxy": NOWHERE for name in PROXIES},
    **{f"AWS_{name}": "canary" for name in AWS},
    **{f"PULUMI_{name}": "canary" for name in PULUMI},
    "AWS_ENDPOINT_URL_IAM": NOWHERE,
    "PULUMI_DEBUG_PROVIDERS": "aws:9",
    "PYTHONIOENCODING": "ascii",
    "TF_LOG": "canary",
}


def test_the_aws_plugin_gets_nothing_of_the_user(monkeypatch, tmp_path):
    """Its address, its keys, its home and its Region are the sandbox's."""
    for name, value in OF_THE_USER.items():
        monkeypatch.setenv(name, value)
    plugin = tmp_path / "pulumi-resource-aws"
    plugin.write_text(f"#!/bin/sh\nenv >{tmp_path}/env\nexit 1\n")
    plugin.chmod(0o755)
    with Sandbox(aws_plugin=plugin) as box, pytest.raises(auto.CommandError):
        box.stack(lambda: aws.get_region()).preview()
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)

    assert [name for name, value in seen.items() if "canary" in value or NOWHERE in value] == []
    assert {name: seen[name] for name in box.settings()} == box.settings()
    assert Path(seen["HOME"]).is_relative_to(box.folder)
    assert "aws:maxRetries" in box.provider_config()  # by itself, the plugin repeats for minutes


def test_nothing_of_the_user_reaches_the_demo(tmp_path):
    """Neither variables, nor other files called `pulumi`, nor a home with settings, logins and models of AWS's services, which stays as it is."""
    home, text, other = (tmp_path / name for name in ("home", "text", "other"))
    cache = pulumi_cli._cache()  # noqa: SLF001
    for file in (
        ".aws/config",
        ".aws/credentials",
        ".aws/models/iam/2010-05-08/service-2.json",
        ".pulumi/credentials.json",
    ):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text("canary")
    for folder in (text, other):
        folder.mkdir()
    (text / "pulumi").write_text("canary")
    (other / "pulumi").write_text("#!/bin/sh\necho canary; cat; exit 1\n")
    (other / "pulumi").chmod(0o755)
    before = {path: path.is_dir() or path.read_text() for path in home.rglob("*")}
    home.chmod(0o555)
    own = {"HOME": str(home), "PATH": f"{text}:{other}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(cache.parent)}
    env = {**OF_THE_USER, **own}
    done = subprocess.run(["make", "demo"], cwd=ROOT, env=env, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stderr == f"`{other}/pulumi` is not Pulumi's CLI: looking for another.\n"
    assert "canary" not in done.stdout
    assert {path: path.is_dir() or path.read_text() for path in home.rglob("*")} == before


def test_an_engine_on_the_port_of_an_earlier_one_is_reached():
    """By default, gRPC takes an earlier connection that failed for the new one, and waits before it tries again."""

    def answer():
        with pytest.raises(grpc.RpcError) as refused:
            Settings("app", "dev", monitor=f"127.0.0.1:{port}").monitor.SupportsFeature(SupportsFeatureRequest())
        return refused.value.code()

    served = provider.Provider(dict, "7.0.0")  # knows nothing of an engine's own protocol
    with Sandbox():
        server, port = provider.serve(served)
        server.stop(None).wait()
        assert answer() == grpc.StatusCode.UNAVAILABLE
        server = provider.serve(served, port)[0]
        assert answer() == grpc.StatusCode.UNIMPLEMENTED
    server.stop(None).wait()
