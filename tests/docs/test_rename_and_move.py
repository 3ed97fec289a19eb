"""docs/rename-and-move.md: its aliases keep the policy; what is safe without one is shown in tests/engine."""

from typing import Any, Final

from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.on_engine import Program, gaps, permissions, writes

PAGE: Final = "docs/rename-and-move.md"
ALIASES: Final = "Aliases"
ROLE: Final = "web-role"
NEW: Final = ("PutRolePolicy", ROLE)
GONE: Final = ("DeleteRolePolicy", ROLE)


def web(name: str = "web", **args: Any) -> Program:
    """Return a program with the component of the page."""
    return permissions(name, role=ROLE, **args)


@shows(PAGE, (ALIASES, 1))
def test_one_alias_has_name_and_parent(box: Sandbox, shown: list[Block]) -> None:
    """With the page's alias nothing is written; with one for name and one for parent, the new policy comes first."""
    [moved] = shown
    both = 'pulumi.Alias(name="web", parent=pulumi.ROOT_STACK_RESOURCE)'
    apart = moved.changed(both, "pulumi.Alias(name='web'), pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)")
    up(box, web(), moved.program())
    written = writes(box)
    up(box, web(), apart.changed("aliases=[before]", "aliases=[*before]").program())

    assert written == [NEW]
    assert writes(box) == [NEW, NEW, GONE, NEW, GONE]
    assert gaps(box, [ROLE]) == []


@shows(PAGE, (ALIASES, 2))
def test_an_alias_in_yaml_has_both_too(box: Sandbox, shown: list[Block]) -> None:
    """The policy of a program in Python stays when the one in YAML renames and moves its component."""
    box.create_role("api-role")
    up(box, web())
    in_yaml.up(box, shown[0])

    assert [write for write in writes(box) if write[1] == ROLE] == [NEW]
