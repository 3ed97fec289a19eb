"""`check`: when IAM is what keeps a policy from being written and what doesn't, and how a run ends."""

import asyncio
import copy
import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import NotAllowedError, SessionManagerPermissions, _sdk
from tests.answers import GET_REGION, GET_ROLE, SIMULATE, iam
from tests.checks import ADVISORY, DENIED, FINE, KINDS, LAST, NOTHING_MORE, UNWRITABLE, Noted, causes, said
from tests.components import OWNER, PERMISSIONS, Kind, output
from tests.documents import CHANNEL_ACTIONS
from tests.fleets import ATTACHMENT, FLEET, POLICY
from tests.mocks import run, unknown
from tests.worlds import (
    AWS_SAID,
    CORE,
    GRANT,
    KEYS,
    NO_HEARTBEAT,
    NO_KEY,
    NODE,
    NOT_WRITTEN,
    ON_KEY,
    OPEN_DATA,
    OWN,
    READY,
    SPOILT,
    TAKEN_AWAY,
    Aws,
    Held,
    Said,
    World,
    bounded,
    denied,
    node,
    not_asked,
    ok,
    silent,
)


@KINDS
@pytest.mark.parametrize(("level", "preview"), [("advisory", False), ("advisory", True), ("mandatory", True)])
def test_the_policy_is_declared_before_iam_is_asked(kind: Kind, level: str, *, preview: bool) -> None:
    """On a role that is there, and in a fleet attached to it."""
    answer = Noted(FINE)
    kind.declare({"check": level}, answer=answer, preview=preview)
    declared = [POLICY, ATTACHMENT] if kind is FLEET else [kind.policy_type]

    assert answer.noted == [GET_ROLE, *declared, GET_REGION, SIMULATE]


@KINDS
def test_a_mandatory_update_asks_before_the_policy_is_declared(kind: Kind) -> None:
    """So that it can end the run. Afterwards it asks whether the policy is there, if IAM has not named it yet."""
    held = node(attached={CORE: READY, "fixed": OWN}) if kind is FLEET else node(inline={"fixed": OWN})
    new, same = Noted(FINE), Noted(replace(FINE, held=held, state="same"))
    for answer in (new, same):
        kind.declare({"check": "mandatory", "policy_name": "fixed"}, answer=answer)
    declared = [POLICY, ATTACHMENT] if kind is FLEET else [kind.policy_type]

    assert new.noted == [GET_ROLE, GET_REGION, SIMULATE, *declared, SIMULATE]
    assert same.noted == [GET_ROLE, GET_REGION, SIMULATE, *declared]


def test_questions_that_hang_keep_no_policy_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advisory simulations of eight components hang until all eight policies are declared."""
    answer, invoke = Noted(FINE), _sdk.invoke

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


MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"
RESULT: Final = {"actionName": CHANNEL_ACTIONS[0], "decision": "allowed"}
NO_ANSWER: Final[Mapping[str, tuple[str, Any, str]]] = {
    "refused": (GET_ROLE, AWS_SAID.format("GetRole", "AccessDenied: not you"), f"(AccessDenied: not you). {GRANT}."),
    "no connection": (SIMULATE, "dial tcp", f"(invoke of {SIMULATE} failed: dial tcp). Run the command again."),
    "mocks that raise": (
        SIMULATE,
        KeyError("no"),
        f"(invoke of {SIMULATE} failed: KeyError('no')). Run the command again.",
    ),
    "mocks that raise about a role": (
        GET_ROLE,
        KeyError("no"),
        f"(invoke of {GET_ROLE} failed: KeyError('no')). Run the command again.",
    ),
    "mocks that raise about a Region": (
        GET_REGION,
        KeyError("no"),
        f"(invoke of {GET_REGION} failed: KeyError('no')). Run the command again.",
    ),
    "mocks without a Region": (GET_REGION, {}, f"({GET_REGION} {MOCKS} region). Run the command again."),
    "mocks without a role": (GET_ROLE, {}, f"({GET_ROLE} {MOCKS} arn). Run the command again."),
    "mocks with another ARN": (
        GET_ROLE,
        {"arn": "web-arn"},
        f"({GET_ROLE} {MOCKS} the arn of a role). Run the command again.",
    ),
    "mocks without results": (SIMULATE, {}, f"({SIMULATE} {MOCKS} results). Run the command again."),
    "mocks with a number": (
        SIMULATE,
        {"results": 5},
        "(TypeError: 'float' object is not iterable). Run the command again.",
    ),
    **{
        f"mocks without {part}": (
            SIMULATE,
            {"results": [{name: value for name, value in RESULT.items() if name != part}]},
            f"({SIMULATE} {MOCKS} results, each with {part}). Run the command again.",
        )
        for part in RESULT
    },
    "one action": (
        SIMULATE,
        {"results": [RESULT]},
        f"(IAM's simulator has not answered about {CHANNEL_ACTIONS[1]}). Run the command again.",
    ),
}


def failing(token: str, answer: Any) -> Any:
    """Return an AWS that answers one function otherwise."""

    def answers(call: MockCallArgs) -> Any:
        if call.token == token and isinstance(answer, Exception):
            raise answer
        return answer if call.token == token else iam()(call)

    return answers


@pytest.mark.parametrize(("token", "answer", "why"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_no_answer_is_a_warning_or_the_end(token: str, answer: Any, why: str) -> None:
    """Whatever fails: with "advisory" the policy is declared all the same, and with "mandatory" it isn't."""
    advisory = PERMISSIONS.declare({"check": "advisory", **KEYS}, answer=failing(token, answer))
    mandatory = PERMISSIONS.try_declare({"check": "mandatory"}, answer=failing(token, answer))
    line = f"IAM could not be asked about role 'web' {why}"

    assert ([text for _, text in advisory.logged], advisory.results["denied_actions"]) == ([line], None)
    assert PERMISSIONS.policy_type in PERMISSIONS.written(advisory)
    assert causes(mandatory) == (line + ADVISORY,)
    assert PERMISSIONS.policy_type not in PERMISSIONS.written(mandatory)


def test_a_preview_without_results() -> None:
    """The AWS provider has answered, so that it is no question of what does not exist yet."""
    record = PERMISSIONS.declare({"check": "advisory"}, answer=failing(SIMULATE, {}), preview=True)

    assert record.warned == [
        not_asked("role 'web'", f"IAM's simulator has not answered about {CHANNEL_ACTIONS[0]}"),
    ]


def test_the_error_has_the_denied_actions() -> None:
    """Its lines say what to do, it survives a copy, and has what is denied by role."""
    record = PERMISSIONS.try_declare({"check": "mandatory", **KEYS}, answer=Aws(DENIED))
    error = record.error
    assert isinstance(error, NotAllowedError)
    assert error.causes == (denied(ON_KEY, "'no'") + LAST,)
    assert str(error) == f"{OWNER}: {error.causes[0]}"
    assert error.denied_actions == {"web": ("kms:Decrypt",)}
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(same), same.owner, same.denied_actions) == (str(error), OWNER, error.denied_actions)


TAKEN: Final = World(Held(inline={"fixed": READY}), Said([]))


WAYS_OUT: Final[Mapping[str, tuple[World, Mapping[str, Any], str]]] = {
    "a policy denies": (DENIED, KEYS, denied(ON_KEY, "'no'") + LAST),
    "a boundary": (UNWRITABLE, {}, bounded(OPEN_DATA) + ADVISORY),
    "the heartbeat is taken away": (TAKEN, {"policy_name": "fixed"}, TAKEN_AWAY + ADVISORY),
}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(("world", "inputs", "line"), WAYS_OUT.values(), ids=WAYS_OUT)
def test_each_end_has_a_way_out(world: World, inputs: Mapping[str, Any], line: str, *, preview: bool) -> None:
    """The policy that Pulumi has is not written to."""
    world = replace(world, state="changed")
    record = PERMISSIONS.try_declare({"check": "mandatory", **inputs}, answer=Aws(world), preview=preview)

    assert causes(record) == (line,)


def test_what_ends_no_run_is_a_warning_beside_the_error() -> None:
    """Once. Nothing is said to be allowed to the other role of the fleet: the run has written it no policy."""
    world = World(Held(inline={"no": NO_KEY}), Said([]), more={"api": NODE})
    record = FLEET.try_declare({"roles": ["web", "api"], "check": "mandatory", **KEYS}, answer=Aws(world))

    assert causes(record) == (denied(ON_KEY, "'no'") + LAST,)
    assert said(record) == [silent()]


def test_an_output_may_change_until_the_update() -> None:
    """A preview doesn't end for what is denied to it; it ends where IAM does not answer, or a heartbeat is lost."""
    inputs = {"check": "mandatory", "role": lambda: output("web"), **KEYS}
    worlds = (DENIED, NOTHING_MORE, replace(TAKEN, state="changed"))
    denial, *ends = (
        PERMISSIONS.try_declare({**inputs, "policy_name": "fixed"}, answer=Aws(world), preview=True) for world in worlds
    )

    assert (denial.error, said(denial)) == (None, [denied(ON_KEY, "'no'")])
    assert [causes(each)[0].split()[0] for each in ends] == ["IAM", "This"]


LOST: Final = "a value that the question needs is missing, because a resource has failed or does not exist"


def test_a_value_that_is_lost() -> None:
    """An update cannot ask, and says what is missing."""
    inputs = {"kms_key_arns": lambda: [unknown()]}
    advisory = PERMISSIONS.declare({"check": "advisory", **inputs}, answer=iam())
    mandatory = PERMISSIONS.try_declare({"check": "mandatory", **inputs}, answer=iam())

    assert said(advisory) == [not_asked("role 'web'", LOST)]
    assert advisory.results["denied_actions"] is None
    assert causes(mandatory) == (not_asked("role 'web'", LOST) + ADVISORY,)


def transformed(change: Any) -> pulumi.ResourceOptions:
    """Return options that change the document of the policy."""

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        document: Any = dict(args.props).get("policy")
        if document is None:
            return None
        changed = pulumi.Output.from_input(document).apply(lambda text: json.dumps(change(json.loads(text)), indent=1))
        return pulumi.ResourceTransformationResult({**args.props, "policy": changed}, args.opts)

    return pulumi.ResourceOptions(transformations=[transform])


@KINDS
@pytest.mark.parametrize("preview", [True, False])
def test_another_document_of_a_transform(kind: Kind, *, preview: bool) -> None:
    """Nothing is said to be allowed, or taken away, and a mandatory check goes on; a denial is told all the same."""
    own = {f"{kind.name}-session-manager-1234567": READY}
    held = Held(attached=own) if kind is FLEET else Held(inline=own)
    answers = [Noted(world) for world in (FINE, World(held, Said([])), DENIED)]
    opts = lambda: transformed(lambda document: {**document, "Statement": document["Statement"][:1]})  # noqa: E731
    inputs = [{"check": "mandatory", **KEYS}] * 2 + [{"check": "advisory", **KEYS}]
    records = [
        kind.declare(given, opts, answer=each, preview=preview) for given, each in zip(inputs, answers, strict=True)
    ]

    assert [said(each) for each in records] == [[NOT_WRITTEN], [NOT_WRITTEN], [denied(ON_KEY, "'no'"), NOT_WRITTEN]]
    assert [each.results["denied_actions"] for each in records] == [None] * 3
    assert [each.noted.count(SIMULATE) for each in answers] == [2, 2, 2]


@KINDS
@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("document", [SPOILT, NO_HEARTBEAT], ids=["a channel", "the heartbeat"])
def test_drift_beside_another_document_of_a_transform(kind: Kind, document: Any, *, preview: bool) -> None:
    """A Deny in the own policy is not told, as this run does not write the document that the program has."""
    own = {f"{kind.name}-session-manager-1234567": document}
    held = node(attached={CORE: READY, **own}) if kind is FLEET else node(inline=own)
    opts = lambda: transformed(lambda document: {**document, "Statement": document["Statement"][:1]})  # noqa: E731
    answer = Aws(World(held, Said([]), state="same"))
    record = kind.declare({"check": "advisory", **KEYS}, opts, answer=answer, preview=preview)

    assert said(record) == [NOT_WRITTEN]
    assert record.results["denied_actions"] is None


@KINDS
def test_the_same_document_in_other_words(kind: Kind) -> None:
    """AWS compares documents, not texts."""
    record = kind.declare({"check": "advisory"}, lambda: transformed(lambda document: document), answer=Aws(FINE))

    assert said(record) == [ok(5)]
