"""A role that is given by its ARN, on the engine: of the provider's account or refused, with one question for all."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, policy
from tests.on_engine import TRUST, errors

OTHER: Final = "222222222222"
THERE: Final = f"arn:aws:iam::{OTHER}:role/web"
OURS: Final = policy(CHANNELS)
ASKED: Final = "GetCallerIdentity"


def refused(path: str = "role", given: str = f"'{THERE}'", *, role: str = OTHER, own: str = Sandbox.account_id) -> str:
    """Return what is said of a role of another account."""
    return (
        f"{path} {given}: it belongs to account {role}, and the provider to account {own}, where a role of the same "
        f"name is another role; give the component a provider of account {role}, or write the role's name for the role "
        f"of account {own}"
    )


@pytest.fixture
def two(box: Sandbox) -> Sandbox:
    """A sandbox with a role of the same name in each of two accounts."""
    for account in (box.account_id, OTHER):
        box.create_role("web", account=account)
        box.create_role("api", account=account)
    return box


def one(role: Any, opts: Callable[[], pulumi.ResourceOptions] = pulumi.ResourceOptions, **inputs: Any) -> Any:
    """Return a program with one component; a role that is a function is made by the program."""

    def program() -> None:
        SessionManagerPermissions("web", {"role": role() if callable(role) else role, **inputs}, opts())  # type: ignore[typeddict-item]

    return program


def fleet(*roles: str) -> Callable[[], None]:
    """Return a program with a component for many roles."""

    def program() -> None:
        SessionManagerManagedPolicy("fleet", {"roles": roles})

    return program


def policies(box: Sandbox) -> list[Mapping[str, Any]]:
    """Return the inline policies of each role of that name."""
    return [box.role_policies("web", account) for account in (box.account_id, OTHER)]


GIVEN: Final[Mapping[str, Any]] = {
    "plain": THERE,
    "an Output": lambda: pulumi.Output.from_input(THERE),
}


@pytest.mark.parametrize("inputs", [{}, {"policy_name": "ssm"}, {"check_role": True}], ids=str)
@pytest.mark.parametrize("role", GIVEN.values(), ids=GIVEN)
def test_a_role_of_another_account_is_refused(two: Sandbox, role: Any, inputs: Mapping[str, Any]) -> None:
    """Preview and up end with the same one line, and neither role gets anything."""
    stack = two.stack(one(role, **inputs))
    said = [errors(stack.preview), errors(stack.up)]

    assert [set(lines) for lines in said] == [{f"SessionManagerPermissions 'web': {refused()}"}] * 2
    assert (two.writes, policies(two)) == ([], [{}, {}])


def test_a_secret_role_of_another_account_is_not_shown(two: Sandbox) -> None:
    """The line names the provider's account, and neither the role nor its account."""
    said = errors(two.stack(one(lambda: pulumi.Output.secret(THERE))).preview)

    why = (
        f"it belongs to another account than {two.account_id}, the provider's, where a role of the same name is "
        "another role; give the component a provider of the role's account, or write the role's name for the role of "
        f"account {two.account_id}"
    )

    assert set(said) == {f"SessionManagerPermissions 'web': role [secret]: {why}"}


def test_a_fleet_with_roles_of_another_account_is_refused(two: Sandbox) -> None:
    """Each wrong role has its line, all of them together, and there is no policy."""
    stack = two.stack(fleet(THERE, f"arn:aws:iam::{OTHER}:role/api"))
    said = [errors(stack.preview), errors(stack.up)]
    api = refused("roles[1]", f"'arn:aws:iam::{OTHER}:role/api'")
    owner = "SessionManagerManagedPolicy 'fleet': "

    assert [set(lines) for lines in said] == [{f"{owner}{refused('roles[0]')}\n{owner}{api}"}] * 2
    assert two.writes == []


def test_a_provider_of_the_roles_account_is_the_way_out(two: Sandbox) -> None:
    """With it the role gets the policy that its ARN names, and the one of the same name elsewhere does not."""

    def there() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=aws.Provider("there", **two.provider_args(account=OTHER)))

    stack = two.stack(one(THERE, there))
    stack.preview()
    stack.up()

    assert [list(found.values()) for found in policies(two)] == [[], [OURS]]


def test_the_roles_name_is_the_other_way_out(two: Sandbox) -> None:
    """A name is that of the provider's account, whichever that is; nobody is asked."""
    two.stack(one("web"), account=OTHER).up()

    assert [list(found.values()) for found in policies(two)] == [[], [OURS]]
    assert ASKED not in [call.action for call in two.calls]


def test_another_account_takes_nothing_away(two: Sandbox) -> None:
    """A stack whose credentials become another account's stops, and the policy that it has stays."""
    here = f"arn:aws:iam::{two.account_id}:role/web"
    two.stack(one(here)).up()
    said = errors(two.stack(one(here), account=OTHER).up)

    assert set(said) == {
        f"SessionManagerPermissions 'web': {refused(given=repr(here), role=two.account_id, own=OTHER)}"
    }
    assert [list(found.values()) for found in policies(two)] == [[OURS], []]


def test_a_provider_that_is_not_known_yet_is_asked_in_up(two: Sandbox) -> None:
    """In preview a provider may depend on what the run will make: the policy is planned, and up refuses the role."""

    def late() -> pulumi.ResourceOptions:
        made = aws.iam.Role("made", assume_role_policy=TRUST)
        secret = made.unique_id.apply(lambda _: "sandbox")
        return pulumi.ResourceOptions(provider=aws.Provider("late", **{**two.provider_args(), "secret_key": secret}))

    stack = two.stack(one(THERE, late))
    stack.preview()
    said = errors(stack.up)

    assert set(said) == {f"SessionManagerPermissions 'web': {refused()}"}
    assert [call.action for call in two.writes] == ["CreateRole"]


@pytest.mark.parametrize("fault", [Fault.denied(), Fault.internal_error()], ids=["denied", "an error of AWS"])
def test_without_an_answer_the_run_goes_on(two: Sandbox, fault: Fault) -> None:
    """Where AWS does not say which account it is, the ARN is taken for the role's name, as in other programs."""
    two.fail(ASKED, fault)
    stack = two.stack(one(THERE), config={"aws:maxRetries": 1})
    stack.preview()
    stack.up()

    assert [list(found.values()) for found in policies(two)] == [[OURS], []]


@pytest.mark.parametrize("fleet_of", [False, True], ids=["a component each", "a fleet"])
def test_fifty_arns_cost_one_call_more_than_fifty_names(box: Sandbox, fleet_of: bool) -> None:  # noqa: FBT001 - a parameter
    """However many roles there are, the account is asked for once in a run."""
    names = [f"role-{number}" for number in range(50)]
    arns = [box.create_role(name) for name in names]

    def program(roles: list[str]) -> Callable[[], None]:
        def each() -> None:
            for name, role in zip(names, roles, strict=True):
                SessionManagerPermissions(name, {"role": role})

        return fleet(*roles) if fleet_of else each

    asked: list[list[str]] = []
    for roles in (names, arns):
        box.forget()
        stack = box.stack(program(roles))
        stack.up()
        asked.append(sorted(call.action for call in box.calls))
        stack.destroy()

    assert asked[1] == sorted([*asked[0], ASKED])
