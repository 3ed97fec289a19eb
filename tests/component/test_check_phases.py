"""`check`: in which order a component asks IAM and declares its policy, and the error that ends a run."""

import asyncio
import copy
import pickle
from collections.abc import Mapping
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import NotAllowedError, SessionManagerPermissions, _sdk
from tests.answers import GET_REGION, GET_ROLE, SIMULATE
from tests.checks import KINDS, LAST
from tests.components import OWNER, PERMISSIONS, Kind, plain, secret
from tests.fleets import ATTACHMENT, FLEET, POLICY
from tests.mocks import run
from tests.worlds import ALLOWING, CORE, DENYING, KEYS, ON_KEY, OWN, READY, Aws, World, denied, node

BEFORE: Final = [GET_ROLE, GET_REGION, SIMULATE]


class Noted(Aws):
    """An AWS that notes what is asked and what is declared, in their order."""

    def __init__(self, world: World) -> None:
        """Begin with nothing."""
        super().__init__(world)
        self.noted: list[str] = []

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Note a resource of AWS."""
        self.noted += [type_] if type_.startswith("aws:") else []
        return super().declare(type_, outputs, preview=preview)

    def __call__(self, call: MockCallArgs) -> Any:
        """Note a question."""
        self.noted.append(call.token)
        return super().__call__(call)


def noted(kind: Kind, world: World, level: str, *, preview: bool = False) -> list[str]:
    """Declare a component with an exact name; return what is asked and declared, in order."""
    answer = Noted(world)
    kind.declare({"check": level, "policy_name": "fixed"}, answer=answer, preview=preview)
    return answer.noted


def declared(kind: Kind) -> list[str]:
    """Return the types of a component's resources."""
    return [POLICY, ATTACHMENT] if kind is FLEET else [kind.policy_type]


@KINDS
@pytest.mark.parametrize(("level", "preview"), [("advisory", False), ("advisory", True), ("mandatory", True)])
def test_the_policy_is_declared_before_iam_is_asked(kind: Kind, level: str, *, preview: bool) -> None:
    """On a role that is there, and in a fleet attached to it."""
    assert noted(kind, ALLOWING, level, preview=preview) == [GET_ROLE, *declared(kind), GET_REGION, SIMULATE]


@KINDS
def test_a_mandatory_update_asks_before_the_policy_is_declared(kind: Kind) -> None:
    """So that it can end the run. Afterwards it asks whether the policy is there, if IAM has not named it yet."""
    held = node(attached={CORE: READY, "fixed": OWN}) if kind is FLEET else node(inline={"fixed": OWN})

    assert noted(kind, ALLOWING, "mandatory") == [*BEFORE, *declared(kind), SIMULATE]
    assert noted(kind, World(held, state="same"), "mandatory") == [*BEFORE, *declared(kind)]


def test_questions_that_hang_keep_no_policy_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advisory simulations of eight components hang until all eight policies are declared."""
    answer, invoke = Noted(ALLOWING), _sdk.invoke

    async def hanging(request: Any) -> Any:
        async with asyncio.timeout(10 if request.tok == SIMULATE else None):
            # The mocks declare in a thread of their own.
            while request.tok == SIMULATE and answer.noted.count(PERMISSIONS.policy_type) < 8:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await invoke(request)

    def program() -> Mapping[str, object]:
        return {
            str(number): SessionManagerPermissions(f"n{number}", role="web", check="advisory").denied_actions
            for number in range(8)
        }

    monkeypatch.setattr(_sdk, "invoke", hanging)
    assert run(program, answer=answer).results == {str(number): [] for number in range(8)}


@pytest.mark.parametrize(("way", "name"), [(plain, "web"), (secret, "[secret]")], ids=["plain", "secret"])
def test_the_error_has_the_denied_actions(way: Any, name: str) -> None:
    """Its lines say what to do, it survives a copy, and has what is denied by role, without a secret."""
    record = PERMISSIONS.try_declare({"role": lambda: way("web"), "check": "mandatory", **KEYS}, answer=Aws(DENYING))
    error = record.error
    on_secret = denied("kms:Decrypt on [secret]", "[secret]", roles="role [secret]", region="its Region")

    assert isinstance(error, NotAllowedError)
    assert error.causes == ((on_secret if way is secret else denied(ON_KEY, "'no'")) + LAST,)
    assert str(error) == f"{OWNER}: {error.causes[0]}"
    assert error.denied_actions == {name: ("kms:Decrypt",)}
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(same), same.owner, same.denied_actions) == (str(error), OWNER, error.denied_actions)
