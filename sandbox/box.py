"""`Sandbox`: the real Pulumi engine, and AWS in this process: the one object that a test or the demo needs."""

import asyncio
import contextlib
import copy
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
from typing import Any, Final, Self

import psutil
import pulumi.automation as auto
import yaml as yaml_files
from pulumi.runtime import _grpc_settings

from sandbox import provider, schema, tools
from sandbox.aws import Aws
from sandbox.calls import ACCOUNT_ID
from sandbox.cloud import Cloud

# How many times in a row a loop must be seen at rest: the SDK runs it again to end its tasks.
_STILL: Final = 10
Program = Callable[[], Any]
_SECRET: Final = "4dabf18193072939515e22adb298388d"

# An engine may get the port of an earlier one. By default gRPC shares connections in the whole process, and one that
# failed waits before it tries again: the new engine would seem to be gone. The SDK has no setting for this.
_grpc_settings._GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))  # noqa: SLF001


class _Stack(auto.Stack):
    """Asks the CLI for less: each of its commands that decrypts hashes the passphrase a million times."""

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary | None:  # noqa: ARG002, FBT001, FBT002
        return super().info(show_secrets=False)


class _Workspace(auto.LocalWorkspace):
    """Reads a stack's outputs from its state, if none is secret: the SDK would ask the CLI twice after each update."""

    state: Path

    def stack_outputs(self, stack_name: str) -> auto.OutputMap:
        latest = json.loads(self.state.read_text())["checkpoint"].get("latest") or {}
        roots = [each for each in latest.get("resources") or [] if each["type"] == "pulumi:pulumi:Stack"]
        outputs = roots[0].get("outputs", {}) if roots else {}
        if _SECRET in json.dumps(outputs):
            return super().stack_outputs(stack_name)
        return {name: auto.OutputValue(value=value, secret=False) for name, value in outputs.items()}


class Sandbox(Cloud):
    """A local AWS for the real Pulumi engine. All of it is gone when the `with` block ends.

    The AWS provider runs in this process; the engine attaches to it. moto's state belongs to the process, so a process
    has one sandbox at a time.

    Args:
        yaml: Whether programs in YAML will run. Then their host is built if it is missing.
        say: Gets lines that tell a person why it takes time.
    """

    def __init__(self, *, yaml: bool = False, say: tools.Say = tools.stderr) -> None:
        """Keep the settings. Everything is found, built and started when the `with` block begins."""
        super().__init__()
        self._yaml, self._say = yaml, say
        self._era = 0
        self._loops: list[asyncio.AbstractEventLoop] = []

    def __enter__(self) -> Self:
        """Find or build the tools, and start AWS and its provider."""
        cli = tools.cli(self._say)
        folders = [cli.parent, *([tools.yaml_host(self._say).parent] if self._yaml else [])]
        with contextlib.ExitStack() as left:
            folder = tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)
            self.folder = Path(left.enter_context(folder))
            self.start()
            left.callback(self.stop)
            path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
            its = version("pulumi-aws")
            types = schema.package_schema(its, self.provider_config()) if self._yaml else ""
            served = provider.Provider(self._connect, types, its)
            server, port = provider.serve(served)
            left.callback(lambda: server.stop(None).wait())
            left.callback(self._end_programs)
            left.callback(self.kill)
            self.env = {**self._env(port), "PATH": path}
            # The SDK asks this `pulumi` for its version, with the environment of this process.
            os.environ |= {key: self.env[key] for key in ("PATH", "PULUMI_HOME")}
            self._backend()
            self._command = auto.PulumiCommand()
            self._left = left.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End the engines that still run, AWS, and the folder with everything in it."""
        self._left.close()

    def _env(self, port: int) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir()
        return {
            "HOME": str(home),
            "TMPDIR": str(self.folder),
            "PULUMI_HOME": str(home / ".pulumi"),
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
            "AWS_REGION": self.region,
        }

    def _backend(self) -> None:
        """Give the stacks an empty backend, so all names are new."""
        self._projects = self.folder / f"projects-{self._era}"
        self.backend = self.folder / f"state-{self._era}"
        self.backend.mkdir()
        self.env["PULUMI_BACKEND_URL"] = self.backend.as_uri()
        self._stacks: dict[Path, auto.Stack] = {}

    def _connect(self, config: Mapping[str, Any]) -> Aws:
        """Return the AWS of a configured provider: its access key is the account's number."""
        return Aws(self, config.get("accessKey") or ACCOUNT_ID, config.get("region") or self.region)

    def provider_args(self, region: str | None = None, account: str = ACCOUNT_ID) -> dict[str, Any]:
        """Return the arguments of an explicit `pulumi_aws.Provider` on the sandbox, for a program to use."""
        return {"region": region or self.region, "access_key": account, "secret_key": "sandbox"}

    def provider_config(self, account: str = ACCOUNT_ID) -> dict[str, Any]:
        """Return the configuration of a stack's default AWS provider, by Pulumi's keys."""
        return {"aws:region": self.region, "aws:accessKey": account, "aws:secretKey": "sandbox"}

    def stack(
        self,
        program: Program,
        project: str = "app",
        name: str = "dev",
        config: Mapping[str, Any] | None = None,
        account: str = ACCOUNT_ID,
    ) -> auto.Stack:
        """Return an Automation API stack of an inline program, configured for the sandbox.

        The same project and name give the same stack, with its state. Program and configuration are those of the last
        call. The default AWS provider is of this account.
        """
        folder = self._projects / project
        folder.mkdir(parents=True, exist_ok=True)
        merged = {**self.provider_config(account), **(config or {})}
        hidden = {key: value for key, value in merged.items() if isinstance(value, auto.ConfigValue)}
        self.configure(folder, {key: value for key, value in merged.items() if key not in hidden}, project, name)
        made = self._stacks.get(folder / name) or self._new_stack(folder, project, name)
        made = copy.copy(made)  # so that each has its own program
        made.workspace = copy.copy(made.workspace)
        made.workspace.program = lambda: self._run(program)
        for key, value in hidden.items():
            made.set_config(key, value)
        return made

    def _new_stack(self, folder: Path, project: str, name: str) -> auto.Stack:
        workspace = _Workspace(
            work_dir=str(folder),
            env_vars=self.env,
            pulumi_command=self._command,
            project_settings=auto.ProjectSettings(name=project, runtime="python", main=str(folder)),
        )
        workspace.state = self.state_file(project, name)
        self._stacks[folder / name] = made = _Stack.create_or_select(name, workspace)
        return made

    def _run(self, program: Program) -> Any:
        self._loops.append(asyncio.get_running_loop())
        return program()

    def _end_programs(self) -> None:
        """End what the SDK leaves of programs that fail: event loops that run or are open, with tasks that wait."""
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

    def configure(
        self, folder: Path, config: Mapping[str, Any] | None = None, project: str = "", name: str = "dev"
    ) -> None:
        """Write the settings of a stack. Keys without namespace are those of `project`."""
        file = folder / f"Pulumi.{name}.yaml"
        kept = yaml_files.safe_load(file.read_text()) if file.exists() else {}
        given = {**self.provider_config(), **(config or {})}
        full = {key if ":" in key else f"{project}:{key}": value for key, value in given.items()}
        file.write_text(yaml_files.safe_dump({**kept, "config": full}))

    def state_file(self, project: str = "app", name: str = "dev") -> Path:
        """Return the file of a stack's state. Its backup is beside it."""
        return self.backend / ".pulumi" / "stacks" / project / f"{name}.json"

    def example(self, folder: str | os.PathLike[str]) -> Program:
        """Return a program that runs a folder's `__main__.py` as Pulumi would run it there."""

        def program() -> None:
            sys.path.insert(0, str(folder))
            try:
                runpy.run_path(str(Path(folder, "__main__.py")), run_name="__main__")
            finally:
                sys.path.remove(str(folder))

        return program

    def pulumi(self, *args: str, cwd: str | os.PathLike[str]) -> "subprocess.CompletedProcess[str]":
        """Run the CLI in a stack's folder, or in that of a program in YAML; it may fail."""
        latest = [stack.name for folder, stack in self._stacks.items() if folder.parent == Path(cwd)][-1:]
        env = {**os.environ, **self.env, **({"PULUMI_STACK": latest[0]} if latest else {})}
        command = [self._command.command, "--non-interactive", *args]
        return subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    def kill(self) -> int:
        """End every engine that runs now, and its plugins, as SIGKILL does; return how many engines there were."""
        engines = [each for each in psutil.Process().children() if each.name() == "pulumi"]
        for engine in engines:
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in [engine, *engine.children(recursive=True)]:
                    process.kill()
        return len(engines)

    def reset(self) -> None:
        """Start again: empty AWS, the record, the faults and the answers, and forget every stack."""
        self._end_programs()
        super().reset()
        self._era += 1
        self._backend()


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    """Stop a program's loop, and wait until its thread, which may run it once more, has let go of it."""
    still = 0
    while still < _STILL and not loop.is_closed():
        still += 1
        if loop.is_running():
            still = 0
            with contextlib.suppress(RuntimeError):  # closed in the meantime
                loop.call_soon_threadsafe(loop.stop)
        time.sleep(0.02)
