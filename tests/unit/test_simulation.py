"""What IAM's simulator is asked about a document, and what is made of its answers; nothing is asked here."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from pulumi_ssm_perms import policy_document
from pulumi_ssm_perms._check_role._answers import Answer, causes, denied_actions, read
from pulumi_ssm_perms._check_role._questions import questions
from pulumi_ssm_perms._check_role._warnings import explain
from tests.policies import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY
from tests.warned import FORBIDDEN, HEARTBEAT, NO_HEARTBEAT, UNSEEN

BOUNDARY: Final = "arn:aws:iam::123456789012:policy/limit"


def allowed(action: str, resource: str = "*", **more: Any) -> Answer:
    """Return an answer that allows."""
    return Answer(action, resource, allowed=True, decision="allowed", **more)


def denied(action: str, resource: str = "*", decision: str = "implicitDeny", **more: Any) -> Answer:
    """Return an answer that denies, implicitly unless it says so."""
    return Answer(action, resource, allowed=False, decision=decision, **more)


def test_each_resource_is_one_question() -> None:
    """All actions on a resource are asked about together, whatever statement they are in, and the heartbeat always."""
    document = policy_document(
        kms_key_arns=[KEY, OTHER_KEY],
        s3_log_bucket_arn=BUCKET,
        s3_log_kms_key_arn=KEY,
        cloudwatch_log_group_arns=[LOG_GROUP],
    )

    assert questions(document) == {
        "*": [*CHANNEL_ACTIONS, "logs:DescribeLogGroups", HEARTBEAT],
        f"{LOG_GROUP}:*": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        f"{BUCKET}/*": ["s3:PutObject"],
        BUCKET: ["s3:GetEncryptionConfiguration"],
        KEY: ["kms:Decrypt", "kms:GenerateDataKey"],
        OTHER_KEY: ["kms:Decrypt"],
    }


def test_a_granted_heartbeat_is_asked_about_once() -> None:
    """The heartbeat is among the questions already where the document grants it."""
    document = policy_document(allow_update_instance_information=True)

    assert questions(document) == {"*": [*CHANNEL_ACTIONS, HEARTBEAT]}


def test_answers_belong_to_the_resource_that_was_asked_about() -> None:
    """The resource in a result may be a template of one, so that only its action counts."""
    result = {"actionName": "kms:Decrypt", "resourceArn": "arn:aws:kms:*:*:key/*", "decision": "implicitDeny"}

    assert read([{**result, "allowed": False, "missingContextKeys": ["aws:SourceVpc"]}], KEY) == [
        denied("kms:Decrypt", KEY, missing_context_keys=("aws:SourceVpc",))
    ]


def test_an_answer_without_missing_keys_has_none() -> None:
    """The provider leaves the missing keys out where there are none."""
    result = {"actionName": "kms:Decrypt", "resourceArn": KEY, "decision": "allowed", "allowed": True}

    assert read([result], KEY) == [allowed("kms:Decrypt", KEY)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([allowed(HEARTBEAT), allowed("kms:Decrypt", KEY)], [], id="nothing denied"),
        pytest.param(
            [denied(HEARTBEAT)], [f"web may not call {HEARTBEAT}: {NO_HEARTBEAT}"], id="nobody grants the heartbeat"
        ),
        pytest.param(
            [denied(HEARTBEAT, decision="explicitDeny")],
            [f"web may not call {HEARTBEAT}: {FORBIDDEN}"],
            id="heartbeat denied",
        ),
        pytest.param(
            [denied(HEARTBEAT, denied_by_boundary=True), denied("kms:Decrypt", KEY, denied_by_boundary=True)],
            [
                (
                    f"web may not call {HEARTBEAT}, kms:Decrypt on {KEY}: the role's permissions boundary {BOUNDARY} "
                    f"does not allow it. Allow it there as well. {UNSEEN}"
                )
            ],
            id="boundary",
        ),
        pytest.param(
            [denied("kms:Decrypt", KEY, "explicitDeny"), denied("kms:Decrypt", OTHER_KEY)],
            [f"web may not call kms:Decrypt on {KEY}, kms:Decrypt on {OTHER_KEY}: {FORBIDDEN}"],
            id="deny or SCP",
        ),
        pytest.param(
            [denied("ssmmessages:OpenDataChannel"), denied(HEARTBEAT)],
            [f"web may not call ssmmessages:OpenDataChannel, {HEARTBEAT}: {FORBIDDEN}"],
            id="an SCP that takes the channels takes the heartbeat",
        ),
        pytest.param(
            [denied("kms:Decrypt", KEY), denied(HEARTBEAT)],
            [f"web may not call {HEARTBEAT}: {NO_HEARTBEAT}", f"web may not call kms:Decrypt on {KEY}: {FORBIDDEN}"],
            id="two causes",
        ),
        pytest.param(
            [
                allowed(HEARTBEAT, missing_context_keys=("aws:SourceVpc", "aws:SourceIp")),
                denied("ssmmessages:OpenDataChannel", missing_context_keys=("aws:SourceVpc",)),
            ],
            [
                (
                    f"IAM's simulator could not tell whether web may call {HEARTBEAT}, ssmmessages:OpenDataChannel: it "
                    f"depends on aws:SourceVpc, aws:SourceIp, which only a real request has. {UNSEEN}"
                )
            ],
            id="missing context keys",
        ),
    ],
)
def test_each_cause_is_one_message(answers: Sequence[Answer], expected: Sequence[str]) -> None:
    """A message names what is denied, why, what to do about it, and what the simulator does not see."""
    document = policy_document(kms_key_arns=[KEY, OTHER_KEY])

    assert list(explain("web", causes(answers, document), BOUNDARY, secret=False)) == expected


def test_a_granted_heartbeat_that_is_denied_is_forbidden() -> None:
    """Where the policy grants the heartbeat, granting it is no advice."""
    document = policy_document(allow_update_instance_information=True)
    messages = list(explain("web", causes([denied(HEARTBEAT)], document), None, secret=False))

    assert messages == [f"web may not call {HEARTBEAT}: {FORBIDDEN}"]


def test_secrets_are_not_in_messages() -> None:
    """Neither a resource nor the boundary is shown where an input is secret."""
    answers = [denied("kms:Decrypt", KEY, denied_by_boundary=True), denied("kms:Decrypt", OTHER_KEY, "explicitDeny")]
    document = policy_document(kms_key_arns=[KEY, OTHER_KEY])

    assert list(explain("[secret]", causes(answers, document), BOUNDARY, secret=True)) == [
        (
            "[secret] may not call kms:Decrypt on [secret]: the role's permissions boundary does not allow it. "
            f"Allow it there as well. {UNSEEN}"
        ),
        f"[secret] may not call kms:Decrypt on [secret]: {FORBIDDEN}",
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([allowed(HEARTBEAT)], [], id="nothing denied"),
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
