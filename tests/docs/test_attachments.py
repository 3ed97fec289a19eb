"""docs/what-can-take-it-away.md: what detaches the policy of a fleet from its roles."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import held, up
from tests.fleets import ATTACHMENT, fleet
from tests.moves import transformed
from tests.on_engine import Program, gaps

PAGE: Final = "docs/what-can-take-it-away.md"

DETACHED: Final = "DetachRolePolicy"
OURS: Final = policy_document()


def as_output(value: str) -> Callable[[], Any]:
    """Return what makes an Output of a value, in the program that needs it."""
    return lambda: pulumi.Output.from_input(value)


# The description before and after, of a role's own fleet.
DESCRIBED: Final[Mapping[str, tuple[Any, Any]]] = {
    "plain": ("a", "b"),
    "Output": (as_output("a"), as_output("b")),
    "transformed": (as_output("a"), as_output("b")),
}


def described(number: int) -> Program:
    """Return a program with these fleets, as they are before or after."""

    def program() -> None:
        for role, descriptions in DESCRIBED.items():
            description = descriptions[number]
            args: Any = {"roles": [role], "description": description() if callable(description) else description}
            SessionManagerManagedPolicy(role, args, transformed("") if role == "transformed" else None)

    return program


def test_an_output_makes_a_description_costly(box: Sandbox) -> None:
    """Under a transform another description detaches first; a replaced attachment of an Output is lost."""
    for role in DESCRIBED:
        box.create_role(role)
    stack = up(box, described(0), described(1))
    described_anew = ([held(box, role) for role in DESCRIBED], [role for role in DESCRIBED if gaps(box, [role])])
    urns = [each["urn"] for each in (stack.export_stack().deployment or {})["resources"] if each["type"] == ATTACHMENT]
    stack.up(replace=[urn for urn in urns if "::plain/" in urn or "::Output/" in urn])

    assert described_anew == ([[OURS]] * len(DESCRIBED), ["transformed"])
    assert {role: held(box, role) for role in ("plain", "Output")} == {"plain": [OURS], "Output": []}


HANDED: Final = "Between roles and an attachment of your own"


def with_alias(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Say that the fleet's attachment was the program's own."""
    if args.name != "fleet/web":
        return None
    was = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="web", parent=pulumi.ROOT_STACK_RESOURCE)])
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, was))


@shows(PAGE, HANDED)
def test_a_role_moves_between_roles_and_an_attachment(box: Sandbox, shown: list[Block]) -> None:
    """With aliases nothing is written on either way, nor when they are taken out again."""
    [outside] = shown
    without = outside.changed("aliases=[before]", "")
    inside = fleet(["web"])
    back = fleet(["web"], opts=lambda: pulumi.ResourceOptions(transforms=[with_alias]))
    up(box, inside, outside.program(), without.program(), back, inside)

    assert [call.action for call in box.writes] == ["CreatePolicy", "AttachRolePolicy"]
    assert held(box) == [OURS]


@pytest.mark.parametrize("turn", [1, -1], ids=["out of roles", "into roles"])
@shows(PAGE, HANDED)
def test_a_role_that_moves_without_the_alias_is_detached(box: Sandbox, shown: list[Block], turn: int) -> None:
    """The new attachment attaches what is attached, and the old one takes it away."""
    [outside] = shown
    up(box, *(fleet(["web"]), outside.changed("aliases=[before]", "").program())[::turn])

    assert (held(box), gaps(box)) == ([], [(DETACHED, "web")])


def everyone(*roles: str, attached: tuple[str, ...] = ()) -> Program:
    """Return a program with a fleet and a `PolicyAttachment` of its policy for some roles, if there are any."""

    def program() -> None:
        made = SessionManagerManagedPolicy("fleet", {"roles": attached})
        if roles:
            opts = pulumi.ResourceOptions(depends_on=[made])
            aws.iam.PolicyAttachment("everyone", name="all", policy_arn=made.policy_arn, roles=roles, opts=opts)

    return program


def test_a_policy_attachment_claims_the_policy_at_a_refresh(box: Sandbox) -> None:
    """It detaches the policy from a role that is in `roles` and not in its own list."""
    box.create_role("api")
    stack = up(box, everyone("api", attached=("web",)))
    before = held(box)
    stack.up(refresh=True)

    assert (before, held(box), gaps(box)) == ([OURS], [], [(DETACHED, "web")])


@pytest.mark.parametrize("forgotten", [True, False], ids=["forgotten", "not forgotten"])
@shows(PAGE, "PolicyAttachment")
def test_a_policy_attachment_that_goes(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, *, forgotten: bool
) -> None:
    """It takes the policy from its roles, also from one that `roles` names now, unless the page's command was run."""
    [forget] = shown
    console = terminal(up(box, everyone("web")))
    if forget.text and forgotten:
        console.run(forget.text)
    up(box, everyone(attached=("web",)))

    assert held(box) == ([OURS] if forgotten else [])
