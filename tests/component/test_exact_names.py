"""An exact `policy_name`: how Pulumi is asked to replace the policy."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.components import COMPONENT, ROLE_POLICY, STACK, declare, output, plain, secret
from tests.documents import CHANNELS
from tests.fleets import compact
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
