"""What AWS answers when something is wrong, and the programs that are refused for it."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pulumi
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import LOGGING, NO_SUCH_ROLE, account, answer, but_for_the_key, denied, iam, not_found, session
from tests.components import PERMISSIONS, Kind
from tests.fleets import FLEET
from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY, Answer

ACCOUNT: Final = "123456789012"
OTHER: Final = "999999999999"
HERE: Final = f"arn:aws:iam::{ACCOUNT}:role/team/web"
THERE: Final = f"arn:aws:iam::{OTHER}:role/team/web"
GROUP: Final = f"arn:aws:logs:eu-west-1:{OTHER}:log-group:/ssm/sessions"


def expired(_: MockCallArgs) -> str:
    """Answer as the AWS provider does whose credentials are no longer valid."""
    said = "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1, "
    return f"{said}ExpiredToken: The security token included in the request is expired"


def without_account(call: MockCallArgs) -> Mapping[str, Any] | str:
    """Answer all but the question for the account."""
    return "ExpiredToken: the security token is expired" if call.token == CALLER_IDENTITY else answer(call)


class Refused(NamedTuple):
    """A program that is refused for what AWS answers."""

    inputs: Mapping[str, Any]
    answer: Answer | None
    kind: Kind = PERMISSIONS


PREFERENCES: Final = {"session_preferences": session(LOGGING)}
CASES: Final[Mapping[str, Refused]] = {
    "no such key": Refused(PREFERENCES, but_for_the_key(not_found)),
    "a key that may not be asked for": Refused(PREFERENCES, but_for_the_key(denied)),
    "mocks without a key": Refused({"session_preferences": session({"kmsKeyId": "alias/x"})}, lambda _: {}),
    "mocks without a partition": Refused({"session_preferences": session({"s3BucketName": "logs"})}, lambda _: {}),
    "no account for a log group": Refused(
        {"session_preferences": session({"cloudWatchLogGroupName": "/ssm/sessions"})}, without_account
    ),
    "a role of another account": Refused({"role": THERE}, account(ACCOUNT)),
    "a secret role of another account": Refused({"role": lambda: pulumi.Output.secret(THERE)}, account(ACCOUNT)),
    "no account for a role": Refused({"role": HERE}, expired),
    "no such role": Refused({"check_role": True}, iam(role=NO_SUCH_ROLE)),
    "no such roles": Refused({"check_roles": True}, iam(role=NO_SUCH_ROLE), FLEET),
    "a log group of another account": Refused({"role": HERE, "cloudwatch_log_group_arns": [GROUP]}, None),
}


def rule_for(case: str) -> str:
    """Return what messages.txt has for one of the cases."""
    return sentence("AWS's answers", case)
