"""What IAM's simulator is asked about a document, and what is made of its answers; nothing is asked here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import pytest

from pulumi_ssm_perms import policy_document
from pulumi_ssm_perms._check_role._answers import Answer, Causes, causes, denied_actions, read
from pulumi_ssm_perms._check_role._questions import questions
from pulumi_ssm_perms._check_role._trust import Use, use
from pulumi_ssm_perms._check_role._warnings import could_not_ask, explain, merged
from tests.answers import (
    ASK_AGAIN,
    COULD_NOT_ASK,
    COULD_NOT_TELL,
    FORBIDDEN,
    HEARTBEAT,
    LIFT_IT,
    LIMIT,
    MAY_NOT_ASK,
    NO_HEARTBEAT,
    NO_HEARTBEAT_OF_SEVERAL,
    ONLY_REAL,
)
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY


def allowed(action: str, resource: str = "*", **more: Any) -> Answer:
    """Return an answer that allows."""
    return Answer(action, resource, allowed=True, decision="allowed", **more)


def denied(action: str, resource: str = "*", decision: str = "implicitDeny", **more: Any) -> Answer:
    """Return an answer that denies, implicitly unless it says so."""
    return Answer(action, resource, allowed=False, decision=decision, **more)


def said(found: Causes, boundary: str | None, use: Use = Use.NODES) -> Sequence[str]:
    """Return the warnings about the role `web`."""
    return list(merged([list(explain("web", found, boundary, use, secret=False))]))


def test_each_set_of_resources_is_one_question() -> None:
    """All actions on the same resources are asked about together, whatever statement they are in."""
    document = policy_document(
        kms_key_arns=[KEY, OTHER_KEY],
        s3_log_bucket_arn=BUCKET,
        s3_log_kms_key_arn=KEY,
        cloudwatch_log_group_arns=[LOG_GROUP],
    )

    assert questions(document, heartbeat=True) == {
        ("*",): [*CHANNEL_ACTIONS, "logs:DescribeLogGroups", HEARTBEAT],
        (f"{LOG_GROUP}:*",): ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        (f"{BUCKET}/*",): ["s3:PutObject"],
        (BUCKET,): ["s3:GetEncryptionConfiguration"],
        (KEY, OTHER_KEY): ["kms:Decrypt"],
        (KEY,): ["kms:GenerateDataKey", "kms:Decrypt"],
    }


@pytest.mark.parametrize(("granted", "of_nodes"), [(True, True), (True, False), (False, True), (False, False)])
def test_the_heartbeat_is_asked_about_once(*, granted: bool, of_nodes: bool) -> None:
    """It is among the questions where the document grants it, and where the role is not one of tasks alone."""
    document = policy_document(allow_update_instance_information=granted)
    expected = [*CHANNEL_ACTIONS, HEARTBEAT] if granted or of_nodes else [*CHANNEL_ACTIONS]

    assert questions(document, heartbeat=of_nodes) == {("*",): expected}


def test_answers_belong_to_the_resource_that_was_asked_about() -> None:
    """The resource in a result may be a template of one, so that only its action counts."""
    result = {"actionName": "kms:Decrypt", "resourceArn": "arn:aws:kms:*:*:key/*", "decision": "implicitDeny"}

    assert read([{**result, "allowed": False, "missingContextKeys": ["aws:SourceVpc"]}], [KEY, OTHER_KEY]) == [
        denied("kms:Decrypt", KEY, missing_context_keys=("aws:SourceVpc",)),
        denied("kms:Decrypt", OTHER_KEY, missing_context_keys=("aws:SourceVpc",)),
    ]


DEPENDS: Final = f"it depends on aws:SourceVpc, aws:SourceIp, {ONLY_REAL}"
CAUSES: Final[Mapping[str, tuple[Sequence[Answer], Sequence[str]]]] = {
    "nothing denied": ([allowed(HEARTBEAT), allowed("kms:Decrypt", KEY)], []),
    "nobody grants the heartbeat": ([denied(HEARTBEAT)], [f"web {NO_HEARTBEAT}"]),
    "heartbeat denied": (
        [denied(HEARTBEAT, decision="explicitDeny")],
        [f"web may not call {HEARTBEAT}: {FORBIDDEN}"],
    ),
    "boundary": (
        [denied(HEARTBEAT, denied_by_boundary=True), denied("kms:Decrypt", KEY, denied_by_boundary=True)],
        [f"web may not call {HEARTBEAT}, kms:Decrypt on {KEY}: the permissions boundary {LIMIT} {LIFT_IT}"],
    ),
    "deny or SCP": (
        [denied("kms:Decrypt", KEY, "explicitDeny"), denied("kms:Decrypt", OTHER_KEY)],
        [f"web may not call kms:Decrypt on {KEY}, kms:Decrypt on {OTHER_KEY}: {FORBIDDEN}"],
    ),
    "an SCP that takes the channels takes the heartbeat": (
        [denied("ssmmessages:OpenDataChannel"), denied(HEARTBEAT)],
        [f"web may not call ssmmessages:OpenDataChannel, {HEARTBEAT}: {FORBIDDEN}"],
    ),
    "two causes": (
        [denied("kms:Decrypt", KEY), denied(HEARTBEAT)],
        [f"web {NO_HEARTBEAT}", f"web may not call kms:Decrypt on {KEY}: {FORBIDDEN}"],
    ),
    "missing context keys": (
        [
            allowed(HEARTBEAT, missing_context_keys=("aws:SourceVpc", "aws:SourceIp")),
            denied("ssmmessages:OpenDataChannel", missing_context_keys=("aws:SourceVpc",)),
        ],
        [f"{COULD_NOT_TELL} web may call {HEARTBEAT}, ssmmessages:OpenDataChannel: {DEPENDS}"],
    ),
}


@pytest.mark.parametrize(("answers", "expected"), CAUSES.values(), ids=CAUSES)
def test_each_cause_is_one_message(answers: Sequence[Answer], expected: Sequence[str]) -> None:
    """A message names what is denied, why, what to do about it, and what the simulator does not see."""
    document = policy_document(kms_key_arns=[KEY, OTHER_KEY])

    assert said(causes(answers, document), LIMIT) == expected


def test_a_granted_heartbeat_that_is_denied_is_forbidden() -> None:
    """Where the policy grants the heartbeat, granting it is no advice."""
    found = causes([denied(HEARTBEAT)], policy_document(allow_update_instance_information=True))

    assert said(found, None) == [f"web may not call {HEARTBEAT}: {FORBIDDEN}"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(
            [denied("kms:Decrypt", KEY), denied("kms:Decrypt", OTHER_KEY), denied(HEARTBEAT)],
            ["kms:Decrypt", HEARTBEAT],
            id="an action on two resources",
        ),
        pytest.param(
            [denied("kms:Decrypt", KEY), allowed(HEARTBEAT, missing_context_keys=("aws:SourceVpc",))],
            None,
            id="not known of one",
        ),
    ],
)
def test_denied_actions_are_all_or_unknown(answers: Sequence[Answer], expected: Sequence[str] | None) -> None:
    """Each denied action is there once; with one answer missing there is no list, since it would say too little."""
    assert denied_actions(answers) == expected


EC2: Final = {"Service": "ec2.amazonaws.com"}
ECS: Final = {"Service": "ecs-tasks.amazonaws.com"}


def trust(*principals: object, effect: str = "Allow") -> str:
    """Return a trust policy with a statement for each principal."""
    statements = [{"Effect": effect, "Principal": each, "Action": "sts:AssumeRole"} for each in principals]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (trust(EC2), Use.NODES),
        (trust(EC2, EC2), Use.NODES),
        (trust({"Service": ["ssm.amazonaws.com"]}), Use.NODES),
        (trust(ECS), Use.TASKS),
        (quote(trust(ECS)), Use.TASKS),
        (trust(ECS, {"Service": ["ecs-tasks.amazonaws.com"]}), Use.TASKS),
        (json.dumps({"Statement": {"Effect": "Allow", "Principal": ECS, "Action": "sts:AssumeRole"}}), Use.TASKS),
        (trust(EC2, ECS), Use.UNCERTAIN),
        (trust({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}), Use.UNCERTAIN),
        (trust({**ECS, "AWS": "arn:aws:iam::123456789012:root"}), Use.UNCERTAIN),
        (trust({"AWS": "123456789012"}), Use.UNCERTAIN),
        (trust("*"), Use.UNCERTAIN),
        (trust(ECS, effect="Deny"), Use.UNCERTAIN),
        (json.dumps({"Statement": [{"Effect": "Allow", "NotPrincipal": ECS}]}), Use.UNCERTAIN),
        ("no JSON", Use.UNCERTAIN),
        ("[]", Use.UNCERTAIN),
        (None, Use.UNCERTAIN),
    ],
)
def test_the_trust_policy_says_what_a_role_is_for(policy: object, expected: Use) -> None:
    """A role is for tasks where nobody but they may assume it, and for nodes where another single service may."""
    assert use(policy) is expected


@pytest.mark.parametrize(
    ("denied_answer", "purpose", "expected"),
    [
        (denied(HEARTBEAT), Use.UNCERTAIN, f"web {NO_HEARTBEAT_OF_SEVERAL}"),
        (
            denied("kms:Decrypt", KEY),
            Use.TASKS,
            f"web may not call kms:Decrypt on {KEY} for ECS Exec in tasks: {FORBIDDEN}",
        ),
    ],
)
def test_a_warning_is_about_what_the_role_is_for(denied_answer: Answer, purpose: Use, expected: str) -> None:
    """Of a role that tasks alone use it speaks of tasks; where they may use it, it says what they do not need."""
    document = policy_document(kms_key_arns=[KEY])

    assert said(causes([denied_answer], document), None, purpose) == [expected]


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (10, "r0, r1, r2, r3, r4, r5, r6, r7, r8, r9"),
        (11, "r0, r1, r2, r3, r4, r5, r6, r7, r8, r9 and 1 more"),
    ],
)
def test_roles_of_one_cause_are_in_one_warning(number: int, names: str) -> None:
    """All are named up to ten; then the first ten, and how many more there are."""
    found = causes([denied(HEARTBEAT)], policy_document())
    told = [list(explain(f"r{one}", found, None, Use.NODES, secret=False)) for one in range(number)]

    assert list(merged(told)) == [f"{names} {NO_HEARTBEAT}"]


def test_another_cause_is_another_warning() -> None:
    """Roles with boundaries of their own are not lumped together, and neither are different failures."""
    found = causes([denied(HEARTBEAT, denied_by_boundary=True)], policy_document())
    bounded = [list(explain(name, found, name, Use.NODES, secret=False)) for name in ("a", "b")]
    failed = ["AccessDenied: on: a", "AccessDenied: at: b", "Throttling: c", "Busy: d", "dial tcp"]
    unasked = [[could_not_ask(failure[-1], failure, "check_roles")] for failure in failed]
    may_not = MAY_NOT_ASK.replace("checkRole (check_role", "checkRoles (check_roles")
    again = ASK_AGAIN.replace("checkRole (check_role", "checkRoles (check_roles")

    assert [warning.partition(" ")[0] for warning in merged(bounded)] == ["a", "b"]
    assert list(merged(unasked)) == [
        f"{COULD_NOT_ASK} a, b (AccessDenied: on: a). {may_not}",
        f"{COULD_NOT_ASK} c (Throttling: c). {again}",
        f"{COULD_NOT_ASK} d (Busy: d). {again}",
        f"{COULD_NOT_ASK} p (dial tcp). {again}",
    ]
