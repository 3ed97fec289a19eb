"""A role that is given by its ARN, on the engine: of the provider's account or refused, with one question for all."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.fleets import FLEET, fleet
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


def refused(owner: str, path: str, arn: str, own: str = Sandbox.account_id) -> str:
    """Return what is said of a role of another account than the provider's own."""
    role = arn.split(":")[4]
    return (
        f"{owner}: {path} {arn!r}: it belongs to account {role}, and the provider to account {own}, where a role of "
        f"the same name is another role; give the component a provider of account {role}, or write the role's name for "
        f"the role of account {own}"
    )


API: Final = f"arn:aws:iam::{OTHER}:role/api"
WEB: Final = "SessionManagerPermissions 'web'"
REFUSED: Final[Mapping[str, tuple[Program, Sequence[str]]]] = {
    "plain": (permissions(role=THERE), [refused(WEB, "role", THERE)]),
    "an Output": (permissions(role=lambda: pulumi.Output.from_input(THERE)), [refused(WEB, "role", THERE)]),
    "a fleet": (fleet([THERE, API]), [refused(FLEET.owner, "roles[0]", THERE), refused(FLEET.owner, "roles[1]", API)]),
}


@pytest.mark.parametrize(("program", "lines"), REFUSED.values(), ids=REFUSED)
def test_a_role_of_another_account_is_refused(two: Sandbox, program: Program, lines: Sequence[str]) -> None:
    """Preview and up end with the same line for each such role, and no role gets anything."""
    stack = two.stack(program)
    said = [errors(stack.preview), errors(stack.up)]

    assert [set(found) for found in said] == [{"\n".join(lines)}] * 2
    assert (two.writes, policies(two)) == ([], [{}, {}])


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

    assert set(said) == {refused(WEB, "role", here, OTHER)}
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

    assert set(said) == {refused(WEB, "role", THERE)}
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
