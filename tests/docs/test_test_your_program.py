"""docs/test-your-program.md: its files, put into a folder as the page says, test what it says they test."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from tests.answers import GET_ROLE, SIMULATE, iam
from tests.components import declare
from tests.docs.console import commands
from tests.pages import ROOT, Block, shows, table

PAGE: Final = "docs/test-your-program.md"
MOCKS: Final = "With mocks"
ANSWERS: Final = "What the mocks must return"
FIXTURE: Final = """    mocks = Aws()
    pulumi.runtime.set_mocks(mocks)
    return mocks
"""
SHARED: Final = "    return SHARED\n\n\nSHARED = Aws()\npulumi.runtime.set_mocks(SHARED)\n"
NO_VALUE: Final = "kms_key_arns[0] None: it has no value"
SECOND: Final = {
    "inline": 'aws.iam.RolePolicy("second", role="web-role", policy=web.policy_json)',
    "attached": 'second = aws.iam.Policy("second", policy=web.policy_json)\n'
    '    aws.iam.RolePolicyAttachment("second", role="web-role", policy_arn=second.arn)',
}
"""Statements that give the role a second policy."""


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


def with_a_second(program: Block, kind: str) -> Block:
    """Return the page's program with a second policy on the role."""
    declared = program.changed("    return", "    web =")
    return replace(declared, content=f"{declared.text}    {SECOND[kind]}\n    return web\n")


@shows(PAGE, MOCKS)
def test_the_test_with_mocks_notices_what_is_wrong(tmp_path: Path, shown: list[Block]) -> None:
    """It passes as it stands, and fails for too much, too little, a second policy of each kind, a key without ARN.

    With mocks of the module, the first file has those of the last one. What is not awaited passes, whatever it asserts.
    """
    program, test, command = shown
    valueless = test.changed('{"aws:kms/key:Key": {"arn": KEY}}', "{}")
    programs = {
        "too_much": program.changed("kms_key_arns=", "s3_log_encryption_enforced=True, kms_key_arns="),
        "too_little": program.changed(", kms_key_arns=[key.arn]", ""),
        **{kind: with_a_second(program, kind) for kind in SECOND},
    }
    tests = {f"test_{name}": test.changed("import infra", f"import {name} as infra") for name in programs}
    tests |= {"test_first": test.changed(FIXTURE, SHARED), "test_no_value": valueless}
    tests |= {"test_z_last": valueless.changed(FIXTURE, SHARED)}
    write(tmp_path, {**programs, **tests, "infra": program, "test_infra": test})
    begun, _, _ = test.text.partition("    pulumi.runtime.test(")
    (tmp_path / "test_not_awaited.py").write_text(f"{begun}    infra.declare().policy_json.apply(lambda _: 1 / 0)\n")
    said = pytest_as_shown(tmp_path, command.text)

    assert {name for name, [whole, *_] in said.items() if whole} == {*tests}
    assert [name for name, [_, *refusal] in said.items() if any(refusal)] == []
    assert f"'web': {NO_VALUE}" in said["test_no_value"][0]
    assert f"`{NO_VALUE}`" in (ROOT / PAGE).read_text()


def test_the_answers_of_the_mocks_are_enough() -> None:
    """With the table's answers and those of a role that may do all, a check allows everything; each is asked for."""
    rows = [(token.strip("`"), answer) for _, token, answer in table(PAGE, ANSWERS)]
    answers = {token: ast.literal_eval(answer.strip("`")) for token, answer in rows if token != SIMULATE}
    made = declare(
        {"role": answers[GET_ROLE]["arn"], "check": "advisory"},
        answer=lambda call: iam()(call) if call.token == SIMULATE else answers[call.token],
    )

    assert {invoke.token for invoke in made.invokes} == {token for token, _ in rows}
    assert made.results["denied_actions"] == []


def test_ci_installs_the_requirement_of_the_readme() -> None:
    """The page writes the line that README.md writes into `requirements.txt`."""
    [requirement] = re.findall(r"`(pulumi-ssm-perms @ .*?)`", (ROOT / PAGE).read_text())

    assert f'echo "{requirement}" > requirements.txt' in (ROOT / "README.md").read_text()
