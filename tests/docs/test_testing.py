"""docs/testing.md: its files, put into a folder as the page says, test what it says they test."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows, table

PAGE = "docs/testing.md"
FILES = {"The program": "infra.py", "With mocks": "test_infra.py", "On the engine": "test_engine.py"}
DECLARED = '"kms_key_arns": [key.arn]}'


def put(folder: Path, blocks: Iterable[Block]) -> None:
    """Write blocks to the files that the page says they are."""
    for block in blocks:
        (folder / FILES[block.heading]).write_text(block.text)


def pytest_as_shown(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run the one command of a console block, `pytest FILE`, on the folder's file."""
    [(command, _)] = commands(text)
    program, file = command.split()
    assert Path(program).name == "pytest"

    how = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    return subprocess.run(
        [*how, str(folder / Path(file).name)], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("declared", "passed"),
    [(DECLARED, True), ('"s3_log_encryption_enforced": True, ' + DECLARED, False), ("}", False)],
    ids=["as it stands", "with too much", "without the key"],
)
@shows(PAGE, "The program", "With mocks", "Running it")
def test_the_unit_test_tests_the_program(tmp_path: Path, shown: list[Block], declared: str, passed: bool) -> None:  # noqa: FBT001
    """The page's unit test passes for the page's program, and fails for one that grants more or less."""
    program, test, command = shown
    put(tmp_path, [program.changed(DECLARED, declared), test])
    done = pytest_as_shown(tmp_path, command.text)

    assert (done.returncode == 0) is passed, done.stdout
    assert passed or "AssertionError" in done.stdout


@shows(PAGE, "The program", "With mocks", "Running it", "Mocks that return just the inputs")
def test_mocks_that_return_just_the_inputs_are_named(tmp_path: Path, shown: list[Block]) -> None:
    """With such mocks the run ends with the page's words."""
    program, test, command, error = shown
    put(tmp_path, [program, test.changed("{**MADE_UP.get(args.typ, {}), **args.inputs}", "args.inputs")])
    done = pytest_as_shown(tmp_path, command.text)
    found = re.findall(r"InvalidInputError: (SessionManager.*)", done.stdout)

    assert set(found) == {error.text.strip()}


@shows(PAGE, "The program", "With mocks", "Running it")
def test_without_the_decorator_nothing_is_tested(tmp_path: Path, shown: list[Block]) -> None:
    """A wrong assertion within `apply` goes unnoticed then, as the page warns."""
    program, test, command = shown
    careless = test.changed("@pulumi.runtime.test\n", "").changed('role == "web-1234567"', 'role == "other"')
    put(tmp_path, [program, careless.changed("    return pulumi.Output", "    pulumi.Output")])
    done = pytest_as_shown(tmp_path, command.text)

    assert done.returncode == 0, done.stdout


@shows(PAGE, "The program", "On the engine", "Running it on the engine")
def test_the_engine_test_tests_the_program(tmp_path: Path, shown: list[Block]) -> None:
    """The page's test runs the program on the engine, from up to destroy."""
    program, test, command = shown
    put(tmp_path, [program, test])
    done = pytest_as_shown(tmp_path, command.text)

    assert done.returncode == 0, done.stdout


def test_the_sandboxs_types_are_listed() -> None:
    """The page's table is the list that the sandbox's provider has."""
    tokens = re.findall(r'resourceToken\("(\w+)", "\w+", "(\w+)"\)', (ROOT / "sandbox/provider/tokens.go").read_text())
    rows = table(PAGE, "Running it on the engine")
    listed = [(module, name) for module, names in rows for name in re.findall(r"`(\w+)`", names)]

    assert [(module.strip("`").removeprefix("aws."), name) for module, name in listed] == sorted(tokens)


def test_another_type_is_refused(box: Sandbox) -> None:
    """The error of a type that the sandbox does not know is the one on the page."""
    with pytest.raises(auto.CommandError, match="unrecognized resource type"):
        box.stack(lambda: aws.sqs.Queue("queue")).up()
