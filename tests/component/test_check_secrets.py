"""`check`: no line shows what is secret, and `denied_actions` is secret then."""

from typing import Any, Final

from tests.answers import GET_ROLE
from tests.checks import expected, in_worlds, runs
from tests.components import secret
from tests.documents import KEY, allow, policy
from tests.mocks import Secret
from tests.sentences import AWS_SAID, GRANT, OTHER_ACCOUNTS, bounded, denied, not_asked, ok
from tests.world import BOTH, DENYING, KEYS, NODE, Failed, Said, World, node

NOT_PREVIEWS: Final = (False, True)
HIDDEN: Final[Any] = {"region": "[secret]"}
KEY_DENIED: Final = denied("kms:Decrypt on [secret]", "[secret]", **HIDDEN)
KEY_THERE: Final = KEY.replace("123456789012", "999999999999")


def of(**inputs: Any) -> Any:
    """Return inputs that are secrets."""
    return {name: lambda value=value: secret(value) for name, value in inputs.items()}


def unanswered(answer: Failed, line: str) -> World:
    """Return a world with a secret role that IAM cannot be asked about."""
    return World(
        role=NODE,
        said=Said([line], Secret(None)),
        ends=BOTH,
        inputs=of(role="web"),
        fails={(GET_ROLE, "web"): answer},
    )


WORLDS: Final = {
    "a role": World(
        role=DENYING,
        said=Said([KEY_DENIED.replace("'web'", "[secret]")], Secret(["kms:Decrypt"])),
        ends=NOT_PREVIEWS,
        inputs={**of(role="web"), **KEYS},
    ),
    "a role that IAM may not be asked about": unanswered(
        AWS_SAID.format("GetRole", "AccessDenied: no role web"), not_asked("role [secret]", "AccessDenied", GRANT)
    ),
    "a role, no connection": unanswered(
        "dial tcp: web", "IAM could not be asked about role [secret]. Run the command again."
    ),
    "keys": World(
        role=DENYING, said=Said([KEY_DENIED], Secret(["kms:Decrypt"])), ends=BOTH, inputs=of(kms_key_arns=[KEY])
    ),
    "keys of another account": World(
        role=NODE,
        said=Said([ok(4, "[secret]", where="[secret]") + OTHER_ACCOUNTS.format("[secret]")], Secret([])),
        inputs=of(kms_key_arns=[KEY_THERE]),
    ),
    "keys, and a boundary": World(
        role=node(boundary=policy(allow(["ssm*:*"]))),
        said=Said([bounded("kms:Decrypt on [secret]", "[secret]", limit="[secret]")], Secret(["kms:Decrypt"])),
        ends=BOTH,
        inputs=of(kms_key_arns=[KEY]),
    ),
    "a name": World(
        role=NODE,
        said=Said([ok(4, "[secret]", where="[secret]")], Secret([])),
        inputs=of(policy_name="fixed"),
    ),
}


@in_worlds(WORLDS)
def test_secrets(world: World) -> None:
    """Of a secret input, lines show neither the value nor what IAM says with it."""
    assert runs(world) == expected(world)
