"""Users' programs under strict type checkers: right calls pass, and each wrong one is an error on its line."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Every line that ends with `# error` must be one, and no other may be.
PROGRAM = """\
from collections.abc import Mapping, Sequence

import pulumi

from pulumi_ssm_perms import (
    InvalidInputError,
    Problem,
    SessionManagerManagedPolicy,
    SessionManagerPermissions,
    SessionManagerPermissionsArgs,
    policy_document,
)

text: pulumi.Output[str] = pulumi.Output.from_input("web")
maybe: pulumi.Output[str | None] = pulumi.Output.from_input(None)
texts: pulumi.Output[list[str]] = pulumi.Output.from_input(["web"])
flag: pulumi.Output[bool] = pulumi.Output.from_input(True)
options = pulumi.ResourceOptions(protect=True)


async def later() -> str:
    return "web"


def right() -> None:
    a = SessionManagerPermissions("a", {"role": "web"})
    SessionManagerPermissions("b", SessionManagerPermissionsArgs(role="web"), options)
    SessionManagerPermissions("c", {"role": text, "policy_name": maybe}, opts=options)
    SessionManagerPermissions("d", {"role": later(), "kms_key_arns": texts, "s3_log_encryption_enforced": flag})
    SessionManagerPermissions("e", {"role": text.apply(str), "kms_key_arns": [text, "k", later()]})
    SessionManagerPermissions("f", {"role": "web", "kms_key_arns": None, "policy_name": None, "check_role": None})
    SessionManagerPermissions("g", {"role": "web", "session_preferences": maybe, "check_role": True})
    SessionManagerPermissions("h", SessionManagerPermissionsArgs(role=text, cloudwatch_log_group_arns=("g", text)))
    SessionManagerPermissions("i", {"role": "web", "s3_log_bucket_arn": maybe, "s3_log_key_prefix": text})
    SessionManagerPermissions("j", {"role": "web", "s3_log_cross_account": flag, "s3_log_kms_key_arn": maybe})
    names: list[pulumi.Output[str]] = [a.role_name, a.policy_name, a.policy_json]
    pulumi.export("names", names)
    document: dict[str, object] = policy_document(kms_key_arns=["k"], s3_log_bucket_arn=None)
    pulumi.export("document", document)


def must_be_allowed(denied: Sequence[str] | None) -> None:
    if denied is None:
        raise RuntimeError("it could not be found out what web may call")
    if denied:
        raise RuntimeError(f"web may not call {', '.join(denied)}")


def checked() -> None:
    a = SessionManagerPermissions("a", {"role": "web", "check_role": True})
    a.denied_actions.apply(must_be_allowed)
    pulumi.export("denied", a.denied_actions.apply(lambda denied: len(denied) if denied else 0))
    b = SessionManagerManagedPolicy("b", {"roles": ["web"], "check_roles": True})
    fleet: pulumi.Output[Mapping[str, Sequence[str]] | None] = b.denied_actions
    pulumi.export("roles", fleet.apply(lambda denied: sorted(denied or {})))


def refused(error: InvalidInputError) -> list[tuple[str, str, str, str]]:
    raised: pulumi.RunError = error
    problems: tuple[Problem, ...] = error.problems
    pulumi.log.error(f"{raised} {problems}")
    return [(problem.path, problem.value, problem.rule, problem.remedy) for problem in error.problems]


def wrong() -> None:
    SessionManagerPermissions("a", {})  # error
    SessionManagerPermissions("b", SessionManagerPermissionsArgs())  # error
    SessionManagerPermissions("c", {"role": 7})  # error
    SessionManagerPermissions("d", {"role": None})  # error
    SessionManagerPermissions("e", {"role": maybe})  # error
    SessionManagerPermissions("f", {"role": "web", "kms_key_arn": ["k"]})  # error
    SessionManagerPermissions("g", SessionManagerPermissionsArgs(role="web", kmsKeyArns=["k"]))  # error
    SessionManagerPermissions("h", {"role": "web", "s3_log_encryption_enforced": "true"})  # error
    SessionManagerPermissions("i", {"role": "web", "kms_key_arns": [7]})  # error
    SessionManagerPermissions("j", {"role": "web", "check_role": flag})  # error
    SessionManagerPermissions("k", {"role": "web", "session_preferences": {"schemaVersion": "1.0"}})  # error
    SessionManagerPermissions({"role": "web"})  # error
    SessionManagerManagedPolicy("l", {"roles": ["web"], "check_roles": flag})  # error
    SessionManagerManagedPolicy("m", {"roles": ["web"], "check_role": True})  # error
    SessionManagerPermissions("n", {"role": "web"}).denied_actions.apply(len)  # error
    SessionManagerPermissions("o", role="web")  # error
    SessionManagerPermissions("p", {"role": "web"}, protect=True)  # error
    policy_document(["k"])  # error
    policy_document(kms_key_arns=[7])  # error
    policy_document(kms_key_arn=["k"])  # error
    policy_document(s3_log_encryption_enforced="true")  # error
    policy_document(session_preferences="{}")  # error
    policy_document(role="web")  # error
"""
EXPECTED = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# error")]


def mypy(program: Path) -> list[int]:
    """Return the lines in which strict mypy finds an error."""
    # Kept, of its own: the repository's cache goes by other settings. From nothing it takes 40 s.
    cache = ["--cache-dir", str(Path(__file__).parents[2] / ".mypy_cache" / "users")]
    options = ["--strict", "--config-file", "", "--output", "json", *cache]
    command = [sys.executable, "-P", "-m", "mypy", *options, program.name]
    output = subprocess.run(command, cwd=program.parent, check=False, capture_output=True, text=True)
    found = [json.loads(line) for line in output.stdout.splitlines() if line.startswith("{")]
    assert not output.stderr
    return sorted({message["line"] for message in found if message["severity"] == "error"})


def basedpyright(program: Path) -> list[int]:
    """Return the lines in which basedpyright finds an error by pyright's strict rules."""
    settings = {"typeCheckingMode": "strict", "include": [program.name], "reportMissingTypeStubs": False}
    (program.parent / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-P", "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    output = subprocess.run(command, cwd=program.parent, check=False, capture_output=True, text=True)
    found = json.loads(output.stdout)["generalDiagnostics"]
    return sorted({message["range"]["start"]["line"] + 1 for message in found if message["severity"] == "error"})


@pytest.mark.parametrize("check", [pytest.param(mypy, marks=pytest.mark.slow), basedpyright])
def test_a_users_program(check: Callable[[Path], list[int]], tmp_path: Path) -> None:
    """Dicts and args, Outputs, optional Outputs, awaitables and mixed lists pass; wrong keys and types do not."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    assert check(program) == EXPECTED
