"""A policy that is there already: imported by `import_`, by `pulumi import`, and not at all in YAML; or handed over."""

import json
import re

import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY, as_json, expected_document
from engine.runs import ROOT, in_yaml, run, writes
from programs import ACCOUNT, declare_managed_policy, declare_permissions

OURS, OTHER = expected_document(), expected_document(kms_key_arns=[KEY])
ARN = f"arn:aws:iam::{ACCOUNT}:policy/ssm"
KINDS = {
    "RolePolicy": (declare_permissions, "web:ssm", "PutRolePolicy web"),
    "Policy": (declare_managed_policy, ARN, f"CreatePolicyVersion {ARN}"),
}


def shown(heading, language):
    """Return the block of a section of docs/adopt-a-policy.md, with this file's names of role and policy."""
    section = (ROOT / "docs/adopt-a-policy.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    [block] = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", section)
    return block.replace("web-role", "web").replace('SessionManager"', 'ssm"')


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
    """With both in the page's file, the parent by its name, `up` has nothing to do."""
    make_policies(box, OURS)
    resources = json.loads(shown("Import it under its name", "text"))
    (box.folder / "import.json").write_text(json.dumps({"resources": resources}))
    # The command asks for the host of the program's language, and Python's is not here.
    options = (f"--file={box.folder}/import.json", "--yes", "--protect=false", "--generate-code=false")
    in_yaml(box, {}, "import", *options)

    assert run(box.stack(lambda: declare_permissions(policy_name="ssm"))).steps == []
    assert writes(box) == []


def test_a_transform_hands_a_policy_of_the_program_over(box):
    """As the page has it: the policy keeps its name, and nothing is written or deleted, with the transform or after it."""
    box.create_role("web")
    block = shown("Give it a RolePolicy of the same program", "python")
    assert run(box.stack(lambda: aws.iam.RolePolicy("old", role="web", name="ssm", policy=as_json(OURS)))).steps != []

    for program in (block, block.replace("transforms=[take_over]", "")):
        assert run(box.stack(lambda program=program: exec(program, {}))) == ([], [], False)
    assert writes(box) == ["PutRolePolicy web"]


def test_yaml_imports_nothing(box):
    """The engine tells a plugin nothing of `import`: a policy of that name is written over."""
    make_policies(box, OTHER)
    properties, options = {"role": "web", "policyName": "ssm"}, {"import": "web:ssm"}
    web = {"type": "ssm-perms:SessionManagerPermissions", "properties": properties, "options": options}
    in_yaml(box, {"resources": {"web": web}})

    assert (writes(box)[-1], box.role_policies("web")) == ("PutRolePolicy web", {"ssm": OURS})
