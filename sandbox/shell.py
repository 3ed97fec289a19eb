"""A shell or a script in which `pulumi` and `aws` talk to a local AWS: its environment, and the end of that AWS."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import sandbox
from sandbox import cache, environment

if TYPE_CHECKING:
    from sandbox import Sandbox

IN_ITS_PLACE: Final = "sandbox-python"

# The sandbox has the one for YAML.
_HOSTS: Final = {"Python": "python", "TypeScript": "nodejs", "Go": "go"}
_NAP: Final = 0.2
_GRACE: Final = 5.0


def open_shell(roles: Sequence[str], plugins: Mapping[str, Path], command: Sequence[str]) -> int:
    """Start a local AWS with these roles, and run a command or the user's shell; return the exit code.

    Args:
        roles: Names of the roles that EC2 may assume.
        plugins: Pulumi plugins written in Python, by the name of their package.
        command: The command to run; if empty, the user's shell.
    """
    with sandbox.Sandbox(yaml=True) as box:
        env = _environment(box, roles, plugins)
        if command:
            return _run(command, env)
        for line in _told(box, roles, env):
            cache.stderr(line)
        _run([os.environ.get("SHELL") or "/bin/sh"], env)
        return 0  # the exit code of a shell's last command does not count


def print_environment(roles: Sequence[str], plugins: Mapping[str, Path]) -> int:
    """Start a local AWS, and print its environment for a script. Run until the script ends, or ends this."""
    started_by = os.getppid()
    with sandbox.Sandbox(yaml=True) as box:
        env = {**_environment(box, roles, plugins), "SANDBOX_PID": str(os.getpid())}
        print("\n".join(_script(env)), flush=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # tells the reader that this is all
        try:
            while os.getppid() == started_by:
                time.sleep(_NAP)
        except KeyboardInterrupt:
            pass
    return 0


def _environment(box: "Sandbox", roles: Sequence[str], plugins: Mapping[str, Path]) -> dict[str, str]:
    """Create the roles and programs, and return the sandbox's environment with the user's own home.

    The programs are the last ones on PATH, so the user's own come first.
    """
    for role in roles:
        box.create_role(role)
    programs = box.folder / "programs"
    programs.mkdir()
    for name, file in plugins.items():
        started = _program(box.folder / f"pulumi-resource-{name}", [str(file.absolute())])
        environment.install(box.env, started, "resource", name)
    aws = Path(sys.executable).parent / "aws"
    if aws.exists():
        (programs / "aws").symlink_to(aws)
    env = {**box.env, "PATH": os.pathsep.join([box.env["PATH"], str(programs)])}
    if "Python" in missing_hosts(env):
        _program(programs / IN_ITS_PLACE, ["-m", "sandbox", "program"])
    return {**env, "HOME": os.environ["HOME"]} if "HOME" in os.environ else env


def _program(file: Path, arguments: Sequence[str]) -> Path:
    """Write a program that runs with this process's Python and its packages."""
    file.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-P", *arguments])} "$@"\n')
    file.chmod(0o755)
    return file


def missing_hosts(env: Mapping[str, str]) -> list[str]:
    """Name the languages whose host is neither on PATH nor beside the CLI, as Pulumi installs it."""
    cli = shutil.which("pulumi", path=env["PATH"])
    beside = [str(Path(cli).resolve().parent)] if cli else []
    path = os.pathsep.join([*beside, env["PATH"]])
    return [name for name, host in _HOSTS.items() if shutil.which(f"pulumi-language-{host}", path=path) is None]


def _told(box: "Sandbox", roles: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that the shell shows when it opens."""
    what = f"the role{'s' if len(roles) > 1 else ''} {', '.join(roles)}" if roles else "no role"
    yield f"A local AWS at {box.url}, account {box.account_id}, Region {box.region}, with {what}."
    yield "Here `pulumi` and `aws` talk to it. In your project, begin with `pulumi stack init NAME`."
    if missing := missing_hosts(env):
        in_python = f"; in Python, write `{IN_ITS_PLACE} up` instead of `pulumi up`" if "Python" in missing else ""
        yield f"Pulumi's hosts are missing for {', '.join(missing)}: install Pulumi's CLI. YAML works{in_python}."
    yield "When this shell ends, AWS and the stacks' states are gone."


def _script(env: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that set this environment in a POSIX shell."""
    for name in sorted(os.environ.keys() - env.keys()):
        yield f"unset {name}"
    for name in sorted(env):
        if env[name] != os.environ.get(name):
            yield f"export {name}={shlex.quote(env[name])}"


def _run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command on this terminal; return its exit code as a shell does. Only the command handles Ctrl-C."""

    def ignore(_: int, __: FrameType | None) -> None:
        """Do nothing, only in this process: the command would inherit a signal that is set to be ignored."""

    process = subprocess.Popen(list(command), env=dict(env))
    before = signal.signal(signal.SIGINT, ignore)
    try:
        code = process.wait()
    finally:
        _end(process)
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that still runs, as a closed terminal does. A shell ignores weaker signals."""
    if process.poll() is None:
        process.send_signal(signal.SIGHUP)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
