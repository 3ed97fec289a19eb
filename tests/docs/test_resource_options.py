"""docs/resource-options.md: each row of its tables, as the engine's state and the sandbox's AWS have it afterwards."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up
from tests.documents import KEY
from tests.on_engine import TRUST, Program, documents, permissions, writes

PAGE: Final = "docs/resource-options.md"
REACHING: Final = table(PAGE, "What reaches the policy")
NOT_REACHING: Final = table(PAGE, "What does not reach it")


class Made(NamedTuple):
    """The policy of a role in the engine's state, and the writes to the role in the first run and in the second."""

    policy: dict[str, Any]
    first: list[str]
    second: list[str]


class Option(NamedTuple):
    """The value of an option, how one sees what it does to the policy, and what the second run changes."""

    value: Callable[[Sandbox], Any]
    seen: Callable[[Made], bool]
    change: Mapping[str, Any] = {}


def provider(name: str, box: Sandbox) -> aws.Provider:
    """Declare a provider of the program's own."""
    return aws.Provider(name, **box.provider_args("us-west-2"))


def made_with(name: str) -> Callable[[Made], bool]:
    """Return what sees that the policy was made with a provider."""
    return lambda made: f"pulumi:providers:aws::{name}::" in made.policy["provider"]


def team(box: Sandbox) -> pulumi.ComponentResource:
    """Declare some component of a user, with a provider for its children."""
    opts = pulumi.ResourceOptions(providers=[provider("teams", box)])
    return pulumi.ComponentResource("app:index:Team", "team", None, opts)


def attachment(role: str) -> aws.iam.RolePolicyAttachment:
    """Declare something of the same role that a component may depend on."""
    arn = f"arn:aws:iam::{Sandbox.account_id}:policy/other"
    return aws.iam.RolePolicyAttachment(f"other-{role}", role=role, policy_arn=arn)


def deny_deletion(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect whatever the transform is asked about."""
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


PUT: Final = "PutRolePolicy"
OPTIONS: Final[Mapping[str, Option]] = {
    "provider": Option(lambda box: provider("one", box), made_with("one")),
    "providers": Option(lambda box: [provider("several", box)], made_with("several")),
    "parent": Option(team, lambda made: made_with("teams")(made) and "Team$ssm-perms" in made.policy["urn"]),
    "protect": Option(lambda _: True, lambda made: made.policy["protect"]),
    "retain_on_delete": Option(lambda _: True, lambda made: made.policy["retainOnDelete"]),
    "depends_on": Option(lambda _: [attachment("depends_on")], lambda made: made.first == ["AttachRolePolicy", PUT]),
    "aliases": Option(lambda _: [pulumi.Alias(name="old")], lambda made: (made.first, made.second) == ([PUT], [])),
    "transforms": Option(lambda _: [deny_deletion], lambda made: made.policy["protect"]),
    "deleted_with": Option(
        lambda _: attachment("deleted_with"), lambda made: made.policy["deletedWith"].endswith("::other-deleted_with")
    ),
    "ignore_changes": Option(
        lambda _: ["policy", "kmsKeyArns", "kms_key_arns"], lambda made: made.second == [PUT], {"kms_key_arns": [KEY]}
    ),
    "delete_before_replace": Option(
        lambda _: True, lambda made: made.second == [PUT, "DeleteRolePolicy"], {"policy_name": "ssm"}
    ),
    "replace_on_changes": Option(lambda _: ["policy"], lambda made: made.second == [PUT], {"kms_key_arns": [KEY]}),
    "import_": Option(lambda _: "import_:console", lambda made: (made.first, made.second) == ([PUT], [])),
}


def with_options(box: Sandbox, *, changed: bool) -> Program:
    """Return a program with a component for each option, on a role called like it, before or after the changes."""

    def program() -> None:
        for name, option in OPTIONS.items():
            args: Any = {"role": name, **(option.change if changed else {})}
            opts = pulumi.ResourceOptions(**{name: option.value(box)})
            SessionManagerPermissions("old" if name == "aliases" and not changed else name, args, opts)

    return program


@pytest.fixture(scope="module")
def made(shared_box: Sandbox) -> Mapping[str, Made]:
    """Deploy a component with each option, make the changes, and tell what became of each one's policy."""
    shared_box.reset()
    for role in OPTIONS:
        shared_box.create_role(role)
    shared_box.client("iam").create_policy(PolicyName="other", PolicyDocument=json.dumps(policy_document()))
    shared_box.forget()
    shared_box.fail("AttachRolePolicy", Fault.slow(1))
    up(shared_box, with_options(shared_box, changed=False))
    begin = len(shared_box.writes)
    stack = up(shared_box, with_options(shared_box, changed=True))
    policies = {
        each["inputs"]["role"]: each
        for each in (stack.export_stack().deployment or {})["resources"]
        if each["type"] == "aws:iam/rolePolicy:RolePolicy"
    }
    calls: list[dict[str, list[str]]] = [{role: [] for role in OPTIONS} for _ in range(2)]
    for number, (action, role) in enumerate(writes(shared_box)):
        calls[number >= begin][role].append(action)
    return {role: Made(policies[role], calls[0][role], calls[1][role]) for role in OPTIONS}


@pytest.mark.parametrize("row", [*REACHING, *NOT_REACHING], ids=lambda row: row[0].strip("`"))
def test_the_tables_say_what_an_option_does(made: Mapping[str, Made], row: list[str]) -> None:
    """What reaches the policy is in the engine's state; what does not leaves the writes as without the option."""
    name = row[0].strip("`")

    assert OPTIONS[name].seen(made[name])


def test_deleted_with_the_role_the_role_cannot_go(box: Sandbox) -> None:
    """IAM refuses to delete a role with a policy that Pulumi leaves there."""

    def program() -> None:
        role = aws.iam.Role("app", name="app", assume_role_policy=TRUST)
        SessionManagerPermissions("app", {"role": role.name}, pulumi.ResourceOptions(deleted_with=role))

    up(box, program)

    with pytest.raises(auto.CommandError, match="DeleteConflict"):
        up(box, lambda: None)


@shows(PAGE, "Options by a transform")
def test_a_transform_gives_the_policy_an_option(box: Sandbox, shown: list[Block]) -> None:
    """With the page's transform another document is not written."""
    [program] = shown
    up(box, permissions(), program.changed('"role": "web"', f'"role": "web", "kms_key_arns": ["{KEY}"]').program())

    assert documents(box) == [policy_document()]
