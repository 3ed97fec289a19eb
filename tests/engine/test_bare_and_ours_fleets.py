"""Moves of a managed policy and its roles, each with a bare Policy and its attachments, and with a component."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pytest

from sandbox import Sandbox
from tests.documents import KEY
from tests.moves import Many, Was, Wrapper, as_they_are, transformed
from tests.stage import Row, Seen, Stage, Update, worse, worst

TEAM: Final = Wrapper("Team", "team")
WAS_TEAM: Final = Wrapper("Squad", "team", was="Team")


def many(**inputs: Any) -> Many:
    """Return a fleet with these inputs."""
    return Many(inputs=inputs)


FLEET: Final = Many()
NAMED: Final = many(policy_name="fixed")
INPUTS: Final[Mapping[str, Row]] = {
    "another document": Row([[FLEET], [many(kms_key_arns=[KEY])]]),
    "a description, another, none": Row(
        [[FLEET], [many(description="old")], [many(description="new")], [FLEET]], "a moment"
    ),
    "a path, another, none": Row([[FLEET], [many(path="/old/")], [many(path="/new/")], [FLEET]], "a moment"),
    # A bare policy keeps the name that is taken away from it, and ours gets a generated one.
    "a name, another, none": Row(
        [[FLEET], [many(policy_name="old")], [many(policy_name="new")], [FLEET]], "a moment", more=True
    ),
    "name and description": Row(
        [[many(policy_name="old", description="old")], [many(policy_name="new", description="new")]], "a moment"
    ),
    "another description under a transform": Row(
        [
            [many(description="old")._replace(opts=transformed)],
            [many(description="new")._replace(opts=transformed)],
        ],
        "a moment",
    ),
}
NAMES: Final[Mapping[str, Row]] = {
    "another component name": Row([[FLEET], [FLEET._replace(name="squad")]]),
    "another component name, with an alias": Row([[FLEET], [FLEET._replace(name="squad", was=[Was("fleet")])]]),
    "the same of an exact name": Row([[NAMED], [NAMED._replace(name="squad", was=[Was("fleet")])]]),
    "another parent": Row([[FLEET], [FLEET._replace(within=[TEAM])]]),
    "another parent, with an alias": Row([[NAMED], [NAMED._replace(within=[TEAM], was=[Was(within=())])]]),
    "a parent of another type, with an alias": Row(
        [[NAMED._replace(within=[TEAM])], [NAMED._replace(within=[WAS_TEAM])]]
    ),
    "roles in another case": Row([[FLEET], [FLEET._replace(roles=["API", "WEB"])]], "a moment"),
    "a role more, a role less": Row(
        [[FLEET], [FLEET._replace(roles=["new", "api", "web"])], [FLEET._replace(roles=["web"])]]
    ),
    "a role goes to another fleet": Row([[FLEET], [FLEET._replace(roles=["web"]), Many("other", ["api"])]]),
}
TABLE: Final = {**INPUTS, **NAMES}
VARIANTS: Final[Mapping[str, Callable[[], object]]] = {
    "nothing": lambda: None,
    "a transform of the stack": lambda: pulumi.runtime.register_resource_transform(as_they_are),
}
Found = tuple[list[Seen], list[Seen]]


@pytest.fixture(scope="module", params=VARIANTS)
def found(request: pytest.FixtureRequest, shared_box: Sandbox) -> Mapping[str, Found]:
    """Run the whole table, bare and ours, in a program without and with a transform."""
    seen = {}
    for ours in (True, False):
        stage = Stage(shared_box, TABLE, ours, VARIANTS[request.param])
        seen[ours] = stage.run()
        assert not ours or stage.end() == {"own"}
    return {kind: (seen[True][kind], seen[False][kind]) for kind in TABLE}


@pytest.mark.parametrize("kind", TABLE)
def test_ours_is_never_worse(found: Mapping[str, Found], kind: str) -> None:
    """Every role keeps its permissions call by call, and no more is shown as deleted than with bare resources."""
    row, (ours, bare) = TABLE[kind], found[kind]

    assert worse(ours, bare, more=row.more) == []
    assert (worst(ours), worst(bare)) == (row.ours, row.bare)


def renamed(what: Many, denied: str, role: str = "", **alias: Any) -> Row:
    """Rename a fleet under an alias in an update that fails, and run it again."""
    after = what._replace(
        **{"was": [Was("fleet")], "name": "squad", "inputs": {**what.inputs, "kms_key_arns": [KEY]}, **alias}
    )
    return Row([[what], Update([after], denied, role), [after]])


def described(denied: str, role: str, then: str) -> Row:
    """Describe a fleet otherwise in an update that fails, and run another program."""
    old, new = many(description="old"), many(description="new")
    return Row([[old], Update([new], denied, role), [many(description=then)]], "?")


FAILED: Final[Mapping[str, Row]] = {
    "a renamed fleet": renamed(FLEET, "CreatePolicyVersion"),
    "a renamed fleet of an exact name": renamed(NAMED, "CreatePolicyVersion"),
    "a renamed fleet with a description": renamed(many(description="Shells"), "CreatePolicyVersion"),
    "a fleet that gets a parent": renamed(
        FLEET, "CreatePolicyVersion", name="fleet", was=[Was(within=())], within=[TEAM]
    ),
    "a fleet whose parent has another type": renamed(
        FLEET._replace(within=[TEAM]), "CreatePolicyVersion", name="fleet", was=(), within=[WAS_TEAM]
    ),
    "creating, and again": described("CreatePolicy", "", "new"),
    "attaching, and again": described("AttachRolePolicy", "api", "new"),
    "attaching, and a revert": described("AttachRolePolicy", "api", "old"),
    "detaching, and again": described("DetachRolePolicy", "web", "new"),
    "detaching, and another one": described("DetachRolePolicy", "web", "other"),
    "deleting, and a revert": described("DeletePolicy", "", "old"),
}


@pytest.mark.parametrize("kind", FAILED)
def test_ours_is_never_worse_after_a_failed_run(box: Sandbox, kind: str) -> None:
    """Where AWS refuses a call, no role loses its policy, then or in the next run, whatever that runs."""
    ours = Stage(box, {kind: FAILED[kind]}, ours=True).run()[kind]

    # The provider takes a refused document for written, whoever declares it.
    assert [text for each in ours for text in each.wrong if text != "it fails" and "Decrypt" not in text] == []
