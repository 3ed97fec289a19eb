"""Changes of a program on the engine: all of them in one run, each with components, roles and policies of its own."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests import on_engine
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
    gaps: Sequence[str]
    policies: Mapping[str, Sequence[Any]]


class AsOutput(str):
    """A text that the program gives as an Output."""

    __slots__ = ()


class Secret(str):
    """A text that the program gives as a secret."""

    __slots__ = ()


class Wrapper(NamedTuple):
    """A component of the user's own, which others are in; `was` is the type that an alias says it had."""

    type: str
    name: str
    was: str = ""


class Each(NamedTuple):
    """One `SessionManagerPermissions`: its name, its role, its policy's name if that is exact, its key and options.

    `within` are the components around it, the outermost first.
    """

    name: str
    role: str
    policy_name: str | None = None
    key: str | None = None
    opts: Options = lambda _: pulumi.ResourceOptions()
    within: Sequence[Wrapper] = ()


TEAM: Final = Wrapper("Team", "team")


def declare(*components: Each) -> Declare:
    """Return what declares these components."""

    def all_of_them(suffix: str) -> None:
        @functools.cache
        def parent(within: tuple[Wrapper, ...]) -> pulumi.Resource | None:
            return wrap(within[-1], suffix, parent(within[:-1])) if within else None

        for name, role, policy_name, key, opts, within in components:
            args: Any = {
                "role": _given(role, suffix),
                "policy_name": _given(policy_name, suffix),
                "kms_key_arns": [key] if key else None,
            }
            own = pulumi.ResourceOptions(parent=parent(tuple(within)))
            SessionManagerPermissions(f"{name}{suffix}", args, pulumi.ResourceOptions.merge(own, opts(suffix)))

    return all_of_them


def wrap(wrapper: Wrapper, suffix: str, parent: pulumi.Resource | None = None) -> pulumi.ComponentResource:
    """Declare a component that others are in."""
    aliases: list[Any] = [pulumi.Alias(type_=f"app:index:{wrapper.was}")] if wrapper.was else []
    opts = pulumi.ResourceOptions(parent=parent, aliases=aliases)
    return pulumi.ComponentResource(f"app:index:{wrapper.type}", f"{wrapper.name}{suffix}", None, opts)


def nodes(*roles: str, policy_name: str | None = None, within: Sequence[Wrapper] = ()) -> list[Each]:
    """Return a component for each role, called by its position."""
    return [Each(f"node-{position}", role, policy_name, within=within) for position, role in enumerate(roles)]


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


def had_no_parent(_: str) -> pulumi.ResourceOptions:
    """Say that the component had no parent."""
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])


def under_a_team(suffix: str) -> pulumi.ResourceOptions:
    """Put the component under another one."""
    return pulumi.ResourceOptions(parent=wrap(TEAM, suffix))


def moved_to_a_team(suffix: str) -> pulumi.ResourceOptions:
    """Put the component under another one, and say that it had no parent."""
    return pulumi.ResourceOptions.merge(under_a_team(suffix), had_no_parent(suffix))


def transformed(_: str) -> pulumi.ResourceOptions:
    """Let a transform return the options as they are, which loses some of them on the way."""
    return pulumi.ResourceOptions(transforms=[lambda args: pulumi.ResourceTransformResult(args.props, args.opts)])


def outcomes(box: Sandbox, moves: Mapping[str, Move], roles: Sequence[str]) -> dict[str, Outcome]:
    """Make every move, all of them at once, and tell what became of each.

    After them the stack can be refreshed, which changes nothing, and destroyed, which leaves no role with a policy but
    its own: a move that breaks the state fails here.
    """
    suffixes = {kind: f"-no{number:03}" for number, kind in enumerate(moves)}

    def deploy(when: str) -> list[tuple[str, str]]:
        def all_moves() -> None:
            for kind, suffix in suffixes.items():
                getattr(moves[kind], when)(suffix)

        begin = len(box.writes)
        box.stack(all_moves).up()
        return [(call.action, call.target) for call in box.writes[begin:]]

    box.reset()
    everybody = [f"{role}{suffix}" for suffix in suffixes.values() for role in roles]
    for role in everybody:
        box.create_role(role, policies={"own": OWN})
    _, calls, again = (deploy(when) for when in ("before", "after", "after"))
    found = {kind: _outcome(box, roles, suffix, calls, again) for kind, suffix in suffixes.items()}
    stack = box.stack(lambda: None)
    stack.refresh(expect_no_changes=True)
    stack.destroy()
    assert [role for role in everybody if _beside_own(box, role)] == []
    return found


def _outcome(
    box: Sandbox, roles: Sequence[str], suffix: str, calls: Sequence[tuple[str, str]], again: Sequence[tuple[str, str]]
) -> Outcome:
    policies = {role: _beside_own(box, f"{role}{suffix}") for role in roles}
    kept = [role for role, found in policies.items() if found]
    gaps = [
        gap.replace(suffix, "") for role in kept for gap in on_engine.gaps(box, [f"{role}{suffix}"], CHANNEL_ACTIONS)
    ]
    return Outcome(_of(suffix, calls), _of(suffix, again), gaps, {role: policies[role] for role in kept})


def _of(suffix: str, calls: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(action, target.replace(suffix, "")) for action, target in calls if suffix in target]


def _beside_own(box: Sandbox, role: str) -> list[Any]:
    inline = box.role_policies(role)
    assert inline.pop("own") == OWN
    return [*inline.values(), *box.attached_policies(role).values()]
