"""What a real `pulumi up` leaves on a role in IAM, read back: AWS's documents, as the preview has shown them."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import ALL_GRANTS, KEY, OWN, policy, wanted
from tests.fleets import compact
from tests.on_engine import steps
from tests.components import ROLE_POLICY

# "Add Session Manager permissions to an existing IAM role" (AWS Systems Manager User Guide), and everything at once.
GRANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "plain": {},
    "with-s3-and-kms": {"s3_log_encryption_enforced": True, "kms_key_arns": [KEY]},
    "everything": ALL_GRANTS,
}


def one_for_each() -> None:
    """Declare a component for each of the grants, on a role of the same name; export the policies' names."""
    for name, grants in GRANTS.items():
        args: Any = {"role": name, **grants}
        pulumi.export(name, SessionManagerPermissions(name, args).policy_name)


def test_what_a_preview_shows_is_what_up_writes(box: Sandbox) -> None:
    """Each role gets AWS's document beside what it has, as a preview shows it whole, which asks AWS nothing."""
    for role in GRANTS:
        box.create_role(role, policies={"own": OWN})
    stack = box.stack(one_for_each)
    found = steps(stack.preview)
    asked = box.calls
    outputs = stack.up().outputs

    assert {(step.op, step.type, step.name, step.inputs["role"], step.inputs["policy"]) for step in found} == {
        ("create", ROLE_POLICY, f"{name}-session-manager", name, compact(*wanted(grants)))
        for name, grants in GRANTS.items()
    }
    assert asked == []
    assert {role: box.role_policies(role) for role in GRANTS} == {
        role: {"own": OWN, outputs[role].value: policy(*wanted(grants))} for role, grants in GRANTS.items()
    }
