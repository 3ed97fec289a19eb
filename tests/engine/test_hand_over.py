"""An exact name that passes from one component to another one, whose parents are of other types."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.on_engine import documents, gaps, writes

PUT: Final = ("PutRolePolicy", "web")
DELETE: Final = ("DeleteRolePolicy", "web")


def team() -> pulumi.Resource:
    """Declare a component of the program's own."""
    return pulumi.ComponentResource("app:index:Team", "team")


def declare(name: str, role: Any, opts: pulumi.ResourceOptions | None = None) -> None:
    """Declare a component with an exact name."""
    SessionManagerPermissions(name, {"role": role, "policy_name": "ssm"}, opts)


def nested(role: Callable[[str], pulumi.Input[str]] = str) -> None:
    """Let a component of the team have `web`, and one at the top `api`."""
    declare("first", role("web"), pulumi.ResourceOptions(parent=team()))
    declare("second", "api")


def handed_over(aliases: Sequence[Any]) -> Callable[[], None]:
    """Let the one at the top have `web`."""
    return lambda: declare("second", "web", pulumi.ResourceOptions(aliases=aliases))


URN: Final = "urn:pulumi:dev::app::app:index:Team$ssm-perms:index:SessionManagerPermissions::first"
SAFE: Final[dict[str, tuple[Callable[[], None], Callable[[], None]]]] = {
    "with what the other one was called": (nested, handed_over([URN])),
    "as if it had been in its place": (
        nested,
        handed_over([pulumi.Alias(parent="urn:pulumi:dev::app::app:index:Team::team")]),
    ),
    "from a secret to a plain value": (lambda: nested(pulumi.Output.secret), handed_over([URN])),
}


@pytest.mark.parametrize(("before", "after"), SAFE.values(), ids=SAFE)
def test_an_alias_hands_a_policy_over_to_a_component_that_is_there(
    box: Sandbox, before: Callable[[], None], after: Callable[[], None]
) -> None:
    """With an alias, the policy of a component with parents passes without a write to one that was there before."""
    box.create_role("web")
    box.create_role("api")
    box.stack(before).up()
    first = len(box.writes)
    box.stack(after).up()

    assert writes(box)[first:] == [("DeleteRolePolicy", "api")]
    assert (gaps(box), documents(box)) == ([], [policy(CHANNELS)])


def test_without_an_alias_it_is_lost(box: Sandbox) -> None:
    """Without an alias it is another policy of Pulumi's and the same of IAM's: it is written and deleted."""
    box.create_role("web")
    box.create_role("api")
    box.stack(nested).up()
    first = len(box.writes)
    box.stack(handed_over([])).up()

    assert set(writes(box)[first:]) == {PUT, DELETE, ("DeleteRolePolicy", "api")}
    assert (gaps(box), documents(box)) == ([DELETE], [])
