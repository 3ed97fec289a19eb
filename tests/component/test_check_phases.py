"""`check`: when IAM is asked, what keeps a policy from being written and what doesn't, and how a run ends."""

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
from tests.answers import GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE, iam
from tests.components import OWNER, PERMISSIONS, STACK, Kind, output, secret
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, allow, policy
from tests.fleets import ATTACHMENT, FLEET, POLICY
from tests.mocks import Record, Secret, run, unknown
from tests.worlds import (
    ALL,
    AWS_SAID,
    CORE,
    GRANT,
    GROUP_THERE,
    KEY_THERE,
    KEYS,
    LIMIT,
    NO_CHANNELS,
    NO_KEY,
    NODE,
    NOT_WRITTEN,
    ON_KEY,
    OPEN_DATA,
    OTHER_ACCOUNT,
    OWN,
    READY,
    TAKEN_AWAY,
    Aws,
    Held,
    Said,
    World,
    bounded,
    denied,
    node,
    not_asked,
    not_shown,
    ok,
    silent,
)

KINDS: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
FINE: Final = World(NODE, Said([]))
DENIED: Final = World(node(inline={"no": NO_KEY}), Said([]))
ADVISORY: Final = ' With check="advisory", this is a warning.'
LAST: Final = f" If this update deletes that policy, it does so last, after this check.{ADVISORY}"
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."


def said(record: Record) -> list[str]:
    """Return what is logged, as in a world, but for what the simulator does not see."""
    return [text if text in record.warned else f"- {text}" for _, text in record.logged if text != UNSEEN]


def causes(record: Record) -> tuple[str, ...]:
    """Return the lines that have ended a run."""
    assert isinstance(record.error, NotAllowedError)
    return record.error.causes


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
            while request.tok == SIMULATE and answer.noted.count(PERMISSIONS.policy_type) < 8:
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
    "no connection": (SIMULATE, "dial tcp", f"(invoke of {SIMULATE} failed: dial tcp). Run it again."),
    "mocks that raise": (SIMULATE, KeyError("no"), f"(invoke of {SIMULATE} failed: KeyError('no')). Run it again."),
    "mocks that raise about a role": (
        GET_ROLE,
        KeyError("no"),
        f"(invoke of {GET_ROLE} failed: KeyError('no')). Run it again.",
    ),
    "mocks that raise about a Region": (GET_REGION, KeyError("no"), "(KeyError: 'no'). Run it again."),
    "mocks without a Region": (GET_REGION, {}, f"({GET_REGION} {MOCKS} region). Run it again."),
    "mocks without a role": (GET_ROLE, {}, f"({GET_ROLE} {MOCKS} arn). Run it again."),
    "mocks without results": (SIMULATE, {}, f"({SIMULATE} {MOCKS} results). Run it again."),
    "mocks with a number": (SIMULATE, {"results": 5}, "(TypeError: 'float' object is not iterable). Run it again."),
    **{
        f"mocks without {part}": (
            SIMULATE,
            {"results": [{name: value for name, value in RESULT.items() if name != part}]},
            f"({SIMULATE} {MOCKS} results, each with {part}). Run it again.",
        )
        for part in RESULT
    },
    "one action": (
        SIMULATE,
        {"results": [RESULT]},
        f"(IAM's simulator has not answered about {CHANNEL_ACTIONS[1]}). Run it again.",
    ),
}


def failing(token: str, answer: Any) -> Any:
    """Return an AWS that answers one function otherwise."""

    def call(asked: MockCallArgs) -> Any:
        if asked.token == token and isinstance(answer, Exception):
            raise answer
        return answer if asked.token == token else iam()(asked)

    return call


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


class AfterTheWrite(Noted):
    """An IAM that changes with the component's policy."""

    def __init__(self, before: World, after: World) -> None:
        """Begin with what is so before."""
        super().__init__(before)
        self.after = after

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Change what is so."""
        exists = super().declare(type_, outputs, preview=preview)
        self.world = self.after if type_ == PERMISSIONS.policy_type else self.world
        return exists


NOTHING_MORE: Final = replace(FINE, fails={(SIMULATE, "web"): AWS_SAID.format("Simulate", "Throttling: slow")})


def test_a_question_after_the_write_that_fails() -> None:
    """Whether the policy is on the role is then not known: a warning, as a mandatory check can't end what is done."""
    record = PERMISSIONS.declare({"check": "mandatory"}, answer=AfterTheWrite(FINE, NOTHING_MORE))

    assert said(record) == [not_asked("role 'web'", "Throttling")]
    assert record.results["denied_actions"] is None


def test_a_mandatory_check_judges_the_same_answers_after_the_write() -> None:
    """What comes meanwhile is not asked for: only what the own policy is to show is asked again."""
    record = PERMISSIONS.declare({"check": "mandatory"}, answer=AfterTheWrite(FINE, replace(FINE, scps=NO_CHANNELS)))

    assert said(record) == [not_shown()]
    assert record.results["denied_actions"] == [*CHANNEL_ACTIONS]


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
UNWRITABLE: Final = World(node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))), Said([]))
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
    """Once, and what is allowed to the other roles of a fleet is left out."""
    world = World(Held(inline={"no": NO_KEY}), Said([]), more={"api": NODE})
    record = FLEET.try_declare({"roles": ["web", "api"], "check": "mandatory", **KEYS}, answer=Aws(world))
    where = "eu-west-1, keys in their Regions"

    assert causes(record) == (denied(ON_KEY, "'no'") + LAST,)
    assert said(record) == [silent(), ok(6, role="role 'api'", where=where)]


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
    name, more = (
        ("fleet-session-manager-1234567", "attached") if kind is FLEET else ("web-session-manager-1234567", "inline")
    )
    holds_heartbeat = World(Held(**{more: {name: READY}}), Said([]))
    answers = [Noted(world) for world in (FINE, holds_heartbeat, DENIED)]
    opts = lambda: transformed(lambda document: {**document, "Statement": document["Statement"][:1]})  # noqa: E731
    inputs = [{"check": "mandatory", **KEYS}] * 2 + [{"check": "advisory", **KEYS}]
    records = [
        kind.declare(given, opts, answer=each, preview=preview) for given, each in zip(inputs, answers, strict=True)
    ]

    assert [said(each) for each in records] == [[NOT_WRITTEN], [NOT_WRITTEN], [denied(ON_KEY, "'no'"), NOT_WRITTEN]]
    assert [each.results["denied_actions"] for each in records] == [None] * 3
    assert [each.noted.count(SIMULATE) for each in answers] == [2, 2, 2]


@KINDS
def test_the_same_document_in_other_words(kind: Kind) -> None:
    """AWS compares documents, not texts."""
    record = kind.declare({"check": "advisory"}, lambda: transformed(lambda document: document), answer=Aws(FINE))

    assert said(record) == [ok(5)]


def of(**inputs: Any) -> Mapping[str, Any]:
    """Return inputs of which each is a secret."""
    return {name: lambda value=value: secret(value) for name, value in inputs.items()}


NO_KEY_SAID: Final = (
    "{} may not call kms:Decrypt on [secret] in its Region: it is denied in [secret]. Make an exception there."
)
REFUSED: Final = AWS_SAID.format("GetRole", f"AccessDenied: no role web, no {KEY}")
SECRETS: Final[Mapping[str, tuple[Mapping[str, Any], World, str, object]]] = {
    "a role": ({**of(role="web"), **KEYS}, DENIED, NO_KEY_SAID.format("role [secret]"), ["kms:Decrypt"]),
    "a key": (of(kms_key_arns=[KEY]), DENIED, NO_KEY_SAID.format("role 'web'"), ["kms:Decrypt"]),
    "a role, AWS's answer": (
        of(role="web"),
        replace(FINE, fails={(GET_ROLE, "web"): REFUSED}),
        not_asked("role [secret]", "AccessDenied", GRANT),
        None,
    ),
    "a key, AWS's answer": (
        of(kms_key_arns=[KEY]),
        replace(FINE, fails={(SIMULATE, "web"): REFUSED}),
        not_asked("role 'web'", "AccessDenied", GRANT),
        None,
    ),
    "a role, no answer of AWS": (
        of(role="web"),
        replace(FINE, fails={(GET_ROLE, "web"): "dial tcp: web"}),
        "IAM could not be asked about role [secret]. Run it again.",
        None,
    ),
    "a boundary": (
        of(role="web"),
        UNWRITABLE,
        bounded(OPEN_DATA).replace("'web'", "[secret]").replace(f" {LIMIT}", ""),
        [OPEN_DATA],
    ),
    "who allows the heartbeat": (of(policy_name="fixed"), FINE, ok(5, "[secret]"), []),
    "a key of another account": (of(kms_key_arns=[KEY_THERE]), FINE, OTHER_ACCOUNT.replace(KEY_THERE, "[secret]"), []),
    "a log group of another account": (
        of(cloudwatch_log_group_arns=[GROUP_THERE]),
        FINE,
        "role 'web' cannot write to the log group [secret] of another account: the agent sends only the group's name, "
        "so its logs go to the group of that name in the role's own account.",
        [],
    ),
}


@pytest.mark.parametrize(("inputs", "world", "line", "listed"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_in_no_line(inputs: Any, world: World, line: str, listed: object) -> None:
    """Nor is what would tell it: policies, the boundary, AWS's own words, the Region of a key; the list is secret."""
    record = PERMISSIONS.declare({"check": "advisory", **inputs}, answer=Aws(world))

    assert line in said(record)
    assert [text for text in said(record) if "role" in inputs and "'web'" in text] == []
    assert record.results["denied_actions"] == Secret(listed)


def test_a_secret_role_is_not_in_the_error() -> None:
    """Neither in its text nor in its attributes."""
    record = PERMISSIONS.try_declare({"check": "mandatory", **of(role="web"), **KEYS}, answer=Aws(DENIED))
    [line] = causes(record)

    assert line == NO_KEY_SAID.format("role [secret]") + LAST
    assert getattr(record.error, "denied_actions", None) == {"[secret]": ("kms:Decrypt",)}


def test_a_bucket_of_another_account() -> None:
    """Its policy and that of its key must allow the role; the bucket is named without a prefix."""
    inputs = {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "team", "s3_log_cross_account": True}
    record = PERMISSIONS.declare({"check": "advisory", **inputs, "s3_log_kms_key_arn": KEY_THERE}, answer=Aws(FINE))

    assert said(record)[1:] == [
        OTHER_ACCOUNT.replace(" must", f" and the bucket policy of {BUCKET} must"),
    ]


NO_DETAILS: Final[Mapping[str, Any]] = {"matchedStatements": [], "missingContextKeys": []}


class UsersMocks(Aws):
    """As users write them: each resource has an id, in a preview, too, and an answer says no more than the decision."""

    def __call__(self, call: MockCallArgs) -> Any:
        """Leave out who allows it."""
        answer: Any = super().__call__(call)
        return answer if call.token != SIMULATE else {"results": [{**each, **NO_DETAILS} for each in answer["results"]]}


@KINDS
@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("level", ["advisory", "mandatory"])
def test_mocks_that_name_no_policies_have_lost_none(kind: Kind, level: str, *, preview: bool) -> None:
    """Without the document, IAM's second answer allows it as well, and names nobody instead."""
    world = replace(FINE, held=node(attached={"all": policy(ALL)}), state="same")
    for answer in (UsersMocks(world), iam()):
        assert said(kind.declare({"check": level}, answer=answer, preview=preview)) == [ok(5, None)]


def test_a_policy_without_a_name_is_nobodys() -> None:
    """A preview that does not know the name takes no other policy for the component's own."""
    inputs = {"check": "mandatory", "policy_name": unknown}
    record = PERMISSIONS.declare(inputs, answer=Aws(World(Held(inline={"ssm": READY}), Said([]))), preview=True)

    assert said(record) == [ok(5, "'ssm'")]


def test_what_the_simulator_does_not_see_is_said_once() -> None:
    """By the first component of a run that grants a key or a bucket, once IAM has answered about it."""

    def program() -> None:
        for name, more in (("first", {}), ("lost", {"role": "api", **KEYS}), ("web", KEYS), ("last", KEYS)):
            inputs: Any = {"role": "web", **more}
            SessionManagerPermissions(name, check="advisory", **inputs)

    fails = {(GET_ROLE, "api"): "dial tcp"}
    logged = run(program, answer=Aws(World(Held(), Said([]), fails=fails, more={"api": NODE}))).logged
    [urn] = [urn for urn, text in logged if text == UNSEEN]

    assert urn.rpartition("::")[2] in ("web", "last")
    assert [text for _, text in logged].count(silent()) == 3


@pytest.mark.parametrize(("level", "listed"), [("disabled", None), ("advisory", {}), ("mandatory", {})])
def test_a_fleet_without_roles(level: str, listed: object, *, preview: bool) -> None:
    """It is warned of at any level, because such an update detaches the policy from all roles."""
    record = FLEET.declare({"roles": [], "check": level}, preview=preview)

    assert record.logged == [
        (
            f"{STACK}${FLEET.type}::fleet",
            "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check "
            "the search.",
        )
    ]
    assert (record.results["denied_actions"], record.warned) == (listed, [record.logged[0][1]])


def test_a_cause_of_many_calls_and_roles() -> None:
    """Ten of each are named, and each role has its list."""
    roles = [f"r{number}" for number in range(11)]
    keys = [f"{KEY[:-2]}{number:02}" for number in range(11)]
    no = policy({**allow(["kms:Decrypt"]), "Effect": "Deny"})
    world = World(NODE, Said([]), more=dict.fromkeys(roles, node(inline={"no": no})))
    record = FLEET.declare({"roles": roles, "kms_key_arns": keys, "check": "advisory"}, answer=Aws(world))
    named = f"roles {', '.join(map(repr, roles[:10]))} and 1 more"
    calls = f"{', '.join(f'kms:Decrypt on {key}' for key in keys[:10])} and 1 more"

    assert said(record) == [denied(calls, "'no'", roles=named)]
    assert record.results["denied_actions"] == {role: ["kms:Decrypt"] for role in roles}


FAILURES: Final = {"a": "AccessDenied: on: a", "b": "AccessDenied: at: b", "c": "ServiceFailure: c"}


def test_failures_of_one_code_are_one_line() -> None:
    """It has the first one's text, as AWS's names a role; what is known of the others is listed."""
    fails = {(GET_ROLE, role): AWS_SAID.format("GetRole", said) for role, said in FAILURES.items()}
    world = World(Held(), Said([]), fails=fails, more=dict.fromkeys(FAILURES, NODE))
    record = FLEET.declare({"roles": [*FAILURES, "web"], "check": "advisory"}, answer=Aws(world))

    assert said(record) == [
        not_asked("roles 'a', 'b'", FAILURES["a"], GRANT),
        not_asked("role 'c'", FAILURES["c"]),
        silent(),
        ok(4, None),
    ]
    assert record.results["denied_actions"] == {"web": [HEARTBEAT]}
