"""Whatever changes about a `SessionManagerManagedPolicy`, no role is ever without its permissions."""

import json
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Call, Fault, Sandbox
from tests.documents import CHANNEL_ACTIONS, CHANNELS, KEY, decrypt, policy
from tests.fleets import ATTACHMENT, fleet
from tests.on_engine import errors, writes

ROLES = ["web", "api"]

Program = Callable[[], None]


def renamed() -> pulumi.ResourceOptions:
    """Say that the component was called `fleet`."""
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(name="fleet")])


def moved() -> pulumi.ResourceOptions:
    """Say that the component had no parent."""
    alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team"), aliases=[alias])


def orphaned() -> pulumi.ResourceOptions:
    """Put the component somewhere else without a word."""
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team"))


class Move(NamedTuple):
    """What a component was, what it becomes, and the kinds of calls that it takes, in order."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    calls: list[str]


IN_PLACE: list[str] = []
NEW_FIRST = ["CreatePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"]
MOVES = {
    "another document": Move({}, {"kms_key_arns": [KEY]}, ["CreatePolicyVersion"]),
    "another description": Move({"description": "old"}, {"description": "new"}, NEW_FIRST),
    "a first description": Move({}, {"description": "new"}, NEW_FIRST),
    "no description": Move({"description": "old"}, {}, NEW_FIRST),
    "another path": Move({"path": "/old/"}, {"path": "/new/"}, NEW_FIRST),
    "a first path": Move({}, {"path": "/new/"}, NEW_FIRST),
    "a first name": Move({}, {"policy_name": "new"}, NEW_FIRST),
    "another name": Move({"policy_name": "old"}, {"policy_name": "new"}, NEW_FIRST),
    "no name": Move({"policy_name": "old"}, {}, NEW_FIRST),
    "name and description": Move(
        {"policy_name": "old", "description": "old"}, {"policy_name": "new", "description": "new"}, NEW_FIRST
    ),
    "another component name": Move({}, {"name": "squad"}, NEW_FIRST),
    "another component name, with an alias": Move({}, {"name": "squad", "opts": renamed}, IN_PLACE),
    "another component name, with an alias and a fixed name": Move(
        {"policy_name": "old"}, {"policy_name": "old", "name": "squad", "opts": renamed}, IN_PLACE
    ),
    "another parent": Move({}, {"opts": orphaned}, NEW_FIRST),
    "another parent, with an alias": Move({}, {"opts": moved}, IN_PLACE),
}


def kinds(box: Sandbox, skip: int = 0) -> list[str]:
    """Return the actions of the writes in order, each run of the same one once, without the first few writes."""
    return [action for action, _ in groupby(action for action, _ in writes(box)[skip:])]


def gaps(box: Sandbox) -> list[Call]:
    """List the writes after which one of the roles was without one of the channels."""
    return [gap for role in ROLES for action in CHANNEL_ACTIONS for gap in box.gaps(role, action)]


def returning_options(program: Program) -> Program:
    """Return the program with a transform that returns what it gets."""

    def declare() -> None:
        pulumi.runtime.register_resource_transform(lambda args: pulumi.ResourceTransformResult(args.props, args.opts))
        program()

    return declare


def run_both(box: Sandbox, before: Program, after: Program) -> list[str]:
    """Deploy one program and then the other to the same stack; return the kinds of calls that the second one took."""
    for role in ROLES:
        box.create_role(role)
    box.stack(before).up()
    first = len(box.writes)
    box.stack(after).up()
    return kinds(box, first)


@pytest.mark.parametrize("transformed", [False, True], ids=["", "under a transform"])
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_every_change_attaches_the_new_policy_first(box: Sandbox, move: Move, *, transformed: bool) -> None:
    """Where the policy is another one, every role has it before the old one goes, and the old one does go.

    A transform that returns the options, which loses some of them on the way, changes nothing.
    """
    wrap = returning_options if transformed else lambda program: program
    calls = run_both(box, wrap(fleet(ROLES, **move.before)), wrap(fleet(ROLES, **move.after)))
    [arn] = [made["Arn"] for made in box.client("iam").list_policies(Scope="Local")["Policies"]]
    document = policy(CHANNELS, *(decrypt(key) for key in move.after.get("kms_key_arns", [])))

    assert (calls, gaps(box)) == (move.calls, [])
    assert [box.attached_policies(role) for role in ROLES] == [{arn: document}] * 2


def inline() -> None:
    """Give each role a policy of its own."""
    for role in ROLES:
        SessionManagerPermissions(role, {"role": role})


def one_of_each() -> None:
    """Give one role a policy of its own, and the other one the fleet's."""
    SessionManagerPermissions("web", {"role": "web"})
    SessionManagerManagedPolicy("fleet", {"roles": ["api"]})


def other_fleet() -> None:
    """Give one role the policy of another fleet."""
    SessionManagerManagedPolicy("fleet", {"roles": ["web"]})
    SessionManagerManagedPolicy("other", {"roles": ["api"]})


MIGRATIONS: Mapping[str, tuple[Program, Program, list[str]]] = {
    "inline to managed": (inline, fleet(ROLES), ["CreatePolicy", "AttachRolePolicy", "DeleteRolePolicy"]),
    "managed to inline": (fleet(ROLES), inline, ["PutRolePolicy", "DetachRolePolicy", "DeletePolicy"]),
    "the last one to managed": (one_of_each, fleet(ROLES), ["AttachRolePolicy", "DeleteRolePolicy"]),
    "one to another fleet": (fleet(ROLES), other_fleet, ["CreatePolicy", "AttachRolePolicy", "DetachRolePolicy"]),
}


@pytest.mark.parametrize(("before", "after", "expected"), MIGRATIONS.values(), ids=MIGRATIONS)
def test_a_role_changes_components_in_one_up(
    box: Sandbox, before: Program, after: Program, expected: list[str]
) -> None:
    """A role that one component gives up and another one takes has the new policy before the old one goes."""
    calls = run_both(box, before, after)

    assert (calls, gaps(box)) == (expected, [])


def bare(name: str) -> Program:
    """Return a program without the component: a policy with a name of its own, and its attachments."""

    def program() -> None:
        made = aws.iam.Policy("bare", name=name, policy=json.dumps(policy(CHANNELS)))
        for role in ROLES:
            aws.iam.RolePolicyAttachment(role, role=role, policy_arn=made.arn)

    return program


def test_without_the_component_there_is_a_gap(box: Sandbox) -> None:
    """The provider deletes first where a new name is explicit: the measure of all these tests does find a gap."""
    run_both(box, bare("old"), bare("new"))

    assert {gap.target for gap in gaps(box)} >= set(ROLES)


@pytest.mark.parametrize("then", ["new", "old", "other"], ids=["the same program", "a revert", "another program"])
@pytest.mark.parametrize("action", ["AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"])
def test_another_description_after_a_failed_run(box: Sandbox, action: str, then: str) -> None:
    """Where a call fails on the way to another description, no role loses its policy, whatever the next program is."""
    for role in ROLES:
        box.create_role(role)
    box.stack(fleet(ROLES, description="old")).up()
    box.fail(action, Fault.denied(), times=1)
    errors(box.stack(fleet(ROLES, description="new")).up)
    box.stack(fleet(ROLES, description=then)).up()
    [made] = box.client("iam").list_policies(Scope="Local")["Policies"]

    assert gaps(box) == []
    assert [box.attached_policies(role) for role in ROLES] == [{made["Arn"]: policy(CHANNELS)}] * 2


def tainted(stack: auto.Stack) -> None:
    """Mark the attachments as to be replaced, and deploy."""
    state = stack.export_stack()
    for resource in (state.deployment or {})["resources"]:
        resource["taint"] = resource["type"] == ATTACHMENT
    stack.import_stack(state)
    stack.up()


@pytest.mark.parametrize(
    "replace",
    [
        lambda stack: stack.up(replace=["**RolePolicyAttachment**"]),
        lambda stack: stack.up(replace=["**Policy::*"]),
        tainted,
    ],
    ids=["--replace of the attachments", "--replace of the policy", "a taint"],
)
def test_replacing_by_hand_costs_a_moment(box: Sandbox, replace: Callable[[auto.Stack], object]) -> None:
    """A replacement on purpose detaches first: the same policy of the same role is the same attachment for IAM."""
    for role in ROLES:
        box.create_role(role)
    stack = box.stack(fleet(ROLES))
    stack.up()
    replace(stack)
    [made] = box.client("iam").list_policies(Scope="Local")["Policies"]

    assert {gap.action for gap in gaps(box)} == {"DetachRolePolicy"}
    assert [box.attached_policies(role) for role in ROLES] == [{made["Arn"]: policy(CHANNELS)}] * 2


def test_another_case_of_a_role_is_the_same_attachment(box: Sandbox) -> None:
    """IAM tells no names apart by their case, and neither do the attachments."""
    box.create_role("Web")
    box.stack(fleet(["Web"])).up()
    first = len(box.writes)
    box.stack(fleet(["WEB"])).up()

    assert box.writes[first:] == []
