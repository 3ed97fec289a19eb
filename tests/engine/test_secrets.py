"""What stays secret of a secret input, and what Pulumi itself shows: in a stack's state, and in what is printed."""

import json

import pulumi
import pytest
from programs import ACCOUNT, declare_managed_policy, declare_permissions

SECRET_TEXT = "hidden"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{SECRET_TEXT}"
# Inputs that have the secret, and where the state has it as it is: type and property.
CASES = {
    "role": (declare_permissions, {"role": SECRET_TEXT}, {("RolePolicy", "id")}),
    "policy-name": (declare_permissions, {"policy_name": SECRET_TEXT}, {("RolePolicy", "id")}),
    "key": (declare_permissions, {"kms_key_arns": [KEY]}, set()),
    "key-of-many": (declare_managed_policy, {"kms_key_arns": [KEY]}, set()),
    "tag": (declare_managed_policy, {"tags": {"team": SECRET_TEXT}}, {("Policy", "tagsAll")}),
}


def program():
    for case, (make, inputs, _) in CASES.items():
        make(case, check=True, **{name: pulumi.Output.secret(value) for name, value in inputs.items()})


@pytest.fixture(scope="module")
def shown(module_box):
    """What the secrets' preview prints of them, and the state after the update."""
    module_box.reset()
    for role in ("web", SECRET_TEXT):
        module_box.create_role(role)
    stack = module_box.stack(program)
    printed = stack.preview(diff=True).stdout
    stack.up()
    resources = json.loads(module_box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    return [line.strip(" +") for line in printed.splitlines() if SECRET_TEXT in line], resources


def test_a_preview_shows_no_secret_but_a_tag(shown):
    """The AWS provider copies tags into a property that is not secret, whoever declares them."""
    assert [" ".join(line.split()) for line in shown[0]] == [f'team: "{SECRET_TEXT}"']


@pytest.mark.parametrize("case", CASES)
def test_the_state_has_a_secret_in_plain_only_where_pulumi_keeps_it(shown, case):
    """A policy's id is made of role and name, and a provider's `tagsAll` has the tags."""
    places = set()
    for resource in shown[1]:
        if any(resource.get(key, "").endswith(f"::{case}") for key in ("urn", "parent")):
            properties = {**resource.get("inputs", {}), **resource.get("outputs", {}), "urn": resource["urn"]}
            kind = resource["type"].rpartition(":")[2]
            places |= {(kind, name) for name, value in properties.items() if SECRET_TEXT in json.dumps(value)}

    assert places == CASES[case][2]
