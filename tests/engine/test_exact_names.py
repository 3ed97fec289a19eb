"""Policies with exact names: whatever component one passes to, a role keeps it, and nothing is written in vain.

What becomes of the components' parents is in `test_exact_names_nested.py`, of the roles in
`test_exact_names_of_roles.py`, and what the options do in `test_exact_names_options.py`.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests import moves
from tests.documents import CHANNELS, KEY, policy
from tests.moves import AsOutput, Each, Move, Outcome, Secret, called, declare, deleted, put
from tests.on_engine import TRUST, errors, permissions, steps, writes

ROLES: Final = ("api", "old", "web")
OURS: Final = policy(CHANNELS)


def ssm(name: str, role: str, **rest: Any) -> Each:
    """Return a component whose policy is called `ssm`."""
    return Each(name, role, "ssm", **rest)


def nodes(*roles: str) -> list[Each]:
    """Return such a component for each role, called by its position."""
    return moves.nodes(*roles, policy_name="ssm")


def as_outputs(*roles: str) -> list[Each]:
    """Return the same, with the roles as Outputs."""
    return nodes(*map(AsOutput, roles))


MOVES: Final[Mapping[str, tuple[Sequence[Each], Sequence[Each], Sequence[tuple[str, str]]]]] = {
    "another document": (nodes("web"), [ssm("node-0", "web", key=KEY)], [put("web")]),
    "another name": (nodes("web"), [Each("node-0", "web", "new")], [put("web"), deleted("web")]),
    "a first name": ([Each("node-0", "web")], nodes("web"), [put("web"), deleted("web")]),
    "no name any more": (nodes("web"), [Each("node-0", "web")], [put("web"), deleted("web")]),
    "another case of the role": (nodes("web"), nodes("WEB"), []),
    "a role at the front of the list": (nodes("web", "api"), nodes("old", "web", "api"), [put("old")]),
    "the first role goes": (nodes("web", "api"), nodes("api"), [deleted("web")]),
    "a role is handed over": (nodes("web", "api"), nodes("old", "web"), [put("old"), deleted("api")]),
    "two components swap roles": (nodes("web", "api"), nodes("api", "web"), []),
    "two components swap names": (
        [Each("a", "web", "one"), Each("b", "web", "two")],
        [Each("a", "web", "two"), Each("b", "web", "one")],
        [],
    ),
    "another component name": (nodes("web"), [ssm("web", "web")], []),
    "another component name, with an alias": (nodes("web"), [ssm("web", "web", opts=called("node-0"))], []),
    "the old name, used anew under an alias": (
        [ssm("frontend", "web", opts=called("web"))],
        [ssm("frontend", "web", opts=called("web")), ssm("web", "api")],
        [put("api")],
    ),
    "called as its role, from the name of another": (
        [ssm("old", "old"), ssm("api", "api")],
        [ssm("web", "web", opts=called("old")), ssm("api", "old")],
        [put("web"), deleted("api")],
    ),
    "called as its role, from the name of one that goes": (
        [ssm("old", "old")],
        [ssm("web", "web", opts=called("old"))],
        [put("web"), deleted("old")],
    ),
    "an Output": (nodes("web", "api"), [*as_outputs("web"), Each("node-1", "api", AsOutput("ssm"))], []),
    "no Output any more": ([*as_outputs("web"), Each("node-1", "api", AsOutput("ssm"))], nodes("web", "api"), []),
    "an Output, and a role at the front": (nodes("web", "api"), as_outputs("old", "web", "api"), [put("old")]),
    "no Output any more, and a role at the front": (as_outputs("web", "api"), nodes("old", "web", "api"), [put("old")]),
    "Outputs, and a role at the front": (as_outputs("web", "api"), as_outputs("old", "web", "api"), [put("old")]),
    "Outputs that swap": (as_outputs("web", "api"), as_outputs("api", "web"), []),
    "an Output, and another component name": (nodes("web"), [ssm("web", AsOutput("web"))], []),
    "a secret": (nodes("web"), nodes(Secret("web")), []),
    "no secret any more": (nodes(Secret("web")), nodes("web"), []),
}


@pytest.fixture(scope="module")
def outcomes(shared_box: Sandbox) -> Mapping[str, Outcome]:
    """Make every move in one run."""
    made = {kind: Move(declare(*before), declare(*after)) for kind, (before, after, _) in MOVES.items()}
    return moves.outcomes(shared_box, made, ROLES)


@pytest.mark.parametrize("kind", MOVES)
def test_a_move_writes_what_iam_has_to_change(outcomes: Mapping[str, Outcome], kind: str) -> None:
    """No more is written than IAM lacks, no role is without it in between, and the next run has nothing to do."""
    _, after, calls = MOVES[kind]
    outcome = outcomes[kind]

    assert sorted(outcome.calls) == sorted(calls)
    assert outcome.again == []
    assert outcome.gaps == []
    assert outcome.policies == moves.policies_of(*after)


@pytest.fixture
def roles(box: Sandbox) -> Sandbox:
    """A sandbox with the roles, which have nothing yet."""
    for role in ROLES:
        box.create_role(role)
    return box


@pytest.mark.parametrize(
    ("action", "where"), [("PutRolePolicy", "old"), ("DeleteRolePolicy", "web")], ids=["failed write", "failed delete"]
)
@pytest.mark.parametrize(
    "then",
    [("old", "api"), ("web", "api"), ("api", "web")],
    ids=["the same program", "a revert", "another program"],
)
def test_a_failed_run_and_what_comes_after(roles: Sandbox, action: str, where: str, then: Sequence[str]) -> None:
    """Where a write or a delete fails, no role loses what the next program gives it, and has it after that."""
    roles.stack(moves.program(*nodes("web", "api"))).up()
    roles.fail(action, Fault.denied(), times=1, where={"RoleName": where})
    errors(roles.stack(moves.program(*nodes("old", "api"))).up)
    begin = len(roles.writes)
    roles.stack(moves.program(*nodes(*then))).up()

    assert [call for call in writes(roles)[begin:] if call in map(deleted, then)] == []
    assert {role: roles.role_policies(role) for role in ROLES} == {
        role: {"ssm": OURS} if role in then else {} for role in ROLES
    }


def test_another_region_or_provider_of_the_account_is_no_change(roles: Sandbox) -> None:
    """IAM is the same in every Region, and for every provider of an account, whatever the policy is called."""

    def program(name: str, region: str | None = None) -> None:
        opts = pulumi.ResourceOptions(provider=aws.Provider(name, **roles.provider_args(region)) if name else None)
        SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"}, opts)
        SessionManagerPermissions("api", {"role": "api"}, opts)

    for given in ([""], ["one"], ["two", "us-east-1"]):
        roles.stack(partial(program, *given)).up()

    assert sorted(writes(roles)) == [put("api"), put("web")]


def test_another_account_gets_the_policy(roles: Sandbox) -> None:
    """It is written there; where it was it is deleted by a provider of another name, and stays with one of the same."""
    here, there = roles.account_id, "222222222222"
    for role in ("api", "web"):
        roles.create_role(role, account=there)

    def program(account: str) -> None:
        for role, name in (("api", "same"), ("web", f"in-{account}")):
            provider = aws.Provider(name, **roles.provider_args(account=account))
            opts = pulumi.ResourceOptions(provider=provider)
            SessionManagerPermissions(role, {"role": role, "policy_name": "ssm"}, opts)

    for account in (here, there):
        roles.stack(partial(program, account)).up()

    assert [roles.role_policies("api", account) for account in (here, there)] == [{"ssm": OURS}, {"ssm": OURS}]
    assert [roles.role_policies("web", account) for account in (here, there)] == [{}, {"ssm": OURS}]


def test_an_account_that_cannot_be_asked_changes_nothing(roles: Sandbox) -> None:
    """Where AWS does not say which account it is, before an `up` or in it, nothing is written for it."""
    stack = roles.stack(permissions(policy_name="ssm"))
    for silent in (True, False, True):
        if silent:
            roles.fail("GetCallerIdentity", Fault.denied())
        stack.up()
        roles.clear_faults()

    assert writes(roles) == [put("web")]


def test_an_account_that_changes_unsaid_is_not_noticed(roles: Sandbox) -> None:
    """The new account has no policy, also once AWS says which it is, until `pulumi up --refresh` writes it."""
    there = "222222222222"
    roles.create_role("web", account=there)

    def program(account: str) -> None:
        opts = pulumi.ResourceOptions(provider=aws.Provider("one", **roles.provider_args(account=account)))
        SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"}, opts)

    roles.stack(partial(program, roles.account_id)).up()
    roles.fail("GetCallerIdentity", Fault.denied())
    stack = roles.stack(partial(program, there))
    stack.up()
    roles.clear_faults()
    stack.up()
    unnoticed = roles.role_policies("web", there)
    stack.up(refresh=True)

    assert unnoticed == {}
    assert roles.role_policies("web", there) == {"ssm": OURS}


def test_a_role_that_is_made_in_the_same_run(roles: Sandbox) -> None:
    """A preview that does not know the role's name yet shows the policy; the run gives it its own name in Pulumi."""

    def program() -> None:
        made = aws.iam.Role("made", assume_role_policy=TRUST)
        SessionManagerPermissions("web", {"role": made.arn, "policy_name": "ssm"})

    stack = roles.stack(program)
    previewed, created = (
        [step.name for step in steps(operation) if step.type == "aws:iam/rolePolicy:RolePolicy"]
        for operation in (stack.preview, stack.up)
    )
    [role] = {call.target for call in roles.writes if call.action == "PutRolePolicy"}

    assert previewed == ["web-session-manager-exact"]
    assert created == [f"/{role}/ssm"]
    assert steps(stack.up) == []


def test_what_depends_on_the_component_waits_for_its_policy(roles: Sandbox) -> None:
    """A resource that depends on the component is made after its policy, and goes before it; also with an Output."""

    def program() -> None:
        for name, role in {"web": "web", "old": pulumi.Output.from_input("old")}.items():
            args: Any = {"role": role, "policy_name": f"ssm-{name}"}
            opts = pulumi.ResourceOptions(depends_on=[SessionManagerPermissions(name, args)])
            aws.iam.RolePolicy(name, role="api", name=f"next-{name}", policy=json.dumps(OURS), opts=opts)

    for role in ("web", "old"):
        roles.fail("PutRolePolicy", Fault.slow(1), where={"RoleName": role})
    stack = roles.stack(program)
    stack.up()
    stack.destroy()
    names = [call.params["PolicyName"] for call in roles.writes]

    assert [name for name in names if "web" in name] == ["ssm-web", "next-web", "next-web", "ssm-web"]
    assert [name for name in names if "old" in name] == ["ssm-old", "next-old", "next-old", "ssm-old"]
