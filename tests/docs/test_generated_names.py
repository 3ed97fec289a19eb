"""docs/names-and-replacement.md: a generated name needs a random part, and must not become an exact one."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pytest
import yaml

from sandbox import Sandbox
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, up
from tests.on_engine import Program, errors, gaps, inline_documents, permissions, writes

PAGE: Final = "docs/names-and-replacement.md"
AUTONAMING: Final = "pulumi:autonaming"
TEAM: Final = "acme:index:Team"


def pattern(text: str) -> dict[str, Any]:
    """Return a configuration that names inline policies by a pattern."""
    resources = {"aws:iam/rolePolicy:RolePolicy": {"pattern": text}}
    return {AUTONAMING: {"mode": "verbatim", "providers": {"aws": {"resources": resources}}}}


VERBATIM: Final[Mapping[str, Any]] = {AUTONAMING: {"mode": "verbatim"}}
DEFAULT: Final[Mapping[str, Any]] = {}
# What a component generates, and how the component is called that is given that name as an exact one.
REFUSED: Final = {
    "the default": (DEFAULT, "web"),
    "the default, renamed": (DEFAULT, "frontend"),
    "verbatim": (VERBATIM, "web"),
    "another random part": (pattern("${name}-${alphanum(7)}"), "web"),
}
LOST: Final = {
    "without the component's name": (pattern("${stack}-${hex(7)}"), "web"),
    "another random part, renamed": (pattern("${name}-${alphanum(9)}"), "frontend"),
    "no random part, renamed": (VERBATIM, "frontend"),
}


def pinned(box: Sandbox, config: Mapping[str, Any], component: str) -> auto.Stack:
    """Generate a name, and return the stack whose program gives it as an exact one."""
    up(box, permissions(), config=config)
    [generated] = box.role_policies("web")
    return box.stack(permissions(component, policy_name=generated), config=config)


@pytest.mark.parametrize(("config", "component"), REFUSED.values(), ids=REFUSED)
def test_a_generated_name_is_refused_as_an_exact_one(box: Sandbox, config: Mapping[str, Any], component: str) -> None:
    """The update fails, and the role keeps the policy."""
    failed = errors(pinned(box, config, component).up)

    assert all("policy_name" in error for error in failed)
    assert len(inline_documents(box)) == 1
    assert writes(box) == [("PutRolePolicy", "web")]


@pytest.mark.parametrize(("config", "component"), LOST.values(), ids=LOST)
def test_a_generated_name_that_does_not_look_like_one_is_lost(
    box: Sandbox, config: Mapping[str, Any], component: str
) -> None:
    """The component cannot know that it was generated, and Pulumi deletes the old entry's policy last."""
    pinned(box, config, component).up()

    assert inline_documents(box) == []


def nested() -> None:
    """Declare a component that belongs to a team."""
    team = pulumi.ComponentResource(TEAM, "frontend")
    permissions("nested", lambda: pulumi.ResourceOptions(parent=team), role="nested")()


BEFORE: Final[Mapping[str, Program]] = {
    role: permissions(role, role=role) for role in ("renamed", "nested", "replaced", "named")
}
AFTER: Final[Mapping[str, Program]] = {
    **BEFORE,
    "renamed": permissions("anew", role="renamed"),
    "nested": nested,
    "named": permissions("named", role="named", policy_name="ssm"),
}


@pytest.mark.parametrize("random", [False, True], ids=["verbatim", "with a random part"])
@shows(PAGE, AUTONAMING)
def test_autonaming_needs_a_random_part(box: Sandbox, shown: list[Block], *, random: bool) -> None:
    """Without one, a policy is lost that gets another parent, and away for a moment where it is replaced."""
    [block] = shown
    random_part = yaml.safe_load(block.text)["config"]
    config = random_part if random else VERBATIM
    for role in BEFORE:
        box.create_role(role)
    stack = up(box, all_of(BEFORE.values()), all_of(AFTER.values()), config=config)
    stack.up(replace=["**RolePolicy::replaced-session-manager"])

    assert [role for role in BEFORE if not inline_documents(box, role)] == ([] if random else ["nested"])
    assert [role for role in BEFORE if gaps(box, [role])] == ([] if random else ["nested", "replaced"])


def test_without_autonaming_the_update_fails(box: Sandbox) -> None:
    """A stack that generates no names says that the policy needs one, and nothing is written."""
    with pytest.raises(auto.CommandError, match="automatic naming is disabled but no explicit name was provided"):
        up(box, permissions(), config={AUTONAMING: {"mode": "disabled"}})

    assert writes(box) == []
