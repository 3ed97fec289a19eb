"""The Pulumi engine in a sandbox: a bounded CLI, and Automation API stacks whose programs run in this process."""

import asyncio
import contextlib
import dataclasses
import functools
import runpy
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import semver
import yaml
from pulumi.automation import _stack as sdk
from pulumi.automation._server import LanguageServer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS

from sandbox import backend
from sandbox.process import Running, run

Program = Callable[[], Any]

_PATIENCE = 30.0

# An engine may get the port of an earlier one. By default gRPC shares connections in the whole process, also one that
# failed and waits before it tries again, and so takes the new engine for gone. And it asks the user's proxy for an
# engine on this machine.
_GRPC_CHANNEL_OPTIONS.extend([("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)])


@dataclasses.dataclass(frozen=True)
class Engine:
    """A CLI, and how it is run: in which environment, for how many seconds at most, noted by whom.

    `stacks` are the stacks that the projects' folders were given last, `selected` those that the CLI knows of.
    """

    executable: Path
    env: Mapping[str, str]
    timeout: Callable[[], float]
    running: Running
    stacks: dict[str, str] = dataclasses.field(default_factory=dict)
    selected: dict[str, str] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def version(self) -> semver.VersionInfo:
        """The CLI's version; the Automation API goes by it."""
        printed = run([str(self.executable), "version"], cwd="/", env=self.env, timeout=self.timeout()).stdout.strip()
        return semver.VersionInfo.parse(printed.removeprefix("v"))

    def select(self, folder: str) -> None:
        """Select the folder's stack, for a command that does not name one; most do, and selecting takes a moment."""
        stack = self.stacks.get(folder)
        if stack is not None and self.selected.get(folder) != stack:
            command = [str(self.executable), "--non-interactive", "stack", "select", stack]
            run(command, cwd=folder, env=self.env, timeout=self.timeout(), running=self.running)
            self.selected[folder] = stack

    @property
    def backend(self) -> Path:
        """The folder of the file backend."""
        return Path(self.env["PULUMI_BACKEND_URL"].removeprefix("file://"))

    def state_file(self, project: str, stack: str) -> Path:
        """Return where the backend keeps a stack's state."""
        return backend.state_file(self.backend, project, stack)


class _WatchedProgram:
    """A stack's program, and how it ends where the engine ends first.

    After a kill or a late error the SDK leaves the program's event loop open, with tasks that wait for the engine.
    """

    def __init__(self, program: Program) -> None:
        """Take the program; it does not run yet."""
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
        """Run it within the block; what it leaves is ended where it ran, when the SDK no longer works on it."""
        self._loop = None
        self._ended.clear()
        try:
            yield
        finally:
            if self._loop is not None and not self._loop.is_closed():
                _end(self._loop)
            self._ended.set()

    def wait(self) -> None:
        """Wait until it has ended, but not for ever for a program that asks the engine nothing."""
        self._ended.wait(_PATIENCE)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still waits in a loop that has stopped, and close it."""
    # The SDK's handler stops the loop at a failed call, and may have done so already: one turn takes that away.
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
    """What runs a program for the engine."""

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802 - as in the base
        """Run it, and leave nothing of it behind."""
        with self.program.running() if isinstance(self.program, _WatchedProgram) else contextlib.nullcontext():
            return super().Run(request, context)  # type: ignore[no-untyped-call]


# A stack makes its server by this name, and takes no other.
sdk.LanguageServer = _LanguageServer  # type: ignore[attr-defined]


class BoundedCommand(auto.PulumiCommand):
    """The CLI as the Automation API runs it for one stack, in the sandbox's own environment and for a limited time."""

    def __init__(self, engine: Engine, program: _WatchedProgram) -> None:
        """Take the engine's CLI, of which nothing has to be found out any more, and the stack's program."""
        self.command = str(engine.executable)
        self.version = engine.version
        self._engine = engine
        self._program = program

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
        try:
            done = run(
                [self.command, "--non-interactive", *args],
                cwd=cwd,
                env={**self._engine.env, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                timeout=self._engine.timeout(),
                on_output=on_output,
                on_error=on_error,
                running=self._engine.running,
            )
        finally:
            self._program.wait()
        result = auto.CommandResult(stderr=done.stderr, stdout=done.stdout, code=done.returncode)
        if done.returncode != 0:
            raise auto.errors.create_command_error(result)
        return result


class _Workspace(auto.LocalWorkspace):
    """A workspace that runs no command whose answer is known: each takes a tenth of a second, with secrets two more."""

    def __init__(self, engine: Engine, options: auto.LocalWorkspaceOptions) -> None:
        """Make a workspace of the engine's backend."""
        super().__init__(**vars(options))
        self._engine = engine

    def create_stack(self, stack_name: str) -> None:
        """Make a stack, which is the folder's from now on."""
        backend.make_stack(self._engine.backend, Path(self.work_dir).name, stack_name)
        self._engine.stacks[self.work_dir] = stack_name

    def select_stack(self, stack_name: str) -> None:
        """Give a stack to the folder, unless it is not there, which the backend's folder tells."""
        if not self._engine.state_file(Path(self.work_dir).name, stack_name).exists():
            raise auto.StackNotFoundError(auto.CommandResult(stdout="", stderr="no such stack", code=1))
        self._engine.stacks[self.work_dir] = stack_name

    def stack_outputs(self, stack_name: str) -> auto.OutputMap:
        """Return the outputs, from the backend; only where one is not plain, the CLI is asked."""
        found = backend.outputs(self._engine.backend, Path(self.work_dir).name, stack_name)
        return super().stack_outputs(stack_name) if found is None else found

    def last_update(self, stack_name: str) -> auto.UpdateSummary | None:
        """Return the summary of the last update, from the backend."""
        return backend.last_update(self._engine.backend, Path(self.work_dir).name, stack_name)


class _Stack(auto.Stack):
    """A stack whose summaries leave out the secrets of its configuration."""

    workspace: _Workspace

    def info(self, show_secrets: bool = False) -> auto.UpdateSummary | None:  # noqa: ARG002, FBT001, FBT002 - as in the base
        """Return the summary of the last update."""
        return self.workspace.last_update(self.name)


def create_or_select(
    engine: Engine, program: Program, *, folder: Path, name: str, config: Mapping[str, Any]
) -> auto.Stack:
    """Make a stack of an inline program, or give the stack of this name another program and other configuration.

    The project has the name of its folder.
    """
    project = folder.name
    folder.mkdir(parents=True, exist_ok=True)
    secrets = {key: value for key, value in config.items() if isinstance(value, auto.ConfigValue)}
    plain = {key: value for key, value in config.items() if key not in secrets}
    _write_config(folder / f"Pulumi.{name}.yaml", {_full_key(project, key): value for key, value in plain.items()})
    watched = _WatchedProgram(program)
    command = BoundedCommand(engine, watched)
    settings = auto.ProjectSettings(name=project, runtime="python", main=str(folder))
    options = auto.LocalWorkspaceOptions(
        work_dir=str(folder), pulumi_command=command, project_settings=settings, program=watched
    )
    stack = _Stack(name, _Workspace(engine, options), sdk.StackInitMode.CREATE_OR_SELECT)
    for key, value in secrets.items():
        stack.set_config(key, value)
    return stack


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
    """Drop the example's own modules, so that another example may have some of the same name."""
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(folder):
            del sys.modules[name]


def _write_config(file: Path, config: Mapping[str, Any]) -> None:
    """Write the stack's configuration at once; setting each value by the CLI would take a fifth of a second apiece.

    What the engine keeps in the same file, the salt of the stack's secrets, stays.
    """
    kept = yaml.safe_load(file.read_text()) if file.exists() else {}
    file.write_text(yaml.safe_dump({**(kept or {}), "config": dict(config)}))


def _full_key(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"
