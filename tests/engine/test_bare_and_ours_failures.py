"""Moves in which a call fails: nothing is lost that a bare resource keeps."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi.automation as auto
import pytest

from sandbox import Sandbox
from tests.documents import KEY, OWN
from tests.engine.moves.declarations import TEAM, Alias, Fleet, Scope, Single
from tests.engine.moves.items import API, FLEET, NAMED, SSM, WEB, fleet_with, nodes
from tests.engine.moves.outcomes import FAILED, LOSES, Wrong, worse
from tests.engine.moves.stage import Row, Stage, Update
from tests.on_engine import gaps


def swapped(denied: str, role: str, then: Sequence[str]) -> Row:
    """Change the first role of a list in an update that fails, and run another program."""
    return Row([nodes("web", "api"), Update(nodes("old", "api"), denied, role), nodes(*then)])


def renamed(what: Fleet, **now: Any) -> Row:
    """Give a fleet another document and what else is new in an update that fails; run it again, and with a refresh."""
    after = what._replace(inputs={**what.inputs, "kms_key_arns": [KEY]}, **now)
    return Row([[what], Update([after], "CreatePolicyVersion"), [after], Update([after], how={"refresh": True})])


def described(denied: str, role: str, then: str) -> Row:
    """Describe a fleet otherwise in an update that fails, and run another program."""
    old, new = fleet_with(description="old"), fleet_with(description="new")
    return Row([[old], Update([new], denied, role), [fleet_with(description=then)]])


OLD: Final = SSM._replace(policy_name="old")
APP: Final = Single("app", "web", keys=[KEY], aliases=[Alias("web")])
EXACT_APP: Final = Single("app", "web", "ssm", aliases=[Alias("web")])
AS_SQUAD: Final[Mapping[str, Any]] = {"name": "squad", "aliases": [Alias("fleet")]}
REFUSED: Final[Mapping[str, Row]] = {
    "a write fails, and again": swapped("PutRolePolicy", "old", ["old", "api"]),
    "a renamed component of an exact name, in a run that fails before its policy": Row(
        [[API, SSM], Update([API._replace(keys=[KEY]), EXACT_APP], "PutRolePolicy", "api"), [API, EXACT_APP]]
    ),
    "a renamed component fails": Row([[WEB], Update([APP], "PutRolePolicy"), [APP]]),
    "a renamed fleet": renamed(FLEET, **AS_SQUAD),
    "a renamed fleet of an exact name": renamed(NAMED, **AS_SQUAD),
    "a fleet that gets a parent": renamed(FLEET, aliases=[Alias(within=())], within=[TEAM]),
    "a fleet with a new name, and the old one under an alias": Row(
        [[FLEET], Update([FLEET._replace(name="squad")], "DeletePolicy"), [FLEET._replace(aliases=[Alias("squad")])]]
    ),
    "creating, and again": described("CreatePolicy", "", "new"),
    "attaching, and again": described("AttachRolePolicy", "api", "new"),
    "detaching, and another one": described("DetachRolePolicy", "web", "other"),
    "deleting, and a revert": described("DeletePolicy", "", "old"),
}
# IAM has one policy of an exact name, so that a replacement deletes it first, whoever declares it.
EXACT: Final[Mapping[str, Row]] = {
    "a delete fails, and a swap": swapped("DeleteRolePolicy", "web", ["api", "web"]),
    "another name, and its write fails": Row([[OLD], Update([SSM], "PutRolePolicy"), [SSM]]),
    "another name, and the end of the old one fails": Row([[OLD], Update([SSM], "DeleteRolePolicy"), [SSM]]),
}


# The provider takes a refused document for written, whoever declares it, until a refresh.
UNTIL_A_REFRESH: Final = [Wrong(LOSES, "api", "kms:Decrypt"), Wrong(LOSES, "web", "kms:Decrypt")]


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refused_call_loses_nothing(box: Sandbox, kind: str) -> None:
    """Where AWS refuses a call, only that update fails, no role lacks its policy then or later, and destroy ends it."""
    row = REFUSED[kind]
    stage = Stage(box, {kind: row}, ours=True, previews=False)
    wrong = [sorted(each.wrong) for each in stage.run()[kind]]

    assert wrong == [[], [FAILED], *([UNTIL_A_REFRESH] if len(row.updates) > 3 else []), [], []]
    assert stage.end() == {kind: {"own"}}


@pytest.mark.parametrize("kind", EXACT)
def test_an_exact_name_ends_as_with_a_bare_policy(box: Sandbox, kind: str) -> None:
    """Where AWS refuses a call about an exact name, what a role lacks then or later it lacks with a bare one, too."""
    bare, ours = (Stage(box, {kind: EXACT[kind]}, ours, previews=False).run()[kind] for ours in (False, True))

    assert FAILED in bare[1].wrong
    assert worse(ours, bare) == []


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "bare"])
def test_a_role_with_ten_managed_policies(box: Sandbox, *, ours: bool) -> None:
    """Another description of its fleet, and the old one again, fail and keep the policy until the role has room.

    Bare attachments are replaced, with a moment without the policy.
    """
    box.create_role("api")
    iam = box.client("iam")
    for number in range(9):
        made = iam.create_policy(PolicyName=f"other-{number}", PolicyDocument=json.dumps(OWN))
        iam.attach_role_policy(RoleName="api", PolicyArn=made["Policy"]["Arn"])
    box.forget()

    def stack(description: str) -> auto.Stack:
        fleet = fleet_with(description=description)._replace(roles=["api"])
        return box.stack(lambda: fleet.declare(Scope(box, "", ours)))

    stack("old").up()
    for description in ("new", "old") if ours else ():
        with pytest.raises(auto.CommandError, match="LimitExceeded"):
            stack(description).up()
    if ours:
        iam.detach_role_policy(RoleName="api", PolicyArn=made["Policy"]["Arn"])
    end = stack("new")
    end.up()
    end.refresh(expect_no_changes=True)

    assert len(gaps(box, ["api"])) == (not ours)
    assert len(box.attached_policies("api")) == 10 - ours
