"""docs/test-your-program.md: its files, put into a folder as the page says, test what it says they test."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from pulumi_ssm_perms import policy_document
from tests.answers import GET_ROLE, SIMULATE, iam, session
from tests.components import declare
from tests.docs.console import commands
from tests.docs.pages import Block, shows, table

PAGE: Final = "docs/test-your-program.md"
MOCKS: Final = "With mocks"
ANSWERS: Final = "What the mocks must return"
SHARED: Final = "pulumi.runtime.set_mocks(Aws())\n"
FIXTURE: Final = f"@pytest.fixture(autouse=True)\ndef mocks() -> None:\n    {SHARED}"


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


def write(folder: Path, files: dict[str, Block]) -> None:
    """Put the files beside each other."""
    for name, block in files.items():
        (folder / f"{name}.py").write_text(block.text)


@shows(PAGE, MOCKS, (ANSWERS, 1))
def test_the_test_with_mocks_notices_what_is_wrong(tmp_path: Path, shown: list[Block]) -> None:
    """It passes as it stands, and fails for a program that grants too much or too little, and for a key without ARN.

    Without its decorator it passes although what it asserts is wrong. Without the fixture, the first file has the mocks
    of the last one.
    """
    program, test, command, no_value = shown
    unawaited = test.changed("@pulumi.runtime.test\n", "").changed("    return infra", "    infra")
    valueless = test.changed('{"aws:kms/key:Key": {"arn": KEY}}', "{}")
    files = {
        "infra": program,
        "too_much": program.changed("kms_key_arns=", "s3_log_encryption_enforced=True, kms_key_arns="),
        "too_little": program.changed("kms_key_arns=[key.arn], ", ""),
        "test_first": test.changed(FIXTURE, SHARED),
        "test_infra": test,
        "test_no_decorator": unawaited.changed("policy_document(kms_key_arns=[KEY])", "{}"),
        "test_no_value": valueless,
        "test_too_much": test.changed("import infra", "import too_much as infra"),
        "test_too_little": test.changed("import infra", "import too_little as infra"),
        "test_z_last": valueless.changed(FIXTURE, SHARED),
    }
    write(tmp_path, files)
    said = pytest_as_shown(tmp_path, command.text)
    failed = {name for name, [whole, refusal] in said.items() if whole and not refusal}

    assert failed == {"test_first", "test_no_value", "test_too_much", "test_too_little"}
    assert no_value.text.strip() in said["test_no_value"][0]


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


@shows(PAGE, (MOCKS, 1), "On the engine")
def test_the_test_on_the_engine_passes(tmp_path: Path, shown: list[Block]) -> None:
    """The page's test runs the program on the engine; it fails for a program that grants too little."""
    program, engine, command = shown
    too_little = program.changed("kms_key_arns=[key.arn], ", "")
    failing = engine.changed("import infra", "import too_little as infra")
    write(tmp_path, {"infra": program, "too_little": too_little, "test_engine": engine, "test_failing": failing})
    said = pytest_as_shown(tmp_path, command.text)

    assert said["test_engine"] == [""]
    assert "AssertionError" in said["test_failing"][0]
