"""Exact names that are refused, since one policy of IAM's would be two of Pulumi's."""

from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.moves import Wrapper, wrap
from tests.on_engine import errors, permissions

OTHER: Final = "222222222222"


def test_two_accounts_with_one_pair_are_refused(box: Sandbox) -> None:
    """Pulumi would take the two for one resource: the line says so, and another name for one of them works."""
    for account in (box.account_id, OTHER):
        box.create_role("web", account=account)

    def program(second: str) -> None:
        there = aws.Provider("there", **box.provider_args(account=OTHER))
        SessionManagerPermissions("here", {"role": "web", "policy_name": "ssm"})
        args: Any = {"role": "web", "policy_name": second}
        SessionManagerPermissions("there", args, pulumi.ResourceOptions(provider=there))

    found = errors(box.stack(lambda: program("ssm")).preview)
    box.stack(lambda: program("ssm-there")).up()

    assert found == [
        (
            "SessionManagerPermissions 'there': policy_name 'ssm': SessionManagerPermissions 'here' has it on the same "
            "role, so each would overwrite or delete the other's policy; give one of them another policy_name, even if "
            "their accounts differ, or leave it out"
        )
    ]
    assert box.role_policies("web") == {"ssm": policy(CHANNELS)}
    assert box.role_policies("web", OTHER) == {"ssm-there": policy(CHANNELS)}


def test_two_of_one_name_under_parents_of_different_types_are_refused(box: Sandbox) -> None:
    """The engine takes them for one resource and says so, in a preview, too: neither can be taken out later."""
    box.create_role("web")

    def program() -> None:
        for wrapper in (Wrapper("Team", "team"), Wrapper("Squad", "squad")):
            opts = pulumi.ResourceOptions(parent=wrap(wrapper, ""))
            SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"}, opts)

    stack = box.stack(program)
    said = [errors(operation) for operation in (stack.preview, stack.up)]
    refused = [[line for line in found if "Duplicate resource URN" in line and "::/web/ssm'" in line] for found in said]

    assert all(refused), f"each must be refused: {refused}"


def test_a_generated_name_cannot_be_given(box: Sandbox) -> None:
    """The name that IAM shows for a generated policy is refused: the generated one's end would take it."""
    box.create_role("web")
    box.stack(permissions()).up()
    [name] = box.role_policies("web")

    assert errors(box.stack(permissions(policy_name=name)).preview) == [
        (
            f"SessionManagerPermissions 'web': policy_name {name!r}: it looks like a generated name, and Pulumi would "
            "delete this policy together with the generated one; choose a name without -session-manager, or leave it "
            "out to keep the generated one"
        )
    ]
