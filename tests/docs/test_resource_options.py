"""docs/resource-options.md: what the options of a component do to its policy, on the engine.

`aliases` and `delete_before_replace` are shown in `tests/engine/test_never_a_gap.py`, `replace_on_changes` in
`tests/docs/test_flags.py`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.documents import KEY
from tests.on_engine import TRUST, inline_documents, permissions, writes

PAGE: Final = "docs/resource-options.md"


OPTIONS: Final = (
    "provider",
    "providers",
    "parent",
    "protect",
    "retain_on_delete",
    "depends_on",
    "transforms",
    "deleted_with",
    "import_",
)


def protect(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect whatever the transform is asked about."""
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


class Made(NamedTuple):
    """The policies in the engine's state, by role, and the writes: action and role."""

    policies: Mapping[str, Any]
    writes: list[tuple[str, str]]


@pytest.fixture(scope="module")
def made(shared_box: Sandbox) -> Made:
    """Deploy a component with each option, on a role that is called like it."""
    shared_box.reset()
    for role in OPTIONS:
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
        values: tuple[Any, ...] = (one, [several], team, True, True, [other], [protect], other, "import_:console")
        for option, value in zip(OPTIONS, values, strict=True):
            SessionManagerPermissions(option, {"role": option}, pulumi.ResourceOptions(**{option: value}))

    resources = (up(shared_box, program).export_stack().deployment or {})["resources"]
    policies = [each for each in resources if each["type"] == "aws:iam/rolePolicy:RolePolicy"]
    return Made({each["inputs"]["role"]: each for each in policies}, writes(shared_box))


def test_the_policy_is_made_with_the_components_provider(made: Made) -> None:
    """That is the one that was given, alone or among others, or the parent's."""
    found = {option: made.policies[option]["provider"].split("::")[-2] for option in OPTIONS[:3]}

    assert found == {"provider": "one", "providers": "several", "parent": "teams"}
    assert "Team$ssm-perms" in made.policies["parent"]["urn"]


def test_the_policy_is_protected_retained_and_deleted_as_its_component(made: Made) -> None:
    """The engine's state says so of the policy itself; a transform of the component can say it, too."""
    assert made.policies["protect"]["protect"]
    assert made.policies["retain_on_delete"]["retainOnDelete"]
    assert made.policies["transforms"]["protect"]
    assert made.policies["deleted_with"]["deletedWith"].endswith("::other")


def test_the_policy_waits_for_what_its_component_depends_on(made: Made) -> None:
    """It is written after that, however long that takes."""
    assert [action for action, role in made.writes if role == "depends_on"] == ["AttachRolePolicy", "PutRolePolicy"]


def test_the_policy_is_not_imported_with_its_component(made: Made) -> None:
    """The component adds its own policy, with a name of its own."""
    assert made.policies["import_"]["inputs"]["name"].startswith("import_-session-manager-")


def test_deleted_with_the_role_the_role_cannot_go(box: Sandbox) -> None:
    """IAM refuses to delete a role with a policy that Pulumi leaves there."""

    def program() -> None:
        role = aws.iam.Role("app", name="app", assume_role_policy=TRUST)
        SessionManagerPermissions("app", {"role": role.name}, pulumi.ResourceOptions(deleted_with=role))

    up(box, program)

    with pytest.raises(auto.CommandError, match="DeleteConflict"):
        up(box, lambda: None)


@shows(PAGE, "Options by a transform")
def test_ignored_changes_need_a_transform(box: Sandbox, shown: list[Block]) -> None:
    """With the page's transform another document is not written; on the component, the option has no effect."""
    [program] = shown
    ignoring = permissions(opts=lambda: pulumi.ResourceOptions(ignore_changes=["policy"]), kms_key_arns=[KEY])
    up(box, permissions(), program.changed('"role": "web"', f'"role": "web", "kms_key_arns": ["{KEY}"]').program())
    ignored = inline_documents(box)
    up(box, ignoring)

    assert ignored == [policy_document()]
    assert inline_documents(box) == [policy_document(kms_key_arns=[KEY])]
