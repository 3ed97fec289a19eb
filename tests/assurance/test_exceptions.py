"""What can still take the permissions away, as documented: each shows the loss, beside what does not lose them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy

NAMED: Final = {"policy_name": "sessions"}
ONE: Final = [policy(CHANNELS)]
NONE: Final[list[Any]] = []


def inline(*names: str, parent: str = "", **args: Any) -> Callable[[], None]:
    """Return a program that declares components of these names for the role `web`."""

    def program() -> None:
        above = pulumi.ComponentResource("app:index:Team", parent) if parent else None
        for name in names:
            inputs: Any = {"role": "web", **args}
            SessionManagerPermissions(name, inputs, pulumi.ResourceOptions(parent=above))

    return program


def managed(name: str, parent: str = "", **args: Any) -> Callable[[], None]:
    """Return a program that declares a managed policy for the role `web`."""

    def program() -> None:
        above = pulumi.ComponentResource("app:index:Team", parent) if parent else None
        inputs: Any = {"roles": ["web"], **args}
        SessionManagerManagedPolicy(name, inputs, pulumi.ResourceOptions(parent=above))

    return program


def left(box: Sandbox) -> list[Any]:
    """Return the documents that the role has."""
    return [*box.role_policies("web").values(), *box.attached_policies("web").values()]


def lost(box: Sandbox) -> list[str]:
    """Name the writes after which the role was without its channels."""
    return [call.action for call in box.gaps("web", "ssmmessages:OpenControlChannel")]


def up(box: Sandbox, *programs: Callable[[], None], config: Mapping[str, Any] | None = None) -> auto.Stack:
    """Run one program after the other on the same stack."""
    box.create_role("web")
    for program in programs:
        stack = box.stack(program, config=config)
        stack.up()
    return stack


def urn(stack: auto.Stack, kind: str = "aws:iam/rolePolicy:RolePolicy") -> str:
    """Return the URN of the policy."""
    [found] = [
        resource["urn"] for resource in (stack.export_stack().deployment or {})["resources"] if resource["type"] == kind
    ]
    return str(found)


TAINT: Final = {
    "exact name": (NAMED, ["DeleteRolePolicy"]),
    "generated name": ({}, []),
}


@pytest.mark.parametrize(("args", "moment"), TAINT.values(), ids=TAINT)
def test_a_taint_takes_an_exact_name_away_for_a_moment(
    box: Sandbox, args: Mapping[str, Any], moment: Sequence[str]
) -> None:
    """A tainted policy of an exact name is deleted and written again; with a generated name it is another one."""
    stack = up(box, inline("web", **args))
    deployment = stack.export_stack()
    for resource in (deployment.deployment or {})["resources"]:
        resource["taint"] = resource["urn"] == urn(stack)
    stack.import_stack(deployment)
    stack.up()

    assert (lost(box), left(box)) == (moment, ONE)


AUTONAMING: Final = {
    "without a random part": ({"mode": "verbatim"}, (["DeleteRolePolicy"], NONE)),
    "with a random part": ({"pattern": "${name}-${hex(6)}"}, ([], ONE)),
}


@pytest.mark.parametrize(("setting", "expected"), AUTONAMING.values(), ids=AUTONAMING)
def test_autonaming_without_a_random_part_makes_names_fixed(
    box: Sandbox, setting: Mapping[str, Any], expected: Any
) -> None:
    """With `pulumi:autonaming` verbatim, a component that gets another parent without an alias loses the policy."""
    up(box, inline("web"), inline("web", parent="team"), config={"pulumi:autonaming": setting})

    assert (lost(box), left(box)) == expected


AGAIN: Final[Mapping[str, Callable[[Sandbox], Any]]] = {
    "another name": lambda box: box.stack(managed("two", **NAMED)).up(),
    "another parent": lambda box: box.stack(managed("one", parent="team", **NAMED)).up(),
    "another stack": lambda box: box.stack(managed("one", **NAMED), name="other").up(),
    "--replace": lambda box: replace_managed(box.stack(managed("one", **NAMED))),
}


def replace_managed(stack: auto.Stack) -> None:
    """Run `up --replace` for the managed policy."""
    stack.up(replace=[urn(stack, "aws:iam/policy:Policy")])


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
def test_a_managed_policy_of_a_fixed_name_refuses_instead(box: Sandbox, again: Callable[[Sandbox], Any]) -> None:
    """AWS takes no second managed policy of a name: what would lose an inline one fails, and nothing is lost."""
    up(box, managed("one", **NAMED))
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists"):
        again(box)

    assert (lost(box), left(box)) == ([], ONE)


def test_a_loss_is_mended_by_the_next_run_with_refresh(box: Sandbox) -> None:
    """What an exact name has lost, `pulumi up` does not see; `pulumi up --refresh` does, and writes it again."""
    stack = up(box, inline("web", parent="team", **NAMED), inline("web", **NAMED))
    stack.up()
    unseen = left(box)
    stack.up(refresh=True)

    assert (unseen, left(box)) == (NONE, ONE)
