"""`policy_name`: an exact one, one that resolves to `None`, and what it frees the component of."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.components import COMPONENT, PERMISSIONS, ROLE_POLICY, STACK, Kind, declare, output, plain, secret
from tests.documents import CHANNELS
from tests.fleets import FLEET, compact
from tests.mocks import Secret


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


@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
def test_an_output_of_none_is_no_name(kind: Kind) -> None:
    """Pulumi generates the name, as if none were given."""
    assert kind.policy(kind.declare(lambda: {"policy_name": output(None)})) == kind.policy(kind.declare({}))


@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
def test_a_policy_name_frees_the_components_name(kind: Kind) -> None:
    """With it, the policy is not named after the component."""
    record = kind.declare({"policy_name": "fixed"}, name="é / ü" * 30)

    assert kind.policy(record)["name"] == "fixed"
