"""docs/test-your-program.md: its files, put into a folder as the page says, test what it says they test."""

import ast
import json
import re
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
import yaml

from pulumi_ssm_perms import policy_document
from pulumi_ssm_perms._check_role._causes import Cause
from sandbox import Fault, Sandbox
from tests.answers import GET_ROLE, HEARTBEAT, SIMULATE, iam, session
from tests.components import declare
from tests.docs.console import commands
from tests.docs.pages import ROLE, ROOT, Block, shows, table
from tests.documents import allow, policy
from tests.on_engine import errors, try_run

PAGE: Final = "docs/test-your-program.md"
MOCKS: Final = "With mocks"
ANSWERS: Final = "What the mocks must return"
ALLOWED: Final = "End the run if IAM denies something"
RULE: Final = "A rule of your own"
CI: Final = "In CI"
FIXTURE: Final = """    mocks = Aws()
    pulumi.runtime.set_mocks(mocks)
    return mocks
"""
SHARED: Final = "    return SHARED\n\n\nSHARED = Aws()\npulumi.runtime.set_mocks(SHARED)\n"
SECOND: Final = {
    "inline": 'aws.iam.RolePolicy("second", role="web-role", policy=web.policy_json)',
    "attached": 'second = aws.iam.Policy("second", policy=web.policy_json)\n'
    '    aws.iam.RolePolicyAttachment("second", role="web-role", policy_arn=second.arn)',
}
"""Statements that give the role a second policy."""

OF_ANOTHER_STACK: Final = """
import runpy


def test_the_role():
    mocks = Aws()
    pulumi.runtime.set_mocks(mocks)
    pulumi.runtime.test(lambda: runpy.run_path("program.py"))()
    [policy] = [made for made in mocks.made if made.typ == "aws:iam/rolePolicy:RolePolicy"]

    assert policy.inputs["role"] == "web-role"
"""
"""A test with the page's mocks, of a program beside it."""


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


@shows(PAGE, MOCKS, (ANSWERS, 2))
def test_the_test_with_mocks_notices_what_is_wrong(tmp_path: Path, shown: list[Block]) -> None:
    """It passes as it stands, and fails for too much, too little, a second policy of each kind, a key without ARN.

    With mocks of the module, the first file has those of the last one. What is not awaited passes, whatever it asserts.
    """
    program, test, command, no_value = shown
    valueless = test.changed('{"aws:kms/key:Key": {"arn": KEY}}', "{}")
    programs = {
        "too_much": program.changed("kms_key_arns=", "s3_log_encryption_enforced=True, kms_key_arns="),
        "too_little": program.changed("kms_key_arns=[key.arn], ", ""),
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
    assert no_value.text.strip() in said["test_no_value"][0]


@shows(PAGE, (MOCKS, 2), (ANSWERS, 1))
@shows("docs/find-the-role.md", ("A role of another stack", 1))
def test_mocks_answer_for_another_stack(tmp_path: Path, shown: list[Block]) -> None:
    """With the page's attributes, a role's name comes from another stack, and the component gets it."""
    test, generated, program = shown
    mocks, _, _ = test.text.partition("\n@pytest.fixture")
    (tmp_path / "infra.py").write_text("")
    (tmp_path / "program.py").write_text(program.text)
    (tmp_path / "test_stack.py").write_text(f"{mocks}\n{generated.text}\n{OF_ANOTHER_STACK}")
    said = pytest_as_shown(tmp_path, "$ pytest -vv test_stack.py")

    assert said == {"test_stack": [""]}


def test_the_answers_of_the_mocks_are_enough() -> None:
    """With the table's answers and those of a role that may do all, preferences become grants; each is asked for."""
    rows = [(token.strip("`"), answer) for name, token, answer in table(PAGE, ANSWERS) if name != "`aws.iam.get_roles`"]
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
    """The page's test runs the program on the engine; it fails for a program that attaches a second policy."""
    program, engine, command = shown
    failing = engine.changed("import infra", "import second as infra")
    second = with_a_second(program, "attached")
    write(tmp_path, {"infra": program, "second": second, "test_engine": engine, "test_failing": failing})
    said = pytest_as_shown(tmp_path, command.text)

    assert said["test_engine"] == [""]
    assert "AssertionError" in said["test_failing"][0]


@shows(PAGE, ALLOWED)
def test_a_denial_ends_the_run_before_anything_is_written(box: Sandbox, shown: list[Block]) -> None:
    """While all is allowed, the program runs; then preview and `up` end in one line, and the policy stays."""
    program = shown[0]
    box.stack(program.program()).up()
    written = box.role_policies(ROLE)
    guard = json.dumps(policy({**allow([HEARTBEAT]), "Effect": "Deny"}))
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName="guard", PolicyDocument=guard)
    more = box.stack(program.changed("require_allowed", "s3_log_encryption_enforced=True, require_allowed").program())
    said = [errors(command) for command in (more.preview, more.up)]

    assert [line.partition(" may not call ")[0] for [line] in said] == [
        f"SessionManagerPermissions 'web': role '{ROLE}'"
    ] * 2
    assert box.role_policies(ROLE) == {**written, "guard": json.loads(guard)}


def test_the_table_says_of_each_cause_whether_it_ends_the_run() -> None:
    """Each cause has one row with its words, which says what the code does; of those for tasks, the row is one."""
    rows = table(PAGE, ALLOWED)
    [tasks] = [ends for words, ends in rows if "Tasks of ECS" in words]
    found = {}
    for cause in Cause:
        text = cause.value.text.replace("{count}", "5")
        others = [ends for words, ends in rows if "Tasks of ECS" not in words and words.strip("`") in text]
        [found[cause]] = [tasks] if "Tasks of ECS" in text else others

    assert {cause: ends.startswith("yes") for cause, ends in found.items()} == {
        cause: cause.value.ends_run for cause in Cause
    }


@pytest.mark.parametrize("denied", [True, False], ids=["denied", "unknown"])
@shows(PAGE, RULE)
def test_the_gate_ends_a_preview_in_one_line(box: Sandbox, shown: list[Block], *, denied: bool) -> None:
    """While all is allowed, nothing is said; otherwise a preview ends with the gate's sentence, and nothing else."""
    [block] = shown
    passed = try_run(box.stack(block.program()), "preview")
    if denied:
        guard = json.dumps(policy({**allow([HEARTBEAT]), "Effect": "Deny"}))
        box.client("iam").put_role_policy(RoleName=ROLE, PolicyName="guard", PolicyDocument=guard)
    else:
        box.fail("SimulatePrincipalPolicy", Fault.denied())
    said = errors(box.stack(block.program()).preview)

    assert passed.said == []
    assert said == [
        f"{ROLE} may not do {HEARTBEAT}. The warnings say why."
        if denied
        else f"{ROLE}: IAM could not tell what it may do. The warnings say why."
    ]


@shows(PAGE, (MOCKS, 3), CI)
def test_the_workflow_runs_the_tests_that_need_no_clone(shown: list[Block]) -> None:
    """It names the file of the mocks alone; its preview and that of every night say which stack, as none is chosen."""
    command, workflow = shown
    [job] = yaml.safe_load(workflow.text)["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    [tests] = [run for run in runs if "pytest" in run]
    previews = [run for run in runs if run.startswith("pulumi preview")]
    previews += re.findall(r"`(pulumi preview [^`]*)` as its last command", (ROOT / PAGE).read_text())

    assert tests.split()[1:] == [command.text.split()[-1]]
    assert [run.partition(" --stack dev ")[1] for run in previews] == [" --stack dev "] * 2


@shows(PAGE, CI)
def test_the_workflow_is_one(tmp_path: Path, shown: list[Block]) -> None:
    """The linters of this repository's workflows find nothing in it; the program finds the clone beside it."""
    workflow = tmp_path / ".github/workflows/sessions.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(shown[0].text)
    [job] = yaml.safe_load(shown[0].text)["jobs"].values()
    places = [step["with"]["path"] for step in job["steps"] if "checkout" in step.get("uses", "")]
    linters = (["check-jsonschema", "--builtin-schema", "vendor.github-workflows"], ["zizmor", "--offline", "--quiet"])
    for name, *options in linters:
        command = [f"{sysconfig.get_path('scripts')}/{name}", *options, str(workflow)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout + done.stderr
    assert places == [job["defaults"]["run"]["working-directory"], "pulumi-ssm-perms"]
