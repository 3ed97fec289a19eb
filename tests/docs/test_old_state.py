"""CHANGELOG.md and docs/upgrading.md: a state of the version before keeps its policies over an upgrade, and back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pytest

import pulumi_ssm_perms
from sandbox import Sandbox
from tests.docs import old_version
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import held
from tests.on_engine import Program, documents, gaps, writes

CHANGELOG: Final = "CHANGELOG.md"
STATE: Final = "If you have a state of an earlier commit"
UPGRADING: Final = "docs/upgrading.md"

NEW: Final = "new"
OLD: Final = "old"
OURS: Final = pulumi_ssm_perms.policy_document()
COMPONENTS: Final = ("SessionManagerPermissions", "SessionManagerManagedPolicy")
RETAINED: Final = ", pulumi.ResourceOptions(retain_on_delete=True)"
PROTECTED: Final = ", pulumi.ResourceOptions(protect=True)"

Deploy = Callable[[str, Program], auto.Stack]


@pytest.fixture
def deploy(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """What runs a program with the one version or the other."""
    versions = {NEW: {name: getattr(pulumi_ssm_perms, name) for name in COMPONENTS}, OLD: vars(old_version)}

    def up(version: str, program: Program) -> auto.Stack:
        for name in COMPONENTS:
            monkeypatch.setattr(pulumi_ssm_perms, name, versions[version][name])
        stack = box.stack(program)
        stack.up()
        return stack

    return up


both_ways = pytest.mark.parametrize("versions", [(OLD, NEW), (NEW, OLD)], ids=["upgrade", "way back"])

PLAIN: Final[Mapping[str, Any]] = {"generated": {}, "CAPITALS": {}, "described": {"description": "a", "path": "/ssm/"}}
NAMED: Final = ({**PLAIN, "named": {"policy_name": "one"}}, {**PLAIN, "named": {"policy_name": "two"}})


def others(inputs: Mapping[str, Any], *, retained: bool = False) -> None:
    """Declare a policy with a generated name, and a fleet for each of these roles."""
    pulumi_ssm_perms.SessionManagerPermissions("inline", {"role": "generated"})
    for role, given in inputs.items():
        args: Any = {"roles": [role], **given}
        opts = pulumi.ResourceOptions(retain_on_delete=retained and role == "CAPITALS")
        pulumi_ssm_perms.SessionManagerManagedPolicy(role, args, opts)


@both_ways
@shows(CHANGELOG, (STATE, 1))
def test_the_steps_keep_every_policy(
    box: Sandbox, shown: list[Block], deploy: Deploy, versions: tuple[str, str]
) -> None:
    """The option, the other version, the option out again: an exact name is written once more, nothing is away.

    A fleet with a `policy_name` gets another one meanwhile, and a role with capitals has the option as well.
    """
    for role in NAMED[0]:
        box.create_role(role)
    [block] = shown
    retained, protected = block.program(), block.changed(RETAINED, PROTECTED).program()
    first, second = versions
    for version, program, inputs, option in (
        (first, protected, NAMED[0], False),
        (first, retained, NAMED[0], True),
        (second, retained, NAMED[1], True),
        (second, protected, NAMED[1], False),
    ):

        def declare(program: Program = program, inputs: Mapping[str, Any] = inputs, option: bool = option) -> None:  # noqa: FBT001, FBT002 - of this round
            program()
            others(inputs, retained=option)

        stack = deploy(version, declare)
    stack.preview(refresh=True, expect_no_changes=True)

    assert [call for call in writes(box) if call[1] == "web"] == [("PutRolePolicy", "web")] * 2
    assert [documents(box, "generated"), *(held(box, role) for role in ["web", *NAMED[0]][:0])] == [[OURS]]
    assert gaps(box, ["web", *NAMED[0]]) == []


@both_ways
@shows(CHANGELOG, (STATE, 1))
def test_without_the_steps_they_are_lost(
    box: Sandbox, shown: list[Block], deploy: Deploy, versions: Sequence[str]
) -> None:
    """An exact name is another one to each version, and a role with capitals is detached on the way back."""
    for role in PLAIN:
        box.create_role(role)
    [block] = shown
    program = block.changed(RETAINED, "").program()

    def declare() -> None:
        program()
        others(PLAIN)

    for version in versions:
        deploy(version, declare)

    assert gaps(box, ["web", *PLAIN]) == [
        ("DeleteRolePolicy", "web"),
        *([("DetachRolePolicy", "CAPITALS")] if versions[1] == OLD else []),
    ]


@both_ways
@shows(CHANGELOG, STATE)
@shows(UPGRADING, ("Going back", 1))
def test_a_renamed_entry_keeps_an_exact_name(
    box: Sandbox, shown: list[Block], deploy: Deploy, terminal: OpenTerminal, versions: Sequence[str]
) -> None:
    """After the command of the page the other version has nothing to write."""
    block, forward, back = shown
    program = block.changed(RETAINED, "").program()
    rename = {NEW: forward.text, OLD: back.text}[versions[1]]
    terminal(deploy(versions[0], program)).run(rename)
    deploy(versions[1], program)

    assert (writes(box), documents(box)) == ([("PutRolePolicy", "web")], [OURS])


@both_ways
def test_a_fleet_cannot_keep_its_policy_name(box: Sandbox, deploy: Deploy, versions: Sequence[str]) -> None:
    """The run fails, and the role keeps the policy."""

    def program() -> None:
        pulumi_ssm_perms.SessionManagerManagedPolicy("fleet", {"roles": ["web"], "policy_name": "one"})

    deploy(versions[0], program)
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists"):
        deploy(versions[1], program)

    assert (held(box), gaps(box)) == ([OURS], [])
