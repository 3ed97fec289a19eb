"""What stays secret of a secret input, and what Pulumi itself shows: in a stack's state, and in what it prints."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.components import ROLE_POLICY
from tests.fleets import POLICY

HIDDEN: Final = "hidden"
KEY: Final = f"arn:aws:kms:eu-west-1:123456789012:key/{HIDDEN}"
Places = set[tuple[str, str]]

EXACT: Final = f"/web/{HIDDEN}"
"""What Pulumi calls the policy whose exact name is secret. It is not below its component."""
ONE: Final[Mapping[str, tuple[Mapping[str, Any], Places]]] = {
    "role": ({"role": HIDDEN}, {(ROLE_POLICY, "id")}),
    "policy name": ({"policy_name": HIDDEN}, {(ROLE_POLICY, "id"), (ROLE_POLICY, "urn")}),
    "key": ({"kms_key_arns": [KEY]}, set()),
}
MANY: Final[Mapping[str, tuple[Mapping[str, Any], Places]]] = {
    "key": ({"kms_key_arns": [KEY]}, set()),
    "tag": ({"tags": {"team": HIDDEN}}, {(POLICY, "tagsAll")}),
}


def secretly(inputs: Mapping[str, Any]) -> Any:
    """Make a secret of what is hidden."""
    return {
        name: pulumi.Output.secret(value) if HIDDEN in json.dumps(value) else value for name, value in inputs.items()
    }


def shown(box: Sandbox, component: str) -> Places:
    """Return where the state has the secret of a component as it is: the type of a resource, and what of it."""
    places = set()
    for resource in json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]:
        ends = (f"::{component}", f"::{EXACT if component == 'policy-name' else component}")
        mine = any(resource.get(key, "").endswith(ends) for key in ("urn", "parent"))
        properties = {**resource.get("inputs", {}), **resource.get("outputs", {}), "urn": resource["urn"]}
        places |= {
            (resource["type"], name) for name, value in properties.items() if mine and HIDDEN in json.dumps(value)
        }
    return places


@pytest.mark.parametrize(
    ("component", "inputs", "cases"),
    [(SessionManagerPermissions, {"role": "web"}, ONE), (SessionManagerManagedPolicy, {"roles": ["web"]}, MANY)],
    ids=["one role", "many roles"],
)
def test_where_the_state_has_a_secret(
    box: Sandbox, component: Callable[[str, Any], Any], inputs: Mapping[str, Any], cases: Mapping[str, Any]
) -> None:
    """Nowhere, but for a policy's id and exact name, which hold role and name, and a tag in `tagsAll`."""
    for role in ("web", HIDDEN):
        box.create_role(role)

    def program() -> None:
        for case, (hidden, _) in cases.items():
            component(case.replace(" ", "-"), secretly({**inputs, **hidden}))

    stack = box.stack(program)
    printed = stack.preview().stdout + stack.up().stdout

    assert {case: shown(box, case.replace(" ", "-")) for case in cases} == {
        case: places for case, (_, places) in cases.items()
    }
    assert HIDDEN not in printed.replace(EXACT, "")
