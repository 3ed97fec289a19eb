"""docs/what-can-take-it-away.md: what the engine's own flags and options do to a policy."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from sandbox import Fault, Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.on_engine import Program, documents, gaps, permissions

PAGE: Final = "docs/what-can-take-it-away.md"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
GONE: Final = ("DeleteRolePolicy", "web")
DETACHED: Final = ("DetachRolePolicy", "web")
OURS: Final = policy_document()

INLINE: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions$aws:iam/rolePolicy:RolePolicy::"
FLEET: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerManagedPolicy$aws:iam/"


def fleet(**args: Any) -> Program:
    """Return a program with a managed policy on the role."""

    def program() -> None:
        inputs: Any = {"roles": ["web"], **args}
        SessionManagerManagedPolicy("fleet", inputs)

    return program


def held(box: Sandbox) -> list[Any]:
    """Return the documents of all policies that the role has."""
    return [*documents(box), *box.attached_policies("web").values()]


class Replaced(NamedTuple):
    """A program, what is replaced in it, and the writes after which the role was without its permissions."""

    program: Program
    urn: str
    lost: list[Any]


REPLACED: Final[Mapping[str, Replaced]] = {
    "exact name": Replaced(permissions(**EXACT), f"{INLINE}/web/ssm", [GONE]),
    "generated name": Replaced(permissions(), f"{INLINE}web-session-manager", []),
    "attachment": Replaced(fleet(), f"{FLEET}rolePolicyAttachment:RolePolicyAttachment::fleet/web", [DETACHED]),
    "fleet": Replaced(fleet(), f"{FLEET}policy:Policy::fleet-session-manager", [DETACHED]),
}


@pytest.mark.parametrize("replaced", REPLACED.values(), ids=REPLACED)
@pytest.mark.parametrize("number", [0, 1], ids=["--replace", "taint"])
@shows(PAGE, "--replace and a taint")
def test_a_replacement_on_purpose_costs_a_moment(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, number: int, replaced: Replaced
) -> None:
    """Both commands leave the role with its policy, and without it for a moment where there can be only one."""
    commands = [block.text.replace(f"{INLINE}/web/ssm", replaced.urn) for block in shown]
    stack = box.stack(replaced.program)
    stack.up()
    terminal(stack).run(commands[number])
    stack.up()

    assert (held(box), gaps(box)) == ([OURS], replaced.lost)
    assert replaced.urn in commands[number]


@shows(PAGE, ("--replace and a taint", 1))
def test_a_replacement_that_fails_is_made_up_for(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """If the policy cannot be written again, the role is without it until the next run."""
    [command] = shown
    stack = box.stack(permissions(**EXACT))
    stack.up()
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    terminal(stack).fails(command.text)
    without = documents(box)
    stack.up()

    assert (without, documents(box)) == ([], [OURS])


def replacing(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Let another document replace an inline policy."""
    if args.type_ != "aws:iam/rolePolicy:RolePolicy":
        return None
    more = pulumi.ResourceOptions(replace_on_changes=["policy"])
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, more))


ON_CHANGES: Final[Mapping[str, tuple[Callable[[], pulumi.ResourceOptions], Mapping[str, Any], list[Any]]]] = {
    "exact name": (lambda: pulumi.ResourceOptions(transforms=[replacing]), EXACT, [GONE]),
    "generated name": (lambda: pulumi.ResourceOptions(transforms=[replacing]), {}, []),
    "on the component": (lambda: pulumi.ResourceOptions(replace_on_changes=["policy"]), EXACT, []),
}


@pytest.mark.parametrize(("opts", "args", "lost"), ON_CHANGES.values(), ids=ON_CHANGES)
def test_replace_on_changes_costs_a_moment(
    box: Sandbox, opts: Callable[[], pulumi.ResourceOptions], args: Mapping[str, Any], lost: list[Any]
) -> None:
    """Given by a transform, it makes another document a replacement, which deletes an exact name first."""
    changes: list[dict[str, Any]] = [{}, {"allow_update_instance_information": True}]
    for more in changes:
        box.stack(permissions(opts=opts, **args, **more)).up()

    assert (len(documents(box)), gaps(box)) == (1, lost)


class Failing(NamedTuple):
    """Two programs, the write of the second one that fails, and what the role has lost after that."""

    before: Program
    after: Program
    action: str
    lost: list[Any]


FAILING: Final[Mapping[str, Failing]] = {
    "another exact name": Failing(permissions(**EXACT), permissions(policy_name="other"), "PutRolePolicy", [GONE]),
    "another role": Failing(permissions(**EXACT), permissions(role="api", **EXACT), "PutRolePolicy", [GONE]),
    "another component": Failing(permissions(), permissions("frontend"), "PutRolePolicy", [GONE]),
    "a replacement": Failing(permissions(), permissions(role="api"), "PutRolePolicy", []),
    "another description": Failing(fleet(description="a"), fleet(description="b"), "AttachRolePolicy", [DETACHED]),
}


@pytest.mark.parametrize("failing", FAILING.values(), ids=FAILING)
@shows(PAGE, "--continue-on-error")
def test_continue_on_error_deletes_although_the_new_one_failed(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, failing: Failing
) -> None:
    """With the flag the old policy goes where the new one is another resource; a replacement keeps the old one."""
    box.create_role("api")
    [command] = shown
    box.stack(failing.before).up()
    box.fail(failing.action, Fault.denied())
    terminal(box.stack(failing.after)).fails(command.text)

    assert gaps(box) == failing.lost


@pytest.mark.parametrize("failing", FAILING.values(), ids=FAILING)
def test_without_the_flag_nothing_is_deleted(box: Sandbox, failing: Failing) -> None:
    """A run that fails stops before it deletes the old policy."""
    box.create_role("api")
    box.stack(failing.before).up()
    box.fail(failing.action, Fault.denied())
    with pytest.raises(auto.CommandError):
        box.stack(failing.after).up()

    assert (held(box), gaps(box)) == ([OURS], [])


@pytest.mark.parametrize("number", [0, 1], ids=["--exclude", "--target"])
@shows(PAGE, "--exclude and --target")
def test_a_part_of_the_program(box: Sandbox, shown: list[Block], terminal: OpenTerminal, number: int) -> None:
    """Either command deletes the old policy and does not write the new one."""
    commands = [block.text for block in shown]
    box.stack(permissions(**EXACT)).up()
    terminal(box.stack(permissions(policy_name="sessions"))).run(commands[number])

    assert (documents(box), gaps(box)) == ([], [GONE])
