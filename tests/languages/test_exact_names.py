"""Policies with exact names in TypeScript: as in Python and YAML, they are known by role and name alone."""

import json

from sandbox import Sandbox, run
from tests.components import ROLE_POLICY
from tests.languages import kits, node
from tests.moves import deleted, put
from tests.on_engine import writes

PROJECT = "typescript-exact"


def up(box: Sandbox, *, moved: bool) -> list[tuple[str, str]]:
    """Run the program as it was or as it becomes, and return what it wrote of policies."""
    folder, kit, begin = box.folder / PROJECT, kits.typescript(), len(box.writes)
    folder.mkdir(exist_ok=True)
    box.configure(folder, {"moved": moved, "awsUrl": box.url}, PROJECT)
    program = [str(kit / f"program/bin/{name}.js") for name in ("run", "exact")]
    command = [*node.find().node, *program, PROJECT, str(folder), "up"]
    done = run(command, cwd=box.folder, env=box.env, timeout=box.timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    return sorted(call for call in writes(box)[begin:] if "RolePolicy" in call[0])


def test_what_is_around_a_component_is_nothing_to_its_policy(box: Sandbox) -> None:
    """Parents are retyped, a list grows, a secret becomes plain, a role is replaced: what IAM has isn't written.

    The provider and `protect` of a parent are the policy's.
    """
    box.create_role("new")
    up(box, moved=False)
    moved, again = up(box, moved=True), up(box, moved=True)
    state = json.loads(box.state_file(PROJECT).read_text())["checkpoint"]["latest"]["resources"]
    found = {made["urn"].rpartition("::")[2]: made for made in state if made["type"] == ROLE_POLICY}

    assert moved == [deleted("made"), put("made"), put("new")]
    assert again == []
    assert {name: made["provider"].split("::")[-2].partition("_")[0] for name, made in found.items()} == {
        "/api/guarded": "default",
        "/api/ssm": "other",
        "/made/ssm": "default",
        "/new/ssm": "other",
        "/web/shown": "default",
        "/web/ssm": "other",
    }
    assert [name for name, made in found.items() if made.get("protect")] == ["/api/guarded"]
