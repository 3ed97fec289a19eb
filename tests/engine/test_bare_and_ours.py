"""Moves of inline policies, each with a bare RolePolicy and with a component in its place: ours is never worse.

`bare` and `ours` say the worst that becomes of each: "loses" a permission for good, is without for "a moment", "fails".
"""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi
import pytest

from sandbox import Sandbox
from tests.documents import KEY, OTHER_KEY
from tests.moves import (
    MADE,
    THERE,
    AsOutput,
    Each,
    Item,
    Options,
    Role,
    Row,
    Secret,
    Seen,
    Stage,
    Update,
    Wrapper,
    as_they_are,
    transformed,
    worse,
    worst,
)

WEB: Final = Each("web", "web")
SSM: Final = Each("web", "web", "ssm")
API: Final = Each("api", "api", "ssm")
TEAM: Final = Wrapper("Team", "team")
ORG: Final = Wrapper("Org", "org")
SQUAD: Final = Wrapper("Squad", "team")
WAS_TEAM: Final = Wrapper("Squad", "team", was="Team")


def nodes(*roles: str, name: str | None = "ssm", within: Sequence[Wrapper] = ()) -> list[Item]:
    """Return a component for each role, called by its position."""
    return [Each(f"node-{number}", role, name, within=within) for number, role in enumerate(roles)]


def outputs(*roles: str) -> list[Item]:
    """Return the same, with the roles as Outputs."""
    return nodes(*map(AsOutput, roles))


def options(**given: Any) -> Options:
    """Return plain options."""
    return lambda _: pulumi.ResourceOptions(**given)


def provider(name: str, account: str = Sandbox.account_id, *, late: str = "") -> Options:
    """Return the option of an explicit provider."""
    return lambda at: pulumi.ResourceOptions(provider=at.provider(name, account, late=late))


def providers(name: str, account: str) -> Options:
    """Return a parent's option."""
    return lambda at: pulumi.ResourceOptions(providers=[at.provider(name, account)])


def there(name: str, *, within: Sequence[Wrapper] = ()) -> Each:
    """Return a component of the other account, by a provider of this name."""
    return Each(name, "web", "ssm", opts=provider(f"in-{name}", THERE), account=THERE, within=within)


# A bare policy keeps the name that is taken away from it, and ours gets a generated one.
NAMES: Final[Mapping[str, Row]] = {
    "a first key": Row([[WEB], [WEB._replace(key=KEY)]]),
    "another key, no key": Row([[SSM._replace(key=OTHER_KEY)], [SSM._replace(key=KEY)], [SSM]]),
    "a role given by its ARN": Row([[WEB], [Each("web", f"arn:aws:iam::{Sandbox.account_id}:role/web")]]),
    "another name": Row([[SSM._replace(policy_name="old")], [SSM]], "a moment"),
    "another name and document": Row([[SSM._replace(policy_name="old")], [SSM._replace(key=KEY)]], "a moment"),
    "a first name, and none": Row([[WEB], [SSM], [WEB]], "a moment", more=True),
    "a first name that is an Output, and none": Row(
        [[WEB], [SSM._replace(policy_name=AsOutput("ssm"))], [WEB]], "a moment", more=True
    ),
    "a first name under an alias": Row([[WEB], [Each("app", "web", "ssm", was="web")]], "a moment"),
    "another case of the role": Row([nodes("web"), nodes("WEB")], "a moment", "a moment"),
    "another component name": Row([[SSM], [SSM._replace(name="app")]], "loses"),
    "another component name of a generated name": Row([[WEB], [WEB._replace(name="app")]]),
    "another component name, with an alias": Row([[SSM], [Each("app", "web", "ssm", was="web")]]),
    "another component name of a generated name, with an alias": Row([[WEB], [Each("app", "web", was="web")]]),
    "another parent": Row([[SSM], [SSM._replace(within=[TEAM])]], "loses"),
    "another parent, with an alias": Row([[SSM], [SSM._replace(within=[TEAM], had_no_parent=True)]]),
    "another parent of a generated name, with an alias": Row(
        [[WEB], [WEB._replace(within=[TEAM], had_no_parent=True)]]
    ),
    "another role": Row([[WEB], [WEB._replace(role="api")]]),
    "the old name, used anew under an alias": Row(
        [
            [SSM],
            [Each("front", "web", "ssm", was="web")],
            [Each("front", "web", "ssm", was="web"), Each("web", "api", "ssm")],
        ]
    ),
    "called as its role, from the name of another": Row(
        [[Each("old", "old", "ssm"), API], [Each("web", "web", "ssm", was="old"), Each("api", "old", "ssm")]], "?"
    ),
}
LISTS: Final[Mapping[str, Row]] = {
    "a role at the front": Row([nodes("web", "api"), nodes("old", "web", "api")], "loses"),
    "the first role goes": Row([nodes("web", "api"), nodes("api")], "loses"),
    "a role is handed over": Row([nodes("web", "api"), nodes("old", "web")], "loses"),
    "two components swap roles": Row([nodes("web", "api"), nodes("api", "web")], "loses"),
    "two components swap names": Row(
        [
            [Each("a", "web", "one"), Each("b", "web", "two", KEY)],
            [Each("a", "web", "two", KEY), Each("b", "web", "one")],
        ],
        "loses",
    ),
    "generated names: a role at the front, and it goes": Row(
        [nodes("web", "api", name=None), nodes("new", "web", "api", name=None), nodes("web", "api", name=None)]
    ),
    "generated names: swapped": Row([nodes("web", "api", name=None), nodes("api", "web", name=None)]),
    "an Output, and plain again": Row([nodes("web", "api"), outputs("web", "api"), nodes("web", "api")]),
    "Outputs, and a role at the front": Row([outputs("web", "api"), nodes("old", "web", "api")], "loses"),
    "Outputs that swap": Row([outputs("web", "api"), outputs("api", "web")], "loses"),
    "a secret, and plain again": Row([nodes("web"), nodes(Secret("web")), nodes("web")]),
}
PLACES: Final[Mapping[str, Sequence[Wrapper]]] = {
    "nowhere": [],
    "a team": [TEAM],
    "a team of another name": [Wrapper("Team", "crew")],
    "a squad": [SQUAD],
    "a squad that was a team": [WAS_TEAM],
    "a team in an org": [ORG, TEAM],
}


def turned(step: int) -> list[str]:
    """Return the places from another one on."""
    return [*PLACES][step:] + [*PLACES][:step]


# From each place to the next two, each time with another change: each place is left and reached twice.
CHANGES: Final[Mapping[str, Callable[[Sequence[Wrapper]], list[Item]]]] = {
    "the same": lambda within: nodes("web", "api", within=within),
    "renamed": lambda within: [Each(role, role, "ssm", within=within) for role in ("web", "api")],
    "one more": lambda within: nodes("new", "web", "api", within=within),
    "one less": lambda within: nodes("api", within=within),
    "Outputs": lambda within: nodes(*map(AsOutput, ("new", "web", "api")), within=within),
}
PAIRS: Final = [(before, after) for step in (1, 2) for before, after in zip(PLACES, turned(step), strict=True)]
# A bare policy's type has its parents' in it: only between parents of one name and type nothing is lost.
PARENTS: Final[Mapping[str, tuple[Sequence[Item], Sequence[Item]]]] = {
    **{
        f"from {before} to {after}: {change}": (CHANGES["the same"](PLACES[before]), CHANGES[change](PLACES[after]))
        for (before, after), change in zip(PAIRS, itertools.cycle(CHANGES), strict=False)
    },
    "a parent in the middle": ([SSM._replace(within=[ORG, TEAM])], [SSM._replace(within=[ORG, SQUAD, TEAM])]),
    "the outermost has another type, with an alias": (
        nodes("web", "api", within=[ORG, TEAM]),
        nodes("new", "web", "api", within=[Wrapper("Group", "org", was="Org"), TEAM]),
    ),
    "two swap their places": ([SSM, API._replace(within=[TEAM])], [SSM._replace(within=[TEAM]), API]),
    "handed over under another parent": ([SSM._replace(within=[TEAM]), Each("web", "api", "ssm")], [SSM]),
    "another takes over by an alias": (
        [Each("old", "old", "ssm"), Each("other", "web", "ssm")],
        [Each("new", "web", "ssm", was="old"), Each("third", "old", "ssm", was="other")],
    ),
    "a secret role becomes plain, under another type with an alias": (
        [SSM._replace(role=Secret("web"), within=[TEAM])],
        [SSM._replace(within=[WAS_TEAM])],
    ),
    "a first name under another parent": ([WEB._replace(within=[TEAM])], [SSM._replace(within=[SQUAD])]),
}
ROLES: Final[Mapping[str, Row]] = {
    "a role of the program is replaced": Row(
        [[Role(), SSM._replace(role=MADE)], [Role("/team/"), SSM._replace(role=MADE)]],
        "a moment",
        "a moment",
    ),
    "it is replaced, and the component renamed": Row(
        [
            [Role(), SSM._replace(role=MADE, within=[TEAM])],
            [Role("/team/"), SSM._replace(name="app", role=MADE, within=[SQUAD])],
        ],
        "loses",
        "a moment",
    ),
    "generated names: a role of the program is replaced": Row(
        [[Role(), WEB._replace(role=MADE)], [Role("/team/"), WEB._replace(role=MADE)]],
        "a moment",
        "a moment",
    ),
}
# A transform hides the account from Pulumi, also that of another resource.
ACCOUNTS: Final[Mapping[str, Row]] = {
    "another account, component and provider": Row([[SSM], [there("app")]]),
    "another account, the same component": Row([[SSM], [there("web")]]),
    "another account in a parent of another type": Row([[SSM._replace(within=[TEAM])], [there("app", within=[SQUAD])]]),
    "one provider: there and back": Row(
        [
            [SSM._replace(opts=provider("one"))],
            [SSM._replace(opts=provider("one", THERE), account=THERE)],
            [SSM._replace(opts=provider("one"))],
        ],
        "loses",
        "a moment",
    ),
}
OPTIONS: Final[Mapping[str, Row]] = {
    "an explicit provider of the account": Row([[SSM], [SSM._replace(opts=provider("one"))]]),
    "a provider that a preview does not know": Row(
        [[SSM._replace(opts=provider("late", late="one"))], [SSM._replace(opts=provider("late", late="two"))]]
    ),
    "a parent's provider, and another parent": Row(
        [
            [SSM._replace(within=[Wrapper("Team", "team", opts=providers("p", THERE))], account=THERE)],
            [SSM._replace(within=[Wrapper("Team", "crew", opts=providers("p", THERE))], account=THERE)],
        ]
    ),
    "protect, and none": Row([[SSM._replace(opts=options(protect=True))], [SSM], []]),
    "protect of a parent, and none": Row(
        [[SSM._replace(within=[Wrapper("Team", "team", opts=options(protect=True))])], [SSM._replace(within=[TEAM])]]
    ),
    "delete_before_replace, and another name": Row(
        [
            [SSM._replace(policy_name="old", opts=options(delete_before_replace=True))],
            [SSM._replace(opts=options(delete_before_replace=True))],
        ],
        "a moment",
    ),
}
TRANSFORMS: Final[Mapping[str, Row]] = {
    "a transform, and another name": Row(
        [[SSM._replace(policy_name="old", opts=transformed)], [SSM._replace(opts=transformed)]], "a moment"
    ),
    "a transform, and a list that grows": Row(
        [
            [each._replace(opts=transformed) for each in nodes("web", "api")],  # type: ignore[attr-defined]
            [each._replace(opts=transformed) for each in nodes("new", "web", "api")],  # type: ignore[attr-defined]
        ],
        "loses",
    ),
}
TABLE: Final = {
    **NAMES,
    **LISTS,
    **{kind: Row([before, after], "?") for kind, (before, after) in PARENTS.items()},
    **ROLES,
    **OPTIONS,
}


def hook(args: pulumi.ResourceHookArgs) -> None:
    """Do nothing."""


def with_a_transform() -> None:
    """Let the stack have a transform that returns the options."""
    pulumi.runtime.register_resource_transform(as_they_are)


class Variant(NamedTuple):
    """What a program registers, and the moves that it makes."""

    register: Callable[[], object]
    table: Mapping[str, Row]


VARIANTS: Final[Mapping[str, Variant]] = {
    "a hook": Variant(lambda: pulumi.ResourceHook("hook", hook), {**TABLE, **ACCOUNTS}),
    "a transform": Variant(with_a_transform, {**TABLE, **TRANSFORMS}),
}
CASES: Final = [(variant, kind) for variant, (_, table) in VARIANTS.items() for kind in table]
Found = Mapping[str, tuple[list[Seen], list[Seen]]]


@pytest.fixture(scope="module")
def found(shared_box: Sandbox) -> Callable[[str], Found]:
    """Run the whole table, bare and ours, in a program with a hook or with a transform."""

    @functools.cache
    def made(variant: str) -> Found:
        register, table = VARIANTS[variant]
        seen: dict[bool, dict[str, list[Seen]]] = {True: {}, False: {}}
        # A part at a time: the engine writes the whole state after each step.
        for part, ours in itertools.product(range(3), seen):
            stage = Stage(shared_box, dict([*table.items()][part::3]), ours, register)
            seen[ours] |= stage.run()
            assert not ours or stage.end() <= {"own", "ssm"}
        return {kind: (seen[True][kind], seen[False][kind]) for kind in table}

    return made


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("variant", "kind"), CASES)
def test_ours_is_never_worse(found: Callable[[str], Found], variant: str, kind: str) -> None:
    """No role lacks what it keeps with a bare resource, nothing fails, and no more is written or shown as deleted."""
    row = VARIANTS[variant].table[kind]
    ours, bare = found(variant)[kind]

    assert worse(ours, bare, more=row.more) == []
    assert ours[-1].writes == []
    assert worst(ours) == row.ours
    assert row.bare in ("?", worst(bare))


def swapped(denied: str, role: str, then: Sequence[str]) -> Row:
    """Change the first role of a list in an update that fails, and run another program."""
    return Row([nodes("web", "api"), Update(nodes("old", "api"), denied, role), nodes(*then)], "?")


WEB_NOW_APP: Final = Each("app", "web", key=KEY, was="web")
ELSEWHERE: Final = Update([SSM._replace(account=THERE)], account=THERE)
SILENT: Final = "GetCallerIdentity"
ALONE: Final[Mapping[str, Row]] = {
    "a write fails, and again": swapped("PutRolePolicy", "old", ["old", "api"]),
    "a write fails, and a revert": swapped("PutRolePolicy", "old", ["web", "api"]),
    "a delete fails, and again": swapped("DeleteRolePolicy", "web", ["old", "api"]),
    "a delete fails, and a revert": swapped("DeleteRolePolicy", "web", ["web", "api"]),
    "a delete fails, and a swap": swapped("DeleteRolePolicy", "web", ["api", "web"]),
    "a renamed component fails": Row(
        [
            [WEB],
            Update([Each("app", "web", key=KEY, was="web")], "PutRolePolicy"),
            [Each("app", "web", key=KEY, was="web")],
        ],
        "?",
    ),
    "no account is told, from the beginning": Row([Update([SSM], SILENT), Update([SSM._replace(key=KEY)], SILENT)]),
    "no account is told for once": Row([[SSM], Update([SSM], SILENT), [SSM]]),
    "the credentials become another account's, and come back": Row([[SSM], ELSEWHERE, [SSM]], "loses", "a moment"),
}


@pytest.mark.parametrize("kind", ALONE)
def test_ours_is_never_worse_alone(box: Sandbox, kind: str) -> None:
    """So it is where a call fails, where AWS does not tell the account, and where it is another one for a run."""
    row = ALONE[kind]
    bare, ours = (Stage(box, {kind: row}, ours).run()[kind] for ours in (False, True))

    assert worse(ours, bare) == []
    assert row.bare in ("?", worst(bare))


def test_a_plan_holds(box: Sandbox) -> None:
    """`pulumi up --plan` does what `pulumi preview --save-plan` has planned, bare and ours."""
    rows = {kind: TABLE[kind] for kind in ("a first key", "another key, no key", "another name")}
    bare, ours = (Stage(box, rows, ours, plan=True).run() for ours in (False, True))

    assert [text for kind in rows for text in worse(ours[kind], bare[kind])] == []
