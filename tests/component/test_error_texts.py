"""The errors of the real AWS provider whose texts the package reads, each as its sources write it, and what follows.

`provider` is hashicorp/terraform-provider-aws, `sdk` is aws/aws-sdk-go-v2, `smithy` is aws/smithy-go.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests import fleets
from tests.answers import (
    ASK_AGAIN,
    COULD_NOT_ASK,
    GET_ROLE,
    LOGGING,
    MAY_NOT_ASK,
    but_for_the_key,
    iam,
    session,
)
from tests.components import OWNER, PERMISSIONS, declare, try_declare
from tests.mocks import UNKNOWN

# `NotFoundError.Error` (provider, internal/retry/error.go), once and after a wait; `EmptyResultError.Error` (provider,
# internal/tfresource/not_found_error.go). None of them passes AWS's own words on.
NOTHING: Final = ("couldn't find resource", "couldn't find resource (21 retries)", "empty result")
# `dataSourceKeyRead` (provider, internal/service/kms/key_data_source.go).
NO_KEY: Final = [f"reading KMS Key (alias/sessions): {text}" for text in NOTHING]
# `dataSourceRoleRead` (provider, internal/service/iam/role_data_source.go).
NO_ROLE: Final = [f"reading IAM Role (web): {text}" for text in NOTHING]

# `OperationError.Error` (smithy, errors.go) around `ResponseError.Error` (sdk, aws/transport/http/response_error.go).
ANSWER: Final = "operation error IAM: GetRole, https response error StatusCode: {}, RequestID: 1-2, {}"
# `MaxAttemptsError.Error` (sdk, aws/retry/errors.go).
GAVE_UP: Final = "operation error IAM: GetRole, exceeded maximum number of attempts, 25, https response error {}"
# `GenericAPIError.Error` (smithy, errors.go), with codes of `DefaultThrottleErrorCodes` (sdk, aws/retry/standard.go).
THROTTLED: Final = [
    "api error Throttling: Rate exceeded",
    "api error ThrottlingException: Rate exceeded",
    "api error RequestThrottled: slow down",
    "api error TooManyRequestsException: slow down",
    "api error RequestLimitExceeded: slow down",
]

AT_A_TIME: Final = 4


def answering(text: str) -> Callable[[MockCallArgs], str]:
    """Answer with an error of this text."""
    return lambda _: text


def no_such_key(make: Callable[[str], Any], text: str, *, preview: bool) -> Any:
    """Declare the component with a document that names a key, whose look-up fails."""
    inputs = lambda: {"session_preferences": make(session(LOGGING))}  # noqa: E731 - made where Outputs may be made
    return try_declare(inputs, preview=preview, answer=but_for_the_key(answering(text)))


@pytest.mark.parametrize("text", NO_KEY)
def test_a_key_that_the_provider_does_not_find_is_a_wrong_name(text: str) -> None:
    """A plain document is told what to correct, instead of a permission that is not missing."""
    record = no_such_key(str, text, preview=True)

    assert str(record.error) == (
        f"{OWNER}: session_preferences.inputs.kmsKeyId 'alias/sessions': AWS KMS has no such key or alias in the "
        "account and Region of the provider; correct it in the Session document, or give the component the provider "
        "of the document's Region"
    )


@pytest.mark.parametrize("text", NO_KEY)
def test_a_key_that_the_provider_does_not_find_yet_may_come(text: str) -> None:
    """The preview of a program that makes the key itself goes on."""
    record = no_such_key(pulumi.Output.from_input, text, preview=True)

    assert PERMISSIONS.policy(record) == {"role": "web", "policy": UNKNOWN}


@pytest.mark.parametrize("text", NO_ROLE)
def test_a_role_that_the_provider_does_not_find_is_a_wrong_name(text: str) -> None:
    """`check_role` refuses a plain name, instead of warning that IAM could not be asked."""
    record = try_declare({"check_role": True}, answer=iam(role=text))

    assert str(record.error) == (
        f"{OWNER}: role 'web': IAM has no such role in the account of the provider; write the name of an existing "
        "role, or give the component a provider of the role's account"
    )


def checked(text: str, caplog: pytest.LogCaptureFixture) -> tuple[list[str], int]:
    """Let each question for the role fail; return the warnings, and how often it was asked."""
    asked: list[str] = []
    answer = iam(role=text)

    def counting(call: MockCallArgs) -> Mapping[str, Any] | str:
        asked.append(call.token)
        return answer(call)

    declare({"check_role": True}, answer=counting)
    return caplog.messages, asked.count(GET_ROLE)


@pytest.mark.parametrize("error", THROTTLED)
def test_a_throttled_question_is_the_last(error: str, caplog: pytest.LogCaptureFixture) -> None:
    """The provider has tried again by itself, so nothing more is asked than is under way; one warning names all."""
    asked: list[str] = []
    refused = iam(role=f"reading IAM Role (web): {GAVE_UP.format(f'StatusCode: 400, RequestID: 1-2, {error}')}")

    def counting(call: MockCallArgs) -> Mapping[str, Any] | str:
        asked.append(call.token)
        return refused(call)

    fleets.declare({"roles": [f"r{number}" for number in range(8)], "check_roles": True}, answer=counting)
    named = ", ".join(f"'r{number}'" for number in range(8))
    again = ASK_AGAIN.replace("checkRole (check_role", "checkRoles (check_roles")
    code = error.removeprefix("api error ").partition(":")[0]

    assert caplog.messages == [f"{COULD_NOT_ASK} roles {named} ({code}). {again}"]
    assert len(asked) <= AT_A_TIME


# `NoSuchEntityException.Error` and others of `types/errors.go` (sdk, service/iam) come without "api error".
SAID: Final[Mapping[str, tuple[str, str, str]]] = {
    "generic": ("api error AccessDenied: User: me may not", "AccessDenied: User: me may not", MAY_NOT_ASK),
    "modelled": ("ServiceFailureException: oh", "ServiceFailureException: oh", ASK_AGAIN),
}


@pytest.mark.parametrize(("error", "shown", "remedy"), SAID.values(), ids=SAID)
def test_aws_own_words_are_shown_without_the_way_they_came(
    error: str, shown: str, remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning has AWS's code and message, and not the SDK's words around them."""
    messages, asked = checked(f"reading IAM Role (web): {ANSWER.format(403, error)}", caplog)

    assert messages == [f"{COULD_NOT_ASK} role 'web' ({shown} (aws)). {remedy}"]
    assert asked == 1
