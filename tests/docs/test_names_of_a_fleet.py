"""docs/names-and-replacement.md and docs/drift.md: what detaches the policy of a fleet from its roles."""

import re
from typing import Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal
from tests.docs.pages import ROOT, Block, shows
from tests.docs.runs import held, up
from tests.fleets import fleet
from tests.moves import transformed
from tests.on_engine import Program, gaps

PAGE: Final = "docs/names-and-replacement.md"
DRIFT: Final = "docs/drift.md"

DETACHED: Final = "DetachRolePolicy"
OURS: Final = policy_document()


DESCRIBED: Final = ("plain", "Output", "transformed")


def described(text: str) -> Program:
    """Return a program with a fleet for each of these roles, whose description is given as the role says."""

    def program() -> None:
        late = pulumi.Output.from_input(text)
        SessionManagerManagedPolicy("plain", roles=["plain"], description=text)
        SessionManagerManagedPolicy("Output", roles=["Output"], description=late)
        SessionManagerManagedPolicy("transformed", roles=["transformed"], description=late, opts=transformed(""))

    return program


def test_an_output_makes_a_description_costly(box: Sandbox) -> None:
    """Under a transform another description detaches first; a replaced attachment of an Output is lost."""
    for role in DESCRIBED:
        box.create_role(role)
    stack = up(box, described("a"), described("b"))
    there, detached = ([held(box, role) for role in DESCRIBED], [role for role in DESCRIBED if gaps(box, [role])])
    stack.up(replace=["**::plain/*", "**::Output/*"])

    assert there == [[OURS]] * 3
    assert detached == ["transformed"]
    assert held(box, "plain") == [OURS]
    assert held(box, "Output") == []


HANDED: Final = "Between roles and an attachment of your own"


def with_alias(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Say that the fleet's attachment was the program's own."""
    if args.name != "fleet/web":
        return None
    was = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="web", parent=pulumi.ROOT_STACK_RESOURCE)])
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, was))


OUTSIDE: Final = (HANDED, 1)


@shows(PAGE, HANDED)
def test_a_role_moves_between_roles_and_an_attachment(box: Sandbox, shown: list[Block]) -> None:
    """With aliases nothing is written on either way, nor in YAML, nor when they are taken out again."""
    outside, in_yaml_too = shown
    without = outside.changed("aliases=[before]", "")
    inside = fleet(["web"])
    back = fleet(["web"], opts=lambda: pulumi.ResourceOptions(transforms=[with_alias]))
    up(box, inside, outside.program(), without.program(), back, inside)
    in_yaml.up(box, in_yaml_too)

    assert [call.action for call in box.writes] == ["CreatePolicy", "AttachRolePolicy"]
    assert held(box) == [OURS]


@shows(PAGE, OUTSIDE)
def test_the_attachment_of_a_fleet_with_a_description(box: Sandbox, shown: list[Block]) -> None:
    """Its real URN ends as the page says; as the alias it keeps the attachment."""
    [outside] = shown
    up(box, fleet(["web"], description="d"))
    [real] = re.findall(r'"(urn:[^"]*RolePolicyAttachment::[^"]*)"', box.state_file().read_text())[:1]
    name = real.rpartition("::")[2]
    described = outside.changed("roles=[]", 'roles=[], description="d"').changed("::fleet/web", f"::{name}")
    up(box, described.program())

    assert f"`{name}`" in (ROOT / PAGE).read_text()
    assert [call.action for call in box.writes] == ["CreatePolicy", "AttachRolePolicy"]


@shows(PAGE, OUTSIDE)
def test_the_way_back_without_a_transform(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """If Pulumi forgets the attachment, the fleet attaches what is attached, and nothing detaches it."""
    stack = up(box, shown[0].changed("aliases=[before]", "").program())
    urn = "urn:pulumi:dev::app::aws:iam/rolePolicyAttachment:RolePolicyAttachment::web"
    terminal(stack).run(f"$ pulumi state delete '{urn}'")
    up(box, fleet(["web"]))

    assert held(box) == [OURS]
    assert gaps(box) == []


@pytest.mark.parametrize("turn", [1, -1], ids=["out of roles", "into roles"])
@shows(PAGE, OUTSIDE)
def test_a_role_that_moves_without_the_alias_is_detached(box: Sandbox, shown: list[Block], turn: int) -> None:
    """The new attachment attaches what is attached, and the old one takes it away."""
    [outside] = shown
    up(box, *(fleet(["web"]), outside.changed("aliases=[before]", "").program())[::turn])

    assert held(box) == []
    assert gaps(box) == [(DETACHED, "web")]


def everyone(*roles: str, attached: tuple[str, ...] = ()) -> Program:
    """Return a program with a fleet and a `PolicyAttachment` of its policy for some roles, if there are any."""

    def program() -> None:
        made = SessionManagerManagedPolicy("fleet", roles=attached)
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

    assert before == [OURS]
    assert held(box) == []
    assert gaps(box) == [(DETACHED, "web")]


@pytest.mark.parametrize("forgotten", [True, False], ids=["forgotten", "not forgotten"])
@shows(DRIFT, "PolicyAttachment")
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


def named(name: object) -> Program:
    """Return a program with a fleet of this name."""
    return fleet(["web"], policy_name=name)


@pytest.mark.parametrize("turn", [1, -1], ids=["plain to Output", "Output to plain"])
def test_a_name_that_becomes_an_output_is_refused(box: Sandbox, turn: int) -> None:
    """IAM takes no second managed policy of a name, so nothing is lost."""
    before, after = (named("one"), named(lambda: pulumi.Output.from_input("one")))[::turn]
    up(box, before)
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists"):
        up(box, after)

    assert held(box) == [OURS]
    assert gaps(box) == []
