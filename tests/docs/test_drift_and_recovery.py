"""docs/drift-and-recovery.md: the policy is lost and the engine is killed for real; the page's commands mend it."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import held, up
from tests.documents import allow, policy
from tests.fleets import fleet
from tests.on_engine import TRUST, Program, inline_documents, permissions

PAGE: Final = "docs/drift-and-recovery.md"
NIGHT: Final = "Every night"
LOST: Final = "The policy was deleted or changed"
AGAIN: Final = "The role was made again"
KILLED: Final = "pulumi up was killed"
SECOND: Final = "A second, identical policy"

ROLE: Final = "web-role"
OURS: Final = policy_document()
OWN: Final = policy(allow(["s3:GetObject"]))


def lose(box: Sandbox, what: str) -> None:
    """Do what somebody may do by hand: delete the policy, detach it, or replace the role with an empty one."""
    iam = box.client("iam")
    for arn in box.attached_policies(ROLE):
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
    for name in box.role_policies(ROLE):
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
    if what == "role":
        iam.delete_role(RoleName=ROLE)
        box.create_role(ROLE)


@pytest.mark.parametrize("what", ["policy", "role", "attachment"])
@shows(PAGE, NIGHT, LOST, AGAIN)
def test_a_deletion_is_noticed_and_mended(box: Sandbox, shown: list[Block], terminal: OpenTerminal, what: str) -> None:
    """The commands see that a policy, an attachment, or the policy of a role made again is gone; `up` alone doesn't.

    Each of the two commands that mend it does so.
    """
    notice, of_policy, of_role = (block.text for block in shown)
    mend = of_role if what == "role" else of_policy
    stack = up(box, fleet([ROLE]) if what == "attachment" else permissions(role=ROLE))
    console = terminal(stack)
    console.run(notice)
    lose(box, what)
    stack.up()
    unseen = held(box, ROLE)
    refusal = console.fails(notice)
    console.run(mend)

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert unseen == []
    assert held(box, ROLE) == [OURS]


def of_a_role(*, listed: bool) -> Program:
    """Return a program whose role has a policy of each kind of its own, listed in it or beside it, and one of ours."""
    own = json.dumps(OWN)

    def program() -> None:
        managed = aws.iam.Policy("own", name="own", policy=own).arn
        lists: Any = {"inline_policies": [{"name": "own", "policy": own}], "managed_policy_arns": [managed]}
        role = aws.iam.Role("app", name="app", assume_role_policy=TRUST, **(lists if listed else {}))
        if not listed:
            aws.iam.RolePolicy("own", role=role.name, name="own", policy=own)
            aws.iam.RolePolicyAttachment("own", role=role.name, policy_arn=managed)
        after = pulumi.ResourceOptions(depends_on=[role])
        SessionManagerPermissions("app", role="app", opts=after)
        SessionManagerManagedPolicy("fleet", roles=["app"], opts=after)

    return program


@pytest.mark.filterwarnings("ignore:.*(inline_policies|managed_policy_arns).*:DeprecationWarning")
def test_a_role_that_lists_its_policies(box: Sandbox) -> None:
    """It takes ours away at a refresh. Resources of their own, in one update, take nothing away; the way back does."""
    found: list[tuple[int, int]] = []
    for listed, refresh in ((True, False), (True, True), (True, True), (False, False), (False, True), (True, False)):
        box.stack(of_a_role(listed=listed)).up(refresh=refresh)
        found.append((held(box, "app").count(OWN), held(box, "app").count(OURS)))

    assert found == [(2, 2), (2, 0), (2, 2), (2, 2), (2, 2), (0, 0)]


@shows(PAGE, "Another tool takes it away")
def test_exclusive_lists_leave_what_they_name(box: Sandbox, shown: list[Block]) -> None:
    """What is in the page's lists stays, at a refresh as well; what isn't goes."""
    [program] = shown
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=json.dumps(OWN))
    up(box, program.program()).up(refresh=True)
    named = held(box, ROLE)
    without = program.changed('"own", web.policy_name', "").changed("[fleet.policy_arn]", "[]")
    up(box, without.program())

    assert named.count(OURS) == 2
    assert OWN in named
    assert held(box, ROLE) == []


def killed_at(box: Sandbox, action: str, program: Program) -> auto.Stack:
    """Return a stack whose first `up` was killed when AWS had been asked for something, and did it."""

    def kill(_: Mapping[str, Any]) -> None:
        box.kill()

    stack = box.stack(program)
    box.answer(action, kill)
    with pytest.raises(auto.CommandError):
        stack.up()
    box.answer(action, lambda _: None)
    return stack


@shows(PAGE, KILLED, (SECOND, 1))
def test_a_killed_up_step_by_step(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Followed from top to bottom, the page finds the lock, the second policy, and leaves the one that Pulumi knows."""
    cancel, look_first, write, clean = shown
    look, known, delete = (f"$ {command}" for command in clean.text.removeprefix("$ ").split("\n$ "))
    stack = killed_at(box, "PutRolePolicy", permissions(role=ROLE))
    console = terminal(stack)
    with pytest.raises(auto.CommandError) as locked:
        stack.up()
    _, previewed, _ = console.run(cancel.text + look_first.text + write.text)
    [found], [ids] = console.run(look), console.run(known)
    [name] = re.findall(rf"{ROLE}:(web-session-manager-\w+)", ids)
    [second] = set(found.split()) - {name}
    twice = inline_documents(box, ROLE)
    console.run(delete.replace("web-session-manager-0123456", second))

    assert "the stack is currently locked by 1 lock(s)" in str(locked.value)
    assert "RolePolicy" in previewed
    assert twice == [OURS, OURS]
    assert box.role_policies(ROLE) == {name: OURS}


@pytest.mark.parametrize("named", [{}, {"policy_name": "ssm"}], ids=["generated name", "exact name"])
@shows(PAGE, "The state is lost")
def test_a_lost_state_costs_no_role_its_policy(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, named: dict[str, Any]
) -> None:
    """With a generated name there are two policies after the step, and with an exact one still one."""
    stack = up(box, permissions(role=ROLE, **named))
    box.state_file().unlink()
    kept = held(box, ROLE)
    terminal(box.stack(permissions(role=ROLE, **named), project="again")).run(shown[0].text)

    assert kept == [OURS]
    assert stack.name == "dev"
    assert held(box, ROLE) == [OURS] * (1 if named else 2)


@shows(PAGE, (SECOND, 2))
def test_a_second_managed_policy(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The list shows which one is attached to nobody; without it, the other one is still on the role."""
    [clean] = shown
    look, delete = (f"$ {command}" for command in clean.text.removeprefix("$ ").split("\n$ "))
    stack = killed_at(box, "CreatePolicy", fleet([ROLE]))
    stack.cancel()
    stack.up()
    console = terminal(stack)
    [found] = console.run(look)
    attached = dict(line.split() for line in found.splitlines())
    [second] = [arn for arn, count in attached.items() if count == "0"]
    console.run(delete.replace("arn:aws:iam::123456789012:policy/fleet-session-manager-0123456", second))
    [left] = box.client("iam").list_policies(Scope="Local")["Policies"]

    assert sorted(attached.values()) == ["0", "1"]
    assert box.attached_policies(ROLE) == {left["Arn"]: OURS}
