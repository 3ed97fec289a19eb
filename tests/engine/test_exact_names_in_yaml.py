"""Policies with exact names in programs in YAML, through the plugin, and on a stack that goes from Python to YAML."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest
import yaml

from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.moves import deleted, put
from tests.on_engine import TRUST, permissions, writes

OURS: Final = policy(CHANNELS)
ROLES: Final = ("api", "new", "web")
Program = Mapping[str, Any]
Run = Callable[..., CompletedProcess[str]]


def component(role: Any, policy_name: Any = "ssm", **options: Any) -> dict[str, Any]:
    """Return the declaration of a component."""
    properties = {"role": role, **({"policyName": policy_name} if policy_name else {})}
    return {"type": "ssm-perms:SessionManagerPermissions", "properties": properties, "options": options}


def role(name: str, **properties: Any) -> dict[str, Any]:
    """Return the declaration of a role."""
    given = {"name": name, "assumeRolePolicy": TRUST, **properties}
    return {"type": "aws:iam:Role", "properties": given}


def provider(box: Sandbox) -> dict[str, Any]:
    """Return the declaration of a provider."""
    return {"type": "pulumi:providers:aws", "properties": {"endpoints": [{"iam": box.url, "sts": box.url}]}}


@pytest.fixture
def pulumi(box: Sandbox, tmp_path: Path) -> Run:
    """Run a command for a program in YAML, on the stack that tests in Python have as well."""
    for name in ROLES:
        box.create_role(name)
    box.configure(tmp_path)

    def run(command: str, resources: Program, *, fails: bool = False) -> CompletedProcess[str]:
        program = {"name": "app", "runtime": "yaml", "resources": resources}
        (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(program))
        box.pulumi("stack", "select", "--create", "dev", cwd=tmp_path)
        done = box.pulumi(command, *(["--yes", "--skip-preview"] if command != "preview" else []), cwd=tmp_path)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done

    return run


PARENT: Final = role("parent")
BEFORE: Final[Program] = {
    "parent": PARENT,
    "node-0": component("web"),
    "node-1": component("api", parent="${parent}"),
    "named": component("web", "other"),
    "hidden": component({"fn::secret": "api"}, "secret"),
    "by-name": role("by-name"),
    "by-arn": role("by-arn"),
    "first": component("${by-name.name}"),
    "second": component("${by-arn.arn}"),
}
AFTER: Final[Program] = {
    "parent": PARENT,
    "node-0": component("new"),
    "node-1": component("web", parent="${parent}"),
    "node-2": component("api"),
    "renamed": component("web", "other", parent="${node-2}"),
    "shown": component("api", "secret", parent="${parent}"),
    # Another path replaces a role.
    "by-name": role("by-name", path="/team/"),
    "by-arn": role("by-arn", path="/team/"),
    "first": component("${by-name.name}"),
    "third": component("${by-arn.arn}", parent="${by-name}"),
}
HELD: Final = {
    "web": {"ssm": OURS, "other": OURS},
    "api": {"ssm": OURS, "secret": OURS},
    **{name: {"ssm": OURS} for name in ("new", "by-name", "by-arn")},
}


def test_moves_write_what_iam_has_to_change(box: Sandbox, pulumi: Run) -> None:
    """It is as in Python: no policy is lost or written in vain, and the stack can be refreshed and destroyed."""
    pulumi("up", BEFORE)
    begin = len(box.writes)
    pulumi("up", AFTER)
    made = [call for call in writes(box)[begin:] if "RolePolicy" in call[0]]
    again = len(box.writes)
    pulumi("up", AFTER)
    pulumi("refresh", AFTER)
    unwritten = len(box.writes) == again
    held = {name: box.role_policies(name) for name in HELD}
    pulumi("destroy", AFTER)

    assert sorted(made) == [deleted("by-arn"), deleted("by-name"), put("by-arn"), put("by-name"), put("new")]
    assert unwritten is True, "nothing must be written"
    assert held == HELD
    assert [box.role_policies(name) for name in ROLES] == [{}] * len(ROLES)


def test_two_of_a_pair_are_refused(box: Sandbox, pulumi: Run) -> None:
    """Components under parents of different types share no policy: one of them is refused, in a preview, too."""
    program = {
        "parent": PARENT,
        "other": {"type": "aws:iam:Policy", "properties": {"policy": json.dumps(OURS)}},
        "one": component("web", parent="${parent}"),
        "two": component("web", parent="${other}"),
    }
    said = [pulumi(command, program, fails=True) for command in ("preview", "up")]
    refused = re.compile("policyName 'ssm': SessionManagerPermissions '(one|two)' has it on the same role, so each ")

    assert [bool(refused.search(done.stdout)) for done in said] == [True, True]
    assert len([call for call in writes(box) if call == put("web")]) <= 1


def test_options_reach_the_policy(box: Sandbox, pulumi: Run) -> None:
    """The component's `protect` and provider are the policy's, and its parent's `protect`.

    A parent's provider is not, where an exact name has it: the language does not tell the plugin of it. It has to be
    given to the component.
    """
    parts = {
        "own": provider(box),
        "protected": component("web", protect=True),
        "elsewhere": component("api", provider="${own}"),
        "parent": {**PARENT, "options": {"protect": True}},
        "child": component("new", parent="${parent}"),
        "inner": component("api", "inner", parent="${elsewhere}"),
        "generated": component("api", None, parent="${elsewhere}"),
    }
    pulumi("up", parts)
    state = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    found = {made["urn"].rpartition("::")[2]: made for made in state if made["type"] == "aws:iam/rolePolicy:RolePolicy"}
    given = {
        name: (made.get("protect", False), made["provider"].split("::")[-2].partition("_")[0])
        for name, made in found.items()
    }

    assert given == {
        "/web/ssm": (True, "default"),
        "/api/ssm": (False, "own"),
        "/new/ssm": (True, "default"),
        "/api/inner": (False, "default"),
        "generated-session-manager": (False, "own"),
    }


def test_a_stack_goes_from_python_to_yaml_and_back(box: Sandbox, pulumi: Run) -> None:
    """Nothing is written on the way: both languages know the policy by role and name."""
    in_python = box.stack(permissions(policy_name="ssm"))
    in_python.up()
    pulumi("up", {"web": component("web")})
    pulumi("up", {"other": component("web")})
    in_python = box.stack(permissions(policy_name="ssm"))
    in_python.up()
    in_python.refresh(expect_no_changes=True)
    kept = (writes(box), box.role_policies("web"))
    in_python.destroy()

    assert kept == ([put("web")], {"ssm": OURS})
    assert box.role_policies("web") == {}
