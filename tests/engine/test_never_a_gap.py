"""Whatever changes about a `SessionManagerPermissions`, a role is never without its permissions, call by call.

Policies with exact names are in `test_exact_names.py`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests import moves
from tests.documents import CHANNEL_ACTIONS, CHANNELS, KEY, OTHER_KEY, policy
from tests.facts import gap
from tests.moves import (
    AsOutput,
    Declare,
    Each,
    Move,
    Outcome,
    called,
    declare,
    deleted,
    moved_to_a_team,
    nodes,
    put,
    transformed,
    under_a_team,
)

ROLES: Final = ("api", "new", "web")


def delete_first(_: str) -> pulumi.ResourceOptions:
    """Ask to delete what is replaced first, which opens no gap."""
    return pulumi.ResourceOptions(delete_before_replace=True)


REPLACED: Final = [put("web"), deleted("web")]
WEB: Final = Each("web", "web")
NAMED: Final = Each("web", "web", "ssm")
OUTPUT: Final = Each("web", "web", AsOutput("ssm"))
OLD: Final = Each("web", "web", "old")
WITH_KEY: Final = Each("web", "web", key=KEY)
NAMINGS: Final = (
    ("a first name", WEB, NAMED),
    ("a first name that is an Output", WEB, OUTPUT),
    ("no name any more", NAMED, WEB),
    ("no name that is an Output any more", OUTPUT, WEB),
)
CHANGES: Final[Mapping[str, tuple[Sequence[Each], Sequence[Each], Sequence[tuple[str, str]]]]] = {
    "a first key": ([WEB], [WITH_KEY], [put("web")]),
    "another key": ([Each("web", "web", key=OTHER_KEY)], [WITH_KEY], [put("web")]),
    "no key any more": ([WITH_KEY], [WEB], [put("web")]),
    "a role given by its ARN": ([WEB], [Each("web", "arn:aws:iam::123456789012:role/web")], []),
    **{kind: ([before], [after], REPLACED) for kind, before, after in NAMINGS},
    **{
        f"{kind}, under a transform": (
            [before._replace(opts=transformed)],
            [after._replace(opts=transformed)],
            REPLACED,
        )
        for kind, before, after in NAMINGS
    },
    "another name": ([OLD], [NAMED], REPLACED),
    "another name and document": ([OLD], [Each("web", "web", "ssm", KEY)], REPLACED),
    "another name, to be deleted first": (
        [Each("web", "web", "old", opts=delete_first)],
        [Each("web", "web", "ssm", opts=delete_first)],
        REPLACED,
    ),
    "another component name": ([WEB], [Each("app", "web")], REPLACED),
    "another component name, with an alias": ([WEB], [Each("app", "web", opts=called("web"))], []),
    "another component name, with an alias, and a first name": (
        [WEB],
        [Each("app", "web", "ssm", opts=called("web"))],
        REPLACED,
    ),
    "another parent": ([WEB], [Each("web", "web", opts=under_a_team)], REPLACED),
    "another parent, with an alias": ([WEB], [Each("web", "web", opts=moved_to_a_team)], []),
    "another role": ([WEB], [Each("web", "api")], [put("api"), deleted("web")]),
    "one component more on the role": ([WEB], [WEB, Each("two", "web")], [put("web")]),
    "one component less on the role": ([WEB, Each("two", "web")], [Each("two", "web")], [deleted("web")]),
    "a role at the front of a list": (
        nodes("web", "api"),
        nodes("new", "web", "api"),
        [put("new"), *REPLACED, put("api"), deleted("api")],
    ),
    "the first role of a list goes": (nodes("web", "api"), nodes("api"), [put("api"), deleted("web"), deleted("api")]),
    "two roles swap": (nodes("web", "api"), nodes("api", "web"), [put("api"), *REPLACED, deleted("api")]),
    "a role is handed over": (nodes("web", "api"), nodes("new", "web"), [put("new"), *REPLACED, deleted("api")]),
}


def without_the_component(name: str) -> Declare:
    """Return what declares an ordinary RolePolicy with an exact name."""

    def declare(suffix: str) -> None:
        text = json.dumps(policy(CHANNELS))
        aws.iam.RolePolicy(f"web{suffix}", role=f"web{suffix}", name=name, policy=text)

    return declare


BARE: Final = "another name without the component"


@pytest.fixture(scope="module")
def outcomes(shared_box: Sandbox) -> Mapping[str, Outcome]:
    """Make every change in one run."""
    changes = {kind: Move(declare(*before), declare(*after)) for kind, (before, after, _) in CHANGES.items()}
    bare = Move(without_the_component("old"), without_the_component("new"))
    return moves.outcomes(shared_box, {**changes, BARE: bare}, ROLES)


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_writes_the_new_policy_first(outcomes: Mapping[str, Outcome], kind: str) -> None:
    """The role has the new policy before the old one goes, the old one does go, and the next `up` has nothing to do."""
    found, (_, after, calls) = outcomes[kind], CHANGES[kind]

    assert sorted(found.calls) == sorted(calls)
    assert found.again == []
    assert found.gaps == []
    assert found.policies == moves.policies_of(*after)


def test_a_policy_without_the_component_has_a_gap(outcomes: Mapping[str, Outcome]) -> None:
    """An ordinary RolePolicy that gets another name is deleted first, which the record shows: what is avoided here."""
    found = outcomes[BARE]

    assert found.calls == [deleted("web"), put("web")]
    assert found.gaps == [gap("DeleteRolePolicy", "web", action) for action in CHANNEL_ACTIONS]
