"""Programs in YAML, through the plugin as an executable on PATH: errors in the schema's words, and which account is asked."""

import json
import re
from collections import Counter

import pytest
import yaml
from documents import KEY, wanted
from programs import ACCOUNT

from engine.conftest import ROOT
from engine.runs import OWN, in_yaml, own

ONE, FLEET = "ssm-perms:SessionManagerPermissions", "ssm-perms:SessionManagerManagedPolicy"
OTHER = "210987654321"
NO_KEY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["kms:Decrypt"], "Resource": KEY}]}


def web(type_=ONE, **properties):
    """Return a program with one component."""
    return {"resources": {"web": {"type": type_, "properties": properties}}}


def lines(printed):
    """Return each line that is about a component's inputs or role, and whatever shows Python's."""
    words = r"(?:error|warning): (?=.*SessionManager|.*IAM ).*|Traceback.*|.*\.py\b.*"
    return sorted({line.strip() for line in re.findall(words, printed)})


def test_the_example(box):
    """It previews, writes the policy, has outputs, and has nothing to do in a second run."""
    box.create_role("web", policies={"own": OWN})
    example = yaml.safe_load((ROOT / "examples/yaml/Pulumi.yaml").read_text())
    del example["packages"]  # the plugin is on PATH
    given = {"app:role": "web", "app:kmsKeyArns": [KEY]}
    printed = [in_yaml(box, example, *command, settings=given) for command in (["preview"], [], [])]
    outputs = json.loads(in_yaml(box, example, "stack", "output", "--json"))
    [document] = own(box)

    assert [lines(each) for each in printed] == [[]] * 3
    assert len(box.writes) == 1
    assert document == wanted(allow_update_instance_information=True, kms_key_arns=[KEY])
    assert (outputs["roleName"], json.loads(outputs["policyJson"])) == ("web", document)


WRONG = {
    "plain": ({"s3LogKeyPrefix": "a"}, "SessionManagerPermissions 'web': s3LogKeyPrefix 'a': it needs a log bucket"),
    "late": ({"kmsKeyArns": [{"fn::secret": "alias/hidden"}]}, "SessionManagerPermissions 'web': kmsKeyArns[0] [secret]: it is an alias"),
}  # fmt: skip


@pytest.mark.parametrize(("inputs", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_input_is_one_line(box, inputs, said):
    box.create_role("web")
    printed = in_yaml(box, web(role="web", **inputs), fails=True)
    [line] = lines(printed)

    assert said in line
    assert "hidden" not in printed
    assert box.writes == []


def test_what_aws_refuses_is_said_without_pythons_lines(box):
    printed = in_yaml(box, web(role="nobody"), fails=True)

    assert "NoSuchEntity" in printed
    assert lines(printed) == []


def test_a_check(box):
    """A denial ends preview and update in one line before anything is written; a warning has the schema's words."""
    box.create_role("web", policies={"own": OWN, "no": NO_KEY})
    box.create_role("bare")
    denied = web(FLEET, roles=["web"], check="mandatory", kmsKeyArns=[KEY])
    ended = [lines(in_yaml(box, denied, *command, fails=True)) for command in (["preview"], [])]
    warned = lines(in_yaml(box, web(role="bare", check="advisory"), "preview"))
    cause = f"SessionManagerManagedPolicy 'web': IAM denies role 'web' kms:Decrypt on {KEY} in eu-west-1: it is denied in 'no'"

    assert [[cause in line for line in each] for each in ended] == [[True]] * 2
    assert box.writes == []
    assert ["allowUpdateInstanceInformation" in line for line in warned] == [True]


@pytest.fixture
def keys(box):
    """The roles, and a key with an alias, in each of two accounts; return the keys' ARNs."""
    found = {}
    for account in (ACCOUNT, OTHER):
        for role in ("web", "api"):
            box.create_role(role, policies={"own": OWN}, account=account)
        kms = box.client("kms", account=account)
        found[account] = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/sessions", TargetKeyId=found[account])
    return found


def below(box, form, **components):
    """Return components below one that has a provider of the other account, in a form of its options."""
    given = {key.removeprefix("aws:"): value for key, value in box.provider_config(OTHER).items()}
    parent = {
        "type": FLEET,
        "properties": {"roles": []},
        "options": {form: "${other}" if form == "provider" else ["${other}"]},
    }
    children = {name: {"options": {"parent": "${team}"}, **component} for name, component in components.items()}
    return {"resources": {"other": {"type": "pulumi:providers:aws", "properties": given}, "team": parent, **children}}


@pytest.mark.parametrize("form", ["provider", "providers"])
def test_a_component_below_a_parent_asks_the_parents_account(box, keys, form):
    """The engine tells the plugin of no parent's provider, but the account, the key and the role are that provider's."""
    arn = f"arn:aws:iam::{OTHER}:role/web"
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"kmsKeyId": "alias/sessions"}}
    program = below(
        box,
        form,
        web={"type": ONE, "properties": {"role": arn, "sessionPreferences": json.dumps(content)}},
        fleet={"type": FLEET, "properties": {"roles": [arn], "check": "mandatory"}},
    )
    config = {"pulumi:disable-default-providers": ["aws"]}
    before = len(box.calls)
    for command in (["preview"], []):
        in_yaml(box, program, *command, settings=config)
    asked = Counter(
        (call.account, call.action) for call in box.calls[before:] if call.service != "iam" or call.action == "GetRole"
    )

    assert {account for account, _ in asked} == {OTHER}
    assert {action for _, action in asked} == {"GetCallerIdentity", "DescribeKey", "GetRole"}
    assert own(box) == []
    assert box.role_policies("web", OTHER).keys() - {"own"}
    assert wanted(kms_key_arns=[keys[OTHER]]) in box.role_policies("web", OTHER).values()
    assert [*box.attached_policies("web", OTHER).values()] == [wanted()]


def test_a_parent_that_is_no_component_hands_down_nothing(box, keys):
    """Its provider gets no policy, and is not asked: the policy and the question are the default provider's."""
    bare = {"type": "aws:iam:RolePolicy", "properties": {"role": "api", "policy": json.dumps(OWN)}}
    web_below = {
        "type": ONE,
        "properties": {"role": f"arn:aws:iam::{ACCOUNT}:role/web"},
        "options": {"parent": "${bare}"},
    }
    program = below(box, "provider", bare={**bare, "options": {"provider": "${other}"}}, web=web_below)
    before = len(box.calls)
    in_yaml(box, program)

    assert keys
    assert {call.account for call in box.calls[before:] if call.action == "GetCallerIdentity"} == {ACCOUNT}
    assert (own(box), [*box.role_policies("web", OTHER)]) == ([wanted()], ["own"])
