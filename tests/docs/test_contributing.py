"""CONTRIBUTING.md: its commands are there, and what is said of them holds."""

import re
import shlex
import subprocess

from sandbox import Sandbox
from tests.docs.console import commands
from tests.pages import ROOT, Block, shows, table

PAGE = "CONTRIBUTING.md"
FAILING = "How to read a failing test on the engine"


@shows(PAGE, "The loop", FAILING)
def test_the_commands_are_there(shown: list[Block]) -> None:
    """Each target that these pages name is listed by `make`, and the files that the commands name are there."""
    *targets, lock, source, _, few, quick, debug = (
        shlex.split(command) for block in shown for command, _ in commands(block.text)
    )
    listed = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    files = [word.removeprefix("TESTS=") for words in (*targets, debug) for word in words if word.endswith(".py")]
    named = [target for _, target, *_ in targets]
    mentioned = {word for line in re.findall("`make ([a-z ]+)`", (ROOT / PAGE).read_text()) for word in line.split()}

    assert named == ["check", "check", "test"]
    assert [target for target in {*named, *mentioned} if f"make {target} " not in listed] == []
    assert [" ".join(install) in (ROOT / "conftest.py").read_text() for install in (lock, source)] == [True, True]
    assert few == ["pip", "install", "-e", ".", "pytest"]
    assert quick == ["pytest", "tests/component", "tests/unit/test_document.py"]
    assert debug[0] == ".venv/bin/pytest"
    assert [(ROOT / file).is_file() for file in files] == [True, True]


def test_what_the_debugger_is_told_to_ask_has_an_answer(box: Sandbox) -> None:
    """Each expression can be evaluated where a stack has been updated."""
    box.stack(lambda: None).up()
    expressions = [cell.strip("`") for cell, _ in table(PAGE, FAILING)]

    assert expressions
    assert [expression for expression in expressions if eval(expression, {"box": box}) is None] == []
