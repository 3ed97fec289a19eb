"""An exact `policy_name`: how Pulumi is asked to replace the policy, and who may have the name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests.components import COMPONENT, ROLE_POLICY, STACK, declare, output, plain, secret
from tests.documents import CHANNELS
from tests.fleets import compact
from tests.messages import sentence
from tests.mocks import Record, Secret, run, try_run


@pytest.mark.parametrize(
    ("how", "kept", "deletes_first"),
    [(plain, plain, (True, True)), (output, plain, (False, False)), (secret, Secret, (False, False))],
    ids=["plain", "Output", "secret"],
)
def test_the_request_of_an_exact_name(
    how: Callable[[str], Any], kept: Callable[[str], Any], deletes_first: tuple[bool, bool]
) -> None:
    """The policy is a child like any other. The old one goes first, as in IAM it can be the new one.

    What an Output becomes may be `None`, so the AWS provider decides then.
    """
    made = declare(lambda: {"role": how("Web"), "policy_name": how("ssm")}).only(ROLE_POLICY)
    child = made.request

    assert (child.deleteBeforeReplaceDefined, child.deleteBeforeReplace) == deletes_first
    assert (child.name, child.parent) == ("web-session-manager", f"{STACK}${COMPONENT}::web")
    assert made.inputs == {"role": kept("Web"), "name": kept("ssm"), "policy": compact(CHANNELS)}


HERE: Final = {"role": "arn:aws:iam::123456789012:role/team/web"}
BOTH: Final = ["a-session-manager", "b-session-manager"]
Pair = Callable[[], Sequence[Mapping[str, Any]]]
"""What two components have instead of the role `web` and the policy's name `ssm`."""


def declared(pair: Pair) -> None:
    """Declare two components."""
    for name, arguments in zip("ab", pair(), strict=True):
        SessionManagerPermissions(name, **{"role": "web", "policy_name": "ssm", **arguments})


def policies(record: Record) -> list[str]:
    """Return the names of the policies."""
    return [made.name for made in record.registrations if made.type == ROLE_POLICY]


def with_provider() -> dict[str, Any]:
    """Return the options of a component with a provider of its own."""
    return {"opts": pulumi.ResourceOptions(provider=aws.Provider("other"))}


@pytest.mark.parametrize(
    "pair",
    [lambda: ({}, {}), lambda: ({}, {"role": "WEB"}), lambda: (HERE, {**HERE, **with_provider()})],
    ids=["one name", "another case", "one ARN and two providers"],
)
def test_the_name_of_another_component_on_the_same_role_is_refused(pair: Pair) -> None:
    """The two would overwrite each other; the line names the first."""
    record = try_run(lambda: declared(pair))
    said = sentence("an exact name", "twice")

    assert str(record.error) == f"SessionManagerPermissions 'b': policy_name 'ssm': {said}"
    assert policies(record) == ["a-session-manager"]


@pytest.mark.parametrize(
    "pair",
    [
        lambda: ({}, {"role": "api"}),
        lambda: ({}, {"policy_name": "Ssm"}),
        lambda: [{"policy_name": None}] * 2,
        lambda: ({}, with_provider()),
        lambda: [{"role": output("web")}] * 2,
    ],
    ids=["two roles", "two names", "generated names", "two providers", "Outputs"],
)
def test_a_name_that_may_be_another_policys_is_not_refused(pair: Pair) -> None:
    """Two accounts may each have a role of the name, and what an Output becomes is not known."""
    assert policies(run(lambda: declared(pair))) == BOTH


def test_a_plugin_and_mocks_without_a_stack_refuse_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing there tells which run a component belongs to."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    record = run(lambda: declared(lambda: ({}, {})))

    assert policies(record) == BOTH
