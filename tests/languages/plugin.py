"""The plugin as the engine finds it here, and the schema that it serves."""

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

ROOT = Path(__file__).parents[2]
NAME = "pulumi-resource-ssm-perms"
COMMAND = (sys.executable, "-P", str(ROOT / "plugin/__main__.py"))


def install(folder: Path, name: str = NAME, command: Sequence[str] = COMMAND) -> None:
    """Write the executable that stands in for Pulumi's Python language host, which starts the plugin elsewhere."""
    file = folder / name
    file.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    file.chmod(0o755)


def schema() -> dict[str, Any]:
    """Ask the plugin for its schema, as the engine does."""
    with subprocess.Popen([*COMMAND, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                provider = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = provider.GetSchema(provider_pb2.GetSchemaRequest(), timeout=30, wait_for_ready=True)
        finally:
            process.terminate()
    found: dict[str, Any] = json.loads(answer.schema)
    return found
