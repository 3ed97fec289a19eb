"""A role that is given by its ARN, on the engine: of the provider's account or refused, with one question for all."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.fleets import fleet
from tests.on_engine import TRUST, errors, permissions

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


def policies(box: Sandbox) -> list[Mapping[str, Any]]:
    """Return the inline policies of each role of that name."""
    return [box.role_policies("web", account) for account in (box.account_id, OTHER)]


GIVEN: Final[Mapping[str, Mapping[str, Any]]] = {
    "plain": {"role": THERE},
    "with an exact name": {"role": lambda: pulumi.Output.from_input(THERE), "policy_name": "ssm"},
    "with a check": {"role": lambda: pulumi.Output.from_input(THERE), "check_role": True},
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_a_role_of_another_account_is_refused(two: Sandbox, given: Mapping[str, Any]) -> None:
    """Preview and up end with the same one line, and neither role gets anything."""
    stack = two.stack(permissions(**given))
    said = [errors(stack.preview), errors(stack.up)]

    assert [set(lines) for lines in said] == [{f"SessionManagerPermissions 'web': {refused()}"}] * 2
    assert (two.writes, policies(two)) == ([], [{}, {}])


def test_a_fleet_with_roles_of_another_account_is_refused(two: Sandbox) -> None:
    """Each wrong role has its line, all of them together, and there is no policy."""
    said = errors(two.stack(fleet([THERE, f"arn:aws:iam::{OTHER}:role/api"])).up)
    api = refused("roles[1]", f"'arn:aws:iam::{OTHER}:role/api'")
    owner = "SessionManagerManagedPolicy 'fleet': "

    assert (set(said), two.writes) == ({f"{owner}{refused('roles[0]')}\n{owner}{api}"}, [])


def test_a_provider_of_the_roles_account_or_its_name_is_the_way_out(two: Sandbox) -> None:
    """With that provider the role that the ARN names has the policy; a name is of the provider's account, unasked."""

    def there() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=aws.Provider("there", **two.provider_args(account=OTHER)))

    two.stack(permissions(opts=there, role=THERE)).up()
    first = len(two.calls)
    two.stack(permissions(), name="by-name", account=OTHER).up()

    assert [list(found.values()) for found in policies(two)] == [[], [OURS, OURS]]
    assert ASKED not in [call.action for call in two.calls[first:]]


def test_another_account_takes_nothing_away(two: Sandbox) -> None:
    """A stack whose credentials become another account's stops, and the policy that it has stays."""
    here = f"arn:aws:iam::{two.account_id}:role/web"
    two.stack(permissions(role=here)).up()
    said = errors(two.stack(permissions(role=here), account=OTHER).up)

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

    stack = two.stack(permissions(opts=late, role=THERE))
    stack.preview()
    said = errors(stack.up)

    assert set(said) == {f"SessionManagerPermissions 'web': {refused()}"}
    assert [call.action for call in two.writes] == ["CreateRole"]


def test_the_account_is_asked_for_once(box: Sandbox) -> None:
    """However many ARNs and exact names there are, one call is made in a run."""
    names = [f"role-{number}" for number in range(3)]
    arns = [box.create_role(name) for name in names]

    def program() -> None:
        for name, arn in zip(names, arns, strict=True):
            SessionManagerPermissions(name, {"role": arn})
            SessionManagerPermissions(f"{name}-exact", {"role": name, "policy_name": "ssm"})
        fleet(arns)()

    box.stack(program).up()

    assert [call.action for call in box.calls].count(ASKED) == 1
    assert [(len(box.role_policies(name)), len(box.attached_policies(name))) for name in names] == [(2, 1)] * 3
