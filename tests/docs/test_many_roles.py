"""docs/many-roles.md: its programs find the roles that they say, and what may go wrong goes wrong as it says."""

from typing import Final

import pulumi

from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal
from tests.on_engine import errors
from tests.pages import ROLE, Block, shows

PAGE: Final = "docs/many-roles.md"
PATH: Final = "Roles of a path"


def nodes(box: Sandbox, *names: str, path: str = "/nodes/") -> None:
    """Make roles; those that a page is about are in one folder."""
    for name in names:
        box.create_role(name, path=path)


def attached(box: Sandbox) -> dict[str, int]:
    """Return how many managed policies each role has, where it has some."""
    names = [role["RoleName"] for role in box.client("iam").list_roles()["Roles"]]
    return {name: count for name in sorted(names) if (count := len(box.attached_policies(name)))}


@shows(PAGE, "Roles that you can name")
def test_named_roles(box: Sandbox, shown: list[Block]) -> None:
    """Each role gets the policy."""
    nodes(box, "worker-role")
    box.stack(shown[0].program()).up()

    assert attached(box) == {ROLE: 1, "worker-role": 1}


@shows(PAGE, (PATH, 1))
@shows(PAGE, (PATH, 2))
def test_roles_of_a_path_and_a_pattern(box: Sandbox, shown: list[Block]) -> None:
    """The roles of the folder whose names match get the policy; a new one gets it next; YAML finds them as well."""
    python, block = shown
    nodes(box, "web-1", "worker", "batch")
    box.stack(python.program()).up()
    nodes(box, "web-2")
    before, _ = attached(box), in_yaml.up(box, block)

    assert before == {"web-1": 1, "worker": 1}
    assert attached(box) == {"web-1": 1, "web-2": 1, "worker": 1}


@shows(PAGE, (PATH, 1))
def test_a_search_that_finds_nothing_ends_the_run(box: Sandbox, shown: list[Block]) -> None:
    """The roles keep the policy."""
    [block] = shown
    nodes(box, "web-1")
    box.stack(block.program()).up()
    mistyped = block.changed('path_prefix="/nodes/"', 'path_prefix="/node/"')
    said = errors(box.stack(mistyped.program()).up)

    assert any("no role has the path /nodes/" in line for line in said), f"the empty path must be named: {said}"
    assert attached(box) == {"web-1": 1}


@shows(PAGE, (PATH, 1), "When a role leaves the list")
def test_a_role_that_leaves_the_list_is_noticed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Preview and up fail, and the role keeps the policy, until the protection of its attachment is gone."""
    program, console = shown
    nodes(box, "web-1", "worker-role")
    found = "sorted(found.arns)"
    protected = program.changed(found, f"{found}, opts=pulumi.ResourceOptions(protect=True)")
    box.stack(protected.program(pulumi=pulumi)).up()
    stack = box.stack(protected.changed(found, f"{found}[:1]").program(pulumi=pulumi))
    said = ["\n".join(errors(operation)) for operation in (stack.preview, stack.up)]
    kept = attached(box)
    terminal(stack).run(console.text)

    assert all("nodes/worker-role" in line and "protect" in line for line in said), f"protection must stop it: {said}"
    assert kept == {"web-1": 1, "worker-role": 1}
    assert attached(box) == {"web-1": 1}
