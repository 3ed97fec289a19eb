"""Changes of a program on the engine: all of them in one run, each with components, roles and policies of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNEL_ACTIONS, CHANNELS, OWN, decrypt, policy

Declare = Callable[[str], None]
"""Declares the components of one move; what it names ends with the suffix that it is given."""
Options = Callable[[str], pulumi.ResourceOptions]


class Move(NamedTuple):
    """What a program was, and what it becomes."""

    before: Declare
    after: Declare


class Outcome(NamedTuple):
    """What became of a move.

    Args:
        calls: The writes of the move, by action and target, in order.
        again: Those of one more `up`.
        gaps: The writes after which a role was without a channel that it has at the end.
        policies: What each role has at the end beside its own policy, which has to be there.
    """

    calls: Sequence[tuple[str, str]]
    again: Sequence[tuple[str, str]]
    gaps: Sequence[tuple[str, str]]
    policies: Mapping[str, Sequence[Any]]


class AsOutput(str):
    """A text that the program gives as an Output."""

    __slots__ = ()


class Secret(str):
    """A text that the program gives as a secret."""

    __slots__ = ()


class Each(NamedTuple):
    """One `SessionManagerPermissions`: its name, its role, its policy's name if that is exact, its key and options."""

    name: str
    role: str
    policy_name: str | None = None
    key: str | None = None
    opts: Options = lambda _: pulumi.ResourceOptions()


def declare(*components: Each) -> Declare:
    """Return what declares these components."""

    def all_of_them(suffix: str) -> None:
        for name, role, policy_name, key, opts in components:
            args: Any = {
                "role": _given(role, suffix),
                "policy_name": _given(policy_name, suffix),
                "kms_key_arns": [key] if key else None,
            }
            SessionManagerPermissions(f"{name}{suffix}", args, opts(suffix))

    return all_of_them


def nodes(*roles: str, policy_name: str | None = None) -> list[Each]:
    """Return a component for each role, called by its position."""
    return [Each(f"node-{position}", role, policy_name) for position, role in enumerate(roles)]


def put(role: str) -> tuple[str, str]:
    """Return the write of a policy."""
    return ("PutRolePolicy", role)


def deleted(role: str) -> tuple[str, str]:
    """Return the end of a policy."""
    return ("DeleteRolePolicy", role)


def program(*components: Each) -> Callable[[], None]:
    """Return a program with these components, and nothing after their names."""
    return lambda: declare(*components)("")


def _given(text: str | None, suffix: str) -> pulumi.Input[str] | None:
    if text is None:
        return None
    if isinstance(text, AsOutput):
        return pulumi.Output.from_input(f"{text}{suffix}")
    return pulumi.Output.secret(f"{text}{suffix}") if isinstance(text, Secret) else f"{text}{suffix}"


def policies_of(*components: Each) -> dict[str, list[Any]]:
    """Return what each role has of these components."""
    found: dict[str, list[Any]] = {}
    for each in components:
        document = policy(CHANNELS, *([decrypt(each.key)] if each.key else []))
        found.setdefault(each.role.lower().rpartition("/")[2], []).append(document)
    return found


def called(name: str) -> Options:
    """Say what the component was called."""
    return lambda suffix: pulumi.ResourceOptions(aliases=[pulumi.Alias(name=f"{name}{suffix}")])


def under_a_team(suffix: str) -> pulumi.ResourceOptions:
    """Put the component under another one."""
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", f"team{suffix}"))


def moved_to_a_team(suffix: str) -> pulumi.ResourceOptions:
    """Put the component under another one, and say that it had no parent."""
    alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
    return pulumi.ResourceOptions.merge(under_a_team(suffix), pulumi.ResourceOptions(aliases=[alias]))


def transformed(_: str) -> pulumi.ResourceOptions:
    """Let a transform return the options as they are, which loses some of them on the way."""
    return pulumi.ResourceOptions(transforms=[lambda args: pulumi.ResourceTransformResult(args.props, args.opts)])


def outcomes(box: Sandbox, moves: Mapping[str, Move], roles: Sequence[str]) -> dict[str, Outcome]:
    """Make every move, all of them at once, and tell what became of each."""
    suffixes = {kind: f"-no{number:02}" for number, kind in enumerate(moves)}

    def deploy(when: str) -> list[tuple[str, str]]:
        def all_moves() -> None:
            for kind, suffix in suffixes.items():
                getattr(moves[kind], when)(suffix)

        begin = len(box.writes)
        box.stack(all_moves).up()
        return [(call.action, call.target) for call in box.writes[begin:]]

    box.reset()
    for suffix in suffixes.values():
        for role in roles:
            box.create_role(f"{role}{suffix}", policies={"own": OWN})
    _, calls, again = (deploy(when) for when in ("before", "after", "after"))
    return {kind: _outcome(box, roles, suffix, calls, again) for kind, suffix in suffixes.items()}


def _outcome(
    box: Sandbox, roles: Sequence[str], suffix: str, calls: Sequence[tuple[str, str]], again: Sequence[tuple[str, str]]
) -> Outcome:
    policies = {role: _beside_own(box, f"{role}{suffix}") for role in roles}
    kept = [role for role, found in policies.items() if found]
    gaps = [
        (gap.action, role) for role in kept for action in CHANNEL_ACTIONS for gap in box.gaps(f"{role}{suffix}", action)
    ]
    return Outcome(_of(suffix, calls), _of(suffix, again), gaps, {role: policies[role] for role in kept})


def _of(suffix: str, calls: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(action, target.replace(suffix, "")) for action, target in calls if suffix in target]


def _beside_own(box: Sandbox, role: str) -> list[Any]:
    inline = box.role_policies(role)
    assert inline.pop("own") == OWN
    return [*inline.values(), *box.attached_policies(role).values()]
