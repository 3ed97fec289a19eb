"""Moves in which a call fails or AWS does not tell the account, and plans: nothing is lost, and ours is never worse."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.documents import KEY
from tests.engine.fleet_moves import FLEET, NAMED, many
from tests.engine.inline_moves import SSM, TABLE, TEAM, WAS_TEAM, WEB, nodes, provider
from tests.moves import THERE, Each, Many, Was
from tests.outcomes import FAILED, worse, worst
from tests.stage import Row, Stage, Update


def swapped(denied: str, role: str, then: Sequence[str]) -> Row:
    """Change the first role of a list in an update that fails, and run another program."""
    return Row([nodes("web", "api"), Update(nodes("old", "api"), denied, role), nodes(*then)])


def renamed(what: Many, **now: Any) -> Row:
    """Give a fleet another document and what else is new in an update that fails, and run it again."""
    after = what._replace(inputs={**what.inputs, "kms_key_arns": [KEY]}, **now)
    return Row([[what], Update([after], "CreatePolicyVersion"), [after]])


def described(denied: str, role: str, then: str) -> Row:
    """Describe a fleet otherwise in an update that fails, and run another program."""
    old, new = many(description="old"), many(description="new")
    return Row([[old], Update([new], denied, role), [many(description=then)]])


OLD: Final = SSM._replace(policy_name="old")
APP: Final = Each("app", "web", keys=[KEY], was=[Was("web")])
AS_SQUAD: Final[Mapping[str, Any]] = {"name": "squad", "was": [Was("fleet")]}
FAILED: Final[Mapping[str, Row]] = {
    "a write fails, and again": swapped("PutRolePolicy", "old", ["old", "api"]),
    "a write fails, and a revert": swapped("PutRolePolicy", "old", ["web", "api"]),
    "a delete fails, and again": swapped("DeleteRolePolicy", "web", ["old", "api"]),
    "a delete fails, and a revert": swapped("DeleteRolePolicy", "web", ["web", "api"]),
    "a delete fails, and a swap": swapped("DeleteRolePolicy", "web", ["api", "web"]),
    "another name, and its write fails": Row([[OLD], Update([SSM], "PutRolePolicy"), [SSM]]),
    "another name, and the end of the old one fails": Row([[OLD], Update([SSM], "DeleteRolePolicy"), [SSM]]),
    "a renamed component fails": Row([[WEB], Update([APP], "PutRolePolicy"), [APP]]),
    "a renamed fleet": renamed(FLEET, **AS_SQUAD),
    "a renamed fleet of an exact name": renamed(NAMED, **AS_SQUAD),
    "a renamed fleet with a description": renamed(many(description="Shells"), **AS_SQUAD),
    "a fleet that gets a parent": renamed(FLEET, was=[Was(within=())], within=[TEAM]),
    "a fleet whose parent has another type": renamed(FLEET._replace(within=[TEAM]), within=[WAS_TEAM]),
    "a fleet with a new name, and the old one under an alias": Row(
        [[FLEET], Update([FLEET._replace(name="squad")], "DeletePolicy"), [FLEET._replace(was=[Was("squad")])]]
    ),
    "creating, and again": described("CreatePolicy", "", "new"),
    "attaching, and again": described("AttachRolePolicy", "api", "new"),
    "attaching, and a revert": described("AttachRolePolicy", "api", "old"),
    "detaching, and again": described("DetachRolePolicy", "web", "new"),
    "detaching, and another one": described("DetachRolePolicy", "web", "other"),
    "deleting, and a revert": described("DeletePolicy", "", "old"),
}


@pytest.mark.parametrize("kind", FAILED)
def test_a_refused_call_loses_nothing(box: Sandbox, kind: str) -> None:
    """Where AWS refuses a call, only that update fails, no role lacks its policy then or later, and destroy ends it."""
    row = FAILED[kind]
    stage = Stage(box, {kind: row}, ours=True, previews=False)
    wrong = [each.wrong for each in stage.run()[kind]]
    if row.update(1).denied == "CreatePolicyVersion":
        # The provider takes a refused document for written, whoever declares it.
        wrong = [[text for text in each if "Decrypt" not in text] for each in wrong]
    else:
        assert stage.end() == {kind: {"own"}}

    assert wrong == [[], [FAILS], [], []]


SILENT: Final = "GetCallerIdentity"
UNTOLD: Final[Mapping[str, Row]] = {
    "from the beginning": Row([Update([SSM], SILENT), Update([SSM._replace(keys=[KEY])], SILENT)]),
    "for once": Row([[SSM], Update([SSM], SILENT), [SSM]]),
}


@pytest.mark.parametrize("kind", UNTOLD)
def test_ours_is_never_worse_if_no_account_is_told(box: Sandbox, kind: str) -> None:
    """Where AWS does not tell the account, nothing fails: no preview or update, no refresh and no `destroy`."""
    rows = {kind: UNTOLD[kind]}
    bare = Stage(box, rows, ours=False).run()[kind]
    stage = Stage(box, rows, ours=True)
    ours = stage.run()[kind]

    assert worse(ours, bare) == []
    assert stage.end() == {kind: {"own"}}
    assert worst(bare) == ""


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
    bare, ours = (Stage(box, rows, ours).run(plan=str(box.folder / "plan.json")) for ours in (False, True))

    assert [text for kind in rows for text in worse(ours[kind], bare[kind])] == []
