"""Runs the console blocks of the pages in a sandbox: AWS's and Pulumi's own command lines, with their own answers."""

import functools
import io
import os
import re
import shlex
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final
from unittest import mock

import pulumi.automation as auto
import yaml
from awscli.clidriver import create_clidriver

from sandbox import Sandbox, run

_SECONDS: Final = 60.0
_SHELLS: Final = {"|", ">"}
_WITH_THE_PROGRAM: Final = {"preview", "up"}
_ASKING: Final = {"cancel", "destroy", "import", "refresh", "state"}
_SWITCHES: Final = {"--diff": "diff", "--expect-no-changes": "expect_no_changes", "--refresh": "refresh"}


@dataclass(frozen=True)
class Terminal:
    """A terminal in the folder of a stack's program.

    What needs the program, `pulumi up` and `preview`, goes through the Automation API, whose programs are callables of
    this process. All else is run as it is, in the sandbox's environment. Where the command line would ask whether it is
    meant, the answer is yes.
    """

    box: Sandbox
    stack: auto.Stack | None
    folder: str

    def run(self, text: str) -> list[str]:
        """Run each command of a console block, which must succeed; return what each prints.

        Lines without a prompt are what the command before them must print.
        """
        printed: list[str] = []
        for command, expected in commands(text):
            done = self._one(command)

            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            assert not expected or "".join(done.stdout.split()) == "".join(expected.split())

            printed.append(done.stdout)
        return printed

    def fails(self, text: str) -> str:
        """Run the one command of a console block, which must fail; return all that it prints."""
        [(command, _)] = commands(text)
        done = self._one(command)

        assert done.returncode != 0

        return done.stdout + done.stderr

    def _one(self, command: str) -> CompletedProcess[str]:
        program, *args = shlex.split(command, comments=True)
        if _SHELLS & set(args):
            return self._shell(command)
        if program == "aws":
            return self._aws(args)
        assert program == "pulumi"
        if args[0] in _WITH_THE_PROGRAM:
            return _automated(command, getattr(self.stack, args[0]), args[1:])
        yes = ["--yes"] if args[0] in _ASKING else []
        with self._in_yaml() if args[0] == "import" else nullcontext():
            return self.box.pulumi(*args, *yes, cwd=self.folder)

    @contextmanager
    def _in_yaml(self) -> Iterator[None]:
        """Say that the program is in YAML: `pulumi import` asks for its language's host, and Python's isn't here."""
        project = Path(self.folder, "Pulumi.yaml")
        before = project.read_text()
        project.write_text(yaml.safe_dump({**yaml.safe_load(before), "runtime": "yaml"}))
        yield
        project.write_text(before)

    def _aws(self, args: list[str]) -> CompletedProcess[str]:
        """Run AWS's command line in this process: to load it anew would take a second."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        env |= {**self.box.env, "AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
        out, err = io.StringIO(), io.StringIO()
        with mock.patch.dict(os.environ, env, clear=True), redirect_stdout(out), redirect_stderr(err):
            driver = create_clidriver()
            driver.session.register_component("data_loader", _models())
            code = driver.main(args)
        return CompletedProcess(args, code, out.getvalue().rstrip("\n"), err.getvalue())

    def _shell(self, command: str) -> CompletedProcess[str]:
        path = os.pathsep.join([sysconfig.get_path("scripts"), self.box.env["PATH"]])
        env = {**self.box.env_in(self.folder), "AWS_PAGER": "", "PATH": path}
        return run(["bash", "-o", "pipefail", "-c", command], cwd=self.folder, env=env, timeout=_SECONDS)


@functools.cache
def _models() -> Any:
    """Load AWS's models for its command line once, and not for each command."""
    return create_clidriver().session.get_component("data_loader")


OpenTerminal = Callable[[auto.Stack | None], Terminal]


def _automated(command: str, operation: Callable[..., Any], flags: Sequence[str]) -> CompletedProcess[str]:
    try:
        done = operation(**{_SWITCHES[flag]: True for flag in flags})
    except auto.CommandError as error:
        return CompletedProcess(command, 1, str(error), "")
    return CompletedProcess(command, 0, done.stdout, done.stderr)


def commands(text: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the lines that it is to print."""
    found: list[tuple[str, str]] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
        else:
            raise ValueError(f"not a command: {line}")
    return found
