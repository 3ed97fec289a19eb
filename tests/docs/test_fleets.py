"""docs/what-can-take-it-away.md: what detaches the policy of a fleet from its roles."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from sandbox import Fault, Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.on_engine import Program, gaps

PAGE: Final = "docs/what-can-take-it-away.md"

DETACHED: Final = ("DetachRolePolicy", "web")
OURS: Final = policy_document()


def fleet(*, transform: bool = False, **args: Any) -> Program:
    """Return a program with a managed policy on the role, and perhaps a transform that returns options.

    An argument that is a function is called by the program: an Output belongs to the event loop that it is made in.
    """

    def program() -> None:
        if transform:
            pulumi.runtime.register_resource_transform(lambda a: pulumi.ResourceTransformResult(a.props, a.opts))
        inputs: Any = {"roles": ["web"], **{key: made() if callable(made) else made for key, made in args.items()}}
        SessionManagerManagedPolicy("fleet", inputs)

    return program


def late(value: str) -> Any:
    """Return what makes an Output of a value."""
    return lambda: pulumi.Output.from_input(value)


def held(box: Sandbox) -> list[Any]:
    """Return the documents of the role's managed policies."""
    return list(box.attached_policies("web").values())


class Described(NamedTuple):
    """Two descriptions, the writes that took the policy away, and whether the program has a transform."""

    before: Any
    after: Any
    lost: list[Any]
    transform: bool = False


DESCRIBED: Final[Mapping[str, Described]] = {
    "plain": Described("a", "b", []),
    "plain, with a transform": Described("a", "b", [], transform=True),
    "Output": Described(late("a"), late("b"), []),
    "Output, with a transform": Described(late("a"), late("b"), [DETACHED], transform=True),
    "plain to Output": Described("a", late("a"), []),
    "Output to plain": Described(late("a"), "a", []),
}


@pytest.mark.parametrize("described", DESCRIBED.values(), ids=DESCRIBED)
def test_another_description_is_attached_first(box: Sandbox, described: Described) -> None:
    """Only an Output under a transform that returns options detaches first, and the role is without for a moment."""
    for description in (described.before, described.after):
        box.stack(fleet(transform=described.transform, description=description)).up()

    assert (held(box), gaps(box)) == ([OURS], described.lost)


REPLACED: Final = {"plain": ("a", [OURS]), "Output": (late("a"), [])}


@pytest.mark.parametrize(("description", "left"), REPLACED.values(), ids=REPLACED)
def test_replacing_an_attachment_loses_it_where_the_description_is_an_output(
    box: Sandbox, description: Any, left: list[Any]
) -> None:
    """It is attached, which it is already, and then detached; otherwise it is detached and attached again."""
    stack = box.stack(fleet(description=description))
    stack.up()
    [urn] = [
        resource["urn"]
        for resource in (stack.export_stack().deployment or {})["resources"]
        if resource["type"] == "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    ]
    stack.up(replace=[urn])

    assert (held(box), gaps(box)) == (left, [DETACHED])


HANDED: Final = "Between roles and an attachment of your own"
OUT_OF_ROLES: Final = "opts = pulumi.ResourceOptions(aliases=[before])"


@shows(PAGE, HANDED)
def test_a_role_moves_between_roles_and_an_attachment(box: Sandbox, shown: list[Block]) -> None:
    """With the page's aliases nothing is written on either way, nor when they are taken out again."""
    before, outside, back = shown
    without = outside.changed(OUT_OF_ROLES, "opts = None")
    for block in (before, outside, without, back, before):
        box.stack(block.program()).up()

    assert [call.action for call in box.writes] == ["CreatePolicy", "AttachRolePolicy"]
    assert held(box) == [OURS]


@pytest.mark.parametrize("turn", [1, -1], ids=["out of roles", "into roles"])
@shows(PAGE, (HANDED, 1), (HANDED, 2))
def test_a_role_that_moves_without_the_alias_is_detached(box: Sandbox, shown: list[Block], turn: int) -> None:
    """The new attachment attaches what is attached, and the old one takes it away."""
    before, outside = shown
    without = outside.changed(OUT_OF_ROLES, "opts = None")
    for block in (before, without)[::turn]:
        box.stack(block.program()).up()

    assert (held(box), gaps(box)) == ([], [DETACHED])


LISTS: Final = {"listed": ("[fleet.policy_arn]", []), "not listed": ("[], opts=after(fleet)", [DETACHED])}


@pytest.mark.parametrize("refreshed", [False, True], ids=["at once", "at a refresh"])
@pytest.mark.parametrize(("rest", "lost"), LISTS.values(), ids=LISTS)
@shows(PAGE, "RolePolicyAttachmentsExclusive")
def test_an_exclusive_list_has_to_name_it(
    box: Sandbox,
    shown: list[Block],
    rest: str,
    lost: list[Any],
    refreshed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """With `policy_arn` in the list the policy stays; without, it is detached as soon as a run sees it."""
    [program] = shown
    changed = program.changed("[fleet.policy_arn]", rest)

    def after(first: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(depends_on=[] if refreshed else [first])

    if refreshed:
        box.fail("CreatePolicy", Fault.slow(1))
    stack = box.stack(changed.program(after=after))
    stack.up()
    stack.up(refresh=True)

    assert gaps(box) == lost


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
    stack = box.stack(everyone("api", attached=("web",)))
    stack.up()
    before = held(box)
    stack.up(refresh=True)

    assert (before, held(box), gaps(box)) == ([OURS], [], [DETACHED])


def test_a_policy_attachment_that_goes_takes_the_policy_from_its_roles(box: Sandbox) -> None:
    """Also from one that is in `roles`, in the same run or before."""
    for program in (everyone("web"), everyone(attached=("web",))):
        box.stack(program).up()

    assert (held(box), gaps(box)) == ([], [DETACHED])


@shows(PAGE, "PolicyAttachment")
def test_a_policy_attachment_can_be_forgotten(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """After the page's command the roles can be named in `roles`, and no role is without the policy."""
    [forget] = shown
    box.stack(everyone("web")).up()
    stack = box.stack(everyone(attached=("web",)))
    terminal(stack).run(forget.text)
    stack.up()
    stack.preview(refresh=True, expect_no_changes=True)

    assert (held(box), gaps(box)) == ([OURS], [])


@pytest.mark.filterwarnings("ignore:.*managed_policy_arns.*:DeprecationWarning")
def test_managed_policy_arns_of_the_role(box: Sandbox) -> None:
    """A role that lists its managed policies detaches the fleet's at a refresh, and the next one attaches it again."""
    own = box.client("iam").create_policy(PolicyName="own", PolicyDocument=json.dumps(OURS))["Policy"]["Arn"]
    trust = box.client("iam").get_role(RoleName="web")["Role"]["AssumeRolePolicyDocument"]

    def program() -> None:
        role = aws.iam.Role("app", name="app", assume_role_policy=json.dumps(trust), managed_policy_arns=[own])
        opts = pulumi.ResourceOptions(depends_on=[role])
        SessionManagerManagedPolicy("fleet", {"roles": ["app"]}, opts)

    stack = box.stack(program)
    stack.up()
    attached = [len(box.attached_policies("app"))]
    for refresh in (False, True, True):
        stack.up(refresh=refresh)
        attached.append(len(box.attached_policies("app")))

    assert attached == [2, 2, 1, 2]
