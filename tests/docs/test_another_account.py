"""docs/what-can-take-it-away.md and docs/moving.md: what becomes of a policy in another account."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from sandbox import Sandbox
from tests.running import Program, permissions

HERE: Final = Sandbox.account_id
THERE: Final = "210987654321"
OURS: Final = policy_document()
EXACT: Final = {"policy_name": "ssm"}


@pytest.fixture
def box(box: Sandbox) -> Sandbox:
    """The sandbox with a role of the same name in the other account."""
    box.create_role("web", account=THERE)
    return box


def provided(box: Sandbox, name: str, account: str) -> Callable[[], pulumi.ResourceOptions]:
    """Return options with a provider of this name that has the credentials of an account."""
    return lambda: pulumi.ResourceOptions(provider=aws.Provider(name, **box.provider_args(account=account)))


def held(box: Sandbox) -> list[list[Any]]:
    """Return the documents that the role has here, and those that the role of the same name has there."""
    return [
        [*box.role_policies("web", account).values(), *box.attached_policies("web", account).values()]
        for account in (HERE, THERE)
    ]


def fleet() -> None:
    """Declare a managed policy on the role."""
    SessionManagerManagedPolicy("fleet", {"roles": ["web"]})


def transformed() -> None:
    """Register a transform, and declare a policy with an exact name."""
    pulumi.runtime.register_resource_transform(lambda _: None)
    permissions(**EXACT)()


DEFAULT: Final[Mapping[str, tuple[Program, list[Any]]]] = {
    "exact name": (permissions(**EXACT), [[OURS], [OURS]]),
    "exact name and a transform": (transformed, [[OURS], []]),
    "generated name": (permissions(), [[OURS], []]),
    "fleet": (fleet, [[OURS], []]),
}


@pytest.mark.parametrize(("program", "expected"), DEFAULT.values(), ids=DEFAULT)
def test_the_default_provider_gets_other_credentials(box: Sandbox, program: Program, expected: list[Any]) -> None:
    """The old account keeps its policy; the new one gets it at once for an exact name, and at a refresh otherwise."""
    box.stack(program).up()
    stack = box.stack(program, account=THERE)
    stack.up()
    at_once = held(box)
    stack.up(refresh=True)

    assert at_once == expected
    assert held(box) == [[OURS], [OURS]]


def test_a_later_run_does_not_delete_the_old_one(box: Sandbox) -> None:
    """Destroyed with the new credentials, the old account's policy is still there."""
    box.stack(permissions(**EXACT)).up()
    stack = box.stack(permissions(**EXACT), account=THERE)
    stack.up()
    stack.destroy()

    assert held(box) == [[OURS], []]


def test_a_provider_of_the_same_name_gets_other_credentials(box: Sandbox) -> None:
    """A provider that the program declares is no other one as long as it keeps its name."""
    for account in (HERE, THERE):
        box.stack(permissions(opts=provided(box, "own", account), **EXACT)).up()

    assert held(box) == [[OURS], [OURS]]


@pytest.mark.parametrize(
    ("args", "names"), [(EXACT, ("web", "web")), ({}, ("web", "there"))], ids=["exact name", "generated name"]
)
def test_a_policy_moves_to_another_account(box: Sandbox, args: Mapping[str, Any], names: tuple[str, str]) -> None:
    """With another name of the provider, and of a generated policy's component, it is written there and goes here."""
    for name, account in zip(names, (HERE, THERE), strict=True):
        box.stack(permissions(name, opts=provided(box, f"in-{account}", account), **args)).up()

    assert held(box) == [[], [OURS]]
    assert sorted((call.account, call.action) for call in box.writes) == [
        (HERE, "DeleteRolePolicy"),
        (HERE, "PutRolePolicy"),
        (THERE, "PutRolePolicy"),
    ]
