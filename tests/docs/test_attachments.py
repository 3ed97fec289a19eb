"""docs/what-can-take-it-away.md: what detaches the policy of a fleet from its roles."""

from typing import Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import held, up
from tests.fleets import fleet
from tests.moves import transformed
from tests.on_engine import Program, gaps

PAGE: Final = "docs/what-can-take-it-away.md"

DETACHED: Final = "DetachRolePolicy"
OURS: Final = policy_document()


DESCRIBED: Final = ("plain", "Output", "transformed")


def described(text: str) -> Program:
    """Return a program with a fleet for each of these roles, whose description is given as the role says."""

    def program() -> None:
        late = pulumi.Output.from_input(text)
        SessionManagerManagedPolicy("plain", {"roles": ["plain"], "description": text})
        SessionManagerManagedPolicy("Output", {"roles": ["Output"], "description": late})
        SessionManagerManagedPolicy("transformed", {"roles": ["transformed"], "description": late}, transformed(""))

    return program


def test_an_output_makes_a_description_costly(box: Sandbox) -> None:
    """Under a transform another description detaches first; a replaced attachment of an Output is lost."""
    for role in DESCRIBED:
        box.create_role(role)
    stack = up(box, described("a"), described("b"))
    there, detached = ([held(box, role) for role in DESCRIBED], [role for role in DESCRIBED if gaps(box, [role])])
    stack.up(replace=["**::plain/*", "**::Output/*"])

    assert (there, detached) == ([[OURS]] * 3, ["transformed"])
    assert (held(box, "plain"), held(box, "Output")) == ([OURS], [])


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
