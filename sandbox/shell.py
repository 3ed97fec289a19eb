"""A shell or a command in which `pulumi` and `aws` talk to a local AWS: its environment, and the end of that AWS."""

import contextlib
import os
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
# The options with which a shell reads no file of the user's.
_OTHER_SHELLS: Final[Mapping[str, Sequence[str]]] = {"sh": [], "dash": [], "ksh": [], "fish": ["--no-config"]}
# What bash and zsh read after the user's own file. Its aliases and functions of these names go, and so do its hooks:
# direnv, for example, sets variables before each prompt.
_AFTER_THE_USERS: Final = """\
unalias pulumi aws 2>/dev/null
unset -f pulumi aws precmd preexec chpwd 2>/dev/null
unset PROMPT_COMMAND precmd_functions preexec_functions chpwd_functions
for name in $(command awk 'BEGIN {{ for (name in ENVIRON) print name }}' | command grep -iE '^({users})'); do
  [ "${{ZSH_VERSION-}}" ] && typeset +r "$name"  # bash can't, and ends below
  unset "$name"
done
export {ours} || exit
PS1="{prompt}$PS1"
"""
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
        for line in _told(box, roles, env):
            cache.stderr(line)
        _run(_users_shell(box.folder, env), {**env, "PS1": f"{_PROMPT}$ "})
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
    # What sh, bash and zsh would read of the user's, also to run a script.
    env |= {"ENV": os.devnull, "BASH_ENV": os.devnull, "ZDOTDIR": str(box.folder)}
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


def _users_shell(folder: Path, env: Mapping[str, str]) -> list[str]:
    """Return the command of the user's shell; if that could not be kept apart from the user's files, of `sh`.

    bash and zsh read the user's file, and then ours, which sets again what decides where `pulumi` and `aws` go.
    """
    shell = os.environ.get("SHELL") or "/bin/sh"
    ours = [f"{name}={value}" for name, value in env.items() if name.startswith(("AWS_", "PULUMI_"))]
    ours += [f"{name}={env[name]}" for name in ("no_proxy", "NO_PROXY")]
    last = _AFTER_THE_USERS.format(users=tools.USERS.pattern, ours=shlex.join(ours), prompt=_PROMPT)
    bash, zsh = folder / "bashrc", folder / ".zshrc"
    bash.write_text(f"[ -f ~/.bashrc ] && . ~/.bashrc\n{last}")
    theirs = shlex.quote(os.environ.get("ZDOTDIR") or env["HOME"])
    read = 'for file in .zshenv .zshrc; do [ -f "$ZDOTDIR/$file" ] && . "$ZDOTDIR/$file"; done'
    zsh.write_text(f"ZDOTDIR={theirs}\n{read}\nexport ZDOTDIR={shlex.quote(str(folder))}\n{last}")
    options = {**_OTHER_SHELLS, "bash": ["--rcfile", str(bash)], "zsh": []}.get(Path(shell).name)
    return ["/bin/sh"] if options is None else [shell, *options]


def _told(box: "Sandbox", roles: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that the shell shows when it opens."""
    yield f"A local AWS at {box.url}, account {box.account_id}, Region {box.region}."
    yield f"Roles: {', '.join(dict.fromkeys([*roles, ROLE]))}. The node {INSTANCE} has {ROLE}."
    yield (
        f"The node is `Online` as soon as {ROLE} allows it. On AWS, that takes until its agent's next try or a restart."
    )
    yield "Here `pulumi` and `aws` talk to it. In your project, begin with `pulumi stack init NAME`."
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
