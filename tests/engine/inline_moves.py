"""Moves of inline policies as rows of a table, each for a bare RolePolicy and for a component in its place.

`bare` and `ours` say the worst that becomes of each: "loses" a permission for good, is without for "a moment", "fails".
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi

from sandbox import Sandbox
from tests.documents import KEY, OTHER_KEY
from tests.moves import BY, MADE, THERE, AsOutput, Each, Item, Options, Role, Secret, Was, Wrapper, transformed
from tests.stage import Row

WEB: Final = Each("web", "web")
SSM: Final = Each("web", "web", "ssm")
API: Final = Each("api", "api", "ssm")
TEAM: Final = Wrapper("Team", "team")
ORG: Final = Wrapper("Org", "org")
SQUAD: Final = Wrapper("Squad", "team")
WAS_TEAM: Final = Wrapper("Squad", "team", was="Team")


def nodes(*roles: str, name: str | None = "ssm", within: Sequence[Wrapper] = ()) -> list[Each]:
    """Return a component for each role, called by its position."""
    return [Each(f"node-{number}", role, name, within=within) for number, role in enumerate(roles)]


def outputs(*roles: str) -> list[Each]:
    """Return the same, with the roles as Outputs."""
    return nodes(*map(AsOutput, roles))


def options(**given: Any) -> Options:
    """Return plain options."""
    return lambda _: pulumi.ResourceOptions(**given)


def provider(name: str, *account: str, **how: str) -> Options:
    """Return the option of an explicit provider."""
    return lambda at: pulumi.ResourceOptions(provider=at.provider(name, *account, **how))


def providers(name: str, account: str) -> Options:
    """Return a parent's option."""
    return lambda at: pulumi.ResourceOptions(providers=[at.provider(name, account)])


def there(name: str, *, within: Sequence[Wrapper] = ()) -> Each:
    """Return a component of the other account, by a provider of this name."""
    return Each(name, "web", "ssm", opts=provider(f"in-{name}", THERE), account=THERE, within=within)


# A bare policy keeps the name that is taken away from it, and ours gets a generated one.
NAMES: Final[Mapping[str, Row]] = {
    "a first key": Row([[WEB], [WEB._replace(keys=[KEY])]]),
    "another key, no key": Row([[SSM._replace(keys=[OTHER_KEY])], [SSM._replace(keys=[KEY])], [SSM]]),
    "a role given by its ARN": Row([[WEB], [Each("web", f"arn:aws:iam::{Sandbox.account_id}:role/web")]]),
    "another name": Row([[SSM._replace(policy_name="old")], [SSM]], "a moment"),
    "another name and document": Row([[SSM._replace(policy_name="old")], [SSM._replace(keys=[KEY])]], "a moment"),
    "a first name, and none": Row([[WEB], [SSM], [WEB]], "a moment", more=True),
    "a first name that is an Output, and none": Row(
        [[WEB], [SSM._replace(policy_name=AsOutput("ssm"))], [WEB]], "a moment", more=True
    ),
    "a first name under an alias": Row([[WEB], [Each("app", "web", "ssm", was=[Was("web")])]], "a moment"),
    "another case of the role": Row([nodes("web"), nodes("WEB")], "a moment", "a moment"),
    "another component name": Row([[SSM], [SSM._replace(name="app")]], "loses"),
    "another component name of a generated name": Row([[WEB], [WEB._replace(name="app")]]),
    "another component name, with an alias": Row([[SSM], [Each("app", "web", "ssm", was=[Was("web")])]]),
    "another component name of a generated name, with an alias": Row([[WEB], [Each("app", "web", was=[Was("web")])]]),
    "another parent": Row([[SSM], [SSM._replace(within=[TEAM])]], "loses"),
    "another parent, with an alias": Row([[SSM], [SSM._replace(within=[TEAM], was=[Was(within=())])]]),
    "another parent of a generated name, with an alias": Row(
        [[WEB], [WEB._replace(within=[TEAM], was=[Was(within=())])]]
    ),
    "another role": Row([[WEB], [WEB._replace(role="api")]]),
    "the old name, used anew under an alias": Row(
        [
            [SSM],
            [Each("front", "web", "ssm", was=[Was("web")])],
            [Each("front", "web", "ssm", was=[Was("web")]), Each("web", "api", "ssm")],
        ]
    ),
    "called as its role, from the name of another": Row(
        [[Each("old", "old", "ssm"), API], [Each("web", "web", "ssm", was=[Was("old")]), Each("api", "old", "ssm")]],
        "?",
    ),
}
EITHER: Final = "loses or a moment"
"""Whichever of two writes comes first."""
LISTS: Final[Mapping[str, Row]] = {
    "a role at the front": Row([nodes("web", "api"), nodes("old", "web", "api")], EITHER),
    "the first role goes": Row([nodes("web", "api"), nodes("api")], "loses"),
    "a role is handed over": Row([nodes("web", "api"), nodes("old", "web")], EITHER),
    "two components swap roles": Row([nodes("web", "api"), nodes("api", "web")], EITHER),
    "two components swap names": Row(
        [
            [Each("a", "web", "one"), Each("b", "web", "two", [KEY])],
            [Each("a", "web", "two", [KEY]), Each("b", "web", "one")],
        ],
        EITHER,
    ),
    "generated names: a role at the front, and it goes": Row(
        [nodes("web", "api", name=None), nodes("new", "web", "api", name=None), nodes("web", "api", name=None)]
    ),
    "generated names: swapped": Row([nodes("web", "api", name=None), nodes("api", "web", name=None)]),
    "an Output, and plain again": Row([nodes("web", "api"), outputs("web", "api"), nodes("web", "api")]),
    "Outputs, and a role at the front": Row([outputs("web", "api"), nodes("old", "web", "api")], EITHER),
    "Outputs that swap": Row([outputs("web", "api"), outputs("api", "web")], EITHER),
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
CHANGES: Final[Mapping[str, Callable[[Sequence[Wrapper]], list[Each]]]] = {
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
        [Each("new", "web", "ssm", was=[Was("old")]), Each("third", "old", "ssm", was=[Was("other")])],
    ),
    "a secret role becomes plain, under another type with an alias": (
        [SSM._replace(role=Secret("web"), within=[TEAM])],
        [SSM._replace(within=[WAS_TEAM])],
    ),
    "a first name under another parent": ([WEB._replace(within=[TEAM])], [SSM._replace(within=[SQUAD])]),
}
ROLES: Final[Mapping[str, Row]] = {
    **{
        f"a role of the program is replaced: {form}": Row(
            [[Role(), SSM._replace(role=form)], [Role("/team/"), SSM._replace(role=form)]], "a moment", "a moment"
        )
        for form in BY
    },
    "it is replaced, and the component renamed": Row(
        [
            [Role(), SSM._replace(role=MADE, within=[TEAM])],
            [Role("/team/"), SSM._replace(name="app", role=MADE, within=[SQUAD])],
        ],
        EITHER,
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
    "another account, the same component": Row([[SSM], [there("web")]], "loses"),
    "another account in a parent of another type": Row([[SSM._replace(within=[TEAM])], [there("app", within=[SQUAD])]]),
}
OPTIONS: Final[Mapping[str, Row]] = {
    "an explicit provider of the account": Row([[SSM], [SSM._replace(opts=provider("one"))]]),
    "another Region of the account": Row(
        [[SSM._replace(opts=provider("one", region="eu-west-1"))], [SSM._replace(opts=provider("two"))]]
    ),
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
    "retain_on_delete, and gone": Row([[SSM._replace(opts=options(retain_on_delete=True))], []]),
    # On purpose: a parent's does not reach an exact name.
    "retain_on_delete of a parent, and gone": Row(
        [[SSM._replace(within=[Wrapper("Team", "team", opts=options(retain_on_delete=True))])], []], more=True
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
            [each._replace(opts=transformed) for each in nodes("web", "api")],
            [each._replace(opts=transformed) for each in nodes("new", "web", "api")],
        ],
        EITHER,
    ),
}
TABLE: Final = {
    **NAMES,
    **LISTS,
    **{kind: Row([before, after], "?") for kind, (before, after) in PARENTS.items()},
    **ROLES,
    **OPTIONS,
}
