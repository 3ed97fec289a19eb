"""A role that is given by its ARN, on the engine: of the provider's account or refused, with one question for all."""

from collections.abc import Mapping, Sequence
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


def refused(owner: str, path: str, *arns: str, own: str = Sandbox.account_id) -> str:
    """Return what is said of roles of another account than the provider's own."""
    role = arns[0].split(":")[4]
    return (
        f"{owner}: {path} {', '.join(map(repr, arns))}: it belongs to account {role}, but the provider belongs to "
        f"account {own}; give the component a provider of account {role}, or write the role's name if you mean the "
        f"role in {own}"
    )


API: Final = f"arn:aws:iam::{OTHER}:role/api"
WEB: Final = "SessionManagerPermissions 'web'"
REFUSED: Final[Mapping[str, tuple[Program, Sequence[str]]]] = {
    "plain": (permissions(role=THERE), [refused(WEB, "role", THERE)]),
    "an Output": (permissions(role=lambda: pulumi.Output.from_input(THERE)), [refused(WEB, "role", THERE)]),
    "an exact name": (permissions(role=THERE, policy_name="ssm"), [refused(WEB, "role", THERE)]),
    "an exact name under a transform": (
        permissions(opts=lambda: transformed(""), role=THERE, policy_name="ssm"),
        [refused(WEB, "role", THERE)],
    ),
    "a fleet": (fleet([THERE, API]), [refused(FLEET.owner, "roles", THERE, API)]),
}


@pytest.mark.parametrize(("program", "lines"), REFUSED.values(), ids=REFUSED)
def test_a_role_of_another_account_is_refused(two: Sandbox, program: Program, lines: Sequence[str]) -> None:
    """Preview and up end with the same line for each such role, and no role gets anything."""
    stack = two.stack(program)
    said = [errors(stack.preview), errors(stack.up)]

    assert [set(found) for found in said] == [{"\n".join(lines)}] * 2
    assert two.writes == []
    assert policies(two) == [{}, {}]


HERE: Final = f"arn:aws:iam::{Sandbox.account_id}:role/web"
BY_ARN: Final[Mapping[str, tuple[Program, str]]] = {
    "a generated name": (permissions(role=HERE), f"{WEB}: role {HERE!r}"),
    "an Output": (permissions(role=lambda: pulumi.Output.from_input(HERE)), f"{WEB}: role {HERE!r}"),
    "an exact name": (permissions(role=HERE, policy_name="ssm"), f"{WEB}: role {HERE!r}"),
    "an exact name under a transform": (
        permissions(opts=lambda: transformed(""), role=HERE, policy_name="ssm"),
        f"{WEB}: role {HERE!r}",
    ),
    "a fleet": (fleet([HERE, "api"]), f"{FLEET.owner}: roles[0] {HERE!r}"),
}


@pytest.mark.parametrize(("program", "where"), BY_ARN.values(), ids=BY_ARN)
def test_no_answer_is_no_permission(two: Sandbox, program: Program, where: str) -> None:
    """Where AWS refuses to say the account, preview and up end in one line with AWS's words, and nothing is written."""
    two.fail(ASKED, Fault.error("ExpiredToken", "The security token included in the request is expired", 403))
    stack = two.stack(program)
    said = [errors(stack.preview), errors(stack.up)]
    line = (
        f"{where}: AWS does not return the provider's account (ExpiredToken: The security token included in the "
        "request is expired), so the role's account cannot be checked; renew or correct the provider's credentials, or "
        "write the role's name instead of its ARN"
    )

    assert [set(found) for found in said] == [{line}] * 2
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

    assert set(said) == {refused(WEB, "role", HERE, own=OTHER)}
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
