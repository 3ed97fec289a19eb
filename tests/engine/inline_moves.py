"""Moves of inline policies as rows of a table, each for a bare RolePolicy and for a component in its place.

`bare` and `ours` say the worst that becomes of each: an update "fails", a role "loses" a permission for good, the run
"leaves" a policy, or a role is without for "a moment".
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from sandbox import Sandbox
from tests.documents import KEY, OTHER_KEY
from tests.moves import BY, MADE, THERE, AsOutput, Each, Options, Role, Secret, Was, Wrapper
from tests.stage import Row, Update

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


def retain(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Transform the options."""
    more = pulumi.ResourceOptions(retain_on_delete=True)
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, more))


def provider(name: str, *account: str, **how: str) -> Options:
    """Return the option of an explicit provider."""
    return lambda at: pulumi.ResourceOptions(provider=at.provider(name, *account, **how))


def providers(name: str, account: str) -> Options:
    """Return a parent's option."""
    return lambda at: pulumi.ResourceOptions(providers=[at.provider(name, account)])


def there(name: str, role: str = "web", *, within: Sequence[Wrapper] = ()) -> Each:
    """Return a component of the other account, by a provider of this name."""
    return Each(name, role, "ssm", opts=provider(f"in-{name}", THERE), account=THERE, within=within)


# A bare policy keeps the name that is taken away from it, and ours gets a generated one.
NAMES: Final[Mapping[str, Row]] = {
    "a first key": Row([[WEB], [WEB._replace(keys=[KEY])]]),
    "another key, no key": Row([[SSM._replace(keys=[OTHER_KEY])], [SSM._replace(keys=[KEY])], [SSM]]),
    "a role given by its ARN": Row([[WEB], [Each("web", f"arn:aws:iam::{Sandbox.account_id}:role/web")]]),
    "another name": Row([[SSM._replace(policy_name="old")], [SSM]], "a moment"),
    "another name and document": Row([[SSM._replace(policy_name="old")], [SSM._replace(keys=[KEY])]], "a moment"),
    "a first name, and none": Row([[WEB], [SSM], [WEB]], "a moment", more=True),
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
}
LISTS: Final[Mapping[str, Row]] = {
    "a role at the front": Row([nodes("web", "api"), nodes("old", "web", "api")], "a moment"),
    "the first role goes": Row([nodes("web", "api"), nodes("api")], "loses"),
    "a role is handed over": Row([nodes("web", "api"), nodes("old", "web")], "a moment"),
    "two components swap roles": Row([nodes("web", "api"), nodes("api", "web")], "loses"),
    "two components swap names": Row(
        [
            [Each("a", "web", "one"), Each("b", "web", "two", [KEY])],
            [Each("a", "web", "two", [KEY]), Each("b", "web", "one")],
        ],
        "loses",
    ),
    "generated names: a role at the front, and it goes": Row(
        [nodes("web", "api", name=None), nodes("new", "web", "api", name=None), nodes("web", "api", name=None)]
    ),
    "generated names: swapped": Row([nodes("web", "api", name=None), nodes("api", "web", name=None)]),
    "an Output, and plain again": Row([nodes("web", "api"), outputs("web", "api"), nodes("web", "api")]),
    "Outputs, and a role at the front": Row([outputs("web", "api"), nodes("old", "web", "api")], "a moment"),
    "Outputs that swap": Row([outputs("web", "api"), outputs("api", "web")], "loses"),
    "a secret, and plain again": Row([nodes("web"), nodes(Secret("web")), nodes("web")]),
}
PARENTS: Final[Mapping[str, Row]] = {
    "a parent of another type, with an alias": Row(
        [nodes("web", "api", within=[TEAM]), nodes("new", "web", "api", within=[WAS_TEAM])], "a moment"
    ),
    "a parent in the middle": Row(
        [[SSM._replace(within=[ORG, TEAM])], [SSM._replace(within=[ORG, SQUAD, TEAM])]], "loses"
    ),
    "the outermost has another type, with an alias": Row(
        [
            nodes("web", "api", within=[ORG, TEAM]),
            nodes("new", "web", "api", within=[Wrapper("Group", "org", was="Org"), TEAM]),
        ],
        "a moment",
    ),
    "two swap their places": Row([[SSM, API._replace(within=[TEAM])], [SSM._replace(within=[TEAM]), API]], "loses"),
    "a first name under another parent": Row([[WEB._replace(within=[TEAM])], [SSM._replace(within=[SQUAD])]]),
}
ROLES: Final[Mapping[str, Row]] = {
    **{
        f"a role of the program is replaced: {form}": Row(
            [[Role(), SSM._replace(role=form)], [Role("/team/"), SSM._replace(role=form)]], "a moment", "a moment"
        )
        for form in BY
    },
    "it is replaced, and its name is text": Row(
        [
            [Role(name="web")],
            [Role(name="web"), SSM],
            [Role("/team/", "web"), SSM],
            Update([Role("/team/", "web"), SSM], how={"refresh": True}),
        ],
        "loses",
        "loses",
    ),
    "it is replaced, and the component renamed": Row(
        [
            [Role(), SSM._replace(role=MADE, within=[TEAM])],
            [Role("/team/"), SSM._replace(name="app", role=MADE, within=[SQUAD])],
        ],
        "a moment",
        "a moment",
    ),
    "generated names: a role of the program is replaced": Row(
        [[Role(), WEB._replace(role=MADE)], [Role("/team/"), WEB._replace(role=MADE)]],
        "a moment",
        "a moment",
    ),
}
OPTIONS: Final[Mapping[str, Row]] = {
    "an explicit provider of the account": Row([[SSM], [SSM._replace(opts=provider("one"))]]),
    "another Region of the account": Row(
        [[SSM._replace(opts=provider("one", region="eu-west-1"))], [SSM._replace(opts=provider("two"))]]
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
    "retain_on_delete, and gone": Row([[SSM._replace(opts=options(retain_on_delete=True))], []], "leaves", "leaves"),
    "retain_on_delete by a transform, and gone": Row(
        [[SSM._replace(opts=options(transforms=[retain]))], []], "leaves", "leaves"
    ),
    "delete_before_replace, and another name": Row(
        [
            [SSM._replace(policy_name="old", opts=options(delete_before_replace=True))],
            [SSM._replace(opts=options(delete_before_replace=True))],
        ],
        "a moment",
    ),
}
TABLE: Final = {**NAMES, **LISTS, **PARENTS, **ROLES, **OPTIONS}
