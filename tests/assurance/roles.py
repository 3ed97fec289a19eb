"""Roles of which each has a policy of its own, and what they hold after whatever happened to a run."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.documents import OWN
from tests.mocks import Program
from tests.on_engine import gaps, permissions


class Damage(NamedTuple):
    """What is wrong with roles: `without` their document, with an `other` policy, `gaps` on the way as sentences.

    `spare` counts what nobody needs: second, identical policies of a role, and managed ones of no role.
    """

    without: Sequence[str] = []
    other: Sequence[str] = []
    gaps: Sequence[str] = []
    spare: int = 0


def create(box: Sandbox, number: int) -> list[str]:
    """Make so many roles, each with a policy of its own; return their names."""
    roles = [f"role-{position:02}" for position in range(number)]
    for role in roles:
        box.create_role(role, policies={"own": OWN})
    return roles


def inline(roles: Sequence[str], **args: Any) -> Program:
    """Return a program that declares a component for each role."""

    def program() -> None:
        for role in roles:
            permissions(role, role=role, **args)()

    return program


def damage(box: Sandbox, roles: Sequence[str], grants: Mapping[str, Any] | None = None) -> Damage:
    """Compare what the roles hold with what they should."""
    wanted = policy_document(**(grants or {}))
    managed = box.client("iam").list_policies(Scope="Local")["Policies"]
    without, other, spare = [], [], sum(not each["AttachmentCount"] for each in managed)
    for role in roles:
        policies = box.role_policies(role)
        own = policies.pop("own", None)
        ours = [*policies.values(), *box.attached_policies(role).values()]
        without += [] if wanted in ours else [role]
        other += [role] if own != OWN or any(document != wanted for document in ours) else []
        spare += max(0, ours.count(wanted) - 1)
    return Damage(without, other, gaps(box, roles), spare)
