"""Whatever changes about a `SessionManagerPermissions`, a role is never without its permissions, call by call."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, KEY, OTHER_KEY, allow, decrypt, policy
from tests.on_engine import documents, errors, gaps, permissions, writes

OWN: Final = policy(allow(["s3:GetObject"]))
PUT: Final = ("PutRolePolicy", "web")
DELETE: Final = ("DeleteRolePolicy", "web")

IN_PLACE: Final[Sequence[str]] = []
ONE_WRITE: Final = ["PutRolePolicy"]
NEW_FIRST: Final = ["PutRolePolicy", "DeleteRolePolicy"]
NAMED: Final[Mapping[str, Any]] = {"policy_name": "sessions"}


def renamed(web: str) -> pulumi.ResourceOptions:
    """Say that the component was called `web`."""
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(name=web)])


def orphaned(web: str) -> pulumi.ResourceOptions:
    """Put the component under another one without a word."""
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", f"{web}-team"))


def moved(web: str) -> pulumi.ResourceOptions:
    """Put the component under another one, and say that it had no parent."""
    alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
    return pulumi.ResourceOptions.merge(orphaned(web), pulumi.ResourceOptions(aliases=[alias]))


class Move(NamedTuple):
    """What a component was, what it becomes, and the calls that it takes, in order. `{}` is the name of its role."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    calls: Sequence[str]


MOVES: Final = {
    "a first key": Move({}, {"kms_key_arns": [KEY]}, ONE_WRITE),
    "another key": Move({"kms_key_arns": [OTHER_KEY]}, {"kms_key_arns": [KEY]}, ONE_WRITE),
    "no key any more": Move({"kms_key_arns": [KEY]}, {}, ONE_WRITE),
    "another document under a fixed name": Move(NAMED, {**NAMED, "kms_key_arns": [KEY]}, ONE_WRITE),
    "a role given by its ARN": Move({}, {"role": "arn:aws:iam::123456789012:role/{}"}, IN_PLACE),
    "a first name": Move({}, NAMED, NEW_FIRST),
    "another name": Move({"policy_name": "old"}, NAMED, NEW_FIRST),
    "another name and document": Move({"policy_name": "old"}, {**NAMED, "kms_key_arns": [KEY]}, NEW_FIRST),
    "no name any more": Move(NAMED, {}, NEW_FIRST),
    "another component name": Move({}, {"name": "{}-app"}, NEW_FIRST),
    "another component name, with an alias": Move({}, {"name": "{}-app", "opts": renamed}, IN_PLACE),
    "another component name, with an alias and a first name": Move(
        {}, {**NAMED, "name": "{}-app", "opts": renamed}, NEW_FIRST
    ),
    "another parent": Move({}, {"opts": orphaned}, NEW_FIRST),
    "another parent, with an alias": Move({}, {"opts": moved}, IN_PLACE),
}
ROLES: Final = {kind: f"web-{number}" for number, kind in enumerate(MOVES)}


class Outcome(NamedTuple):
    """What became of one role: the calls of the move and of one more `up`, the gaps, and the policies at the end."""

    calls: Sequence[str]
    gaps: Sequence[Any]
    policies: Mapping[str, Any]


def declare(
    web: str,
    *,
    name: str = "{}",
    role: str = "{}",
    opts: Callable[[str], pulumi.ResourceOptions] | None = None,
    **args: Any,
) -> None:
    """Declare the component of one role."""
    inputs: Any = {"role": role.format(web), **args}
    SessionManagerPermissions(name.format(web), inputs, opts(web) if opts else None)


@pytest.fixture(scope="module")
def outcomes(shared_box: Sandbox) -> Mapping[str, Outcome]:
    """Make every move at once, each with a role of its own, and tell what became of each."""

    def program(inputs: Mapping[str, Mapping[str, Any]]) -> None:
        for role, given in inputs.items():
            declare(role, **given)

    before = {ROLES[kind]: move.before for kind, move in MOVES.items()}
    after = {ROLES[kind]: move.after for kind, move in MOVES.items()}
    shared_box.reset()
    for role in ROLES.values():
        shared_box.create_role(role, policies={"own": OWN})
    shared_box.stack(lambda: program(before)).up()
    first = len(writes(shared_box))
    shared_box.stack(lambda: program(after)).up()
    shared_box.stack(lambda: program(after)).up()
    calls = writes(shared_box)[first:]
    return {
        kind: Outcome(
            [action for action, target in calls if target == role],
            gaps(shared_box, [role]),
            shared_box.role_policies(role),
        )
        for kind, role in ROLES.items()
    }


@pytest.mark.parametrize("kind", MOVES)
def test_every_change_writes_the_new_policy_first(outcomes: Mapping[str, Outcome], kind: str) -> None:
    """The role has the new policy before the old one goes, the old one does go, and the next `up` has nothing to do."""
    move, outcome = MOVES[kind], outcomes[kind]
    document = policy(CHANNELS, *(decrypt(key) for key in move.after.get("kms_key_arns", [])))
    left = {name: found for name, found in outcome.policies.items() if name != "own"}

    assert (outcome.calls, outcome.gaps) == (move.calls, [])
    assert (outcome.policies["own"], [*left.values()]) == (OWN, [document])


def run_both(box: Sandbox, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Deploy a component and then what it becomes; return the writes of the second run."""
    box.create_role("web", policies={"own": OWN})
    box.stack(lambda: declare("web", **before)).up()
    first = len(box.writes)
    box.stack(lambda: declare("web", **after)).up()
    return writes(box)[first:]


def test_another_role_has_it_before_the_first_one_loses_it(box: Sandbox) -> None:
    """A component that is given another role writes there, then takes the policy away where it was."""
    box.create_role("api")
    calls = run_both(box, {}, {"role": "api"})

    assert calls == [("PutRolePolicy", "api"), DELETE]
    assert (gaps(box, ["api"]), documents(box, "api"), documents(box)) == ([], [policy(CHANNELS)], [OWN])


@pytest.mark.parametrize(
    ("before", "after"),
    [(["one"], ["one", "two"]), (["one", "two"], ["two"]), (["one", "two"], ["one"])],
    ids=["one more", "one less", "the other one less"],
)
def test_two_components_may_give_one_role_the_same(box: Sandbox, before: list[str], after: list[str]) -> None:
    """Each component has a policy of its own on the role, so that one can go without the other."""

    def program(names: list[str]) -> None:
        for name in names:
            SessionManagerPermissions(name, {"role": "web"})

    box.create_role("web")
    box.stack(lambda: program(before)).up()
    box.stack(lambda: program(after)).up()

    assert gaps(box) == []
    assert documents(box) == [policy(CHANNELS)] * len(after)


def test_delete_before_replace_of_the_program_does_not_reach_the_policy(box: Sandbox) -> None:
    """A program that asks to delete first, on the component, does not open a gap."""

    def delete_first(_: str) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(delete_before_replace=True)

    calls = run_both(box, {"policy_name": "old", "opts": delete_first}, {**NAMED, "opts": delete_first})

    assert (calls, gaps(box)) == ([PUT, DELETE], [])


def test_a_policy_without_the_component_has_a_gap(box: Sandbox) -> None:
    """An ordinary RolePolicy that gets another name is deleted first, which the record shows: what is avoided here."""

    def program(name: str) -> None:
        aws.iam.RolePolicy("web", role="web", name=name, policy=json.dumps(policy(CHANNELS)))

    box.create_role("web")
    box.stack(lambda: program("old")).up()
    box.stack(lambda: program("new")).up()

    assert (writes(box), gaps(box)) == ([PUT, DELETE, PUT], [DELETE])


def test_replacing_by_hand_writes_another_one_first(box: Sandbox) -> None:
    """`pulumi up --replace` writes a policy of another name before the first one goes."""
    box.create_role("web")
    stack = box.stack(permissions())
    stack.up()
    stack.up(replace=["**RolePolicy**"])

    assert (writes(box), gaps(box)) == ([PUT, PUT, DELETE], [])


def test_another_provider_is_no_change(box: Sandbox) -> None:
    """A component that is given the provider of another Region keeps its policy: IAM is the same everywhere."""

    def elsewhere(_: str) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=aws.Provider("elsewhere", **box.provider_args("us-east-1")))

    calls = run_both(box, {}, {"opts": elsewhere})

    assert (calls, gaps(box)) == ([], [])


SHIFTS: Final = {
    "a role at the front": (["web", "api"], ["new", "web", "api"]),
    "the first role goes": (["web", "api"], ["api"]),
    "two roles swap": (["web", "api"], ["api", "web"]),
    "a role is handed over": (["web", "api"], ["new", "web"]),
}


def by_position(roles: Sequence[str], **args: Any) -> Callable[[], None]:
    """Return a program with a component for each role, called by its position."""

    def declare_all() -> None:
        for position, role in enumerate(roles):
            declare(role, name=f"node-{position}", **args)

    return declare_all


def deployed_by_position(box: Sandbox, roles: Sequence[str]) -> None:
    """Make the roles, and deploy the first program."""
    for role in ("new", "web", "api"):
        box.create_role(role)
    box.stack(by_position(roles)).up()


def lost(box: Sandbox, before: Sequence[str], after: Sequence[str]) -> list[Any]:
    """List the writes after which a role of both programs was without its channels."""
    return gaps(box, [role for role in before if role in after])


@pytest.mark.parametrize(("before", "after"), SHIFTS.values(), ids=SHIFTS)
def test_components_by_position(box: Sandbox, before: list[str], after: list[str]) -> None:
    """Where the roles of a list shift, each has its next policy before the last one goes."""
    deployed_by_position(box, before)
    box.stack(by_position(after)).up()

    assert lost(box, before, after) == []
    assert {role: documents(box, role) for role in ("new", "web", "api")} == {
        role: [policy(CHANNELS)] if role in after else [] for role in ("new", "web", "api")
    }


@pytest.mark.parametrize("action", ["PutRolePolicy", "DeleteRolePolicy"])
@pytest.mark.parametrize(
    "then", [["new", "web"], ["web", "api"], ["api", "new"]], ids=["the same program", "a revert", "another program"]
)
def test_components_by_position_after_a_failed_run(box: Sandbox, action: str, then: list[str]) -> None:
    """Where a write or a delete fails, no role loses what it keeps, and the next run gives each what it is to have."""
    deployed_by_position(box, ["web", "api"])
    box.fail(action, Fault.denied(), times=1)
    errors(box.stack(by_position(["new", "web"])).up)
    box.stack(by_position(then)).up()

    assert lost(box, ["web"], then) == []
    assert {role: documents(box, role) for role in ("new", "web", "api")} == {
        role: [policy(CHANNELS)] if role in then else [] for role in ("new", "web", "api")
    }
