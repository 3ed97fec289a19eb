"""`check`: no line shows what is secret, and `denied_actions` is secret then."""

from typing import Any, Final

from tests.answers import GET_ROLE, GROUP_THERE
from tests.checks import expected, in_worlds, runs
from tests.components import secret
from tests.documents import CHANNEL_ACTIONS, KEY
from tests.mocks import Secret
from tests.sentences import (
    AWS_SAID,
    GRANT,
    OTHER_ACCOUNTS,
    UNREACHABLE,
    UNSEEN,
    denied,
    missing,
    not_asked,
    ok,
)
from tests.world import BOTH, DENYING, KEYS, NODE, Failed, Said, World

NOT_PREVIEWS: Final = (False, True)
HIDDEN: Final[Any] = {"region": "[secret]"}
KEY_DENIED: Final = denied("kms:Decrypt on [secret]", "[secret]", **HIDDEN)
KEY_THERE: Final = KEY.replace("123456789012", "999999999999")


def of(**inputs: Any) -> Any:
    """Return inputs that are secrets."""
    return {name: lambda value=value: secret(value) for name, value in inputs.items()}


def unanswered(answer: Failed, line: str) -> World:
    """Return a world with a secret role that IAM cannot be asked about."""
    return World(NODE, Said([line], Secret(None)), BOTH, of(role="web"), fails={(GET_ROLE, "web"): answer})


WORLDS: Final = {
    "a role": World(
        DENYING,
        Said([KEY_DENIED.replace("'web'", "[secret]")], Secret(["kms:Decrypt"])),
        NOT_PREVIEWS,
        {**of(role="web"), **KEYS},
    ),
    "a role that IAM may not be asked about": unanswered(
        AWS_SAID.format("GetRole", "AccessDenied: no role web"), not_asked("role [secret]", "AccessDenied", GRANT)
    ),
    "a role, no connection": unanswered(
        "dial tcp: web", "IAM could not be asked about role [secret]. Run the command again."
    ),
    "keys": World(
        DENYING,
        Said([KEY_DENIED, UNREACHABLE.replace(GROUP_THERE, "[secret]")], Secret(["kms:Decrypt"])),
        BOTH,
        {**of(kms_key_arns=[KEY]), "cloudwatch_log_group_arns": [GROUP_THERE]},
    ),
    "keys of another account": World(
        NODE,
        Said([ok(5, "[secret]", where="[secret]") + OTHER_ACCOUNTS.format("[secret]") + UNSEEN], Secret([])),
        inputs=of(kms_key_arns=[KEY_THERE]),
    ),
    "a name": World(
        NODE,
        Said([missing(region="[secret]")], Secret([*CHANNEL_ACTIONS])),
        inputs=of(policy_name="fixed"),
        preview=Said([ok(5, "[secret]", where="[secret]")], Secret([])),
        state="same",
    ),
}


@in_worlds(WORLDS)
def test_secrets(world: World) -> None:
    """Of a secret input, lines show neither the value nor what IAM says with it."""
    assert runs(world) == expected(world)
