"""A role that is given by its ARN, on the engine: of the account that AWS says, or refused.

What each answer means is tested in `tests/component/test_account.py`, the way out in `tests/docs`.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, policy
from tests.on_engine import errors, permissions

OTHER: Final = "222222222222"
HERE: Final = f"arn:aws:iam::{Sandbox.account_id}:role/web"
THERE: Final = f"arn:aws:iam::{OTHER}:role/web"
OURS: Final = policy(CHANNELS)
ROLE: Final = "SessionManagerPermissions 'web': role"
SILENCE: Final = (
    f"{ROLE} {HERE!r}: AWS does not return the provider's account (ExpiredToken: The security token included in the "
    "request is expired), so the role's account cannot be checked; renew or correct the provider's credentials, or "
    "write the role's name instead of its ARN"
)


@pytest.fixture
def two(box: Sandbox) -> Sandbox:
    """A sandbox with a role of the same name in each of two accounts."""
    for account in (box.account_id, OTHER):
        box.create_role("web", account=account)
    return box


def policies(box: Sandbox) -> list[list[Mapping[str, Any]]]:
    """Return the documents of each role of that name."""
    return [[*box.role_policies("web", account).values()] for account in (box.account_id, OTHER)]


def refused(arn: str, own: str = Sandbox.account_id) -> str:
    """Return what is said of a role of another account than the provider's own."""
    role = arn.split(":")[4]
    return (
        f"{ROLE} {arn!r}: it belongs to account {role}, but the provider belongs to account {own}; give the component "
        f"a provider of account {role}, or write the role's name if you mean the role in {own}"
    )


def test_an_exact_name_is_of_the_account_that_aws_says(two: Sandbox) -> None:
    """Of another account, or without AWS's answer, preview and up end in one line, and no role gets anything."""
    elsewhere = two.stack(permissions(role=THERE, policy_name="ssm"))
    said = [errors(elsewhere.preview), errors(elsewhere.up)]
    two.fail("GetCallerIdentity", Fault.error("ExpiredToken", "The security token included in the request is expired"))
    unanswered = two.stack(permissions(role=HERE, policy_name="ssm"))
    said += [errors(unanswered.preview), errors(unanswered.up)]

    assert [set(found) for found in said] == [{refused(THERE)}] * 2 + [{SILENCE}] * 2
    assert two.writes == []
    assert policies(two) == [[], []]


def test_another_account_takes_nothing_away(two: Sandbox) -> None:
    """A stack whose credentials become another account's stops, and the policy that it has stays."""
    two.stack(permissions(role=HERE)).up()
    said = errors(two.stack(permissions(role=HERE), account=OTHER).up)

    assert set(said) == {refused(HERE, own=OTHER)}
    assert policies(two) == [[OURS], []]
