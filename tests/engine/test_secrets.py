"""What stays secret of a secret input, and what Pulumi itself shows: in a stack's state, and in what it prints."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
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

OF_ONE_ROLE: Final[Mapping[str, tuple[Mapping[str, Any], Places]]] = {
    "role": ({"role": HIDDEN}, {(ROLE_POLICY, "id")}),
    "policy name": ({"policy_name": HIDDEN}, {(ROLE_POLICY, "id")}),
    "key": ({"kms_key_arns": [KEY]}, set()),
}
OF_A_FLEET: Final[Mapping[str, tuple[Mapping[str, Any], Places]]] = {
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
        mine = any(resource.get(key, "").endswith(f"::{component}") for key in ("urn", "parent"))
        properties = {**resource.get("inputs", {}), **resource.get("outputs", {}), "urn": resource["urn"]}
        places |= {
            (resource["type"], name) for name, value in properties.items() if mine and HIDDEN in json.dumps(value)
        }
    return places


@pytest.mark.parametrize(
    ("component", "inputs", "cases", "lines"),
    [
        (SessionManagerPermissions, {"role": "web"}, OF_ONE_ROLE, []),
        (SessionManagerManagedPolicy, {"roles": ["web"]}, OF_A_FLEET, ["tagsAll : {", f'team: "{HIDDEN}"']),
    ],
    ids=["one role", "many roles"],
)
def test_where_state_and_preview_have_a_secret(
    box: Sandbox,
    component: Callable[[str, Any], Any],
    inputs: Mapping[str, Any],
    cases: Mapping[str, Any],
    lines: Sequence[str],
) -> None:
    """Nowhere, but for a policy's id, which holds role and name, and for a tag in `tagsAll`, which a preview shows."""
    for role in ("web", HIDDEN):
        box.create_role(role)

    def program() -> None:
        for case, (hidden, _) in cases.items():
            component(case.replace(" ", "-"), secretly({**inputs, **hidden}))

    stack = box.stack(program)
    previewed = stack.preview(diff=True).stdout
    stack.up()
    printed = [" ".join(line.strip(" +").split()) for line in previewed.splitlines()]
    told = [line for before, each in itertools.pairwise(printed) if HIDDEN in each for line in (before, each)]

    assert {case: shown(box, case.replace(" ", "-")) for case in cases} == {
        case: places for case, (_, places) in cases.items()
    }
    assert told == lines
