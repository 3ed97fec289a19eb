"""Policies with exact names, and the options of their components and of the parents of these; transforms are some."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests import moves
from tests.components import ROLE_POLICY
from tests.documents import CHANNELS, policy
from tests.moves import TEAM, Each, Move, Outcome, Wrapper, declare, deleted, put, transformed
from tests.on_engine import errors, writes

OURS: Final = policy(CHANNELS)
THERE: Final = "222222222222"


def as_they_are(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Return what it gets."""
    return pulumi.ResourceTransformResult(args.props, args.opts)


def as_they_were(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Return what it gets, as the transforms do that came first."""
    return pulumi.ResourceTransformationResult(args.props, args.opts)


def legacy(_: str) -> pulumi.ResourceOptions:
    """Give the component such a one."""
    return pulumi.ResourceOptions(transformations=[as_they_were])


REGISTER: Final[Mapping[str, Callable[[], None]]] = {
    "none of the stack's": lambda: None,
    "a transform of the stack": lambda: pulumi.runtime.register_resource_transform(as_they_are),
    "a transformation of the stack": lambda: pulumi.runtime.register_stack_transformation(as_they_were),
}
MOVES: Final[Mapping[str, Callable[[moves.Options], tuple[list[Each], list[Each], list[tuple[str, str]]]]]] = {
    "a list grows under a parent of another type": lambda opts: (
        [each._replace(opts=opts) for each in moves.nodes("web", "api", policy_name="ssm", within=[TEAM])],
        [
            each._replace(opts=opts)
            for each in moves.nodes("new", "web", "api", policy_name="ssm", within=[Wrapper("Squad", "team")])
        ],
        [put("new")],
    ),
    "another name": lambda opts: (
        [Each("web", "web", "old", opts=opts)],
        [Each("web", "web", "ssm", opts=opts)],
        [put("web"), deleted("web")],
    ),
    "a first name": lambda opts: (
        [Each("web", "web", opts=opts)],
        [Each("web", "web", "ssm", opts=opts)],
        [put("web"), deleted("web")],
    ),
    "a secret role becomes plain": lambda opts: (
        [Each("web", moves.Secret("web"), "ssm", opts=opts)],
        [Each("web", "web", "ssm", opts=opts)],
        [],
    ),
}
OWN: Final[Mapping[str, moves.Options]] = {
    "no option": lambda _: pulumi.ResourceOptions(),
    "a transform": transformed,
    "a transformation": legacy,
}
CASES: Final = {f"{kind}, with {own}": MOVES[kind](opts) for kind in MOVES for own, opts in OWN.items()}


@pytest.fixture(scope="module", params=REGISTER)
def outcomes(request: pytest.FixtureRequest, shared_box: Sandbox) -> Mapping[str, Outcome]:
    """Make every move in one run of a program that registers a transform or none."""
    first = next(iter(CASES))

    def registered(kind: str, components: list[Each]) -> moves.Declare:
        def declared(suffix: str) -> None:
            if kind == first:
                REGISTER[request.param]()
            declare(*components)(suffix)

        return declared

    made = {kind: Move(registered(kind, before), registered(kind, after)) for kind, (before, after, _) in CASES.items()}
    return moves.outcomes(shared_box, made, ["api", "new", "web"])


@pytest.mark.parametrize("kind", CASES)
def test_a_transform_takes_nothing_away(outcomes: Mapping[str, Outcome], kind: str) -> None:
    """A program that registers one works as any other: no policy is lost, none is without a moment, none in vain."""
    _, after, calls = CASES[kind]
    outcome = outcomes[kind]

    assert sorted(outcome.calls) == sorted(calls)
    assert outcome.again == []
    assert outcome.gaps == []
    assert outcome.policies == moves.policies_of(*after)


def resources(box: Sandbox) -> dict[str, Any]:
    """Return the policies of the state by their names in Pulumi."""
    found = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    return {made["urn"].rpartition("::")[2]: made for made in found if made["type"] == ROLE_POLICY}


def protecting(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Protect the policies."""
    if args.type_ != ROLE_POLICY:
        return None
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


def protected() -> None:
    """Declare a component on each of the roles: protected, in a protected parent, and so by a transform; and none."""
    options = pulumi.ResourceOptions
    team = pulumi.ComponentResource("app:index:Team", "team", None, options(protect=True))
    given = {
        "own": options(protect=True),
        "parents": options(parent=team),
        "transform": options(transforms=[protecting]),
        "not": options(parent=team, protect=False),
    }
    for role, opts in given.items():
        SessionManagerPermissions(role, {"role": role, "policy_name": "ssm"}, opts)


def test_what_is_protected_stays(box: Sandbox) -> None:
    """`protect` of the component, of its parent and of a transform is the policy's: `destroy` refuses to delete it."""
    for role in ("own", "parents", "transform", "not"):
        box.create_role(role)
    stack = box.stack(protected)
    stack.up()
    found = {name: made.get("protect", False) for name, made in resources(box).items()}
    said = errors(box.stack(lambda: None).up)

    assert found == {"/own/ssm": True, "/parents/ssm": True, "/transform/ssm": True, "/not/ssm": False}
    assert any("protected" in line for line in said), f"the protection must be named: {said}"
    assert [box.role_policies(role) for role in ("own", "parents", "transform")] == [{"ssm": OURS}] * 3


def test_a_protected_policy_whose_name_a_preview_does_not_know(box: Sandbox) -> None:
    """A preview fails, since it takes the known policy for one that goes; `up` without a preview has nothing to do."""
    box.create_role("web")

    def program(prefix: str) -> None:
        source = aws.iam.Policy("source", name_prefix=prefix, policy=json.dumps(OURS))
        args: Any = {"role": "web", "policy_name": source.arn.apply(lambda _: "ssm")}
        SessionManagerPermissions("web", args, pulumi.ResourceOptions(protect=True))

    box.stack(partial(program, "one")).up()
    stack = box.stack(partial(program, "two"))
    said = errors(stack.preview)
    stack.up()

    assert any("::/web/ssm" in line and "cannot be deleted" in line for line in said), f"it must be protected: {said}"
    assert [call for call in writes(box) if "RolePolicy" in call[0]] == [put("web")]


def test_the_provider_of_a_parent_is_the_policys(box: Sandbox) -> None:
    """It is of another account here; by a rename of component and parents nothing is written anywhere."""
    box.create_role("web")
    box.create_role("web", account=THERE)

    def program(name: str, kind: str) -> None:
        provider = aws.Provider("there", **box.provider_args(account=THERE))
        opts = pulumi.ResourceOptions(providers=[provider])
        team = pulumi.ComponentResource(f"app:index:{kind}", name, None, opts)
        SessionManagerPermissions(name, {"role": "web", "policy_name": "ssm"}, pulumi.ResourceOptions(parent=team))

    for given in (("web", "Team"), ("app", "Squad")):
        stack = box.stack(partial(program, *given))
        stack.up()
    stack.refresh(expect_no_changes=True)

    assert writes(box) == [put("web")]
    assert box.role_policies("web") == {}
    assert box.role_policies("web", THERE) == {"ssm": OURS}
