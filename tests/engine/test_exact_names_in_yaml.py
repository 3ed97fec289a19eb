"""Policies with exact names in programs in YAML, through the plugin, and on a stack that goes from Python to YAML."""

import json
import re
from typing import Any, Final

from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.moves import put
from tests.on_engine import TRUST, in_yaml, permissions, writes

OURS: Final = policy(CHANNELS)


def component(role: Any, policy_name: str = "ssm", **options: Any) -> dict[str, Any]:
    """Return the declaration of a component."""
    properties = {"role": role, "policyName": policy_name}
    return {"type": "ssm-perms:SessionManagerPermissions", "properties": properties, "options": options}


PARENT: Final = {"type": "aws:iam:Role", "properties": {"name": "parent", "assumeRolePolicy": TRUST}}


def test_two_of_a_pair_are_refused(box: Sandbox) -> None:
    """Components under parents of different types share no policy: Pulumi refuses one, in a preview, too.

    Without it, the other writes the policy, unless it has done so before.
    """
    box.create_role("web")
    program = {
        "parent": PARENT,
        "other": {"type": "aws:iam:Policy", "properties": {"policy": json.dumps(OURS)}},
        "one": component("web", parent="${parent}"),
        "two": component("web", parent="${other}"),
    }
    said = [in_yaml(box, program, command, fails=True) for command in ("preview", "up")]
    refused = re.compile("error: Duplicate resource URN '[^']*::aws:iam/rolePolicy:RolePolicy::/web/ssm'")
    in_yaml(box, {name: made for name, made in program.items() if name != "two"})

    assert [len({*refused.findall(text)}) for text in said] == [1, 1]
    assert [call for call in writes(box) if "RolePolicy" in call[0]] == [put("web")]
    assert box.role_policies("web") == {"ssm": OURS}


def test_a_stack_goes_from_python_to_yaml_and_back(box: Sandbox) -> None:
    """Nothing is written on the way: in each language, below any parent, Pulumi knows the policy by role and name."""
    box.create_role("web")
    program = permissions(policy_name="ssm")
    box.stack(program).up()
    arn = f"arn:aws:iam::{box.account_id}:role/web"
    in_yaml(box, {"parent": PARENT, "other": component({"fn::secret": arn}, parent="${parent}")})
    in_python = box.stack(program)
    in_python.up()
    in_python.refresh(expect_no_changes=True)
    made = [call for call in writes(box) if "RolePolicy" in call[0]]

    assert (made, box.role_policies("web")) == ([put("web")], {"ssm": OURS})
