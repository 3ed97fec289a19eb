"""A role that is given by its ARN, on the engine: of the provider's account or refused, with one question for all."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, policy
from tests.fleets import FLEET, fleet
from tests.moves import transformed
from tests.on_engine import TRUST, Program, errors, permissions

OTHER: Final = "222222222222"
THERE: Final = f"arn:aws:iam::{OTHER}:role/web"
OURS: Final = policy(CHANNELS)
ASKED: Final = "GetCallerIdentity"


@pytest.fixture
def two(box: Sandbox) -> Sandbox:
    """A sandbox with a role of the same name in each of two accounts."""
    for account in (box.account_id, OTHER):
        box.create_role("web", account=account)
    return box


def policies(box: Sandbox) -> list[Mapping[str, Any]]:
    """Return the inline policies of each role of that name."""
    return [box.role_policies("web", account) for account in (box.account_id, OTHER)]


def refused(where: str, arn: str, own: str = Sandbox.account_id) -> str:
    """Return what is said of a role of another account than the provider's own."""
    role = arn.split(":")[4]
    return (
        f"{where} {arn!r}: it belongs to account {role}, but the provider belongs to account {own}; give the component "
        f"a provider of account {role}, or write the role's name if you mean the role in {own}"
    )


HERE: Final = f"arn:aws:iam::{Sandbox.account_id}:role/web"
ROLE: Final = "SessionManagerPermissions 'web': role"
KINDS: Final[Mapping[str, tuple[Callable[[str], Program], str]]] = {
    "an Output": (lambda arn: permissions(role=lambda: pulumi.Output.from_input(arn)), ROLE),
    "an exact name under a transform": (
        lambda arn: permissions(opts=lambda: transformed(""), role=arn, policy_name="ssm"),
        ROLE,
    ),
    "a fleet": (lambda arn: fleet([arn, "api"]), f"{FLEET.owner}: roles[0]"),
}


@pytest.mark.parametrize(("program", "where"), KINDS.values(), ids=KINDS)
def test_a_role_by_its_arn_is_of_the_account_that_aws_says(
    two: Sandbox, program: Callable[[str], Program], where: str
) -> None:
    """Of another account, or without AWS's answer, preview and up end in one line, and no role gets anything."""
    elsewhere = two.stack(program(THERE))
    said = [errors(elsewhere.preview), errors(elsewhere.up)]
    two.fail(ASKED, Fault.error("ExpiredToken", "The security token included in the request is expired", 403))
    unanswered = two.stack(program(HERE))
    said += [errors(unanswered.preview), errors(unanswered.up)]
    silence = (
        f"{where} {HERE!r}: AWS does not return the provider's account (ExpiredToken: The security token included in "
        "the request is expired), so the role's account cannot be checked; renew or correct the provider's "
        "credentials, or write the role's name instead of its ARN"
    )

    assert [set(found) for found in said] == [{refused(where, THERE)}] * 2 + [{silence}] * 2
    assert two.writes == []
    assert policies(two) == [{}, {}]


@pytest.mark.parametrize("policy_name", [None, "ssm"], ids=["generated name", "exact name"])
def test_a_roles_name_is_the_way_out(two: Sandbox, policy_name: str | None) -> None:
    """With it the run goes on without AWS's answer, in the provider's account."""
    two.fail(ASKED, Fault.denied())
    stack = two.stack(permissions(policy_name=policy_name))
    stack.preview()
    stack.up()

    assert [list(found.values()) for found in policies(two)] == [[OURS], []]


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
    two.stack(permissions(role=HERE)).up()
    said = errors(two.stack(permissions(role=HERE), account=OTHER).up)

    assert set(said) == {refused(ROLE, HERE, own=OTHER)}
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

    assert set(said) == {refused(ROLE, THERE)}
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
