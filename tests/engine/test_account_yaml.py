"""A role that is given by its ARN, from a program in YAML, through the plugin."""

import re
from pathlib import Path
from typing import Final

import yaml

from sandbox import Sandbox
from tests.engine.test_check_role_yaml import configure

OTHER: Final = "222222222222"
OWN: Final = Sandbox.account_id


def program(*roles: str) -> str:
    """Return a program with a component for each role, and one for all of them."""
    components = {
        f"web-{number}": {"type": "ssm-perms:SessionManagerPermissions", "properties": {"role": role}}
        for number, role in enumerate(roles)
    }
    fleet = {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": {"roles": list(roles)}}
    return yaml.safe_dump({"name": "accounts", "runtime": "yaml", "resources": {**components, "fleet": fleet}})


def up(box: Sandbox, folder: Path, *roles: str) -> str:
    """Write the program, and run it; return what is printed."""
    configure(box, folder)
    (folder / "Pulumi.yaml").write_text(program(*roles))
    box.pulumi("stack", "init", "dev", cwd=folder)
    return box.pulumi("up", "--yes", "--skip-preview", cwd=folder).stdout


def test_a_role_of_another_account_is_refused(box: Sandbox, tmp_path: Path) -> None:
    """The line is the one of a Python program, for a component with one role and for one with many."""
    box.create_role("web")
    output = up(box, tmp_path, f"arn:aws:iam::{OTHER}:role/web")
    said = set(re.findall(r"SessionManager\w+ '[^\n]*|Traceback[^\n]*|File \"[^\n]*|[^\n]*\.py\b[^\n]*", output))
    rule = (
        f"'arn:aws:iam::{OTHER}:role/web': it belongs to account {OTHER}, and the provider to account {OWN}, where a "
        f"role of the same name is another role; give the component a provider of account {OTHER}, or write the role's "
        f"name for the role of account {OWN}"
    )

    assert said == {
        f"SessionManagerPermissions 'web-0': role {rule}",
        f"SessionManagerManagedPolicy 'fleet': roles[0] {rule}",
    }
    assert box.writes == []


def test_the_account_is_asked_for_once(box: Sandbox, tmp_path: Path) -> None:
    """However many components the plugin makes in a run, AWS is asked once."""
    arns = [box.create_role(f"role-{number}") for number in range(5)]
    up(box, tmp_path, *arns)

    assert [call.action for call in box.calls].count("GetCallerIdentity") == 1
    assert [len(box.role_policies(f"role-{number}")) for number in range(5)] == [1] * 5
