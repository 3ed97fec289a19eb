"""CHANGELOG.md and docs/upgrading.md: a state of the version before keeps its policies over an upgrade, and back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pytest

import pulumi_ssm_perms
from sandbox import Sandbox
from tests.docs import old_version
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.on_engine import documents, gaps, writes

CHANGELOG: Final = "CHANGELOG.md"
STATE: Final = "If you have a state of an earlier commit"
UPGRADING: Final = "docs/upgrading.md"

NEW: Final = "new"
OLD: Final = "old"
PUT: Final = ("PutRolePolicy", "web")
GONE: Final = ("DeleteRolePolicy", "web")
OURS: Final = pulumi_ssm_perms.policy_document()
COMPONENTS: Final = ("SessionManagerPermissions", "SessionManagerManagedPolicy")

Install = Callable[[str], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """What makes the package the one version or the other."""
    versions = {NEW: {name: getattr(pulumi_ssm_perms, name) for name in COMPONENTS}, OLD: vars(old_version)}

    def to(version: str) -> None:
        for name in COMPONENTS:
            monkeypatch.setattr(pulumi_ssm_perms, name, versions[version][name])

    return to


STEPS: Final = {"upgrade": [OLD, OLD, NEW, NEW], "way back": [NEW, NEW, OLD, OLD]}
RETAINED: Final = [False, True, True, False]
OPTIONS: Final = ", pulumi.ResourceOptions(retain_on_delete=True)"
PROTECTED: Final = ", pulumi.ResourceOptions(protect=True)"


@pytest.mark.parametrize("usual", ["", PROTECTED], ids=["", "protected"])
@pytest.mark.parametrize("versions", STEPS.values(), ids=STEPS)
@shows(CHANGELOG, (STATE, 1))
def test_the_steps_keep_an_exact_name(
    box: Sandbox, shown: list[Block], install: Install, versions: Sequence[str], usual: str
) -> None:
    """The option, the other version, the option out again: the policy is written once more and is never away."""
    [retained] = shown
    plain = retained.changed(OPTIONS, usual)
    for version, kept in zip(versions, RETAINED, strict=True):
        install(version)
        stack = box.stack((retained if kept else plain).program())
        stack.up()
    stack.preview(refresh=True, expect_no_changes=True)

    assert (writes(box), gaps(box)) == ([PUT, PUT], [])
    assert box.role_policies("web") == {"ssm": OURS}


@pytest.mark.parametrize("versions", [[OLD, NEW], [NEW, OLD]], ids=["upgrade", "way back"])
@shows(CHANGELOG, (STATE, 1))
def test_without_the_steps_an_exact_name_is_lost(
    box: Sandbox, shown: list[Block], install: Install, versions: Sequence[str]
) -> None:
    """Each version takes the policy of the other one for another policy, and deletes it by its name."""
    [retained] = shown
    for version in versions:
        install(version)
        box.stack(retained.changed(OPTIONS, "").program()).up()

    assert (documents(box), gaps(box)) == ([], [GONE])


@pytest.mark.parametrize("versions", [[OLD, NEW], [NEW, OLD]], ids=["upgrade", "way back"])
@shows(CHANGELOG, STATE)
@shows(UPGRADING, ("Going back", 1))
def test_a_renamed_entry_keeps_an_exact_name(
    box: Sandbox, shown: list[Block], install: Install, terminal: OpenTerminal, versions: Sequence[str]
) -> None:
    """After the command of the page the other version has nothing to write."""
    retained, forward, back = shown
    program = retained.changed(OPTIONS, "").program()
    rename = {NEW: forward.text, OLD: back.text}[versions[1]]
    install(versions[0])
    stack = box.stack(program)
    stack.up()
    terminal(stack).run(rename)
    install(versions[1])
    box.stack(program).up()

    assert (writes(box), documents(box)) == ([PUT], [OURS])


@pytest.mark.parametrize("versions", [[OLD, NEW], [NEW, OLD]], ids=["upgrade", "way back"])
def test_a_generated_name_needs_no_steps(box: Sandbox, install: Install, versions: Sequence[str]) -> None:
    """Nothing is written."""
    for version in versions:
        install(version)
        box.stack(lambda: pulumi_ssm_perms.SessionManagerPermissions("web", {"role": "web"})).up()

    assert (writes(box), documents(box)) == ([PUT], [OURS])


class Fleet(NamedTuple):
    """The inputs of a fleet before and after, whether it is retained, and what the roles have lost in the end."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    retained: bool = False
    lost: Sequence[str] = ()
    fails: str = ""


PLAIN: Final[Mapping[str, Any]] = {"roles": ["web", "API"]}
DESCRIBED: Final = {**PLAIN, "description": "a", "path": "/ssm/"}
UPGRADED: Final[Mapping[str, Fleet]] = {
    "capitals": Fleet(PLAIN, PLAIN),
    "description and path": Fleet(DESCRIBED, DESCRIBED),
    "another policy_name": Fleet({**PLAIN, "policy_name": "one"}, {**PLAIN, "policy_name": "two"}),
    "the same policy_name": Fleet(
        {**PLAIN, "policy_name": "one"}, {**PLAIN, "policy_name": "one"}, fails="EntityAlreadyExists"
    ),
}
BACK: Final[Mapping[str, Fleet]] = {
    **UPGRADED,
    "capitals": Fleet(PLAIN, PLAIN, lost=["DetachRolePolicy"]),
    "capitals, retained": Fleet(PLAIN, PLAIN, retained=True),
}
CASES: Final = {
    **{f"upgrade: {name}": (OLD, NEW, fleet) for name, fleet in UPGRADED.items()},
    **{f"way back: {name}": (NEW, OLD, fleet) for name, fleet in BACK.items()},
}


@pytest.mark.parametrize(("first", "second", "fleet"), CASES.values(), ids=CASES)
def test_a_fleet_keeps_its_attachments(box: Sandbox, install: Install, first: str, second: str, fleet: Fleet) -> None:
    """A role with capitals needs `retain_on_delete` on the way back, a `policy_name` has to be another one."""
    box.create_role("API")

    def program(inputs: Mapping[str, Any], *, retained: bool) -> Callable[[], None]:
        def declare() -> None:
            given: Any = inputs
            opts = pulumi.ResourceOptions(retain_on_delete=retained or None)
            pulumi_ssm_perms.SessionManagerManagedPolicy("fleet", given, opts)

        return declare

    install(first)
    for retained in (False, fleet.retained):
        box.stack(program(fleet.before, retained=retained)).up()
    install(second)
    for retained in (fleet.retained, False):
        stack = box.stack(program(fleet.after, retained=retained))
        if fleet.fails:
            with pytest.raises(auto.CommandError, match=fleet.fails):
                stack.up()
        else:
            stack.up()

    assert [action for action, _ in gaps(box, ["web", "API"])] == list(fleet.lost)
    assert len(box.client("iam").list_policies(Scope="Local")["Policies"]) == 1
