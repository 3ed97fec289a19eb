"""What AWS does not find or does not answer, for session preferences, roles and accounts, with mocks for AWS.

Each error of the AWS provider is as its sources write it: `provider` is hashicorp/terraform-provider-aws, `sdk` is
aws/aws-sdk-go-v2, `smithy` is aws/smithy-go.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import (
    GET_KEY,
    GET_PARTITION,
    GET_REGION,
    LOGGING,
    OPTION_OF_FLEET,
    but_for_the_key,
    denied,
    iam,
    not_asked,
    not_found,
    session,
)
from tests.aws_errors import rule_for, without_account
from tests.components import (
    OWNER,
    PERMISSIONS,
    ROLE_POLICY,
    declare,
    output,
    plain,
    plain_and_output,
    secret,
    try_declare,
    written,
)
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY, UNKNOWN, shown_values

KEY_OWNER: Final = f"{OWNER}: session_preferences.inputs.kmsKeyId"
NOT_RETURNED: Final = rule_for("a key that may not be asked for")
# `NotFoundError.Error` (provider, internal/retry/error.go), once and after a wait; `EmptyResultError.Error` (provider,
# internal/tfresource/not_found_error.go). None of them passes AWS's own words on.
not_there: Final = pytest.mark.parametrize(
    "text", ["couldn't find resource", "couldn't find resource (21 retries)", "empty result"]
)


def preferences(way: Callable[[str], Any], inputs: Mapping[str, Any] = LOGGING) -> Callable[[], Mapping[str, Any]]:
    """Return a component's inputs with session preferences."""
    return lambda: {"session_preferences": way(session(inputs))}


@pytest.mark.parametrize(
    ("way", "preview"),
    [(plain, True), (plain, False), (output, False)],
    ids=["plain, preview", "plain, update", "Output, update"],
)
@not_there
def test_a_key_that_does_not_exist(way: Callable[[str], Any], text: str, *, preview: bool) -> None:
    """Preferences that name such a key or alias are wrong, plain ones in preview already."""
    # `dataSourceKeyRead` (provider, internal/service/kms/key_data_source.go).
    answer = but_for_the_key(lambda _: f"reading KMS Key (alias/sessions): {text}")
    record = try_declare(preferences(way), preview=preview, answer=answer)

    assert str(record.error) == f"{KEY_OWNER} 'alias/sessions': {rule_for('no such key')}"
    assert ROLE_POLICY not in written(record)


def test_a_key_that_does_not_exist_yet() -> None:
    """In preview, preferences from an Output may name an alias of the same run: the policy is not known yet."""
    record = declare(preferences(output), preview=True, answer=but_for_the_key(not_found))

    assert PERMISSIONS.policy(record) == {"role": "web", "policy": UNKNOWN}


@not_there
@pytest.mark.parametrize(
    ("way", "preview", "shown"),
    [(plain, True, "'web'"), (plain, False, "'web'"), (output, False, "'web'"), (secret, False, "[secret]")],
    ids=["plain, preview", "plain, update", "Output, update", "secret, update"],
)
def test_a_role_that_does_not_exist(way: Callable[[str], Any], text: str, shown: str, *, preview: bool) -> None:
    """`check_role` refuses a plain name in preview already, instead of warning that IAM could not be asked."""
    # `dataSourceRoleRead` (provider, internal/service/iam/role_data_source.go).
    answer = iam(role=f"reading IAM Role (web): {text}")
    record = try_declare(lambda: {"role": way("web"), "check_role": True}, preview=preview, answer=answer)

    assert str(record.error) == f"{OWNER}: role {shown}: {rule_for('no such role')}"


@plain_and_output
@pytest.mark.parametrize("names", [["kmsKeyId"], ["s3BucketName"], ["cloudWatchLogGroupName"], [*LOGGING]], ids=str)
def test_a_provider_that_is_not_configured_yet(way: Callable[[str], Any], names: list[str]) -> None:
    """In preview, a provider whose Region is not known yet answers nothing: the policy is not known either."""
    inputs = {name: LOGGING[name] for name in names}
    record = declare(preferences(way, inputs), preview=True, answer=lambda _: {})

    assert PERMISSIONS.policy(record) == {"role": "web", "policy": UNKNOWN}


@plain_and_output
def test_a_key_that_cannot_be_asked_for(way: Callable[[str], Any], *, preview: bool) -> None:
    """Any other failure is one line with AWS's own words, and with what the deploying identity needs."""
    record = try_declare(preferences(way), preview=preview, answer=but_for_the_key(denied))

    assert str(record.error) == f"{KEY_OWNER} 'alias/sessions': {NOT_RETURNED}"


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (not_found, rule_for("no such key")),
        (denied, f"{NOT_RETURNED.partition(' (')[0]}; {NOT_RETURNED.partition('; ')[2]}"),
    ],
    ids=["not found", "denied"],
)
def test_a_failed_call_shows_no_secret(failure: Callable[[MockCallArgs], str], line: str) -> None:
    """What AWS repeats of secret preferences is not printed."""
    record = try_declare(preferences(secret), answer=but_for_the_key(failure))

    assert str(record.error) == f"{KEY_OWNER} [secret]: {line}"


FIELDS: Final = {GET_PARTITION: "partition", GET_REGION: "region", CALLER_IDENTITY: "accountId"}


def unanswered(token: str, field: str) -> str:
    """Return the sentence about a call that mocks leave unanswered."""
    said = rule_for("mocks without a partition")
    return said.replace(GET_PARTITION, token).removesuffix("partition") + field


@plain_and_output
def test_mocks_that_answer_nothing(way: Callable[[str], Any]) -> None:
    """In a user's own unit tests, each call that the mocks leave unanswered has a line with the field that it needs."""
    record = try_declare(preferences(way), answer=lambda _: {})
    key = rule_for("mocks without a key")

    assert str(record.error).splitlines() == [
        *(f"{OWNER}: session_preferences: {unanswered(*each)}" for each in FIELDS.items()),
        f"{KEY_OWNER} 'alias/sessions': {key}",
    ]
    assert GET_KEY in key
    assert shown_values(record) == ["", "", "", "'alias/sessions'"]


@plain_and_output
def test_an_account_that_cannot_be_asked_for(way: Callable[[str], Any], *, preview: bool) -> None:
    """A log group needs the account: one line has AWS's words, and what to look at; no policy is declared."""
    inputs = preferences(way, {"cloudWatchLogGroupName": "/ssm/sessions"})
    record = try_declare(inputs, preview=preview, answer=without_account)

    assert str(record.error) == f"{OWNER}: session_preferences: {rule_for('no account for a log group')}"
    assert shown_values(record) == [""]
    assert ROLE_POLICY not in written(record)


# `OperationError.Error` (smithy, errors.go) around `MaxAttemptsError.Error` (sdk, aws/retry/errors.go) and
# `GenericAPIError.Error` (smithy, errors.go).
GAVE_UP: Final = (
    "reading IAM Role (web): operation error IAM: GetRole, exceeded maximum number of attempts, 25, https response "
    "error StatusCode: 400, RequestID: 1-2, api error {}: Rate exceeded"
)


@pytest.mark.parametrize(
    "code",
    # `DefaultThrottleErrorCodes` (sdk, aws/retry).
    ["Throttling", "ThrottlingException", "RequestThrottled", "TooManyRequestsException", "RequestLimitExceeded"],
)
def test_a_throttled_question_is_the_last(code: str, caplog: pytest.LogCaptureFixture) -> None:
    """The provider has tried again by itself, so only the four questions that are under way are asked.

    The warning has AWS's code alone, because the message is about another role.
    """
    roles = [f"r{number}" for number in range(8)]
    record = FLEET.declare({"roles": roles, "check_roles": True}, answer=iam(role=GAVE_UP.format(code)))

    assert caplog.messages == [not_asked(code, f"roles {', '.join(map(repr, roles))}", option=OPTION_OF_FLEET)]
    assert len(record.invokes) <= 4
