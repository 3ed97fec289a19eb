"""docs/testing.md: its files, put into a folder as the page says, test what it says they test."""

import inspect
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
FILES = {
    "The program": "infra.py",
    "With mocks": "test_infra.py",
    "Functions that the mocks must answer": "test_calls.py",
    "A fleet with mocks": "test_fleet.py",
    "On the engine": "test_engine.py",
    "What else to ask of the engine": "test_changes.py",
}
DECLARED = '"kms_key_arns": [key.arn]}'
ALL_MADE_UP = '{"aws:iam/role:Role": {"name": "web-1234567"}, "aws:kms/key:Key": {"arn": KEY}}'


def put(folder: Path, blocks: Iterable[Block]) -> None:
    """Write blocks to the files that the page says they are."""
    for block in blocks:
        (folder / FILES[block.heading]).write_text(block.text)


def pytest_as_shown(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run the one command of a console block, `pytest FILE`, on the folder's file."""
    [(command, _)] = commands(text)
    program, *options, file = command.split()
    assert Path(program).name == "pytest"

    return pytest_on(folder / Path(file).name, *options)


def pytest_on(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a file in its folder, apart from the options of this repository's tests."""
    how = [sys.executable, "-P", "-m", "pytest", "--color=no", "-p", "no:cacheprovider", "-c", "/dev/null", *options]
    return subprocess.run([*how, str(file)], cwd=file.parent, capture_output=True, text=True, timeout=180, check=False)


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


@pytest.mark.parametrize(
    ("made_up", "possible"),
    [
        ('{"aws:kms/key:Key": {"arn": KEY}}', [{0}]),
        ('{"aws:iam/role:Role": {"name": "web-1234567"}}', [{1}]),
        ("{}", [{0}, {1}, {0, 1}]),
    ],
    ids=["of the role", "of the key", "of both"],
)
@shows(PAGE, "The program", "With mocks", "Running it", "Mocks that return just the inputs")
def test_mocks_that_return_just_the_inputs_are_named(
    tmp_path: Path, shown: list[Block], made_up: str, possible: list[set[int]]
) -> None:
    """With such mocks the run ends with the page's words for each input that has no value."""
    program, test, command, errors = shown
    put(tmp_path, [program, test.changed(ALL_MADE_UP, made_up)])
    done = pytest_as_shown(tmp_path, command.text)
    found = re.findall(r"InvalidInputError: (SessionManager.*)", done.stdout)

    assert done.returncode == 1
    assert set(map(errors.text.splitlines().index, found)) in possible


@shows(PAGE, "The program", "With mocks", "Running it")
def test_without_the_decorator_nothing_is_tested(tmp_path: Path, shown: list[Block]) -> None:
    """A wrong assertion within `apply` goes unnoticed then, as the page warns."""
    program, test, command = shown
    careless = test.changed("@pulumi.runtime.test\n", "").changed('role == "web-1234567"', 'role == "other"')
    put(tmp_path, [program, careless.changed("    return pulumi.Output", "    pulumi.Output")])
    done = pytest_as_shown(tmp_path, command.text)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (("", ""), None),
        (('"aws:kms/getKey:getKey": {"arn": KEY}', '"aws:kms/getKey:getKey": {}'), "answer it with arn"),
        (('"implicitDeny"}', '"implicitDeny", "missingContextKeys": ["aws:SourceVpc"]}'), "assert None == "),
    ],
    ids=["as it stands", "without an answer about the key", "with another answer of the simulator"],
)
@shows(PAGE, "Functions that the mocks must answer")
def test_the_mocks_answer_functions(tmp_path: Path, shown: list[Block], changed: tuple[str, str], told: str) -> None:
    """The page's answers are those that the component asks for, and what it makes of them is tested."""
    [block] = shown
    put(tmp_path, [block.changed(*changed) if told else block])
    done = pytest_on(tmp_path / "test_calls.py", "-vv")

    assert (done.returncode == 0) is (told is None), done.stdout
    assert told is None or told in done.stdout


@pytest.mark.parametrize(
    ("answer", "passed", "told"),
    [
        ('{"accountId": "123456789012"}', True, None),
        ('{"accountId": "210987654321"}', False, "it belongs to account 123456789012"),
        ("{}", True, None),
        (None, False, "KeyError: 'aws:index/getCallerIdentity:getCallerIdentity'"),
    ],
    ids=["its account", "another account", "nothing", "an error"],
)
@shows(PAGE, "Functions that the mocks must answer")
def test_the_mocks_answer_with_the_account(
    tmp_path: Path,
    shown: list[Block],
    answer: str | None,
    passed: bool,  # noqa: FBT001 - a parameter
    told: str | None,
) -> None:
    """A role by its ARN is refused where the mocks' account is another one, and unchecked where they have none."""
    [block] = shown
    by_arn = block.changed('"role": "web", "check_role"', '"role": "arn:aws:iam::123456789012:role/web", "check_role"')
    own = '    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},\n'
    put(tmp_path, [by_arn.changed(own, own.replace('{"accountId": "123456789012"}', answer) if answer else "")])
    done = pytest_on(tmp_path / "test_calls.py", "-k", "register")

    assert (done.returncode == 0, told is None or told in done.stdout) == (passed, True), done.stdout


@pytest.mark.parametrize(
    ("declared", "passed"),
    [("", True), (', "allow_update_instance_information": True', False)],
    ids=["as it stands", "with too much"],
)
@shows(PAGE, "A fleet with mocks")
def test_a_fleet_is_tested_with_mocks(tmp_path: Path, shown: list[Block], declared: str, passed: bool) -> None:  # noqa: FBT001
    """The page's test of a fleet passes, and fails for one that grants more."""
    [block] = shown
    put(tmp_path, [block.changed('"batch-worker"]', '"batch-worker"]' + declared)])
    done = pytest_on(tmp_path / "test_fleet.py")

    assert (done.returncode == 0) is passed, done.stdout


@shows(PAGE, "What else to ask of the engine")
def test_the_engine_is_asked_for_more(tmp_path: Path, shown: list[Block]) -> None:
    """The page's further tests pass on the engine."""
    [block] = shown
    put(tmp_path, [block])
    done = pytest_on(tmp_path / "test_changes.py")

    assert done.returncode == 0, done.stdout


@shows(PAGE, "On the engine", "The program")
def test_elsewhere_the_engine_test_says_why_it_is_left_out(tmp_path: Path, shown: list[Block]) -> None:
    """In an environment without the sandbox the test is skipped, and pytest says so."""
    test, program = shown
    put(tmp_path, [test.changed('importorskip("sandbox"', 'importorskip("no_sandbox"'), program])
    done = pytest_on(tmp_path / "test_engine.py", "-rs")

    assert "1 skipped" in done.stdout
    assert "runs in the environment of a clone of pulumi-ssm-perms" in done.stdout


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")
def test_what_the_mocks_must_return_are_outputs() -> None:
    """Each type and property that the page lists is one of pulumi-aws, under Pulumi's name for it."""
    for token, names in table(PAGE, "What the mocks must return"):
        module, name = token.strip("`").removeprefix("aws:").replace("/", ":").split(":")[::2]
        properties = dir(getattr(getattr(aws, module), name))
        assert set(re.findall(r"`(\w+)`", names)) <= set(properties), token


def test_the_sandboxs_methods_are_its_own() -> None:
    """What the page's table calls is there, and takes what the table gives it."""
    for called, _ in table(PAGE, "What else to ask of the engine"):
        for method, arguments in re.findall(r"`box\.(\w+)(?:\(([\w, ]*)\))?", called):
            found = getattr(Sandbox, method)
            known = set(inspect.signature(found).parameters) if callable(found) else set()
            assert set(arguments.split(", ")) - {""} <= known, called


def test_another_type_is_refused(box: Sandbox) -> None:
    """The error of a type that the sandbox does not know is the one on the page."""
    with pytest.raises(auto.CommandError, match="unrecognized resource type"):
        box.stack(lambda: aws.sqs.Queue("queue")).up()
