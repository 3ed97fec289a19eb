"""docs/test-your-program.md: its files, put into a folder as the page says, test what it says they test."""

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import GET_ROLE, SIMULATE, iam, session
from tests.components import declare
from tests.docs import in_typescript
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows, table
from tests.documents import KEY

PAGE: Final = "docs/test-your-program.md"
ANSWERS: Final = "What the mocks must answer"


def pytest_as_shown(folder: Path, text: str) -> dict[str, list[str]]:
    """Run the one command of a console block for all files of a folder; return what is said of each test, by file.

    It runs apart from the options of this repository's tests.
    """
    [(command, _)] = commands(text)
    program, *options, file = command.split()
    assert Path(program).name == "pytest"
    assert (folder / Path(file).name).is_file()

    apart = ["-p", "no:cacheprovider", "-p", "no:randomly", "-c", "/dev/null", "--tb=native", "--junit-xml=said.xml"]
    here = [sys.executable, "-P", "-m", "pytest", *apart, *options, str(folder)]
    subprocess.run(here, cwd=folder, capture_output=True, timeout=180, check=False)
    found: dict[str, list[str]] = {}
    for case in ET.parse(folder / "said.xml").iter("testcase"):
        said = found.setdefault(case.attrib["classname"], [])
        said.append("".join(f"{part.get('message')}\n{part.text}" for part in case))
    return found


@shows(PAGE, "The program", "With mocks", "Running it", "What the mocks must return")
def test_the_test_with_mocks_notices_what_is_wrong(tmp_path: Path, shown: list[Block]) -> None:
    """It passes as it stands, and fails for a program that grants too much or too little, and without a role's name.

    Without its decorator it passes although what it asserts is wrong: pytest does not wait for what is within `apply`.
    """
    program, test, command, no_role = shown
    unawaited = test.changed("@pulumi.runtime.test\n", "").changed(
        "    return pulumi.Output.all", "    pulumi.Output.all"
    )
    files = {
        "infra": program,
        "too_much": program.changed("kms_key_arns=", "s3_log_encryption_enforced=True, kms_key_arns="),
        "too_little": program.changed(", kms_key_arns=[key.arn]", ""),
        "test_infra": test,
        "test_too_much": test.changed("import infra", "import too_much as infra"),
        "test_too_little": test.changed("import infra", "import too_little as infra"),
        "test_no_role": test.changed('"aws:iam/role:Role": {"name": "web-1234567"}, ', ""),
        "test_no_decorator": unawaited.changed('role == "web-1234567"', 'role == "other"'),
    }
    for name, block in files.items():
        (tmp_path / f"{name}.py").write_text(block.text)
    said = {name: text for name, [text] in pytest_as_shown(tmp_path, command.text).items()}

    assert said["test_infra"] == ""
    assert said["test_no_decorator"] == ""
    assert ["AssertionError" in said[name] for name in ("test_too_much", "test_too_little")] == [True, True]
    assert no_role.text.strip() in said["test_no_role"]


@shows(PAGE, "A refusal", "Recorded resources", ANSWERS)
def test_the_other_tests_pass(tmp_path: Path, shown: list[Block]) -> None:
    """They pass as they stand, and fail for another error, another role and another action."""
    refusal, recorded, checked = shown
    files = {
        "test_refusal": refusal,
        "test_no_refusal": refusal.changed("alias/sessions", KEY),
        "test_recorded": recorded,
        "test_one_role": recorded.changed('roles=["web", "worker"]', 'roles=["web"]'),
        "test_check": checked,
        "test_all_allowed": checked.changed('DENIED = {"ssm:UpdateInstanceInformation"}', "DENIED = set()"),
    }
    for name, block in files.items():
        (tmp_path / f"{name}.py").write_text(block.text)
    said = {name: text for name, [text] in pytest_as_shown(tmp_path, "$ pytest -vv test_refusal.py").items()}

    assert [name for name, text in said.items() if not text] == ["test_check", "test_recorded", "test_refusal"]
    assert set(said) == set(files)


@shows(PAGE, "Other languages")
def test_the_test_in_typescript_sees_the_inputs_alone(tmp_path: Path, shown: list[Block]) -> None:
    """It passes as it stands, and with a wrong input that the plugin would refuse; it fails for an input too much."""
    test = in_typescript.compiled(shown[0])
    wrong = test.changed(KEY, "alias/sessions")
    declared = 'SessionManagerPermissions("web", {'
    too_much = test.changed(declared, f"{declared} s3LogEncryptionEnforced: true,")

    assert in_typescript.test(tmp_path, test, wrong) == ""
    assert "s3LogEncryptionEnforced: true" in in_typescript.test(tmp_path, too_much)


def test_the_answers_of_the_mocks_are_enough() -> None:
    """With the table's answers and those of a role that may do all, preferences become grants; each is asked for."""
    rows = [(token.strip("`"), answer) for _, token, answer in table(PAGE, ANSWERS)]
    answers = {token: ast.literal_eval(answer.strip("`")) for token, answer in rows if token != SIMULATE}
    [key, role] = [answers[token]["arn"] for token in ("aws:kms/getKey:getKey", GET_ROLE)]
    named = {"s3BucketName": "logs", "cloudWatchLogGroupName": "/ssm/sessions", "kmsKeyId": "alias/sessions"}
    made = declare(
        {"role": role, "check_role": True, "session_preferences": session(named)},
        answer=lambda call: iam()(call) if call.token == SIMULATE else answers[call.token],
    )

    assert {invoke.token for invoke in made.invokes} == {token for token, _ in rows}
    assert made.results["denied_actions"] == []
    assert json.loads(made.results["policy_json"]) == policy_document(
        s3_log_bucket_arn="arn:aws:s3:::logs",
        cloudwatch_log_group_arns=["arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions"],
        kms_key_arns=[key],
    )


@shows(PAGE, "The program", "On the engine")
def test_the_tests_on_the_engine_pass(tmp_path: Path, shown: list[Block]) -> None:
    """The page's tests run the programs on the engine; where there is no sandbox, they are skipped and say why."""
    program, engine, command = shown
    elsewhere = engine.changed('importorskip("sandbox"', 'importorskip("no_sandbox"')
    for name, block in {"infra": program, "test_engine": engine, "test_elsewhere": elsewhere}.items():
        (tmp_path / f"{name}.py").write_text(block.text)
    found = pytest_as_shown(tmp_path, command.text)
    passed = found.pop("test_engine")
    [[skipped]] = found.values()

    assert passed == ["", ""]
    assert "runs in the environment of a clone of pulumi-ssm-perms" in skipped


@pytest.mark.parametrize(
    ("column", "declared_by"),
    [(1, r'\{"(\w+)/\w+:([A-Z]\w+)", \w+\}'), (2, r'\{"(\w+)/\w+:(get\w+)", \w+\}')],
    ids=["types", "data sources"],
)
def test_what_the_sandbox_knows_is_listed(column: int, declared_by: str) -> None:
    """The page's table has the types and data sources of the sandbox's provider, as Python calls them."""
    provider = (ROOT / "sandbox/provider/provider.go").read_text()
    rows = table(PAGE, "What the sandbox knows")
    listed = [(row[0].strip("`"), name) for row in rows for name in re.findall(r"`(\w+)`", row[column])]
    known = {
        (f"aws.{module}".removesuffix(".index"), python_name(name))
        for module, name in re.findall(declared_by, provider)
    }

    assert listed == sorted(known)


def python_name(name: str) -> str:
    """Return what a type or a data source is called in Python: `Role` and `get_role`."""
    return name if name[0].isupper() else re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")
@pytest.mark.parametrize("row", table(PAGE, "What the mocks must return"), ids=lambda row: row[0])
def test_what_the_mocks_must_return_are_outputs(row: Sequence[str]) -> None:
    """Each type and property that the page lists is one of pulumi-aws, under Pulumi's name for it."""
    token, names = row
    module, name = token.strip("`").removeprefix("aws:").replace("/", ":").split(":")[::2]

    assert set(re.findall(r"`(\w+)`", names)) <= set(dir(getattr(getattr(aws, module), name)))


@pytest.mark.parametrize("row", table(PAGE, "On the engine"), ids=lambda row: row[0])
def test_the_sandboxs_methods_are_its_own(row: Sequence[str]) -> None:
    """What the page's table calls is there, and takes what the table gives it."""
    called, _ = row
    for method, arguments in re.findall(r"`box\.(\w+)(?:\(([\w, ]*)\))?", called):
        found = getattr(Sandbox, method)
        known = set(inspect.signature(found).parameters) if callable(found) else set()
        assert set(arguments.split(", ")) - {""} <= known


def test_another_type_is_refused(box: Sandbox) -> None:
    """The error of a type that the sandbox does not know is the one on the page."""
    with pytest.raises(auto.CommandError, match="unrecognized resource type"):
        box.stack(lambda: aws.sqs.Queue("queue")).up()
