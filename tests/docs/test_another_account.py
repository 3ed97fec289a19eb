"""docs/what-can-take-it-away.md and docs/moving.md: what becomes of a policy in another account."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from sandbox import Sandbox
from tests.on_engine import Program, permissions

HERE: Final = Sandbox.account_id
THERE: Final = "210987654321"
OURS: Final = policy_document()
EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}


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


def transformed(program: Program) -> Program:
    """Return the program with a transform."""

    def declare() -> None:
        pulumi.runtime.register_resource_transform(lambda _: None)
        program()

    return declare


DEFAULT: Final[Mapping[str, tuple[Program, list[Any]]]] = {
    "exact name": (permissions(**EXACT), [[OURS], [OURS]]),
    "exact name and a transform": (transformed(permissions(**EXACT)), [[OURS], []]),
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


def unchanged(program: Program) -> Program:
    """Return the program as it is."""
    return program


class Moved(NamedTuple):
    """Name and inputs of a component here and there, and what the program does beside it."""

    names: tuple[str, str] = ("web", "web")
    args: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    beside: Callable[[Program], Program] = unchanged


MOVED: Final = {
    "exact name": Moved(args=(EXACT, EXACT)),
    "exact name and a transform": Moved(args=(EXACT, {"policy_name": "there"}), beside=transformed),
    "generated name": Moved(names=("web", "there")),
}


@pytest.mark.parametrize("moved", MOVED.values(), ids=MOVED)
def test_a_policy_moves_to_another_account(box: Sandbox, moved: Moved) -> None:
    """With another name of the provider, and of what Pulumi knows the policy by, it is written there and goes here."""
    for name, args, account in zip(moved.names, moved.args, (HERE, THERE), strict=True):
        program = permissions(name, opts=provided(box, f"in-{account}", account), **args)
        box.stack(moved.beside(program)).up()

    assert held(box) == [[], [OURS]]
    assert sorted((call.account, call.action) for call in box.writes) == [
        (HERE, "DeleteRolePolicy"),
        (HERE, "PutRolePolicy"),
        (THERE, "PutRolePolicy"),
    ]


@pytest.mark.parametrize(
    "program", [permissions, lambda opts: transformed(permissions(opts=opts, **EXACT))], ids=["generated", "transform"]
)
def test_what_keeps_its_name_is_not_written_in_another_account(box: Sandbox, program: Callable[..., Program]) -> None:
    """A provider of another name alone does not make it another policy."""
    for account in (HERE, THERE):
        box.stack(program(opts=provided(box, f"in-{account}", account))).up()

    assert held(box) == [[OURS], []]


def test_a_fleet_moves_to_another_account(box: Sandbox) -> None:
    """With another name and a provider of another name, it is attached there and goes here."""

    def program(name: str, account: str) -> Program:
        def declare() -> None:
            opts = provided(box, f"in-{account}", account)()
            SessionManagerManagedPolicy(name, {"roles": ["web"]}, opts)

        return declare

    for name, account in (("fleet", HERE), ("there", THERE)):
        box.stack(program(name, account)).up()

    assert held(box) == [[], [OURS]]
