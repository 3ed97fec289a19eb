"""docs/resource-options.md: what the options of a component do to its policy, on the engine.

`aliases` and `delete_before_replace` are shown in `tests/engine/test_never_a_gap.py`, `replace_on_changes` in
`tests/docs/test_replaced_on_purpose.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
import yaml

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.docs import in_yaml
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.documents import KEY
from tests.on_engine import TRUST, inline_documents, permissions, writes

PAGE: Final = "docs/resource-options.md"

ROW: Final = {
    "provider": "one",
    "providers": "several",
    "parent": "teams",
    "protect": True,
    "retain_on_delete": True,
    "transforms": True,
    "transformations": True,
    "deleted_with": False,
    "import_": False,
}
"""The options that a component is given, and what of each is seen at a policy with an exact name."""
OF_A_PARENT: Final = {"protect": True, "retain_on_delete": False, "transforms": False, "deleted_with": False}
"""The same of options that the component's parent alone has."""
GENERATED: Final = {**ROW, "deleted_with": True}
GENERATED_OF_A_PARENT: Final = dict.fromkeys(OF_A_PARENT, True)


def protect(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect whatever the transform is asked about."""
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


def protect_as_before(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Do the same in the older way."""
    args.opts.protect = True
    return pulumi.ResourceTransformationResult(args.props, args.opts)


class Made(NamedTuple):
    """The policies in the engine's state, by role and whether the name is exact, and the writes: action and role."""

    policies: Mapping[tuple[str, bool], Any]
    writes: list[tuple[str, str]]

    def seen(self, role: str, option: str, *, exact: bool) -> object:
        """Return what of an option is seen at the policy of a role."""
        found = self.policies[role, exact]
        other = f"urn:pulumi:dev::app::{OTHER}::other"
        kinds: Mapping[str, Any] = {
            "retain_on_delete": found.get("retainOnDelete", False),
            "deleted_with": found.get("deletedWith") == other,
            "import_": found["inputs"]["name"] == "console",
        }
        if option in ("provider", "providers", "parent"):
            return found["provider"].split("::")[-2]
        return kinds.get(option, found.get("protect", False))


OTHER: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def declare(role: str, opts: pulumi.ResourceOptions) -> None:
    """Declare a component with a generated name on a role, and one with an exact name."""
    SessionManagerPermissions(role, role=role, opts=opts)
    SessionManagerPermissions(f"{role}-exact", role=role, policy_name="ssm", opts=opts)


@pytest.fixture(scope="module")
def made(shared_box: Sandbox) -> Made:
    """Deploy components with each option, on a role that is called like it."""
    shared_box.reset()
    for role in ("depends_on", *ROW, *(f"parents-{option}" for option in OF_A_PARENT)):
        shared_box.create_role(role)
    shared_box.client("iam").create_policy(PolicyName="other", PolicyDocument=json.dumps(policy_document()))
    shared_box.fail("AttachRolePolicy", Fault.slow(1))

    def program() -> None:
        one, several, teams = (
            aws.Provider(name, **shared_box.provider_args("us-west-2")) for name in ("one", "several", "teams")
        )
        team = pulumi.ComponentResource("app:index:Team", "team", None, pulumi.ResourceOptions(providers=[teams]))
        arn = f"arn:aws:iam::{Sandbox.account_id}:policy/other"
        other = aws.iam.RolePolicyAttachment("other", role="depends_on", policy_arn=arn)
        values: Mapping[str, Any] = {
            "provider": one,
            "providers": [several],
            "parent": team,
            "protect": True,
            "retain_on_delete": True,
            "transforms": [protect],
            "transformations": [protect_as_before],
            "deleted_with": other,
            "import_": "import_:console",
        }
        declare("depends_on", pulumi.ResourceOptions(depends_on=[other]))
        for option in ROW:
            declare(option, pulumi.ResourceOptions(**{option: values[option]}))
        for option in OF_A_PARENT:
            opts = pulumi.ResourceOptions(**{option: values[option]})
            parent = pulumi.ComponentResource("app:index:Team", option, None, opts)
            declare(f"parents-{option}", pulumi.ResourceOptions(parent=parent))

    resources = (up(shared_box, program).export_stack().deployment or {})["resources"]
    policies = [each for each in resources if each["type"] == "aws:iam/rolePolicy:RolePolicy"]
    found = {(each["inputs"]["role"], each["inputs"]["name"] == "ssm"): each for each in policies}
    return Made(found, writes(shared_box))


@pytest.mark.parametrize("exact", [False, True], ids=["generated", "exact"])
def test_what_of_a_components_options_reaches_the_policy(made: Made, *, exact: bool) -> None:
    """All that the page's first table says, and nothing else; an exact name is made without `deleted_with`."""
    assert {option: made.seen(option, option, exact=exact) for option in ROW} == (ROW if exact else GENERATED)


@pytest.mark.parametrize("exact", [False, True], ids=["generated", "exact"])
def test_what_of_a_parents_options_reaches_the_policy(made: Made, *, exact: bool) -> None:
    """A policy with a generated name inherits them; to one with an exact name the component passes `protect` alone."""
    found = {option: made.seen(f"parents-{option}", option, exact=exact) for option in OF_A_PARENT}

    assert found == (OF_A_PARENT if exact else GENERATED_OF_A_PARENT)


def test_the_policy_stands_below_its_component_or_at_the_root(made: Made) -> None:
    """The URN of an exact name has no parent's type, whatever parents its component has."""
    urns = {exact: made.policies["parent", exact]["urn"].partition("::app::")[2] for exact in (False, True)}
    policy = "aws:iam/rolePolicy:RolePolicy::"

    assert urns[False] == f"app:index:Team$ssm-perms:index:SessionManagerPermissions${policy}parent-session-manager"
    assert urns[True] == f"{policy}/parent/ssm"


def test_the_policy_waits_for_what_its_component_depends_on(made: Made) -> None:
    """Both are written after that, however long that takes."""
    actions = [action for action, role in made.writes if role == "depends_on"]

    assert actions == ["AttachRolePolicy", "PutRolePolicy", "PutRolePolicy"]


@shows(PAGE, "Options in YAML")
def test_options_in_yaml(box: Sandbox, shown: list[Block]) -> None:
    """They reach the policy, and those of a parent do as well."""
    [block] = shown
    box.create_role("api")
    program = yaml.safe_load(block.text)
    child = {"role": "api", "policyName": "ssm"}
    options = {"parent": "${web}"}
    program["resources"]["api"] = {**program["resources"]["web"], "properties": child, "options": options}
    in_yaml.up(box, replace(block, content=yaml.safe_dump(program)))
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    policies = {each["urn"].rpartition("::")[2]: each for each in resources if each["type"].startswith("aws:iam")}
    found = {name: (each["protect"], each["retainOnDelete"]) for name, each in policies.items()}

    assert found == {"/web/ssm": (True, True), "/api/ssm": (True, True)}


def test_deleted_with_the_role_the_role_cannot_go(box: Sandbox) -> None:
    """IAM refuses to delete a role with a policy that Pulumi leaves there."""

    def program() -> None:
        role = aws.iam.Role("app", name="app", assume_role_policy=TRUST)
        SessionManagerPermissions("app", role=role.name, opts=pulumi.ResourceOptions(deleted_with=role))

    up(box, program)

    with pytest.raises(auto.CommandError, match="DeleteConflict"):
        up(box, lambda: None)


@shows(PAGE, ("Options by a transform", 1))
def test_ignored_changes_need_a_transform(box: Sandbox, shown: list[Block]) -> None:
    """With the page's transform another document is not written; on the component, the option has no effect."""
    [program] = shown
    ignoring = permissions(opts=lambda: pulumi.ResourceOptions(ignore_changes=["policy"]), kms_key_arns=[KEY])
    up(box, permissions(), program.changed('role="web"', f'role="web", kms_key_arns=["{KEY}"]').program())
    ignored = inline_documents(box)
    up(box, ignoring)

    assert ignored == [policy_document()]
    assert inline_documents(box) == [policy_document(kms_key_arns=[KEY])]
