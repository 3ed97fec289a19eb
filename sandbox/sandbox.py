"""`Sandbox`: the real Pulumi engine, and AWS in this process: the one object that a test or the demo needs."""

import asyncio
import contextlib
import copy
import functools
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Final, Self
from unittest import mock

import grpc
import psutil
import pulumi.automation as auto
import yaml as yaml_files

from sandbox import provider, pulumi_cli
from sandbox.aws_client import ATTEMPTS
from sandbox.local_aws import ACCOUNT_ID, LocalAws, refuse

# How many times in a row a loop must be seen at rest, because the SDK runs it once more to end its tasks.
_LOOKS_AT_REST: Final = 10
Program = Callable[[], Any]


class _Workspace(auto.LocalWorkspace):
    """Reads a stack's outputs from its state, which has secret ones encrypted.

    The SDK would run the CLI twice after each update, which takes a third of the update's time.
    """

    state: Path

    def stack_outputs(self, stack_name: str) -> auto.OutputMap:  # noqa: ARG002
        latest = json.loads(self.state.read_text())["checkpoint"].get("latest") or {}
        resources = {resource["type"]: resource for resource in latest.get("resources") or []}
        outputs = resources.get("pulumi:pulumi:Stack", {}).get("outputs", {})
        return {name: auto.OutputValue(value=value, secret=False) for name, value in outputs.items()}


class Sandbox(LocalAws):
    """A local AWS for the real Pulumi engine. All of it is gone when the `with` block ends.

    Pulumi's AWS plugin is a stand-in in this process, which the engine attaches to, or the real one, if `aws_plugin` is
    the path of its executable. moto's state belongs to the process, so a process has one sandbox at a time. Programs
    in YAML can run with `yaml`: their host is built if it is missing.
    """

    _is_open: ClassVar[bool] = False

    def __init__(self, *, yaml: bool = False, aws_plugin: Path | None = None) -> None:
        """Keep the setting. Everything is found, built and started when the `with` block begins."""
        super().__init__()
        self._yaml, self.aws_plugin = yaml, aws_plugin
        self._loops: list[asyncio.AbstractEventLoop] = []

    def __enter__(self) -> Self:
        """Find or build the tools, and start AWS and its provider.

        Raises:
            RuntimeError: Another sandbox is open.
            ToolError: A tool is missing and can't be built.

        """
        if Sandbox._is_open:
            raise RuntimeError("a process has one sandbox at a time: end the `with` block of the other one before")
        cli = pulumi_cli.cli()
        tool_folders = [cli.parent, *([pulumi_cli.yaml_host(cli).parent] if self._yaml else [])]
        with contextlib.ExitStack() as exits:
            folder = tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)
            self.folder = Path(exits.enter_context(folder))
            exits.enter_context(mock.patch("grpc.insecure_channel", functools.partial(_channel, grpc.insecure_channel)))
            self.start()
            exits.callback(self.stop)
            self._make_environment(tool_folders)
            if self.aws_plugin:
                (self.folder / self.aws_plugin.name).symlink_to(self.aws_plugin.absolute())
            else:
                server, port = provider.serve(provider.Provider(self.connect, version("pulumi-aws")))
                exits.callback(lambda: server.stop(None).wait())
                self.env["PULUMI_DEBUG_PROVIDERS"] = f"aws:{port}"
            exits.callback(self._end_programs)
            exits.callback(self.kill)
            self._command = auto.PulumiCommand()
            self._make_backend()
            self._exits = exits.pop_all()
        Sandbox._is_open = True
        return self

    def __exit__(self, error: object, *_: object) -> None:
        """End the engines that still run, AWS, and the folder with everything in it.

        Raises:
            LookupError: A fault or an answer was not met, or an answer failed.

        """
        Sandbox._is_open = False
        self._exits.close()
        if error is None:
            refuse(self._missed(), self._failed)

    def _make_environment(self, tool_folders: list[Path]) -> None:
        """Give the engine and its plugins a home and settings of their own."""
        home = self.folder / "home"
        home.mkdir()
        self.env = {
            **self.settings(),
            "PATH": os.pathsep.join([*map(str, [self.folder, *tool_folders]), os.environ.get("PATH", os.defpath)]),
            "HOME": str(home),
            "TMPDIR": str(self.folder),
            "PULUMI_HOME": str(home / ".pulumi"),
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        # The SDK asks the first `pulumi` on the PATH of this process for its version, and it writes logs into its home.
        os.environ |= {key: self.env[key] for key in ("PATH", "PULUMI_HOME")}

    def _make_backend(self) -> None:
        """Give the stacks an empty backend, so all names are new."""
        self._backend = Path(tempfile.mkdtemp(dir=self.folder))
        # Without `metadata=skip`, the engine writes a second file beside each state, in place: an engine that is killed
        # meanwhile leaves half of it, and no later one can read the state. The state itself is replaced at once.
        self.env["PULUMI_BACKEND_URL"] = f"{self._backend.as_uri()}?metadata=skip"
        self._stacks: dict[Path, auto.Stack] = {}

    def provider_config(self, account: str = ACCOUNT_ID) -> dict[str, Any]:
        """Return the configuration of a stack's default AWS provider, by Pulumi's keys."""
        keys = {"aws:accessKey": account, "aws:secretKey": "sandbox"}
        return {"aws:region": self.region, "aws:maxRetries": ATTEMPTS, **keys}

    def stack(
        self, program: Program, project: str = "app", name: str = "dev", config: Mapping[str, Any] | None = None
    ) -> auto.Stack:
        """Return an Automation API stack of an inline program, configured for the sandbox.

        The same project and name give the same stack, with its state. Program and configuration are those of the last
        call. Keys without namespace are those of the project.
        """
        folder = self._backend / "projects" / project
        folder.mkdir(parents=True, exist_ok=True)
        settings = folder / f"Pulumi.{name}.yaml"
        former = yaml_files.safe_load(settings.read_text()) if settings.exists() else {}
        merged = {**self.provider_config(), **(config or {})}
        full = {key if ":" in key else f"{project}:{key}": value for key, value in merged.items()}
        settings.write_text(yaml_files.safe_dump({**former, "config": full}))
        if settings not in self._stacks:
            self._stacks[settings] = self._new_stack(folder, project, name)
        stack = copy.copy(self._stacks[settings])  # so that each has its own program
        stack.workspace = copy.copy(stack.workspace)
        stack.workspace.program = lambda: self._run(program)
        return stack

    def _new_stack(self, folder: Path, project: str, name: str) -> auto.Stack:
        workspace = _Workspace(
            work_dir=str(folder),
            env_vars=self.env,
            pulumi_command=self._command,
            project_settings=auto.ProjectSettings(name=project, runtime="python", main=str(folder)),
        )
        workspace.state = self.state_file(project, name)
        return auto.Stack.create_or_select(name, workspace)

    def _run(self, program: Program) -> Any:
        self._loops.append(asyncio.get_running_loop())
        return program()

    def _end_programs(self) -> None:
        """End what the SDK leaves of programs that fail: event loops that run or are open, with tasks that wait.

        Python warns of these when it frees them, which would fail whatever test runs then.
        """
        for loop in self._loops:
            _stop(loop)
            if not loop.is_closed():
                loop.set_exception_handler(lambda *_: None)
                # A stop that came too late would end the next run.
                loop.stop()
                loop.run_forever()
                for task in (tasks := asyncio.all_tasks(loop)):
                    task.cancel()
                if tasks:
                    loop.run_until_complete(asyncio.wait(tasks, timeout=30))
                loop.close()
        self._loops.clear()

    def state_file(self, project: str = "app", name: str = "dev") -> Path:
        """Return the file of a stack's state. Its backup is beside it."""
        return self._backend / ".pulumi" / "stacks" / project / f"{name}.json"

    def example(self, folder: str | os.PathLike[str]) -> Program:
        """Return a program that runs a folder's `__main__.py` as Pulumi would run it there."""

        def program() -> None:
            with mock.patch.object(sys, "path", [str(folder), *sys.path]):
                runpy.run_path(str(Path(folder, "__main__.py")), run_name="__main__")

        return program

    def pulumi(self, *args: str, stack: auto.Stack) -> "subprocess.CompletedProcess[str]":
        """Run the CLI in a stack's folder; it may fail."""
        command = [self._command.command, "--non-interactive", *args]
        env = {**os.environ, **self.env, "PULUMI_STACK": stack.name}
        options: dict[str, Any] = {"cwd": stack.workspace.work_dir, "env": env, "stdin": subprocess.DEVNULL}
        return subprocess.run(command, **options, capture_output=True, text=True, check=False)

    def kill(self) -> int:
        """End every engine that runs now, and its plugins, as SIGKILL does; return how many engines there were."""
        engines = [process for process in psutil.Process().children() if process.name() == "pulumi"]
        for engine in engines:
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in [engine, *engine.children(recursive=True)]:
                    process.kill()
        return len(engines)

    def reset(self) -> None:
        """Start again: empty AWS, the record, the faults and the answers, and forget every stack."""
        self._end_programs()
        super().reset()
        self._make_backend()


def _channel(connect: Callable[..., grpc.Channel], target: str, options: Any = (), *more: Any) -> grpc.Channel:
    """Connect the SDK to an engine, which may have the port of an earlier one.

    By default gRPC shares connections in the whole process, and one that failed waits before it tries again: the new
    engine would seem to be gone.
    """
    return connect(target, [*options, ("grpc.use_local_subchannel_pool", 1)], *more)


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    """Stop a program's loop, and wait until its thread, which may run it once more, has let go of it."""
    looks = 0
    while looks < _LOOKS_AT_REST and not loop.is_closed():
        looks += 1
        if loop.is_running():
            looks = 0
            with contextlib.suppress(RuntimeError):  # closed in the meantime
                loop.call_soon_threadsafe(loop.stop)
        time.sleep(0.02)
