"""Exact names on the engine: a preview that does not know the name, and another account.

What becomes of a program around them is in `test_bare_and_ours.py`.
"""

import json
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.moves import HERE, THERE, put
from tests.on_engine import errors, writes

OURS: Final = policy(CHANNELS)


def test_a_protected_policy_whose_name_a_preview_does_not_know(box: Sandbox) -> None:
    """A preview fails, since it takes the known policy for one that goes; `up` without a preview has nothing to do."""
    box.create_role("web")

    def program(prefix: str) -> None:
        source = aws.iam.Policy("source", name_prefix=prefix, policy=json.dumps(OURS))
        args: Any = {"role": "web", "policy_name": source.arn.apply(lambda _: "ssm")}
        SessionManagerPermissions("web", args, pulumi.ResourceOptions(protect=True))

    box.stack(partial(program, "one")).up()
    stack = box.stack(partial(program, "two"))
    said = errors(stack.preview)
    stack.up()

    assert any("::/web/ssm" in line and "cannot be deleted" in line for line in said), f"it must be protected: {said}"
    assert [call for call in writes(box) if "RolePolicy" in call[0]] == [put("web")]


def test_another_account_needs_a_refresh(box: Sandbox) -> None:
    """If component and provider change, nothing is written there until `--refresh`; destroy leaves the old policy."""
    for account in (HERE, THERE):
        box.create_role("web", account=account)

    def program(name: str, account: str) -> None:
        opts = pulumi.ResourceOptions(provider=aws.Provider("aws", **box.provider_args(account=account)))
        SessionManagerPermissions(name, role="web", policy_name="ssm", opts=opts)

    def held() -> list[Any]:
        return [box.role_policies("web", account) for account in (HERE, THERE)]

    found = []
    for name, account, refresh in (("web", HERE, None), ("app", THERE, None), ("app", THERE, True)):
        stack = box.stack(partial(program, name, account))
        stack.up(refresh=refresh)
        found.append(held())
    stack.destroy()

    assert found == [[{"ssm": OURS}, {}], [{"ssm": OURS}, {}], [{"ssm": OURS}, {"ssm": OURS}]]
    assert held() == [{"ssm": OURS}, {}]
