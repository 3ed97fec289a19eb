"""Another name, document, alias or parent of a component that has an inline policy."""

from collections.abc import Mapping
from typing import Final

from sandbox import Sandbox
from tests.documents import KEY, OTHER_KEY
from tests.engine.moves.declarations import ORG, SQUAD, TEAM, Alias, AsOutput, OfTheRole, Role, Single
from tests.engine.moves.items import API, SSM, WEB, nodes
from tests.engine.moves.stage import Row, Update

NONE: Final = AsOutput("")
FRONT: Final = Single("front", "web", "ssm", aliases=[Alias("web")])
OLD_NAME: Final = Single("web", "api", "ssm")

RENAMES: Final[Mapping[str, Row]] = {
    "a first key": Row([[WEB], [WEB._replace(keys=[KEY])]]),
    "another key, no key": Row([[SSM._replace(keys=[OTHER_KEY])], [SSM._replace(keys=[KEY])], [SSM]]),
    "a role given by its ARN": Row([[WEB], [Single("web", f"arn:aws:iam::{Sandbox.account_id}:role/web")]]),
    "another name": Row([[SSM._replace(policy_name="old")], [SSM]], "a moment", "a moment"),
    "another name and document": Row(
        [[SSM._replace(policy_name="old")], [SSM._replace(keys=[KEY])]], "a moment", "a moment"
    ),
    "a first name, and none": Row([[WEB], [SSM], [WEB]], "a moment", "a moment"),
    "a first name under an alias": Row(
        [[WEB], [Single("app", "web", "ssm", aliases=[Alias("web")])]], "a moment", "a moment"
    ),
    "another case of the role": Row([nodes("web"), nodes("WEB")], "a moment", "a moment"),
    "another component name": Row([[SSM], [SSM._replace(name="app")]], "loses", "loses"),
    "another component name of a generated name": Row([[WEB], [WEB._replace(name="app")]]),
    "another component name, with an alias": Row([[SSM], [Single("app", "web", "ssm", aliases=[Alias("web")])]]),
    "another component name of a generated name, with an alias": Row(
        [[WEB], [Single("app", "web", aliases=[Alias("web")])]]
    ),
    "another parent": Row([[SSM], [SSM._replace(within=[TEAM])]], "loses", "loses"),
    "another parent, with an alias": Row([[SSM], [SSM._replace(within=[TEAM], aliases=[Alias(within=())])]]),
    "another parent of a generated name, with an alias": Row(
        [[WEB], [WEB._replace(within=[TEAM], aliases=[Alias(within=())])]]
    ),
    "another role": Row([[WEB], [WEB._replace(role="api")]]),
    "another role of an exact name": Row([[SSM], [SSM._replace(role="api")]]),
    "another role of an exact name is refused, and back": Row(
        [[SSM], Update([SSM._replace(role="api")], "PutRolePolicy", "api"), [SSM]], "fails", "fails"
    ),
    "generated names: another case of the role": Row([nodes("web", name=None), nodes("WEB", name=None)]),
    # In one run with the alias, the engine refuses the old name in either order.
    "the old name, used anew under an alias": Row([[SSM], [FRONT], [FRONT, OLD_NAME]]),
    "the old name, used anew under an alias, before it": Row([[SSM], [FRONT], [OLD_NAME, FRONT]]),
}
# The option of a policy's name that is an Output is left to the AWS provider.
OUTPUTS: Final[Mapping[str, Row]] = {
    "a name as an Output, and plain again": Row([[SSM], [SSM._replace(policy_name=AsOutput("ssm"))], [SSM]]),
    "a name as an Output, and another one": Row(
        [[SSM._replace(policy_name=AsOutput(name))] for name in ("old", "ssm")], "a moment", "a moment"
    ),
    "a name that a preview does not know": Row([[SSM], [Role(), SSM._replace(policy_name=OfTheRole("ssm"))]]),
    "another name that a preview does not know": Row(
        [[SSM], [Role(), SSM._replace(policy_name=OfTheRole("new"))]], "a moment", "a moment"
    ),
    "an Output without a name: another case of the role": Row([nodes("web", name=NONE), nodes("WEB", name=NONE)]),
    "an Output without a name, and one": Row(
        [nodes("web", name=NONE), nodes("web", name=AsOutput("ssm"))], "a moment", "a moment"
    ),
}

PARENTS: Final[Mapping[str, Row]] = {
    "a parent in the middle": Row(
        [[SSM._replace(within=[ORG, TEAM])], [SSM._replace(within=[ORG, SQUAD, TEAM])]], "loses", "loses"
    ),
    "two swap their places": Row(
        [[SSM, API._replace(within=[TEAM])], [SSM._replace(within=[TEAM]), API]], "loses", "loses"
    ),
    "a first name under another parent": Row([[WEB._replace(within=[TEAM])], [SSM._replace(within=[SQUAD])]]),
}
