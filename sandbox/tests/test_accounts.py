"""The sandbox's accounts: each has roles, managed policies and a record of its own."""

import pytest

from sandbox import Sandbox
from sandbox.tests.policies import OTHER_ACCOUNT as OTHER
from sandbox.tests.policies import READ, managed, put


def two_roles(box: Sandbox) -> None:
    """Make a role of the same name in either account."""
    box.create_role("web")
    box.create_role("web", account=OTHER)


def test_a_gap_is_one_accounts(box: Sandbox) -> None:
    """What a role of the same name loses or keeps in another account is no gap here, and fills none."""
    two_roles(box)
    arn = managed(box, "shared", roles=["web"], account=OTHER)
    put(box)
    box.client("iam", account=OTHER).detach_role_policy(RoleName="web", PolicyArn=arn)

    assert box.gaps("web", "s3:GetObject") == []
    assert [call.action for call in box.gaps("web", "s3:GetObject", account=OTHER)] == ["DetachRolePolicy"]
    assert [(call.account, call.policies_after) for call in box.writes[-2:]] == [
        (box.account_id, {"web": {"own": READ}}),
        (OTHER, {"web": {}}),
    ]


@pytest.mark.parametrize("account", ["", "prod", "12345678901", "1234567890123"])
def test_what_is_no_account_is_refused(box: Sandbox, account: str) -> None:
    """An account is its twelve digits; anything else is a mistake in a test."""
    with pytest.raises(ValueError, match=f"'{account}' is not an AWS account: an account's id is 12 digits"):
        box.provider_args(account=account)
