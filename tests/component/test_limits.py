"""What IAM's limits leave for the name of a component and for its document, whatever its inputs are given as."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.components import PERMISSIONS, Kind, output, plain
from tests.documents import wanted
from tests.fleets import FLEET, compact
from tests.messages import sentence
from tests.wrong_inputs import ONE, refusal, rule_of


@pytest.mark.parametrize(
    ("kind", "refused"),
    [(PERMISSIONS, "no name for a policy"), (FLEET, "no name for a managed policy")],
    ids=str,
)
def test_the_longest_component_name(kind: Kind, refused: str) -> None:
    """The generated name of the policy has room for it."""
    fits = kind.declare({}, name="a" * 104).only(kind.policy_type)
    error = refusal(kind.made, "a" * 105, kind.needed)

    assert len(f"{fits.name}-1234567") == 128
    assert rule_of(error) == sentence("a component's name", refused)


@pytest.mark.parametrize("name", ["a/b", "é", "a\n"])
def test_a_name_that_would_make_a_bad_policy_name_is_refused(name: str) -> None:
    """IAM would refuse the policy's generated name; with `policy_name` the component may have any name."""
    assert rule_of(refusal(ONE, name, role="web")) == sentence("a component's name", "no name for a policy")


def keys_for(size: int) -> list[str]:
    """Return keys whose grant makes a document of just this size: the id of the last one is as long as it takes."""
    keys = [f"arn:aws:kms:eu-west-1:123456789012:key/{position:036}" for position in range(size // 100)]
    missing = size - len(compact(*wanted({"kms_key_arns": keys})))
    return [*keys[:-1], f"{keys[-1]}{'0' * missing}"]


@pytest.mark.parametrize("way", [plain, output])
@pytest.mark.parametrize(("kind", "limit"), [(PERMISSIONS, 10_240), (FLEET, 6_144)], ids=str)
def test_a_document_is_as_long_as_iam_takes_and_no_longer(
    kind: Kind, limit: int, way: Callable[[list[str]], Any]
) -> None:
    """Up to the quota every key is granted; a character more is refused with its size, never cut."""
    fits = kind.declare(lambda: {"kms_key_arns": way(keys_for(limit))})
    longer = kind.try_declare(lambda: {"kms_key_arns": way(keys_for(limit + 1))})
    rule = sentence("the size of the document", kind.name).replace("12,310", f"{limit + 1:,}")

    assert kind.policy(fits)["policy"] == compact(*wanted({"kms_key_arns": keys_for(limit)}))
    assert len(kind.policy(fits)["policy"]) == limit
    assert str(longer.error) == f"{kind.owner}: the policy document: {rule}"
