"""Policies with exact names in programs in YAML, through the plugin, and on a stack that goes from Python to YAML."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.moves import deleted, put
from tests.on_engine import TRUST, in_yaml, permissions, writes

OURS: Final = policy(CHANNELS)
ROLES: Final = ("api", "new", "web")
Program = Mapping[str, Any]


def component(role: Any, policy_name: str = "ssm", **options: Any) -> dict[str, Any]:
    """Return the declaration of a component."""
    properties = {"role": role, "policyName": policy_name}
    return {"type": "ssm-perms:SessionManagerPermissions", "properties": properties, "options": options}


def role(name: str, **properties: Any) -> dict[str, Any]:
    """Return the declaration of a role."""
    return {"type": "aws:iam:Role", "properties": {"name": name, "assumeRolePolicy": TRUST, **properties}}


@pytest.fixture
def roles(box: Sandbox) -> Sandbox:
    """A sandbox with roles, which have nothing yet."""
    for name in ROLES:
        box.create_role(name)
    return box


PARENT: Final = role("parent")
BEFORE: Final[Program] = {
    "parent": PARENT,
    "node-0": component("web"),
    "node-1": component("api", parent="${parent}"),
    "hidden": component({"fn::secret": "api"}, "secret"),
    "made": role("made"),
    "first": component("${made.arn}"),
}
AFTER: Final[Program] = {
    "parent": PARENT,
    "node-0": component("new"),
    "node-1": component("web", parent="${parent}"),
    "node-2": component("api"),
    "shown": component("api", "secret", parent="${node-2}"),
    # Another path replaces a role.
    "made": role("made", path="/team/"),
    "second": component("${made.arn}", parent="${parent}"),
}
HELD: Final = {
    "web": {"ssm": OURS},
    "api": {"ssm": OURS, "secret": OURS},
    "new": {"ssm": OURS},
    "made": {"ssm": OURS},
}


def test_moves_write_what_iam_has_to_change(roles: Sandbox) -> None:
    """It is as in Python: no policy is lost or written in vain, and the stack can be refreshed and destroyed."""
    in_yaml(roles, BEFORE)
    roles.forget()
    in_yaml(roles, AFTER)
    made = [call for call in writes(roles) if "RolePolicy" in call[0]]
    roles.forget()
    in_yaml(roles, AFTER)
    in_yaml(roles, AFTER, "refresh")
    again, held = writes(roles), {name: roles.role_policies(name) for name in HELD}
    in_yaml(roles, AFTER, "destroy")

    assert sorted(made) == [deleted("made"), put("made"), put("new")]
    assert again == []
    assert held == HELD
    assert [roles.role_policies(name) for name in ROLES] == [{}] * len(ROLES)


def test_two_of_a_pair_are_refused(roles: Sandbox) -> None:
    """Components under parents of different types share no policy: Pulumi refuses one, in a preview, too.

    Without it, the other writes the policy, unless it has done so before.
    """
    program = {
        "parent": PARENT,
        "other": {"type": "aws:iam:Policy", "properties": {"policy": json.dumps(OURS)}},
        "one": component("web", parent="${parent}"),
        "two": component("web", parent="${other}"),
    }
    said = [in_yaml(roles, program, command, fails=True) for command in ("preview", "up")]
    refused = re.compile("error: Duplicate resource URN '[^']*::aws:iam/rolePolicy:RolePolicy::/web/ssm'")
    in_yaml(roles, {name: made for name, made in program.items() if name != "two"})

    assert [len({*refused.findall(text)}) for text in said] == [1, 1]
    assert [call for call in writes(roles) if "RolePolicy" in call[0]] == [put("web")]
    assert roles.role_policies("web") == {"ssm": OURS}


def test_a_stack_goes_from_python_to_yaml_and_back(roles: Sandbox) -> None:
    """Nothing is written on the way: both languages know the policy by role and name."""
    program = permissions(policy_name="ssm")
    roles.stack(program).up()
    in_yaml(roles, {"other": component("web")})
    in_python = roles.stack(program)
    in_python.up()
    in_python.refresh(expect_no_changes=True)

    assert (writes(roles), roles.role_policies("web")) == ([put("web")], {"ssm": OURS})
