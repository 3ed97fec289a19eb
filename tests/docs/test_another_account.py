"""docs/names-and-replacement.md and docs/rename-and-move.md: what becomes of a policy in another account.

What becomes of a generated name that keeps its component, and of an exact name under a transform, is shown in
`tests/assurance/test_losses.py`.
"""

from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Fault, Sandbox
from tests.docs.runs import held
from tests.fleets import fleet
from tests.on_engine import Program, permissions

ACCOUNTS: Final = (Sandbox.account_id, "210987654321")
OURS: Final = policy_document()
ROLES: Final = ("exact", "generated", "fleet")


def everywhere(box: Sandbox) -> dict[str, list[list[Any]]]:
    """Return the documents that each role has in the one account and in the other."""
    return {role: [held(box, role, account) for account in ACCOUNTS] for role in ROLES}


def components(number: int = 0, provider: aws.Provider | None = None, exact: str = "ssm") -> None:
    """Declare one component of each kind; those without an exact name have names of their own for each number."""

    def opts() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=provider)

    permissions("exact", opts, role="exact", policy_name=exact)()
    permissions(f"generated-{number}", opts, role="generated")()
    fleet(["fleet"], f"fleet-{number}", opts)()


def create(box: Sandbox) -> None:
    """Make the roles in both accounts."""
    for account in ACCOUNTS:
        for role in ROLES:
            box.create_role(role, account=account)


@pytest.mark.parametrize("name", ["", "own"], ids=["the default provider", "a provider of the same name"])
def test_a_provider_gets_other_credentials(box: Sandbox, name: str) -> None:
    """The new account gets an exact name at once and the others at a refresh; the old one keeps all, whatever comes."""
    create(box)

    def of(account: str) -> auto.Stack:
        def program() -> None:
            components(provider=aws.Provider(name, **box.provider_args(account=account)) if name else None)

        return box.stack(program, account=account)

    of(ACCOUNTS[0]).up()
    stack = of(ACCOUNTS[1])
    stack.up()
    at_once = everywhere(box)
    stack.up(refresh=True)
    refreshed = everywhere(box)
    stack.destroy()

    assert at_once == {"exact": [[OURS], [OURS]], "generated": [[OURS], []], "fleet": [[OURS], []]}
    assert refreshed == {key: [[OURS], [OURS]] for key in ROLES}
    assert everywhere(box) == {key: [[OURS], []] for key in ROLES}


@pytest.mark.parametrize("transform", [False, True], ids=["", "with a transform"])
def test_policies_move_to_another_account(box: Sandbox, *, transform: bool) -> None:
    """With another name of the provider, and of what Pulumi knows each by, they are written there and go here.

    That is the exact name only if the program has a transform.
    """

    def there(number: int) -> Program:
        def program() -> None:
            if transform:
                pulumi.runtime.register_resource_transform(lambda _: None)
            provider = aws.Provider(f"in-{number}", **box.provider_args(account=ACCOUNTS[number]))
            components(number, provider, f"ssm-{number}" if transform else "ssm")

        return program

    create(box)
    for number in (0, 1):
        box.stack(there(number)).up()

    assert everywhere(box) == {key: [[], [OURS]] for key in ROLES}


def test_a_transform_of_anything_hides_the_account(box: Sandbox) -> None:
    """One that returns nothing, of another resource, is enough: an exact name is written there only at a refresh."""
    box.create_role("web", account=ACCOUNTS[1])

    def program() -> None:
        opts = pulumi.ResourceOptions(transforms=[lambda _: None])
        pulumi.ComponentResource("acme:index:Team", "other", None, opts)
        permissions(policy_name="ssm")()

    box.stack(program).up()
    stack = box.stack(program, account=ACCOUNTS[1])
    for _ in range(2):
        stack.up()
    unnoticed = held(box, "web", ACCOUNTS[1])
    stack.up(refresh=True)

    assert unnoticed == []
    assert held(box, "web", ACCOUNTS[1]) == [OURS]


SILENT: Final = {
    "in neither": (True, True),
    "before": (True, False),
    "at the change": (False, True),
    "": (False, False),
}


@pytest.mark.parametrize("silent", SILENT.values(), ids=SILENT)
def test_an_account_that_aws_does_not_tell(box: Sandbox, silent: tuple[bool, bool]) -> None:
    """An exact name is written in another account only if AWS has told both; otherwise at a refresh."""
    program = permissions(policy_name="ssm")
    box.create_role("web", account=ACCOUNTS[1])
    for account, is_silent in zip(ACCOUNTS, silent, strict=True):
        if is_silent:
            box.fail("GetCallerIdentity", Fault.denied())
        stack = box.stack(program, account=account)
        stack.up()
        box.clear_faults()
    at_once = held(box, "web", ACCOUNTS[1])
    stack.up(refresh=True)

    assert at_once == ([] if any(silent) else [OURS])
    assert [held(box, "web", account) for account in ACCOUNTS] == [[OURS], [OURS]]
