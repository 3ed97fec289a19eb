"""How `check_role` asks AWS, when it asks nothing, and roles that do not exist, with mocks for AWS."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from tests.answers import (
    ARN,
    AWS_SAID,
    BOUND,
    GET_PARTITION,
    GET_ROLE,
    HEARTBEAT,
    NO_SUCH_ROLE,
    OPTION_OF_FLEET,
    SIMULATE,
    THERE,
    Verdict,
    iam,
    not_asked,
    rule_for,
)
from tests.components import COMPONENT, PERMISSIONS, STACK, Kind, depending, output, plain, secret
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY
from tests.fleets import COMPONENT as FLEET_COMPONENT
from tests.fleets import FLEET
from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Secret, run, unknown

MISSING: Final = rule_for("no such role")


@pytest.mark.parametrize(("option", "denied"), [("check_role", [*CHANNEL_ACTIONS, HEARTBEAT]), ("require_allowed", [])])
def test_the_list_is_all_that_it_adds(option: str, denied: list[str]) -> None:
    """A check changes nothing of what is declared, and registers its list in the order of the document.

    Without it nothing is asked: the mocks refuse every call.
    """
    without, record = (
        PERMISSIONS.declare({option: False}),
        PERMISSIONS.declare({option: True}, answer=iam(denied=denied)),
    )
    [before, after] = (each.registered_outputs[f"{STACK}${COMPONENT}::web"] for each in (without, record))

    assert [(made.type, made.name, made.inputs) for made in record.registrations] == [
        (made.type, made.name, made.inputs) for made in without.registrations
    ]
    assert record.results == {**without.results, "denied_actions": denied}
    assert after == {**before, "denied_actions": denied}


def test_the_questions_about_a_role() -> None:
    """The document counts as one of the role's policies; where it says `*`, no resource is named.

    What is denied is asked about once more as if the role's boundary allowed everything.
    """
    answer = iam(role=BOUND, denied=[HEARTBEAT])
    record = PERMISSIONS.declare({"check_role": True, "kms_key_arns": [KEY, OTHER_KEY]}, answer=answer)
    subject = {"policySourceArn": ARN, "additionalPoliciesJsons": [record.results["policy_json"]]}
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'

    assert [(invoke.token, invoke.args) for invoke in record.invokes] == [
        (GET_ROLE, {"name": "web"}),
        (SIMULATE, {**subject, "actionNames": [*CHANNEL_ACTIONS, HEARTBEAT, "kms:Decrypt"]}),
        (SIMULATE, {**subject, "actionNames": ["kms:Decrypt"], "resourceArns": [KEY, OTHER_KEY]}),
        (SIMULATE, {**subject, "actionNames": [HEARTBEAT], "permissionsBoundaryPoliciesJsons": [everything]}),
    ]


TWO_KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY, OTHER_KEY]}


@pytest.mark.parametrize(
    ("answer", "inputs", "simulations"),
    [
        (iam(), {}, 30),
        (iam(), TWO_KEYS, 60),
        (iam(role=BOUND, denied=[Verdict("kms:Decrypt", KEY)], by_boundary=True), TWO_KEYS, 150),
    ],
    ids=["channels", "two keys", "two keys, of which a boundary denies one"],
)
@pytest.mark.parametrize("option", ["check_roles", "require_allowed"])
def test_how_often_a_fleet_of_30_is_asked_about(
    answer: Answer, inputs: Mapping[str, Any], simulations: int, option: str
) -> None:
    """A role costs one question, and one more for each set of resources that the document has besides `*`.

    If a set is denied, each of its resources costs a question, and what is denied within a boundary one more.
    """
    roles = [f"r{number}" for number in range(30)]
    record = FLEET.try_declare({"roles": roles, option: True, **inputs}, answer=answer)

    assert Counter(invoke.token for invoke in record.invokes) == {GET_ROLE: 30, SIMULATE: simulations}


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [(FLEET, {"roles": ["web"], "check_roles": True}), (PERMISSIONS, {"check_role": True})],
    ids=["many roles", "one role"],
)
def test_every_question_follows_the_components_provider(
    kind: Kind, inputs: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So do those about a single resource, without the boundary, and what they wait for.

    Without the version of the other resources, the engine would start another default provider. It takes no version of
    a pre-release as Python writes it.
    """
    monkeypatch.setattr("pulumi_aws._utilities.get_version", lambda: "7.52.0-alpha.1")
    record = kind.declare(
        {**inputs, "kms_key_arns": [KEY, OTHER_KEY]},
        lambda: depending(provider=aws.Provider("other")),
        answer=iam(role=BOUND, denied=["kms:Decrypt"]),
    )
    asked = {(invoke.provider.split("::")[-2], invoke.version) for invoke in record.invokes}

    assert asked == {("other", "7.52.0-alpha.1")}


def test_dependencies_are_waited_for() -> None:
    """Policies that the program gives the role count. A preview asks nothing, or misses no role that is to come."""

    def on_a_component() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(depends_on=[pulumi.ComponentResource("app:index:Team", "team")])

    record = PERMISSIONS.declare({"check_role": True}, depending, answer=iam())
    preview = PERMISSIONS.declare({"check_role": True}, depending, preview=True)
    later = PERMISSIONS.declare({"check_role": True}, on_a_component, preview=True, answer=iam(role=NO_SUCH_ROLE))

    assert [invoke.token for invoke in record.invokes if invoke.token != GET_ROLE] == [GET_PARTITION, SIMULATE]
    assert preview.invokes == []
    assert [each.results["denied_actions"] for each in (preview, later)] == [UNKNOWN] * 2


@pytest.mark.parametrize(
    ("make", "answer", "role"),
    [
        (lambda: output("web"), iam(role=NO_SUCH_ROLE), "web"),
        (lambda: "web", iam(role={}), "web"),
        (unknown, None, UNKNOWN),
    ],
    ids=["a role that the program may make", "a provider without an answer yet", "a role that is not known"],
)
def test_what_a_preview_does_not_know_yet(make: Callable[[], Any], answer: Answer | None, role: str) -> None:
    """The list is unknown, and the policy is planned; of a role without a name nothing is asked."""
    record = PERMISSIONS.declare({"role": make, "check_role": True}, preview=True, answer=answer)

    assert record.results["denied_actions"] == UNKNOWN
    assert PERMISSIONS.policy(record)["role"] == role


@pytest.mark.parametrize(
    ("way", "preview", "shown"),
    [(plain, True, "'web'"), (plain, False, "'web'"), (output, False, "'web'"), (secret, False, "[secret]")],
    ids=["plain, preview", "plain, update", "Output, update", "secret, update"],
)
# `NotFoundError.Error` after a wait, and `EmptyResultError.Error` of the AWS provider (internal/retry/error.go, and
# internal/tfresource/not_found_error.go).
@pytest.mark.parametrize("text", ["couldn't find resource (21 retries)", "empty result"])
def test_a_role_that_does_not_exist(way: Callable[[str], Any], text: str, shown: str, *, preview: bool) -> None:
    """A plain name is refused in preview already, instead of a warning that IAM could not be asked."""
    answer = iam(role=f"reading IAM Role (web): {text}")
    record = PERMISSIONS.try_declare(lambda: {"role": way("web"), "check_role": True}, preview=preview, answer=answer)

    assert str(record.error) == f"{PERMISSIONS.owner}: role {shown}: {MISSING}"


def late(times: int) -> Answer:
    """Return an IAM that does not find a role the first times."""
    left = iter([NO_SUCH_ROLE] * times)
    return lambda call: iam(role=next(left, None) if call.token == GET_ROLE else None)(call)


@pytest.mark.parametrize(
    ("way", "opts"), [(output, None), (secret, None), (plain, depending)], ids=["Output", "secret", "after another"]
)
@pytest.mark.parametrize("times", [1, 4])
def test_a_role_that_iam_shows_late(way: Callable[[str], Any], opts: Any, times: int) -> None:
    """An update asks again about a role that the program may have made."""
    record = PERMISSIONS.declare(lambda: {"role": way("web"), "check_role": True}, opts, answer=late(times))

    assert [invoke.token for invoke in record.invokes].count(GET_ROLE) == times + 1
    assert record.results["denied_actions"] == (Secret([]) if way is secret else [])


@pytest.mark.parametrize(("way", "times"), [(plain, 1), (output, 5)], ids=["plain", "Output"])
def test_how_often_a_role_is_asked_for(way: Callable[[str], Any], times: int) -> None:
    """A plain name is asked for once, and an Output five times."""
    record = PERMISSIONS.try_declare(lambda: {"role": way("web"), "check_role": True}, answer=late(times))

    assert [invoke.token for invoke in record.invokes] == [GET_ROLE] * times
    assert str(record.error) == f"{PERMISSIONS.owner}: role 'web': {MISSING}"


def test_roles_that_do_not_exist_are_one_line() -> None:
    """They are named as they were given, and one of another account has its own line, whether it exists or not."""
    absent = dict.fromkeys(("gone", "left", "web"), NO_SUCH_ROLE)
    record = FLEET.try_declare(
        {"roles": ["gone", "api", "left", THERE], "check_roles": True}, answer=iam(role=absent.get)
    )

    assert str(record.error).splitlines() == [
        f"{FLEET.owner}: roles 'gone', 'left': {MISSING}",
        f"{FLEET.owner}: roles[3] '{THERE}': {rule_for('a role of another account')}",
    ]


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["api", THERE], "check_roles": True}, depending, preview=True, answer=iam())

    assert str(record.error) == f"{FLEET.owner}: roles[1] '{THERE}': {rule_for('a role of another account')}"
    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]


def test_what_the_simulator_does_not_see_is_said_once() -> None:
    """A run says it once for any number of components, and each message is about its component."""

    def program() -> None:
        SessionManagerManagedPolicy("fleet", roles=["web", "api"], check_roles=True)
        SessionManagerPermissions("web", role="web", check_role=True)

    logged = run(program, answer=iam(denied=[HEARTBEAT])).logged

    assert [message for _, message in logged].count(sentence("warnings", "UNSEEN")) == 1
    assert {urn for urn, _ in logged} == {f"{STACK}${FLEET_COMPONENT}::fleet", f"{STACK}${COMPONENT}::web"}


@pytest.mark.parametrize(
    ("code", "text"),
    # `DefaultThrottleErrorCodes` of the AWS SDK for Go (aws/retry) with another text, and its usual text alone.
    [
        ("ThrottlingException", "slow down"),
        ("RequestThrottled", "slow down"),
        ("TooManyRequestsException", "slow down"),
        ("RequestLimitExceeded", "slow down"),
        ("Busy", "Rate exceeded"),
    ],
)
def test_a_throttled_question_is_the_last(code: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """The provider has tried again by itself, so only the four questions that are under way are asked.

    The warning has AWS's code alone, because the message is about another role.
    """
    roles = [f"r{number}" for number in range(8)]
    given_up = AWS_SAID.replace("GetRole,", "GetRole, exceeded maximum number of attempts, 25,")
    said = f"{given_up}, api error {code}: {text}"
    record = FLEET.declare({"roles": roles, "check_roles": True}, answer=iam(role=said))

    assert caplog.messages == [not_asked(code, f"roles {', '.join(map(repr, roles))}", option=OPTION_OF_FLEET)]
    assert len(record.invokes) == 4
