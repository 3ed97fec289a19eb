"""What `check_role` says of each cause that IAM's answers tell, with mocks in the provider's place."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests import fleets
from tests.answers import (
    ARN,
    ASK_AGAIN,
    AWS_SAID,
    BOUND,
    COULD_NOT_ASK,
    COULD_NOT_TELL,
    FORBIDDEN,
    GET_ROLE,
    HEARTBEAT,
    LIFT_IT,
    LIMIT,
    MAY_NOT_ASK,
    NO_HEARTBEAT,
    ONLY_REAL,
    TRUST,
    Verdict,
    iam,
    simulated,
)
from tests.components import declare
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY

TWO_KEYS: Final[Mapping[str, Any]] = {"check_role": True, "kms_key_arns": [KEY, OTHER_KEY]}


def test_each_set_of_resources_is_one_question() -> None:
    """All actions on the same resources are asked about together, whatever statement they are in."""
    inputs = {"s3_log_bucket_arn": BUCKET, "s3_log_kms_key_arn": KEY, "cloudwatch_log_group_arns": [LOG_GROUP]}
    on_any, *named = simulated(declare({**TWO_KEYS, **inputs}, answer=iam()))
    on_group = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    on_keys = ["kms:Decrypt", "kms:GenerateDataKey"]
    on_bucket = ["s3:PutObject", "s3:GetEncryptionConfiguration"]

    assert on_any == (
        [*CHANNEL_ACTIONS, "logs:DescribeLogGroups", HEARTBEAT, *on_group, *on_bucket, *on_keys],
        None,
    )
    assert named == [
        (on_group, [f"{LOG_GROUP}:*"]),
        (["s3:PutObject"], [f"{BUCKET}/*"]),
        (["s3:GetEncryptionConfiguration"], [BUCKET]),
        (["kms:Decrypt"], [KEY, OTHER_KEY]),
        (["kms:GenerateDataKey", "kms:Decrypt"], [KEY]),
    ]


DEPENDS: Final = f"it depends on aws:SourceVpc, aws:SourceIp, {ONLY_REAL}"
OPEN_DATA: Final = "ssmmessages:OpenDataChannel"
CAUSES: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[str]]]] = {
    "nothing denied": ({"denied": []}, []),
    "nobody grants the heartbeat": ({"denied": [HEARTBEAT]}, [f"role 'web' {NO_HEARTBEAT}"]),
    "heartbeat denied": (
        {"denied": [Verdict(HEARTBEAT, decision="explicitDeny")]},
        [f"role 'web' may not call {HEARTBEAT}: {FORBIDDEN}"],
    ),
    "boundary": (
        {"denied": [HEARTBEAT, Verdict("kms:Decrypt", KEY)], "by_boundary": True},
        [f"role 'web' may not call {HEARTBEAT}, kms:Decrypt on {KEY}: the permissions boundary {LIMIT} {LIFT_IT}"],
    ),
    "deny or SCP": (
        {"denied": [Verdict("kms:Decrypt", decision="explicitDeny")]},
        [f"role 'web' may not call kms:Decrypt on {KEY}, kms:Decrypt on {OTHER_KEY}: {FORBIDDEN}"],
    ),
    "an SCP that takes the channels takes the heartbeat": (
        {"denied": [OPEN_DATA, HEARTBEAT]},
        [f"role 'web' may not call {OPEN_DATA}, {HEARTBEAT}: {FORBIDDEN}"],
    ),
    "two causes": (
        {"denied": [Verdict("kms:Decrypt", KEY), HEARTBEAT]},
        [f"role 'web' {NO_HEARTBEAT}", f"role 'web' may not call kms:Decrypt on {KEY}: {FORBIDDEN}"],
    ),
    "missing context keys": (
        {
            "denied": [
                Verdict(OPEN_DATA, missing=["aws:SourceVpc"]),
                Verdict(HEARTBEAT, decision="allowed", missing=["aws:SourceVpc", "aws:SourceIp"]),
            ]
        },
        [f"{COULD_NOT_TELL} role 'web' may call {OPEN_DATA}, {HEARTBEAT}: {DEPENDS}"],
    ),
}


@pytest.mark.parametrize(("answers", "expected"), CAUSES.values(), ids=CAUSES)
def test_each_cause_is_one_warning(
    answers: Mapping[str, Any], expected: Sequence[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A warning names what is denied, why, what to do about it, and what the simulator does not see."""
    declare(TWO_KEYS, answer=iam(role={**BOUND, "assumeRolePolicy": TRUST}, **answers))

    assert caplog.messages == expected


def test_a_granted_heartbeat_that_is_denied_is_forbidden(caplog: pytest.LogCaptureFixture) -> None:
    """Where the policy grants the heartbeat, granting it is no advice."""
    declare({"check_role": True, "allow_update_instance_information": True}, answer=iam(denied=[HEARTBEAT]))

    assert caplog.messages == [f"role 'web' may not call {HEARTBEAT}: {FORBIDDEN}"]


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        pytest.param(["kms:Decrypt", HEARTBEAT], [HEARTBEAT, "kms:Decrypt"], id="an action on two resources"),
        pytest.param(
            [Verdict("kms:Decrypt", KEY), Verdict(HEARTBEAT, decision="allowed", missing=["aws:SourceVpc"])],
            None,
            id="not known of one",
        ),
    ],
)
def test_denied_actions_are_all_or_none(denied: Sequence[Any], expected: Sequence[str] | None) -> None:
    """Each denied action is there once; with one answer missing there is no list, since it would say too little."""
    record = declare(TWO_KEYS, answer=iam(denied=denied))

    assert record.results["denied_actions"] == expected


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (10, "'r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9'"),
        (11, "'r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9' and 1 more"),
    ],
)
def test_roles_of_one_cause_are_in_one_warning(number: int, names: str, caplog: pytest.LogCaptureFixture) -> None:
    """All are named up to ten; then the first ten, and how many more there are."""
    roles = [f"r{one}" for one in range(number)]
    fleets.declare({"roles": roles, "check_roles": True}, answer=iam(denied=[HEARTBEAT]))

    assert caplog.messages == [f"roles {names} {NO_HEARTBEAT}"]


def check_each(answers: Mapping[str, Mapping[str, Any] | str]) -> None:
    """Check these roles, of which IAM says this."""

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        role = answers[call.args["name"]] if call.token == GET_ROLE else None
        return iam(role=role, denied=[HEARTBEAT], by_boundary=True)(call)

    fleets.declare({"roles": list(answers), "check_roles": True}, answer=answer)


def test_another_boundary_is_another_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Roles with boundaries of their own are not lumped together."""
    boundaries = {name: f"arn:aws:iam::123456789012:policy/{name}" for name in ("a", "b")}
    check_each({name: {"arn": ARN, "permissionsBoundary": boundary} for name, boundary in boundaries.items()})

    assert caplog.messages == [
        f"role '{name}' may not call {HEARTBEAT}: the permissions boundary {boundary} {LIFT_IT}"
        for name, boundary in boundaries.items()
    ]


def test_another_failure_is_another_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Roles that IAM could not be asked about are named together by the code of its error, with the first message."""
    errors = {"a": "AccessDenied: on: a", "b": "AccessDenied: at: b", "c": "ServiceFailure: c", "d": "Busy: d"}
    check_each({**{name: f"{AWS_SAID}, api error {error}" for name, error in errors.items()}, "e": "dial tcp"})
    may_not = MAY_NOT_ASK.replace("checkRole (check_role", "checkRoles (check_roles")
    again = ASK_AGAIN.replace("checkRole (check_role", "checkRoles (check_roles")

    assert caplog.messages == [
        f"{COULD_NOT_ASK} roles 'a', 'b' (AccessDenied: on: a (aws)). {may_not}",
        f"{COULD_NOT_ASK} role 'c' (ServiceFailure: c (aws)). {again}",
        f"{COULD_NOT_ASK} role 'd' (Busy: d (aws)). {again}",
        f"{COULD_NOT_ASK} role 'e' (invoke of {GET_ROLE} failed: dial tcp (aws)). {again}",
    ]
