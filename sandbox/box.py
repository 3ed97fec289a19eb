"""`Sandbox`: the one object that a test, the demo or a benchmark needs."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from subprocess import CompletedProcess
from types import TracebackType
from typing import Any, Self

import pulumi.automation as auto

from sandbox import engine, environment, state_key, tools
from sandbox.aws import LocalAws
from sandbox.cache import stderr
from sandbox.calls import ACCOUNT_ID
from sandbox.cloud import Cloud
from sandbox.engine import Engine
from sandbox.process import Line, Running
from sandbox.pulumi_internals import Program, patch


class Sandbox(Cloud):
    """A local AWS for the real Pulumi engine. All of it is gone when the `with` block ends.

    `sandbox/README.md` says what is real, and what it refuses as AWS does. moto's state belongs to the process, so a
    process has one sandbox at a time.

    Args:
        timeout: How many seconds one command of the engine may take before it is killed; may be changed later.
        yaml: Whether programs in YAML will run. Then their host is built if it is missing.
        say: Gets lines that tell a person why it takes time.
    """

    def __init__(self, *, timeout: float = 120.0, yaml: bool = False, say: Line = stderr) -> None:
        """Keep the settings. Everything is found, built and started when the `with` block begins."""
        super().__init__()
        self.timeout = timeout
        self._yaml, self._say = yaml, say
        self._running = Running()
        self._era = 0

    def __enter__(self) -> Self:
        """Find or build the tools, and start the local AWS."""
        cli = tools.cli(self._say)
        path = [] if shutil.which("pulumi") == str(cli) else [cli.parent]
        provider = tools.provider(self._say)
        host = tools.yaml_host(self._say) if self._yaml else None
        with contextlib.ExitStack() as left:
            folder = tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)
            self.folder = Path(left.enter_context(folder))
            self._aws = LocalAws()
            self._aws.start()
            left.callback(self._aws.stop)
            left.callback(self._running.kill)
            self.env = environment.isolated(self.folder, path, self.url, self.region, self._aws.keys.of(ACCOUNT_ID))
            environment.install(self.env, provider, "resource", "aws", [version("pulumi-aws")])
            if host is not None:
                environment.install(self.env, host, "language", "yaml")
            self._backend()
            self._engine = Engine(self.env, lambda: self.timeout, self._running, state_key.SETTINGS)
            self._left = left.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the engines that still run, the local AWS, and the folder with everything in it."""
        self._left.close()

    def _backend(self) -> None:
        """Give the stacks an empty backend, so all names are new."""
        self._projects = self.folder / f"projects-{self._era}"
        state = self.folder / f"state-{self._era}"
        state.mkdir()
        # No files of attributes: to hash each state for them is a fifth of the engine's work on a large stack.
        self.env["PULUMI_BACKEND_URL"] = f"{state.as_uri()}?metadata=skip"

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
        call. `config` has Pulumi's keys, the project's own without namespace. Values are strings, booleans, lists,
        mappings, or `pulumi.automation.ConfigValue(…, secret=True)`. The default AWS provider is of this account.
        """
        merged = {**self.provider_config(account), **(config or {})}
        patch()
        return self._engine.stack(program, folder=self._projects / project, name=name, config=merged)

    def configure(self, folder: Path, config: Mapping[str, Any] | None = None, project: str = "") -> None:
        """Write the settings of the stack `dev` of a program in any language, for the CLI.

        `config` is as in `stack`, without secrets. Keys without namespace are those of `project`.
        """
        self._engine.configure(folder, project, "dev", {**self.provider_config(), **(config or {})})

    def provider_config(self, account: str = ACCOUNT_ID) -> dict[str, Any]:
        """Return the configuration of a stack's default AWS provider, by Pulumi's keys."""
        return environment.provider_config(self.url, self.region, self._aws.keys.of(account))

    @property
    def backend(self) -> Path:
        """The folder of the file backend, where every stack's state is until `reset`."""
        return self._engine.backend

    def state_file(self, project: str = "app", name: str = "dev") -> Path:
        """Return the file of a stack's state. Its backup is beside it."""
        return self._engine.state_file(project, name)

    def example(self, folder: str | os.PathLike[str]) -> Program:
        """Return a program that runs a folder's `__main__.py`."""
        return engine.example(Path(folder))

    def provider_args(self, region: str | None = None, account: str = ACCOUNT_ID) -> dict[str, Any]:
        """Return the arguments of an explicit `pulumi_aws.Provider` on the sandbox, for a program to use."""
        return environment.provider_args(self.url, region or self.region, self._aws.keys.of(account))

    def env_in(self, cwd: str | os.PathLike[str]) -> Mapping[str, str]:
        """Return the environment for a CLI that runs in a program's folder, and names no stack."""
        return self._engine.env_in(os.fspath(cwd))

    def pulumi(self, *args: str, cwd: str | os.PathLike[str], timeout: float | None = None) -> CompletedProcess[str]:
        """Run the CLI in a program's folder. The result has its output, and its return code even if it fails."""
        return self._engine.run(args, os.fspath(cwd), self.env_in(cwd), timeout=timeout)

    def kill(self) -> int:
        """End every engine that runs now, and its plugins, as SIGKILL does; return how many engines there were."""
        return self._running.kill()

    def reset(self) -> None:
        """Start again: empty AWS, the record, the faults and the scripted answers, and forget every stack."""
        self._aws.reset()
        self._era += 1
        self._backend()
