"""What a check is about: a role, the statements that it gets, and the component's own policy on it."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from pulumi_ssm_perms._document import Statement, means
from pulumi_ssm_perms._outputs import Resolved

from ._role import Role
from ._simulation import EvaluationResult


class State(enum.Enum):
    """What Pulumi's state has of the component's own policy on a role."""

    # Nothing yet: a preview that will create it, or an update before the write.
    PLANNED = enum.auto()
    # A preview: the policy, with the program's document. IAM shows it as it was before.
    EXPECTED = enum.auto()
    # An update: the policy, with the program's document.
    WRITTEN = enum.auto()
    # No policy, or one with another document: --target, a transform, or a failed write.
    LEFT_OUT = enum.auto()


@dataclass(frozen=True)
class Subject:
    """One role of a check."""

    # `None` if the role is not known.
    role: Role | None
    # Empty if they are not known.
    statements: Sequence[Statement]
    # Whether a message must hide what the statements and policies name.
    secret: bool
    state: State
    # How IAM's results call the component's own policy; empty until its name is known.
    own_id: str

    @property
    def actions(self) -> frozenset[str]:
        """The actions that the statements grant, on whatever resource."""
        return frozenset(action for each in self.statements for action in each.actions)

    def is_own(self, result: EvaluationResult) -> bool:
        """Return whether the component's own policy is the only one that a result names."""
        return bool(self.own_id) and set(result.policies) == {self.own_id}


def subjects(
    roles: Resolved,
    statements: Resolved,
    name: Resolved,
    declared: Mapping[str, tuple[Resolved, Resolved]] | None = None,
    *,
    inline: bool,
) -> list[Subject]:
    """Return a subject for each role, or one without a role as long as they are not known.

    `name` is that of the component's own policy. `declared` has, once the policy is declared, by the path of each role:
    document and role name as Pulumi's state has them, and the ids of what gives the role the policy.
    """
    by_path: Mapping[str, Role | None] = roles.value if roles.known else {"": None}
    secret = roles.secret or statements.secret or name.secret
    granted: Sequence[Statement] = statements.value or ()

    def subject(path: str, role: Role | None) -> Subject:
        state = _state(role, granted, *declared[path]) if role and declared else State.PLANNED
        own = id_in_results(role, name.value, inline=inline) if role and role.arn and name.value else ""
        return Subject(role, granted, secret, state, own)

    return [subject(path, role) for path, role in by_path.items()]


def _state(role: Role, statements: Sequence[Statement], written: Resolved, id_: Resolved) -> State:
    document, role_name = written.value or ("", "")
    is_ours = str(role_name).lower() == role.name.lower() and means(document, statements)
    if not is_ours:
        return State.LEFT_OUT
    if pulumi.runtime.is_dry_run():
        return State.EXPECTED if id_.known else State.PLANNED
    # An update knows the id of what it has written.
    return State.WRITTEN if id_.known else State.LEFT_OUT


def id_in_results(role: Role, name: str, *, inline: bool) -> str:
    """Return how the simulator calls a policy of a role."""
    return f"role_{role.arn.rpartition('/')[2]}_{name}" if inline else name
