"""docs/names-and-replacement.md: what the engine's own flags and options do to a policy."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Fault, Sandbox
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, held, up
from tests.documents import KEY
from tests.fleets import fleet
from tests.on_engine import Program, gaps, inline_documents, permissions, writes

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
GONE: Final = ("DeleteRolePolicy", "web")
OURS: Final = policy_document()
FLEET: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerManagedPolicy$aws:iam/"
ROOT: Final = "urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::"
INLINE: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions$aws:iam/rolePolicy:RolePolicy::"


# A component on a role of its own, and what of it is replaced.
REPLACED: Final[Mapping[str, tuple[Program, str]]] = {
    "exact": (permissions("exact", role="exact", **EXACT), f"{ROOT}/exact/ssm"),
    "generated": (permissions("generated", role="generated"), f"{INLINE}generated-session-manager"),
    "attached": (fleet(["attached"], "one"), f"{FLEET}rolePolicyAttachment:RolePolicyAttachment::one/attached"),
    "fleet": (fleet(["fleet"]), f"{FLEET}policy:Policy::fleet-session-manager"),
}


@pytest.mark.parametrize("tainted", [False, True], ids=["--replace", "taint"])
def test_a_replacement_on_purpose_costs_a_moment(box: Sandbox, *, tainted: bool) -> None:
    """The role keeps its policy, and is without it for a moment where there can be only one."""
    for role in REPLACED:
        box.create_role(role)
    stack = up(box, all_of(program for program, _ in REPLACED.values()))
    urns = [urn for _, urn in REPLACED.values()]
    if tainted:
        box.pulumi("state", "taint", "--yes", *urns, cwd=stack.workspace.work_dir)
    stack.up(replace=None if tainted else urns)

    assert [held(box, role) for role in REPLACED] == [[OURS]] * len(REPLACED)
    assert [role for role in REPLACED if gaps(box, [role])] == ["exact", "attached", "fleet"]


def test_a_fleet_with_an_exact_name_is_not_replaced(box: Sandbox) -> None:
    """IAM takes no second managed policy of a name, so that nothing is lost."""
    stack = up(box, fleet(["web"], **EXACT))
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists"):
        stack.up(replace=[f"{FLEET}policy:Policy::*"])

    assert held(box) == [OURS]
    assert gaps(box) == []


def test_a_replacement_that_fails_is_made_up_for(box: Sandbox) -> None:
    """If the policy cannot be written again, the role is without it until the next run."""
    stack = up(box, permissions(**EXACT))
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    with pytest.raises(auto.CommandError):
        stack.up(replace=[f"{ROOT}/web/ssm"])
    without = inline_documents(box)
    stack.up()

    assert without == []
    assert inline_documents(box) == [OURS]


@shows("docs/resource-options.md", ("Options by a transform", 1))
def test_replace_on_changes_costs_an_exact_name_a_moment(box: Sandbox, shown: list[Block]) -> None:
    """Given by a transform, it makes another document a replacement, which deletes an exact name first."""
    [program] = shown
    replacing = program.changed("ignore_changes", "replace_on_changes")
    before = replacing.changed('role="web"', 'role="web", policy_name="ssm"')
    after = before.changed('"ssm"', '"ssm", allow_update_instance_information=True')
    up(box, before.program(), after.program())

    assert len(inline_documents(box)) == 1
    assert gaps(box) == [GONE]


def test_replace_on_changes_of_the_component_replaces_nothing(box: Sandbox) -> None:
    """Another document of its policy is written in place, also with an exact name."""

    def on_changes() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(replace_on_changes=["policy"])

    before, after = (permissions(opts=on_changes, kms_key_arns=keys, **EXACT) for keys in ([], [KEY]))
    up(box, before, after)

    assert writes(box) == [("PutRolePolicy", "web")] * 2


NEW: Final[Mapping[str, tuple[Program, Program]]] = {
    "name": (permissions("a", role="name", **EXACT), permissions("a", role="name", policy_name="other")),
    "role": (permissions("b", role="role", **EXACT), permissions("b", role="another", **EXACT)),
    "component": (permissions("c", role="component"), permissions("anew", role="component")),
    "fleet": (fleet(["fleet"], description="a"), fleet(["fleet"], description="b")),
    "replacement": (permissions("d", role="replacement"), permissions("d", role="another")),
}


def test_continue_on_error_deletes_although_the_new_one_failed(box: Sandbox) -> None:
    """With the flag the old policy goes where the new one is another resource; without it, nowhere."""
    before, after = (all_of(programs) for programs in zip(*NEW.values(), strict=True))
    for role in [*NEW, "another"]:
        box.create_role(role)
    up(box, before)
    for action in ("PutRolePolicy", "AttachRolePolicy"):
        box.fail(action, Fault.denied())
    stack = box.stack(after)
    with pytest.raises(auto.CommandError):
        stack.up()
    without_the_flag = [role for role in NEW if held(box, role) != [OURS]]
    with pytest.raises(auto.CommandError):
        stack.up(continue_on_error=True)

    assert without_the_flag == []
    assert [role for role in NEW if gaps(box, [role])] == ["name", "role", "component", "fleet"]
    assert held(box, "replacement") == [OURS]


@pytest.mark.parametrize("part", [{"exclude": [f"{ROOT}/web/sessions"]}, {"target": [f"{ROOT}/web/ssm"]}], ids=str)
def test_a_part_of_the_program(box: Sandbox, part: Mapping[str, list[str]]) -> None:
    """With the deletion and without the creation, the old policy goes, and the role has none."""
    up(box, permissions(**EXACT))
    box.stack(permissions(policy_name="sessions")).up(**part)  # type: ignore[arg-type]

    assert inline_documents(box) == []
    assert gaps(box) == [GONE]
