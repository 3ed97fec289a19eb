"""A shell or a command in which `pulumi` and `aws` talk to a local AWS: its environment, and the end of that AWS."""

import contextlib
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import sandbox
from sandbox import cache, environment, program, tools
from sandbox.node import INSTANCE, ROLE

if TYPE_CHECKING:
    from sandbox import Sandbox

IN_ITS_PLACE: Final = "sandbox-python"

# The sandbox has the one for YAML.
_HOSTS: Final = {"Python": "python", "TypeScript": "nodejs", "Go": "go"}
# `pulumi install` looks for the very version of a project's SDK, and would download it.
_AWS_VERSIONS: Final = [f"7.{minor}.{patch}" for minor in range(100) for patch in range(6)]
_PROMPT: Final = "(local AWS) "
# For each shell, the options with which it reads no start file of the user's, and the end of its prompt.
_SHELLS: Final[Mapping[str, tuple[Sequence[str], str]]] = {
    "bash": (["--norc", "--noprofile"], r"\w \$ "),
    "zsh": (["-f"], "%~ %# "),
    "fish": (["--no-config", "--init-command", f"function fish_prompt; echo -n '{_PROMPT}'(prompt_pwd)'> '; end"], ""),
    **dict.fromkeys(("sh", "dash", "ksh"), ([], "$ ")),
}
# What a shell takes from its environment: functions, what runs before a command or a prompt, options, files that it
# reads. `__BASH_FUNC` is the name on macOS.
_OF_A_SHELL: Final = re.compile(
    r"(__)?BASH_FUNC.*|R?PROMPT.*|R?PS\d|SHELLOPTS|BASHOPTS|BASH_ENV|ENV|CDPATH|FPATH|ZDOTDIR|HISTFILE|INPUTRC"
)
# What the AWS CLI reads in the home folder besides settings and credentials, which have variables.
_OF_THE_AWS_CLI: Final = (".aws/cli/alias", ".aws/models")
_GRACE: Final = 5.0


def open_shell(roles: Sequence[str], plugins: Mapping[str, Path], command: Sequence[str]) -> int:
    """Start a local AWS with these roles, and run a command or the user's shell; return the exit code.

    Args:
        roles: Names of the roles that EC2 may assume.
        plugins: Pulumi plugins written in Python, by the name of their package.
        command: The command to run; if empty, the user's shell.
    """
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)  # services of moto look for the user's profile, even for one that isn't there
    with sandbox.Sandbox(yaml=True) as box:
        env = _environment(box, roles, plugins)
        if command:
            return _run(command, env)
        shell, options, prompt = _users_shell()
        for line in _told(box, roles, env, Path(shell).name):
            cache.stderr(line)
        _run([shell, *options], {**env, "PS1": _PROMPT + prompt})
        return 0  # the exit code of a shell's last command does not count


def _environment(box: "Sandbox", roles: Sequence[str], plugins: Mapping[str, Path]) -> dict[str, str]:
    """Create the roles, a node and programs, and return the sandbox's environment with the user's own home.

    The programs are the last ones on PATH, so the user's own come first.
    """
    for role in roles:
        box.create_role(role)
    box.create_node()
    programs = box.folder / "programs"
    programs.mkdir()
    environment.install(box.env, tools.provider(), "resource", "aws", _AWS_VERSIONS)
    for name, file in plugins.items():
        started = _program(box.folder / f"pulumi-resource-{name}", [str(file.absolute())])
        environment.install(box.env, started, "resource", name)
    aws = Path(sys.executable).parent / "aws"
    if aws.exists():
        (programs / "aws").symlink_to(aws)
    env = {**box.env, "PATH": os.pathsep.join([box.env["PATH"], str(programs)])}
    if "Python" in missing_hosts(env):
        _program(programs / IN_ITS_PLACE, ["-m", "sandbox", "program"])
    env["PULUMI_CONFIG_PASSPHRASE"] = _passphrase()
    env = {name: value for name, value in env.items() if not _OF_A_SHELL.fullmatch(name)}
    (box.folder / ".zshrc").touch()  # without it, a zsh that is started by hand would ask a new user's questions
    # Without these, a shell, or a script in it, would read or write a file in the home folder.
    env |= {
        "ENV": os.devnull,
        "INPUTRC": os.devnull,
        "ZDOTDIR": str(box.folder),
        "HISTFILE": str(box.folder / "history"),
    }
    return {**env, "HOME": os.environ["HOME"]} if "HOME" in os.environ else env


def _passphrase() -> str:
    """Return the passphrase of all shells of this user, which the first one makes.

    A project's settings outlive a shell, and get committed: the next shell must open them, and nobody else.
    """
    file = cache.folder() / "passphrase"
    if not file.exists():
        with tempfile.NamedTemporaryFile("w", dir=file.parent) as made:  # readable for its owner only
            made.write(secrets.token_hex())
            made.flush()
            with contextlib.suppress(FileExistsError):  # of a shell that was faster
                os.link(made.name, file)
    return file.read_text()


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


def _users_shell() -> tuple[str, Sequence[str], str]:
    """Return the user's shell, options and the end of a prompt; those of `sh` for a shell that is not known here."""
    shell = os.environ.get("SHELL") or "/bin/sh"
    if Path(shell).name not in _SHELLS:
        shell = "/bin/sh"
    return shell, *_SHELLS[Path(shell).name]


def _told(box: "Sandbox", roles: Sequence[str], env: Mapping[str, str], shell: str) -> Iterator[str]:
    """Yield the lines that the shell shows when it opens."""
    yield f"A local AWS at {box.url}, account {box.account_id}, Region {box.region}."
    yield f"Roles: {', '.join(dict.fromkeys([*roles, ROLE]))}. The node {INSTANCE} has {ROLE}."
    yield (
        f"The node is `Online` as soon as {ROLE} allows it. On AWS, that takes until its agent's next try or a restart."
    )
    yield "Here `pulumi` and `aws` talk to it. In your project, begin with `pulumi stack init NAME`."
    yield (
        "Only AWS and Pulumi are local. A program's other providers, such as those of Kubernetes or another cloud, use "
        "your own credentials, and the state of what they make ends with this shell. Where a stack or a program sets "
        "`aws:endpoints` or keys itself, they are obeyed."
    )
    yield (
        "Your start files are not read, so there are no aliases, no completion, and no functions such as nvm's or "
        f"conda's. PATH stays.{' zsh still reads /etc/zshenv.' if shell == 'zsh' else ''}"
    )
    if found := [f"~/{each}" for each in _OF_THE_AWS_CLI if Path(env["HOME"], each).exists()]:
        yield f"`aws` still reads your {' and '.join(found)}, which can change what its commands do."
    yield program.OTHER_PASSPHRASE
    if missing := missing_hosts(env):
        yield f"Pulumi's installer brings the language hosts, which are missing for {', '.join(missing)}. YAML works."
        if "Python" in missing:
            yield (
                "Until then, leave out `packages:` in YAML, skip `pulumi install`, and for a program in Python write "
                f"`{IN_ITS_PLACE} up` or `{IN_ITS_PLACE} preview`."
            )
    yield "When this shell ends, AWS and the stacks' states are gone."


def _run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command on this terminal; return its exit code as a shell does. Only the command handles Ctrl-C."""

    def ignore(_: int, __: FrameType | None) -> None:
        """Do nothing, only in this process: the command would inherit a signal that is set to be ignored."""

    try:
        process = subprocess.Popen(list(command), env=dict(env))
    except OSError as error:
        message = f"{command[0]} can't be started ({error.strerror}): set SHELL, or the command, to a program."
        raise cache.ToolError(message) from None
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
