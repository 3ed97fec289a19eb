"""Whose policies allow an action, by the ids in the simulator's answer.

A managed policy's id is its name. The form for an inline policy is not documented: an example of AWS's has its name,
others have seen `role_ROLE_NAME`. `PolicyInputList.N` is a document that came with the question.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ._role import FoundRole

_OF_THE_QUESTION = ("PolicyInputList.", "PermissionsBoundaryPolicyInputList.")


class OwnPolicy(NamedTuple):
    """The policy that a component writes: its kind, and its name in IAM, `None` if that is not known yet."""

    inline: bool
    name: str | None
    secret: bool = False


class Grantors(NamedTuple):
    """The names of other policies that allow an action, and whether the component's own policy does."""

    others: tuple[str, ...]
    own: bool


def grantors(role: FoundRole, ids: Sequence[str], own: OwnPolicy) -> Grantors:
    """Return whose policies allow an action of the role."""
    prefix = f"role_{role.arn.rpartition('/')[2]}_"
    others: dict[str, None] = {}
    is_own = False
    for policy_id in ids:
        if policy_id.startswith(_OF_THE_QUESTION):
            continue
        is_inline = policy_id.startswith(prefix)
        name = policy_id.removeprefix(prefix)
        # A managed policy's id never has the prefix, an inline policy's id may lack it.
        if name == own.name and (own.inline or not is_inline):
            is_own = True
        else:
            others[name] = None
    return Grantors(tuple(others), is_own)
