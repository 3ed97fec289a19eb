"""Whatever changes about a `SessionManagerManagedPolicy`, no role is ever without its permissions."""

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple

import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy
from sandbox import Fault, Sandbox
from tests import moves
from tests.documents import CHANNEL_ACTIONS, CHANNELS, KEY, decrypt, policy
from tests.facts import gap
from tests.fleets import fleet
from tests.moves import Declare, Options, Outcome, called, moved_to_a_team, transformed, under_a_team
from tests.on_engine import errors, gaps

ROLES: Final = ("api", "web")


def managed(name: str = "fleet", opts: Options | None = None, roles: tuple[str, ...] = ROLES, **args: Any) -> Declare:
    """Return what declares a component with an exact name of its own for each move, if any."""

    def all_of_it(suffix: str) -> None:
        given: Any = {**args, "roles": [f"{role}{suffix}" for role in roles]}
        if "policy_name" in args:
            given["policy_name"] += suffix
        SessionManagerManagedPolicy(f"{name}{suffix}", given, opts(suffix) if opts else None)

    return all_of_it


def without_the_component(name: str) -> Declare:
    """Return what declares a managed policy with an exact name, and its attachments."""

    def declare_bare(suffix: str) -> None:
        made = aws.iam.Policy(f"bare{suffix}", name=f"{name}{suffix}", policy=json.dumps(policy(CHANNELS)))
        for role in ROLES:
            aws.iam.RolePolicyAttachment(f"{role}{suffix}", role=f"{role}{suffix}", policy_arn=made.arn)

    return declare_bare


class Change(NamedTuple):
    """What a component was, what it becomes, and the kinds of calls that it takes, in order."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    calls: list[str]


NEW_FIRST: Final = ["CreatePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"]
CHANGES: Final = {
    "another document": Change({}, {"kms_key_arns": [KEY]}, ["CreatePolicyVersion"]),
    "another description": Change({"description": "old"}, {"description": "new"}, NEW_FIRST),
    "a first description": Change({}, {"description": "new"}, NEW_FIRST),
    "no description": Change({"description": "old"}, {}, NEW_FIRST),
    "another path": Change({"path": "/old/"}, {"path": "/new/"}, NEW_FIRST),
    "a first path": Change({}, {"path": "/new/"}, NEW_FIRST),
    "a first name": Change({}, {"policy_name": "new"}, NEW_FIRST),
    "another name": Change({"policy_name": "old"}, {"policy_name": "new"}, NEW_FIRST),
    "no name": Change({"policy_name": "old"}, {}, NEW_FIRST),
    "name and description": Change(
        {"policy_name": "old", "description": "old"}, {"policy_name": "new", "description": "new"}, NEW_FIRST
    ),
    "another component name": Change({}, {"name": "squad"}, NEW_FIRST),
    "another component name, with an alias": Change({}, {"name": "squad", "opts": called("fleet")}, []),
    "another component name, with an alias and an exact name": Change(
        {"policy_name": "old"}, {"policy_name": "old", "name": "squad", "opts": called("fleet")}, []
    ),
    "another parent": Change({}, {"opts": under_a_team}, NEW_FIRST),
    "another parent, with an alias": Change({}, {"opts": moved_to_a_team}, []),
    "roles in another case": Change({}, {"roles": ("API", "WEB")}, []),
    **{
        f"another {name}, under a transform": Change(
            {name: old, "opts": transformed}, {name: new, "opts": transformed}, NEW_FIRST
        )
        for name, old, new in (("description", "old", "new"), ("path", "/old/", "/new/"), ("policy_name", "old", "new"))
    },
}


BARE: Final = "another name without the component"


@pytest.fixture(scope="module")
def outcomes(shared_box: Sandbox) -> Mapping[str, Outcome]:
    """Make every change in one run."""
    changes = {kind: moves.Move(managed(**before), managed(**after)) for kind, (before, after, _) in CHANGES.items()}
    bare = {BARE: moves.Move(without_the_component("old"), without_the_component("new"))}
    return moves.outcomes(shared_box, {**changes, **bare}, ROLES)


def kinds(outcome: Outcome) -> list[str]:
    """Return the actions of a move in order, each run of the same one once."""
    return [action for action, _ in groupby(action for action, _ in outcome.calls)]


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_attaches_the_new_policy_first(outcomes: Mapping[str, Outcome], kind: str) -> None:
    """Where the policy is another one, every role has it before the old one goes, and the old one does go."""
    found, (_, after, calls) = outcomes[kind], CHANGES[kind]
    document = policy(CHANNELS, *(decrypt(key) for key in after.get("kms_key_arns", [])))

    assert kinds(found) == calls
    assert found.again == []
    assert found.gaps == []
    assert found.policies == {role: [document] for role in ROLES}


def test_a_role_goes_from_one_fleet_to_another(box: Sandbox) -> None:
    """In one `up` it has the policy of the one before that of the other goes."""

    def apart() -> None:
        fleet(["web"])()
        fleet(["api"], "other")()

    for role in ROLES:
        box.create_role(role)
    box.stack(fleet(ROLES)).up()
    box.stack(apart).up()

    assert [call.action for call in box.writes[3:]] == ["CreatePolicy", "AttachRolePolicy", "DetachRolePolicy"]
    assert gaps(box, ROLES) == []
    assert [[*box.attached_policies(role).values()] for role in ROLES] == [[policy(CHANNELS)]] * 2


def test_without_the_component_there_is_a_gap(outcomes: Mapping[str, Outcome]) -> None:
    """The provider deletes first where a new name is explicit: the measure of all these tests does find a gap."""
    assert outcomes[BARE].gaps == [
        gap("DetachRolePolicy", role, action) for role in ROLES for action in CHANNEL_ACTIONS
    ]


FAILURES: Final = {
    "creating, and again": ("CreatePolicy", {}, "new"),
    "attaching, and again": ("AttachRolePolicy", {"RoleName": "api"}, "new"),
    "attaching, and a revert": ("AttachRolePolicy", {"RoleName": "api"}, "old"),
    "detaching, and again": ("DetachRolePolicy", {"RoleName": "web"}, "new"),
    "detaching, and another one": ("DetachRolePolicy", {"RoleName": "web"}, "other"),
    "deleting, and a revert": ("DeletePolicy", {}, "old"),
}


@pytest.mark.parametrize(("action", "where", "then"), FAILURES.values(), ids=FAILURES)
def test_another_description_after_a_failed_run(box: Sandbox, action: str, where: Mapping[str, str], then: str) -> None:
    """Where a call fails on the way to another description, no role loses its policy, whatever the next program is."""
    for role in ROLES:
        box.create_role(role)
    box.stack(fleet(ROLES, description="old")).up()
    box.fail(action, Fault.denied(), where=where)
    said = errors(box.stack(fleet(ROLES, description="new")).up)
    box.clear_faults()
    box.stack(fleet(ROLES, description=then)).up()
    [made] = box.client("iam").list_policies(Scope="Local")["Policies"]

    assert any("AccessDenied" in line for line in said), f"AWS's refusal must be shown: {said}"
    assert gaps(box, ROLES) == []
    assert [box.attached_policies(role) for role in ROLES] == [{made["Arn"]: policy(CHANNELS)}] * 2
