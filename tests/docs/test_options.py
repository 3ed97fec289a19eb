"""docs/options.md: what the options of a component and of its parent do to its policy, on the engine."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest
import yaml

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.docs import in_typescript, in_yaml
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.documents import KEY
from tests.on_engine import inline_documents, writes

PAGE: Final = "docs/options.md"
REACHES: Final = "What reaches the policy"
BY_A_TRANSFORM: Final = "Any option, by a transform"

OTHER: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
OWN: Final = {
    "provider": "one",
    "providers": "several",
    "parent": "teams",
    "protect": True,
    "retain_on_delete": True,
    "transforms": True,
    "transformations": True,
    "deleted_with": False,
}
"""The options that a component is given, and what of each is seen at a policy with an exact name."""
OF_A_PARENT: Final = {"protect": True, "retain_on_delete": False, "transforms": False, "deleted_with": False}
"""The same of options that the component's parent alone has."""


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
        if option in ("provider", "providers", "parent"):
            return found["provider"].split("::")[-2]
        if option == "retain_on_delete":
            return found.get("retainOnDelete", False)
        if option == "deleted_with":
            return found.get("deletedWith") == f"urn:pulumi:dev::app::{OTHER}::other"
        return found.get("protect", False)


def declare(role: str, opts: pulumi.ResourceOptions) -> None:
    """Declare a component with a generated name on a role, and one with an exact name."""
    SessionManagerPermissions(role, role=role, opts=opts)
    SessionManagerPermissions(f"{role}-exact", role=role, policy_name="ssm", opts=opts)


@pytest.fixture(scope="module")
def made(shared_box: Sandbox) -> Made:
    """Deploy components with each option, on a role that is called like it."""
    shared_box.reset()
    for role in ("depends_on", *OWN, *(f"parents-{option}" for option in OF_A_PARENT)):
        shared_box.create_role(role)
    shared_box.client("iam").create_policy(PolicyName="other", PolicyDocument=json.dumps(policy_document()))
    shared_box.fail("AttachRolePolicy", Fault.slow(1))

    def program() -> None:
        names = ("one", "several", "teams")
        one, several, teams = (aws.Provider(name, **shared_box.provider_args("us-west-2")) for name in names)
        arn = f"arn:aws:iam::{Sandbox.account_id}:policy/other"
        other = aws.iam.RolePolicyAttachment("other", role="depends_on", policy_arn=arn)
        values: Mapping[str, Any] = {
            "provider": one,
            "providers": [several],
            "parent": parent("team", pulumi.ResourceOptions(providers=[teams])),
            "protect": True,
            "retain_on_delete": True,
            "transforms": [protect],
            "transformations": [protect_as_before],
            "deleted_with": other,
        }
        declare("depends_on", pulumi.ResourceOptions(depends_on=[other]))
        for option in OWN:
            declare(option, pulumi.ResourceOptions(**{option: values[option]}))
        for option in OF_A_PARENT:
            above = parent(option, pulumi.ResourceOptions(**{option: values[option]}))
            declare(f"parents-{option}", pulumi.ResourceOptions(parent=above))

    resources = (up(shared_box, program).export_stack().deployment or {})["resources"]
    policies = [each for each in resources if each["type"] == "aws:iam/rolePolicy:RolePolicy"]
    found = {(each["inputs"]["role"], each["inputs"]["name"] == "ssm"): each for each in policies}
    return Made(found, writes(shared_box))


def parent(name: str, opts: pulumi.ResourceOptions) -> pulumi.ComponentResource:
    """Declare a component of the program's own."""
    return pulumi.ComponentResource("app:index:Team", name, None, opts)


@pytest.mark.parametrize("exact", [False, True], ids=["generated", "exact"])
def test_what_reaches_the_policy(made: Made, *, exact: bool) -> None:
    """All that the page's tables say: a generated name inherits, an exact one gets the component's own options."""
    own = {option: made.seen(option, option, exact=exact) for option in OWN}
    of_a_parent = {option: made.seen(f"parents-{option}", option, exact=exact) for option in OF_A_PARENT}

    assert own == (OWN if exact else {**OWN, "deleted_with": True})
    assert of_a_parent == (OF_A_PARENT if exact else dict.fromkeys(OF_A_PARENT, True))


def test_the_policy_waits_for_what_its_component_depends_on(made: Made) -> None:
    """Both are written after that, however long that takes."""
    actions = [action for action, role in made.writes if role == "depends_on"]

    assert actions == ["AttachRolePolicy", "PutRolePolicy", "PutRolePolicy"]


@shows(PAGE, REACHES)
def test_options_in_yaml(box: Sandbox, shown: list[Block]) -> None:
    """They reach the policy, and those of a parent do as well."""
    [block] = shown
    box.create_role("api-role")
    program = yaml.safe_load(block.text)
    child = {"role": "api-role", "policyName": "SessionManager"}
    program["resources"]["api"] = {**program["resources"]["web"], "properties": child, "options": {"parent": "${web}"}}
    in_yaml.up(box, replace(block, content=yaml.safe_dump(program)))
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    policies = {each["urn"].rpartition("::")[2]: each for each in resources if each["type"].startswith("aws:iam")}
    found = {name: (each["protect"], each["retainOnDelete"]) for name, each in policies.items()}

    assert found == {"/web-role/SessionManager": (True, True), "/api-role/SessionManager": (True, True)}


@shows(PAGE, (BY_A_TRANSFORM, 1))
def test_ignored_changes_need_a_transform(box: Sandbox, shown: list[Block]) -> None:
    """With the page's transform another document is not written; on the component, the option has no effect."""
    [program] = shown
    with_key = program.changed('role="web-role"', f'role="web-role", kms_key_arns=["{KEY}"]')
    on_the_component = with_key.changed("transforms=[keep_the_document]", 'ignore_changes=["policy"]')
    up(box, program.program(), with_key.program())
    ignored = inline_documents(box, "web-role")
    up(box, on_the_component.program())

    assert ignored == [policy_document()]
    assert inline_documents(box, "web-role") == [policy_document(kms_key_arns=[KEY])]


@shows(PAGE, (BY_A_TRANSFORM, 2))
def test_a_transform_in_typescript_reaches_a_generated_name(box: Sandbox, shown: list[Block]) -> None:
    """The transform's option is on the policy of a generated name, and not on that of an exact one."""
    generated = in_typescript.compiled(shown[0])
    exact = generated.changed('("web", { role: "web-role"', '("exact", { role: "web-role", policyName: "ssm"')
    in_typescript.up(box, generated, exact)
    ignored = {name: made.get("ignoreChanges", []) for name, made in in_typescript.resources(box).items()}

    assert [ignored["web-session-manager"], ignored["/web-role/ssm"]] == [["policy"], []]
