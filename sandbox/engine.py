"""The Pulumi engine in a sandbox: a bounded CLI, and Automation API stacks whose programs run in this process."""

import dataclasses
import functools
import runpy
import shutil
import sys
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pulumi.automation as auto
import semver
import yaml

from sandbox import backend
from sandbox.process import Line, Running, run
from sandbox.pulumi_internals import Program, WatchedProgram


@dataclasses.dataclass(frozen=True)
class Engine:
    """The Pulumi CLI of an environment, with a time limit, and with a list of its running processes.

    With a sandbox's environment, `Sandbox.env`, another process can use that sandbox's engine too.

    Args:
        env: The environment of each command.
        timeout: How many seconds a command may take.
        running: Gets the processes that run.
        secrets: What a stack's settings say of the key of its secrets; nothing: a passphrase from the environment.
        stacks: The latest stack of each project's folder.
    """

    env: Mapping[str, str]
    timeout: Callable[[], float]
    running: Running = dataclasses.field(default_factory=Running)
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict)
    stacks: dict[str, str] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def executable(self) -> str:
        """The CLI."""
        return shutil.which("pulumi", path=self.env["PATH"]) or "pulumi"

    @functools.cached_property
    def version(self) -> semver.VersionInfo:
        """The CLI's version, which the Automation API uses."""
        return semver.VersionInfo.parse(self.run(["version"], cwd="/").stdout.strip().removeprefix("v"))

    def run(
        self,
        args: Sequence[str],
        cwd: str,
        more_env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **listeners: Line | None,
    ) -> CompletedProcess[str]:
        """Run one command of the CLI to its end. If it fails, the result has the return code.

        Raises:
            ProcessTimeoutError: It took longer than it may.
        """
        return run(
            [self.executable, "--non-interactive", *args],
            cwd=cwd,
            env={**self.env, **(more_env or {})},
            timeout=timeout or self.timeout(),
            running=self.running,
            **listeners,
        )

    def env_in(self, folder: str) -> Mapping[str, str]:
        """Return the environment of a folder: in it, a command that names no stack is about the folder's latest."""
        stack = self.stacks.get(folder)
        return {**self.env, **({"PULUMI_STACK": stack} if stack else {})}

    @property
    def backend(self) -> Path:
        """The folder of the file backend."""
        return Path(urllib.parse.urlsplit(self.env["PULUMI_BACKEND_URL"]).path)

    def state_file(self, project: str, stack: str) -> Path:
        """Return where the backend keeps a stack's state."""
        return backend.state_file(self.backend, project, stack)

    def configure(self, folder: Path, project: str, stack: str, config: Mapping[str, Any]) -> None:
        """Write a stack's configuration at once: the CLI would take 0.1 seconds for each value."""
        file = folder / f"Pulumi.{stack}.yaml"
        kept = self.secrets or (yaml.safe_load(file.read_text()) if file.exists() else {})  # the salt of a passphrase
        full = {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}
        file.write_text(yaml.safe_dump({**kept, "config": full}))

    def stack(self, program: Program, *, folder: Path, name: str, config: Mapping[str, Any]) -> auto.Stack:
        """Make a stack of an inline program, or set program and configuration of the stack with this name.

        The project has the name of its folder.
        """
        project = folder.name
        folder.mkdir(parents=True, exist_ok=True)
        secrets = {key: value for key, value in config.items() if isinstance(value, auto.ConfigValue)}
        plain = {key: value for key, value in config.items() if key not in secrets}
        self.configure(folder, project, name, plain)
        watched = WatchedProgram(program)
        options = auto.LocalWorkspaceOptions(
            work_dir=str(folder),
            pulumi_command=_Command(self, project, watched),
            project_settings=auto.ProjectSettings(name=project, runtime="python", main=str(folder)),
            program=watched,
        )
        self.stacks[str(folder)] = name
        stack = auto.Stack.create_or_select(name, auto.LocalWorkspace(**vars(options)))
        for key, value in secrets.items():
            stack.set_config(key, value)
        return stack


class _Command(auto.PulumiCommand):
    """The CLI for the Automation API and one project, in the sandbox's environment and with a time limit.

    It does not run a command whose answer is in the backend's files: the CLI would take 0.1 to 0.2 seconds for each,
    and an update without resources takes 0.1.
    """

    def __init__(self, engine: Engine, project: str, program: WatchedProgram) -> None:
        """Take the engine's CLI, without asking for its version again, and the stack's program."""
        self.command = engine.executable
        self.version = engine.version
        self._engine, self._project, self._program = engine, project, program

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: auto.OnOutput | None = None,
        on_error: auto.OnOutput | None = None,
    ) -> auto.CommandResult:
        """Run one command to its end.

        Raises:
            ProcessTimeoutError: It took longer than it may.
            pulumi.automation.CommandError: It failed.
        """
        known = backend.answer(self._engine.backend, self._project, args)
        if known is not None:
            return auto.CommandResult(stdout=known, stderr="", code=0)
        try:
            more_env = {**additional_env, "PULUMI_AUTOMATION_API": "true"}
            done = self._engine.run(args, cwd, more_env, on_output=on_output, on_error=on_error)
        finally:
            self._program.wait()
        result = auto.CommandResult(stderr=done.stderr, stdout=done.stdout, code=done.returncode)
        if done.returncode != 0:
            raise auto.errors.create_command_error(result)
        return result


def example(folder: Path) -> Program:
    """Return a program that runs a folder's `__main__.py` as Pulumi would run it there."""

    def program() -> None:
        main = folder / "__main__.py"
        argv, path, modules = sys.argv, list(sys.path), set(sys.modules)
        sys.argv, sys.path[:] = [str(main)], [str(folder), *path]
        try:
            runpy.run_path(str(main), run_name="__main__")
        finally:
            sys.argv, sys.path[:] = argv, path
            _forget_modules(folder, modules)

    return program


def _forget_modules(folder: Path, before: set[str]) -> None:
    """Drop the example's own modules, so another example can have modules of the same name."""
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(folder):
            del sys.modules[name]
