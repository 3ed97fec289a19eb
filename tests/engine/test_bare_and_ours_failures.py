"""Moves of inline policies in which a call fails or AWS does not tell the account, and plans: ours is never worse."""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from sandbox import Sandbox
from tests.documents import KEY
from tests.engine.inline_moves import SSM, TABLE, WEB, nodes, provider
from tests.moves import THERE, Each, Was
from tests.stage import Row, Stage, Update, worse, worst


def swapped(denied: str, role: str, then: Sequence[str]) -> Row:
    """Change the first role of a list in an update that fails, and run another program."""
    return Row([nodes("web", "api"), Update(nodes("old", "api"), denied, role), nodes(*then)], "?")


def renamed(denied: str) -> Row:
    """Give a policy another exact name in an update that fails, and run it again."""
    return Row([[SSM._replace(policy_name="old")], Update([SSM], denied), [SSM]], "?")


WEB_NOW_APP: Final = Each("app", "web", keys=[KEY], was=[Was("web")])
SILENT: Final = "GetCallerIdentity"
ALONE: Final[Mapping[str, Row]] = {
    "a write fails, and again": swapped("PutRolePolicy", "old", ["old", "api"]),
    "a write fails, and a revert": swapped("PutRolePolicy", "old", ["web", "api"]),
    "a delete fails, and again": swapped("DeleteRolePolicy", "web", ["old", "api"]),
    "a delete fails, and a revert": swapped("DeleteRolePolicy", "web", ["web", "api"]),
    "a delete fails, and a swap": swapped("DeleteRolePolicy", "web", ["api", "web"]),
    "another name, and its write fails": renamed("PutRolePolicy"),
    "another name, and the end of the old one fails": renamed("DeleteRolePolicy"),
    "a renamed component fails": Row([[WEB], Update([WEB_NOW_APP], "PutRolePolicy"), [WEB_NOW_APP]], "?"),
    "no account is told, from the beginning": Row([Update([SSM], SILENT), Update([SSM._replace(keys=[KEY])], SILENT)]),
    "no account is told for once": Row([[SSM], Update([SSM], SILENT), [SSM]]),
}


@pytest.mark.parametrize("kind", ALONE)
def test_ours_is_never_worse_alone(box: Sandbox, kind: str) -> None:
    """So it is where a call fails, and where AWS does not tell the account, in a refresh and in `destroy`, too."""
    row = ALONE[kind]
    bare = Stage(box, {kind: row}, ours=False).run()[kind]
    stage = Stage(box, {kind: row}, ours=True)
    ours = stage.run()[kind]

    assert worse(ours, bare) == []
    assert stage.end() <= {"own", "ssm"}
    assert row.bare in ("?", worst(bare))


ONE: Final = SSM._replace(opts=provider("one"))
BACK: Final[Mapping[str, Row]] = {
    "the default provider": Row([[SSM], Update([SSM._replace(account=THERE)], account=THERE), [SSM]]),
    "an explicit provider": Row([[ONE], [SSM._replace(opts=provider("one", THERE), account=THERE)], [ONE]]),
}


@pytest.mark.parametrize("kind", BACK)
def test_credentials_of_another_account_and_back(box: Sandbox, kind: str) -> None:
    """On purpose, the policy is written there, where a bare one is not, and stays; then it is made anew here."""
    bare, ours = (Stage(box, {kind: BACK[kind]}, ours).run()[kind] for ours in (False, True))
    call = "PutRolePolicy web"

    assert worst(bare) == "loses"
    assert worst(ours) == "a moment"
    assert [each.writes for each in ours] == [[call], [call], ["DeleteRolePolicy web", call], []]


def test_a_plan_holds(box: Sandbox) -> None:
    """`pulumi up --plan` does what `pulumi preview --save-plan` has planned, bare and ours."""
    rows = {kind: TABLE[kind] for kind in ("a first key", "another key, no key", "another name")}
    bare, ours = (Stage(box, rows, ours, plan=True).run() for ours in (False, True))

    assert [text for kind in rows for text in worse(ours[kind], bare[kind])] == []
