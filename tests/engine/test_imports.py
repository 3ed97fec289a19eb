"""A policy that is there already: imported from IAM by `import_` or `pulumi import`, or adopted from the stack."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests.components import PERMISSIONS, ROLE_POLICY, Kind
from tests.documents import CHANNELS, KEY, decrypt, policy
from tests.engine.moves.declarations import put
from tests.fleets import FLEET
from tests.mocks import Program
from tests.on_engine import errors, in_yaml, permissions, steps, writes, yaml_project

OURS: Final = policy(CHANNELS)
OTHER: Final = policy(CHANNELS, decrypt(KEY))
ARN: Final = f"arn:aws:iam::{Sandbox.account_id}:policy/ssm"
IDS: Final[Mapping[Kind, str]] = {PERMISSIONS: "web:ssm", FLEET: ARN}
WRITES: Final = {PERMISSIONS: put("web"), FLEET: ("CreatePolicyVersion", ARN)}


def have(box: Sandbox, document: Mapping[str, Any]) -> None:
    """Give the role a policy of each kind, both with this document."""
    made = box.client("iam").create_policy(PolicyName="ssm", PolicyDocument=json.dumps(document))
    box.create_role("web", policies={"ssm": document})
    box.client("iam").attach_role_policy(RoleName="web", PolicyArn=made["Policy"]["Arn"])
    box.forget()


@pytest.mark.parametrize("kind", IDS, ids=str)
@pytest.mark.parametrize("document", [OURS, OTHER], ids=["ours", "another"])
def test_the_import_of_a_component_imports_its_policy(box: Sandbox, kind: Kind, document: Mapping[str, Any]) -> None:
    """The same document needs no write, another one is updated in the same run; nothing is left for a second run."""
    have(box, document)
    program = kind.exporting({"policy_name": "ssm"}, lambda: pulumi.ResourceOptions(import_=IDS[kind]), kind.name)
    stack = box.stack(program)
    made = [step.op for step in steps(stack.up) if step.type == kind.policy_type]
    written = [call for call in writes(box) if call[0] != "AttachRolePolicy"]
    again = steps(box.stack(program).up)

    updates = document == OTHER
    assert (made, written) == (["import", *["update"] * updates], [WRITES[kind]] * updates)
    assert again == []
    assert box.role_policies("web") == {"ssm": OURS if kind is PERMISSIONS else document}


def refused(box: Sandbox, name: str, program: Program) -> set[str]:
    """Return what an update of a stack of this name fails with, without the URN of the policy."""
    # The engine says the first two of any run that fails, if the program is still running.
    whole_run = {"update failed", "Resource monitor has terminated, shutting down"}
    return {re.sub("urn:\\S+: ", "", error) for error in errors(box.stack(program, name=name).up)} - whole_run


@pytest.mark.parametrize("wrong", ["web:other", "api:ssm", "ssm"])
def test_a_wrong_id_ends_as_with_a_bare_policy(box: Sandbox, wrong: str) -> None:
    """No such policy, another role's, or no id of a policy: the run fails with the same error, and writes nothing."""
    have(box, OURS)
    box.create_role("api", policies={"ssm": OURS})
    box.forget()

    def opts() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(import_=wrong)

    def bare() -> None:
        aws.iam.RolePolicy("web", role="web", name="ssm", policy=json.dumps(OURS), opts=opts())

    ours = refused(box, "ours", permissions(opts=opts, policy_name="ssm"))

    assert ours
    assert ours == refused(box, "bare", bare)
    assert writes(box) == []


def test_pulumi_import_takes_component_and_policy(box: Sandbox) -> None:
    """With both in a file, the parent by its name, `up` has nothing to do."""
    have(box, OURS)
    program = permissions(policy_name="ssm")
    resources = [
        {"type": PERMISSIONS.type, "name": "web", "component": True},
        {"type": ROLE_POLICY, "name": "web-session-manager", "id": "web:ssm", "parent": "web"},
    ]
    # `pulumi import` asks for the host of the program's language, and Python's isn't here.
    folder = yaml_project(box)
    file = box.folder / "import.json"
    file.write_text(json.dumps({"resources": resources}))
    done = box.pulumi("import", f"--file={file}", "--yes", "--protect=false", "--generate-code=false", cwd=folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert steps(box.stack(program).up) == []
    assert writes(box) == []


def test_yaml_imports_nothing(box: Sandbox) -> None:
    """The engine tells a plugin nothing of `import`: the policy of that name is written over."""
    have(box, OTHER)
    options = {"import": "web:ssm"}
    properties = {"role": "web", "policyName": "ssm"}
    in_yaml(box, {"web": {"type": PERMISSIONS.type, "properties": properties, "options": options}})

    assert writes(box) == [put("web")]
    assert box.role_policies("web") == {"ssm": OURS}
