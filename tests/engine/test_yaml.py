"""Programs in YAML, through the plugin as an executable on PATH: errors in the schema's words, and which account is asked."""

import json
import re

import pytest
import yaml
from documents import KEY, expected_document
from engine.runs import HEARTBEAT_POLICY, NOBODY, ROOT, documents_of_program, in_yaml, preferences, writes
from programs import ACCOUNT

ONE, FLEET = "ssm-perms:SessionManagerPermissions", "ssm-perms:SessionManagerManagedPolicy"
OTHER = "210987654321"


def web(type_=ONE, **properties):
    """Return a program with one component."""
    return {"resources": {"web": {"type": type_, "properties": properties}}}


def lines(printed):
    """Return each line that is about a component's inputs or role, and whatever shows Python's."""
    words = r"(?:error|warning): (?=.*SessionManager|.*IAM ).*|Traceback.*|.*\.py\b.*"
    return sorted({line.strip() for line in re.findall(words, printed)})


def test_the_example(box):
    """It previews, writes the policy, has outputs, and has nothing to do in a second run."""
    box.create_role("web", policies={"own": HEARTBEAT_POLICY})
    example = yaml.safe_load((ROOT / "examples/yaml/Pulumi.yaml").read_text())
    del example["packages"]  # the plugin is on PATH
    config = {"app:role": "web", "app:kmsKeyArns": [KEY]}
    printed = [in_yaml(box, example, *command, config=config) for command in (["preview"], [], [])]
    outputs = json.loads(in_yaml(box, example, "stack", "output", "--json"))
    [document] = documents_of_program(box)

    assert [lines(text) for text in printed] == [[]] * 3
    assert len(box.writes) == 1
    assert document == expected_document(allow_update_instance_information=True, kms_key_arns=[KEY])
    assert (outputs["roleName"], json.loads(outputs["policyJson"])) == ("web", document)


def test_an_output_of_a_resource_is_an_input(box):
    """A preview does not know it yet; the update makes the role first."""
    role = {"type": "aws:iam:Role", "properties": {"name": "late", "assumeRolePolicy": NOBODY}}
    program = {"resources": {"role": role, **web(role="${role.arn}")["resources"]}}
    printed = [in_yaml(box, program, *command) for command in (["preview"], [])]

    assert [lines(text) for text in printed] == [[]] * 2
    assert (writes(box), documents_of_program(box, "late")) == (
        ["CreateRole late", "PutRolePolicy late"],
        [expected_document()],
    )


WRONG = {
    "plain": ({"s3LogKeyPrefix": "a"}, "s3LogKeyPrefix 'a': it needs a log bucket"),
    "late": ({"kmsKeyArns": [{"fn::secret": "alias/hidden"}]}, "kmsKeyArns[0] [secret]: it is an alias"),
    "secret": ({"check": {"fn::secret": True}}, "check: it can be neither an Output nor a secret, because"),
}


@pytest.mark.parametrize(("inputs", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_input_is_one_line(box, inputs, problem):
    box.create_role("web")
    printed = in_yaml(box, web(role="web", **inputs), fails=True)
    [line] = lines(printed)

    assert f"SessionManagerPermissions 'web': {problem}" in line
    assert "hidden" not in printed
    assert box.writes == []


def test_what_aws_refuses_is_said_without_pythons_lines(box):
    printed = in_yaml(box, web(role="nobody"), fails=True)

    assert "NoSuchEntity" in printed
    assert [line for line in lines(printed) if "sdk.helper_schema" not in line] == []  # the AWS plugin's own log


@pytest.mark.parametrize("form", ["provider", "providers"])
def test_a_component_below_a_parent_asks_the_parents_account(box, form):
    """The engine tells the plugin of no parent's provider, but the account, the key and the role are that provider's."""
    for account in (ACCOUNT, OTHER):
        box.create_role("web", policies={"own": HEARTBEAT_POLICY}, account=account)
        kms = box.client("kms", account=account)
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/sessions", TargetKeyId=key)
    arn, before = f"arn:aws:iam::{OTHER}:role/web", len(box.calls)
    properties = {name.removeprefix("aws:"): value for name, value in box.provider_config(OTHER).items()}
    declare_permissions = {"role": arn, "sessionPreferences": preferences(kmsKeyId="alias/sessions")}
    options, below = {form: {"provider": "${other}", "providers": ["${other}"]}[form]}, {"parent": "${team}"}
    resources = {
        "other": {"type": "pulumi:providers:aws", "properties": properties},
        "team": {"type": FLEET, "properties": {"roles": []}, "options": options},
        "web": {"type": ONE, "properties": declare_permissions, "options": below},
        "fleet": {"type": FLEET, "properties": {"roles": [arn], "check": True}, "options": below},
    }
    for command in (["preview"], []):
        in_yaml(box, {"resources": resources}, *command, config={"pulumi:disable-default-providers": ["aws"]})
    resources["web"]["properties"] = {"role": arn.replace(OTHER, ACCOUNT)}
    refused = "\n".join(lines(in_yaml(box, {"resources": resources}, "preview", fails=True)))
    calls = box.calls[before:]
    inline = box.role_policies("web", OTHER)

    assert f"it is in another account than the provider, which belongs to account {OTHER}" in refused
    assert {call.account for call in calls} == {OTHER}
    assert {"GetCallerIdentity", "DescribeKey", "GetRole", "SimulatePrincipalPolicy"} <= {call.action for call in calls}
    assert [document for name, document in inline.items() if name != "own"] == [expected_document(kms_key_arns=[key])]
    assert [*box.attached_policies("web", OTHER).values()] == [expected_document()]
    assert documents_of_program(box) == []
