"""Whom a component in a plugin asks below a parent: who gets its policy, although only the engine knows that provider.

A program in YAML is such a case: the engine hands the parent's provider to the component's children, and tells the
plugin of the component's own provider alone.
"""

from typing import Final

import grpc
import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests.answers import ACCOUNT, FOUND_KEY, GET_KEY, HERE, account, answering, expired, rule_for, session
from tests.components import COMPONENT, ROLE_POLICY, STACK, Options, declare, try_declare
from tests.documents import CHANNELS, decrypt, policy
from tests.mocks import CALLER_IDENTITY, HANDED_DOWN, Answer, Invoke, policy_of, run

COMPONENT_URN: Final = f"urn:pulumi:stack::project::app:index:Team${COMPONENT}::web" if HANDED_DOWN else ""
"""What an older SDK cannot tell, so that the default provider is asked."""


def below(provider: str = "") -> pulumi.ResourceOptions:
    """Return options with a parent, and with a provider of that name."""
    own = aws.Provider(provider) if provider else None
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", "team"), provider=own)


@pytest.fixture
def _plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without a stack of its own."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)


KEY: Final = {"session_preferences": session({"kmsKeyId": "alias/sessions"})}


@pytest.mark.usefixtures("_plugin")
@pytest.mark.parametrize(
    ("opts", "provider", "parent"),
    [
        (below, "", COMPONENT_URN),
        (None, "", ""),
        (lambda: below("own"), f"{STACK}$pulumi:providers:aws::own::own-id", ""),
    ],
    ids=["below a parent", "without a parent", "with its own provider"],
)
def test_whom_a_plugin_asks(opts: Options, provider: str, parent: str) -> None:
    """It asks the provider of the component's children where only the engine knows that, in the same words."""
    record = declare(KEY, opts, answer=answering())
    version = record.only(ROLE_POLICY).request.version

    assert record.invokes == [Invoke(GET_KEY, {"keyId": "alias/sessions"}, provider, version, parent)]
    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, decrypt(FOUND_KEY))


@pytest.mark.usefixtures("_plugin")
def test_a_plugin_asks_again_below_another_parent() -> None:
    """Each parent may hand down a provider of another account, so that no answer is that of both."""

    def program() -> None:
        for name in ("one", "two"):
            opts = pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", name))
            SessionManagerPermissions(name, {"role": HERE}, opts)

    asked = [each.token for each in run(program, answer=account(ACCOUNT)).invokes]

    assert asked == [CALLER_IDENTITY] * 2


def test_a_program_knows_each_provider() -> None:
    """Below a parent without one, the default provider gets the policy, and is asked."""
    [asked] = declare(KEY, below, answer=answering()).invokes

    assert (asked.provider, asked.parent) == ("", "")


def refused(_: object) -> str:
    """Answer as the engine does where the program has disabled default providers."""

    class RefusedError(grpc.RpcError):  # type: ignore[misc]
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNKNOWN

        def details(self) -> str:
            return "Default provider for 'aws' disabled"

    raise RefusedError


@pytest.mark.parametrize("run", ["_plugin", "without_pauses"], ids=["in a plugin", "in a program"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [(expired, rule_for("no account for a role")), (refused, "Default provider for 'aws' disabled")],
    ids=["AWS", "the engine"],
)
def test_a_failure_is_told_in_the_words_of_aws_or_the_engine(
    answer: Answer, said: str, run: str, request: pytest.FixtureRequest
) -> None:
    """The SDK adds a property to the provider's text, and a plugin's own question doesn't: the line is the same."""
    request.getfixturevalue(run)

    assert said in str(try_declare({"role": HERE}, below, answer=answer).error)
