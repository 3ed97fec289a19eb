"""CONTRIBUTING.md and SECURITY.md: the commands are there, and what is said of them holds."""

import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows, table

PAGE = "CONTRIBUTING.md"


@shows(PAGE, "The loop")
def test_the_commands_of_the_loop_are_targets(shown: list[Block]) -> None:
    """Each is listed by `make`, and the file that one of them names is there."""
    told = [shlex.split(command) for command, _ in commands(shown[0].text)]
    listed = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    named = [word.removeprefix("TESTS=") for _, _, *words in told for word in words]

    assert [target for _, target, *_ in told] == ["check", "check", "test"]
    assert all(f"make {target} " in listed for target in ("check", "test", "schema", "picture", "lock", "release"))
    assert [(ROOT / file).is_file() for file in named] == [True]


@shows(PAGE, "How to read a failing test on the engine")
def test_the_tests_on_the_engine_are_found_as_it_says(shown: list[Block]) -> None:
    """The command line, with nothing but a list instead of a run, finds the tests of the file."""
    [(command, _)] = commands(shown[0].text)
    program, *arguments = shlex.split(command)
    pytest_here = Path(sysconfig.get_path("scripts"), Path(program).name)
    done = subprocess.run(
        [pytest_here, "--collect-only", "-q", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    assert "tests/engine/test_lifecycle.py: " in done.stdout or "tests/engine/test_lifecycle.py::" in done.stdout


@pytest.mark.parametrize(
    "expression", [cell.strip("`") for cell, _ in table(PAGE, "How to read a failing test on the engine")]
)
def test_what_the_debugger_is_told_to_ask_has_an_answer(box: Sandbox, expression: str) -> None:
    """Each expression can be evaluated where a stack has been updated."""
    box.stack(lambda: None).up()

    assert eval(expression, {"box": box}) is not None
