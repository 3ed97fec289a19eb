"""A policy that is there already: imported by `import_`, by `pulumi import`, and not at all in YAML."""

import json

import pulumi
import pytest
from documents import KEY, expected_document
from engine.runs import in_yaml, run, writes
from programs import ACCOUNT, declare_managed_policy, declare_permissions

OURS, OTHER = expected_document(), expected_document(kms_key_arns=[KEY])
ARN = f"arn:aws:iam::{ACCOUNT}:policy/ssm"
KINDS = {
    "RolePolicy": (declare_permissions, "web:ssm", "PutRolePolicy web"),
    "Policy": (declare_managed_policy, ARN, f"CreatePolicyVersion {ARN}"),
}


def make_policies(box, document):
    """Give the role a policy of each kind, both with this document."""
    box.create_role("web", policies={"ssm": document})
    iam = box.client("iam")
    policy = iam.create_policy(PolicyName="ssm", PolicyDocument=json.dumps(document))["Policy"]
    iam.attach_role_policy(RoleName="web", PolicyArn=policy["Arn"])


def importing(make, id_, **inputs):
    return lambda: make(opts=pulumi.ResourceOptions(import_=id_), policy_name="ssm", **inputs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("document", [OURS, OTHER], ids=["the same document", "another document"])
def test_import_takes_the_policy_over(box, kind, document):
    """The same document is not written, another one is updated in the same run; a second run has nothing to do."""
    make_policies(box, document)
    make, id_, write = KINDS[kind]
    first, second = (run(box.stack(importing(make, id_))) for _ in range(2))
    written = [write for write in writes(box) if "Attach" not in write]
    differs = document == OTHER

    assert [op for op, type_, _ in first.steps if type_ == kind] == ["import", *["update"] * differs]
    assert (first.failed, second.steps, written) == (False, [], [write] * differs)


def test_pulumi_import_takes_component_and_policy(box):
    """With both in a file, the parent by its name, `up` has nothing to do."""
    make_policies(box, OURS)
    resources = [
        {"type": "ssm-perms:index:SessionManagerPermissions", "name": "web", "component": True},
        {"type": "aws:iam/rolePolicy:RolePolicy", "name": "web-session-manager", "id": "web:ssm", "parent": "web"},
    ]
    (box.folder / "import.json").write_text(json.dumps({"resources": resources}))
    # The command asks for the host of the program's language, and Python's is not here.
    options = (f"--file={box.folder}/import.json", "--yes", "--protect=false", "--generate-code=false")
    in_yaml(box, {}, "import", *options)

    assert run(box.stack(lambda: declare_permissions(policy_name="ssm"))).steps == []
    assert writes(box) == []


def test_yaml_imports_nothing(box):
    """The engine tells a plugin nothing of `import`: a policy of that name is written over."""
    make_policies(box, OTHER)
    properties, options = {"role": "web", "policyName": "ssm"}, {"import": "web:ssm"}
    web = {"type": "ssm-perms:SessionManagerPermissions", "properties": properties, "options": options}
    in_yaml(box, {"resources": {"web": web}})

    assert (writes(box)[-1], box.role_policies("web")) == ("PutRolePolicy web", {"ssm": OURS})
