"""Wrong inputs of `SessionManagerManagedPolicy` on the engine: one line for each, and nothing is written."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy
from sandbox import Sandbox
from tests.bad_fleets import BAD_ROLES, NO_OUTPUT, PATH, PLAIN
from tests.documents import CHANNELS, policy
from tests.on_engine import errors, pulumi_up, writes

SAID = "SessionManagerManagedPolicy 'fleet': "


def program(args: Callable[[], Any]) -> Callable[[], None]:
    """Return a program that declares a component with these arguments, beside somebody else's policy."""

    def declare() -> None:
        aws.iam.RolePolicy("other", role="web", policy=json.dumps(policy(CHANNELS)))
        SessionManagerManagedPolicy("fleet", args())

    return declare


PLAINLY_WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a role twice": (lambda: {"roles": BAD_ROLES["another case"][0]}, BAD_ROLES["another case"][1]),
    "an Output as list": (lambda: {"roles": pulumi.Output.from_input(["web"])}, f"roles: {NO_OUTPUT}; {PLAIN}"),
    "two inputs": (
        lambda: {"roles": BAD_ROLES["a name"][0], "path": "team"},
        f"{BAD_ROLES['a name'][1]}\n{SAID}path 'team': {PATH}",
    ),
}


@pytest.mark.parametrize(("args", "line"), PLAINLY_WRONG.values(), ids=PLAINLY_WRONG)
def test_plainly_wrong(box: Sandbox, args: Callable[[], Any], line: str) -> None:
    """A wrong plain value stops `pulumi up` in its preview, so that nothing of the program is written."""
    box.create_role("web")
    stack = box.stack(program(args))
    said = errors(lambda: pulumi_up(stack))

    assert said == [SAID + line]
    assert writes(box) == []


def test_wrong_as_it_resolves(box: Sandbox) -> None:
    """A wrong Output is refused in the same words, and nothing of this component is written."""
    box.create_role("web")
    wrong = program(lambda: {"roles": ["web"], "path": pulumi.Output.from_input("team")})
    said = errors(box.stack(wrong).up)

    assert set(said) == {f"{SAID}path 'team': {PATH}"}
    assert box.attached_policies("web") == {}
    assert "CreatePolicy" not in [action for action, _ in writes(box)]
