"""What IAM's limits leave for the name of a component and for its document, whatever its inputs are given as."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pytest

from tests.answers import session
from tests.components import PERMISSIONS, Kind
from tests.documents import wanted
from tests.fleets import FLEET, compact
from tests.wrong_inputs import refusal

both_components: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)


@pytest.mark.parametrize(
    ("kind", "inputs", "room"),
    [
        (PERMISSIONS, {}, 104),
        (FLEET, {}, 104),
        (FLEET, {"description": "d"}, 96),
        (FLEET, {"path": "/a/"}, 96),
    ],
    ids=str,
)
def test_the_longest_component_name(kind: Kind, inputs: Mapping[str, str], room: int) -> None:
    """The generated name of the policy has room for it, also with the digest of a fleet's description or path."""
    name = "a" * room
    fits = kind.declare(inputs, name=name).only(kind.policy_type)

    assert fits.name.startswith(f"{name}-session-manager")
    assert len(f"{fits.name}-1234567") == 128


@both_components
def test_a_policy_name_frees_the_components_name(kind: Kind) -> None:
    """With `policy_name` the component may be called what IAM would not take as a part of a policy's name."""
    record = kind.declare({"policy_name": "fixed"}, name="é / ü" * 30)

    assert kind.policy(record)["name"] == "fixed"


@both_components
def test_a_policy_name_that_becomes_none(kind: Kind) -> None:
    """It leaves the policy's name to be generated from the component's, which then must be one for IAM."""
    record = kind.try_declare(lambda: {"policy_name": pulumi.Output.from_input(None)}, name="a b")

    assert str(record.error) == str(refusal(kind.made, "a b", kind.needed))


HOW: Final[Mapping[str, Callable[[list[str]], Mapping[str, Any]]]] = {
    "plain": lambda keys: {"kms_key_arns": keys},
    "an Output": lambda keys: {"kms_key_arns": pulumi.Output.from_input(keys)},
    "one in preferences": lambda keys: {
        "session_preferences": session({"kmsKeyId": keys[0]}),
        "kms_key_arns": keys[1:],
    },
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    ("kind", "most", "rule"),
    [
        (
            PERMISSIONS,
            127,
            "10,254 characters without white space, and IAM takes 10,240 for all inline policies of a role",
        ),
        (FLEET, 75, "6,198 characters without white space, and IAM takes 6,144 for a managed policy"),
    ],
    ids=str,
)
def test_a_document_is_as_long_as_iam_takes_and_no_longer(kind: Kind, most: int, rule: str, how: str) -> None:
    """Up to the quota every key is granted; beyond it the document is refused with its size, never cut."""
    keys = [f"arn:aws:kms:eu-west-1:123456789012:key/{position:036}" for position in range(most + 1)]
    fits = kind.declare(lambda: HOW[how](keys[:-1]))
    longer = kind.try_declare(lambda: HOW[how](keys))

    assert kind.policy(fits)["policy"] == compact(*wanted({"kms_key_arns": keys[:-1]}))
    assert str(longer.error) == (
        f"{kind.owner}: the policy document: it has {rule}; use fewer keys or log groups, or spread them over several "
        "SessionManagerManagedPolicy"
    )


def keys_for(size: int) -> list[str]:
    """Return keys whose grant makes a document of just this size: the id of the last one is as long as it takes."""
    keys = [f"arn:aws:kms:eu-west-1:123456789012:key/{position:036}" for position in range(size // 100)]
    missing = size - len(compact(*wanted({"kms_key_arns": keys})))
    return [*keys[:-1], f"{keys[-1]}{'0' * missing}"]


@pytest.mark.parametrize(("kind", "limit"), [(PERMISSIONS, 10_240), (FLEET, 6_144)], ids=str)
def test_the_whole_quota_may_be_used(kind: Kind, limit: int) -> None:
    """A document of just the size that IAM takes is no problem."""
    record = kind.declare({"kms_key_arns": keys_for(limit)})

    assert len(kind.policy(record)["policy"]) == limit


@pytest.mark.parametrize(("kind", "limit"), [(PERMISSIONS, 10_240), (FLEET, 6_144)], ids=str)
def test_nothing_beyond_the_quota_is_accepted(kind: Kind, limit: int) -> None:
    """A document of a single character more than IAM takes is refused."""
    record = kind.try_declare({"kms_key_arns": keys_for(limit + 1)})

    assert str(record.error).startswith(f"{kind.owner}: the policy document: it has {limit + 1:,} characters ")
