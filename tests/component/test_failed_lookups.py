"""Keys of session preferences that AWS does not find, or is not to be asked for."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import (
    GET_KEY,
    GET_PARTITION,
    GET_REGION,
    LOGGING,
    answer,
    but_for_the_key,
    denied,
    not_found,
    session,
)
from tests.components import OWNER, PERMISSIONS, ROLE_POLICY, declare, try_declare, written
from tests.mocks import CALLER_IDENTITY, UNKNOWN, shown_values

NOT_FOUND = (
    "AWS KMS has no such key or alias in the account and Region of the provider; correct it in the Session document, "
    "or give the component the provider of the document's Region"
)
KEY_OWNER = f"{OWNER}: session_preferences.inputs.kmsKeyId"
NOT_ASKED = "AWS KMS did not return the key's ARN"
ASK_OR_WRITE = "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"

in_preview_and_update = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
plain_and_output = pytest.mark.parametrize("make", [str, pulumi.Output.from_input], ids=["plain", "Output"])


@pytest.mark.parametrize(
    ("make", "preview"),
    [(str, True), (str, False), (pulumi.Output.from_input, False)],
    ids=["plain, preview", "plain, update", "Output, update"],
)
def test_a_key_that_is_not_there(make: Callable[[str], Any], *, preview: bool) -> None:
    """A document that names a key or alias which is not there is wrong, a plain one in preview already."""
    record = try_declare(
        lambda: {"session_preferences": make(session(LOGGING))}, preview=preview, answer=but_for_the_key(not_found)
    )

    assert str(record.error) == f"{KEY_OWNER} 'alias/sessions': {NOT_FOUND}"
    assert ROLE_POLICY not in written(record)


def test_a_key_that_is_not_there_yet() -> None:
    """In preview a document that is an Output may name an alias of the same run: the policy is not known yet."""
    record = declare(
        lambda: {"session_preferences": pulumi.Output.from_input(session(LOGGING))},
        preview=True,
        answer=but_for_the_key(not_found),
    )

    assert PERMISSIONS.policy(record) == {"role": "web", "policy": UNKNOWN}


@plain_and_output
@pytest.mark.parametrize("names", [["kmsKeyId"], ["s3BucketName"], ["cloudWatchLogGroupName"], [*LOGGING]], ids=str)
def test_a_provider_that_is_not_configured_yet(make: Callable[[str], Any], names: list[str]) -> None:
    """In preview a provider whose Region is not known yet answers nothing: the policy is not known yet, either."""
    inputs = {name: LOGGING[name] for name in names}
    record = declare(lambda: {"session_preferences": make(session(inputs))}, preview=True, answer=lambda _: {})

    assert PERMISSIONS.policy(record) == {"role": "web", "policy": UNKNOWN}


@plain_and_output
@in_preview_and_update
def test_a_key_that_cannot_be_asked_for(make: Callable[[str], Any], *, preview: bool) -> None:
    """Any other failure is told in one line with AWS's own words, and with what the deploying identity needs."""
    record = try_declare(
        lambda: {"session_preferences": make(session(LOGGING))}, preview=preview, answer=but_for_the_key(denied)
    )

    assert str(record.error) == (
        f"{KEY_OWNER} 'alias/sessions': {NOT_ASKED} (invoke of aws:kms/getKey:getKey failed: operation error KMS: "
        f"DescribeKey, AccessDeniedException: no kms:DescribeKey on alias/sessions (aws)); {ASK_OR_WRITE}"
    )


@pytest.mark.parametrize(
    ("failure", "line"),
    [(not_found, NOT_FOUND), (denied, f"{NOT_ASKED}; {ASK_OR_WRITE}")],
    ids=["not found", "denied"],
)
def test_a_failed_call_says_no_secret(failure: Callable[[MockCallArgs], str], line: str) -> None:
    """What AWS repeats of a secret document is not printed."""
    record = try_declare(
        lambda: {"session_preferences": pulumi.Output.secret(session(LOGGING))}, answer=but_for_the_key(failure)
    )

    assert str(record.error) == f"{KEY_OWNER} [secret]: {line}"


MOCKS = "has not answered; in a unit test, let the mocks' call method return"


@pytest.mark.parametrize(
    ("inputs", "lines"),
    [
        (
            {key: value for key, value in LOGGING.items() if key != "kmsKeyId"},
            [
                f"{OWNER}: session_preferences: {token} {MOCKS} {field}"
                for token, field in (
                    (GET_PARTITION, "partition"),
                    (GET_REGION, "region"),
                    (CALLER_IDENTITY, "accountId"),
                )
            ],
        ),
        (
            {"kmsKeyId": "alias/sessions"},
            [f"{KEY_OWNER} 'alias/sessions': {NOT_ASKED} ({GET_KEY} {MOCKS} arn); {ASK_OR_WRITE}"],
        ),
    ],
    ids=["bucket and group", "key"],
)
@plain_and_output
def test_mocks_that_answer_nothing(make: Callable[[str], Any], inputs: dict[str, Any], lines: list[str]) -> None:
    """In a user's own unit tests each call that the mocks leave unanswered is told, with the field that is needed."""
    record = try_declare(lambda: {"session_preferences": make(session(inputs))}, answer=lambda _: {})

    assert str(record.error).splitlines() == lines
    assert shown_values(record) == ["'alias/sessions'" if "kmsKeyId" in line else "" for line in lines]


@plain_and_output
@in_preview_and_update
def test_an_account_that_cannot_be_asked_for(make: Callable[[str], Any], *, preview: bool) -> None:
    """A log group needs the account: one line has AWS's words, and what to look at; no policy is asked for."""

    def answered(call: MockCallArgs) -> Mapping[str, Any] | str:
        return "ExpiredToken: the security token is expired" if call.token == CALLER_IDENTITY else answer(call)

    content = session({"cloudWatchLogGroupName": "/ssm/sessions"})
    record = try_declare(lambda: {"session_preferences": make(content)}, preview=preview, answer=answered)

    assert str(record.error) == (
        f"{OWNER}: session_preferences: {CALLER_IDENTITY} has failed (invoke of {CALLER_IDENTITY} failed: "
        "ExpiredToken: the security token is expired (aws)); check the credentials and the Region of the provider"
    )
    assert shown_values(record) == [""]
    assert ROLE_POLICY not in written(record)
