"""docs/resource-options.md: what the options of a component do to its policy, on the engine.

What others show: `protect`, `tests/docs/test_protection.py`; `retain_on_delete`, `tests/engine/test_lifecycle.py`;
`aliases` and `delete_before_replace`, `tests/engine/test_never_a_gap.py`; `replace_on_changes`,
`tests/docs/test_flags.py`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.documents import KEY
from tests.on_engine import TRUST, documents, permissions, writes

PAGE: Final = "docs/resource-options.md"


def protect(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect whatever the transform is asked about."""
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


def options(box: Sandbox) -> Mapping[str, pulumi.ResourceOptions]:
    """Return the options of a component for each option, on a role that is called like it."""
    one, several, teams = (aws.Provider(name, **box.provider_args("us-west-2")) for name in ("one", "several", "teams"))
    team = pulumi.ComponentResource("app:index:Team", "team", None, pulumi.ResourceOptions(providers=[teams]))
    arn = box.client("iam").list_policies(Scope="Local")["Policies"][0]["Arn"]
    other = aws.iam.RolePolicyAttachment("other", role="depends_on", policy_arn=arn)
    return {
        "provider": pulumi.ResourceOptions(provider=one),
        "providers": pulumi.ResourceOptions(providers=[several]),
        "parent": pulumi.ResourceOptions(parent=team),
        "depends_on": pulumi.ResourceOptions(depends_on=[other]),
        "transforms": pulumi.ResourceOptions(transforms=[protect]),
        "deleted_with": pulumi.ResourceOptions(deleted_with=other),
        "import_": pulumi.ResourceOptions(import_="import_:console"),
    }


def test_what_reaches_the_policy(box: Sandbox) -> None:
    """The policy has provider, place, protection and fate that its component was given, waits, and is not imported."""

    def program() -> None:
        for role, opts in options(box).items():
            SessionManagerPermissions(role, {"role": role}, opts)

    for role in ("provider", "providers", "parent", "depends_on", "transforms", "deleted_with", "import_"):
        box.create_role(role)
    box.client("iam").create_policy(PolicyName="other", PolicyDocument=json.dumps(policy_document()))
    box.fail("AttachRolePolicy", Fault.slow(1))
    resources = (up(box, program).export_stack().deployment or {})["resources"]
    found: dict[str, Any] = {
        each["inputs"]["role"]: each for each in resources if each["type"] == "aws:iam/rolePolicy:RolePolicy"
    }
    providers = {role: policy["provider"].split("::")[-2] for role, policy in found.items() if role.startswith("p")}

    assert providers == {"provider": "one", "providers": "several", "parent": "teams"}
    assert "Team$ssm-perms" in found["parent"]["urn"]
    assert [action for action, role in writes(box) if role == "depends_on"] == ["AttachRolePolicy", "PutRolePolicy"]
    assert found["transforms"]["protect"]
    assert found["deleted_with"]["deletedWith"].endswith("::other")
    assert found["import_"]["inputs"]["name"].startswith("import_-session-manager-")


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
    ignored = documents(box)
    up(box, ignoring)

    assert (ignored, documents(box)) == ([policy_document()], [policy_document(kms_key_arns=[KEY])])
