"""docs/testing.md: its files, put into a folder as the page says, test what it says they test."""

import inspect
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows, table

PAGE: Final = "docs/testing.md"
MOCKS: Final = "With mocks"
CALLS: Final = "Functions that the mocks must answer"
FLEET: Final = "A fleet with mocks"

# The page's program, and others that grant too much or too little, each as the module of that name.
DECLARED: Final = '"kms_key_arns": [key.arn]}'
PROGRAMS: Final = {
    "infra": DECLARED,
    "too_much": f'"s3_log_encryption_enforced": True, {DECLARED}',
    "too_little": "}",
}

ROLE: Final = '"aws:iam/role:Role": {"name": "web-1234567"}'
KEY: Final = '"aws:kms/key:Key": {"arn": KEY}'
NO_ROLE: Final = "role None: it has no value"
NO_KEY: Final = r"kms_key_arns\[0\] None: it has no value"
WITH_ARN: Final = ('"role": "web", "check_role"', '"role": "arn:aws:iam::123456789012:role/web", "check_role"')
ACCOUNT: Final = '{"accountId": "123456789012"}'
CALLER: Final = '"aws:index/getCallerIdentity:getCallerIdentity"'

Change = tuple[str, str]


class File(NamedTuple):
    """A file of the page with some changes, and what pytest says of it, which is nothing if it passes."""

    heading: str
    says: str
    changes: Sequence[Change] = ()


FILES: Final[Mapping[str, File]] = {
    "test_infra": File(MOCKS, ""),
    "test_too_much": File(MOCKS, "AssertionError", [("import infra", "import too_much as infra")]),
    "test_too_little": File(MOCKS, "AssertionError", [("import infra", "import too_little as infra")]),
    "test_no_role": File(MOCKS, NO_ROLE, [(f"{ROLE}, ", "")]),
    "test_no_key": File(MOCKS, NO_KEY, [(f", {KEY}", "")]),
    "test_just_the_inputs": File(MOCKS, f"{NO_ROLE}|{NO_KEY}", [(f"{ROLE}, {KEY}", "")]),
    # What it asserts is wrong, and it passes: pytest does not wait for what is within `apply`.
    "test_no_decorator": File(
        MOCKS,
        "",
        [
            ("@pulumi.runtime.test\n", ""),
            ('role == "web-1234567"', 'role == "other"'),
            ("    return pulumi.Output.all", "    pulumi.Output.all"),
        ],
    ),
    "test_calls": File(CALLS, ""),
    "test_no_arn": File(CALLS, "answer it with arn", [('getKey": {"arn": KEY}', 'getKey": {}')]),
    "test_unsure": File(CALLS, "assert None == ", [('Deny"}', 'Deny", "missingContextKeys": ["aws:SourceVpc"]}')]),
    "test_account": File(CALLS, "", [WITH_ARN]),
    "test_other_account": File(
        CALLS,
        "it belongs to account 123456789012",
        [WITH_ARN, (ACCOUNT, '{"accountId": "210987654321"}')],
    ),
    # The session preferences would need the account.
    "test_no_account": File(
        CALLS, "", [WITH_ARN, (ACCOUNT, "{}"), ("def test_the_preferences", "def the_preferences")]
    ),
    "test_error": File(CALLS, f"KeyError: '{CALLER[1:-1]}'", [WITH_ARN, (f"    {CALLER}: {ACCOUNT},\n", "")]),
    "test_fleet": File(FLEET, ""),
    "test_fleet_with_too_much": File(
        FLEET, "AssertionError", [('"batch-worker"]', '"batch-worker"], "allow_update_instance_information": True')]
    ),
}


def changed(block: Block, changes: Sequence[Change]) -> str:
    """Return a block's text after some changes."""
    for old, new in changes:
        block = block.changed(old, new)
    return block.text


def pytest_as_shown(folder: Path, text: str) -> dict[str, list[str]]:
    """Run the one command of a console block for all files of a folder; return what is said of each test, by file.

    It runs apart from the options of this repository's tests.
    """
    [(command, _)] = commands(text)
    program, *options, file = command.split()
    assert (Path(program).name, (folder / Path(file).name).is_file()) == ("pytest", True)

    apart = ["-p", "no:cacheprovider", "-p", "no:randomly", "-c", "/dev/null", "--tb=native", "--junit-xml=said.xml"]
    here = [sys.executable, "-P", "-m", "pytest", *apart, *options, str(folder)]
    subprocess.run(here, cwd=folder, capture_output=True, timeout=180, check=False)
    found: dict[str, list[str]] = {}
    for case in ET.parse(folder / "said.xml").iter("testcase"):
        said = found.setdefault(case.attrib["classname"], [])
        said.append("".join(f"{part.get('message')}\n{part.text}" for part in case))
    return found


@shows(PAGE, "The program", MOCKS, CALLS, FLEET, "Running it", "Mocks that return just the inputs")
def test_the_tests_with_mocks_notice_what_is_wrong(tmp_path: Path, shown: list[Block]) -> None:
    """The page's files pass as they stand; with a change, each says what the page says."""
    program, *_, command, errors = shown
    blocks = {block.heading: block for block in shown}
    for name, declared in PROGRAMS.items():
        (tmp_path / f"{name}.py").write_text(program.changed(DECLARED, declared).text)
    for name, file in FILES.items():
        (tmp_path / f"{name}.py").write_text(changed(blocks[file.heading], file.changes))
    said = {name: "\n".join(texts).strip() for name, texts in pytest_as_shown(tmp_path, command.text).items()}
    refused = re.findall(r"InvalidInputError: (.*)", "\n".join(said.values()))

    assert set(said) == set(FILES)
    assert [name for name, file in FILES.items() if bool(said[name]) != bool(file.says)] == []
    assert [name for name, file in FILES.items() if not re.search(file.says, said[name])] == []
    assert set(errors.text.splitlines()) <= set(refused)


@shows(PAGE, "The program", "On the engine", "What else to ask of the engine", "Running it on the engine")
def test_the_tests_on_the_engine_pass(tmp_path: Path, shown: list[Block]) -> None:
    """The page's tests run the programs on the engine; where there is no sandbox, they are skipped and say why."""
    program, engine, changes, command = shown
    elsewhere = engine.changed('importorskip("sandbox"', 'importorskip("no_sandbox"')
    files = {"infra": program, "test_engine": engine, "test_changes": changes, "test_elsewhere": elsewhere}
    for name, block in files.items():
        (tmp_path / f"{name}.py").write_text(block.text)
    found = pytest_as_shown(tmp_path, command.text)
    [[skipped]] = [said for file, said in found.items() if file not in files]

    assert (found["test_engine"], found["test_changes"]) == ([""], ["", "", ""])
    assert "runs in the environment of a clone of pulumi-ssm-perms" in skipped


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
