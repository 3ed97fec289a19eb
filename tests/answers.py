"""What AWS answers under mocks, about an account, a Session document and a role; a check asks `world.Aws`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi.runtime.mocks import MockCallArgs

from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY, Answer

GET_PARTITION: Final = "aws:index/getPartition:getPartition"
GET_REGION: Final = "aws:index/getRegion:getRegion"
GET_KEY: Final = "aws:kms/getKey:getKey"
GET_ROLE: Final = "aws:iam/getRole:getRole"
SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"

# The provider's account, and what is in another one.
ACCOUNT: Final = "123456789012"
HERE: Final = f"arn:aws:iam::{ACCOUNT}:role/team/web"
THERE: Final = "arn:aws:iam::999999999999:role/team/web"
GROUP_THERE: Final = "arn:aws:logs:eu-west-1:999999999999:log-group:/ssm/sessions"


def rule_for(case: str) -> str:
    """Return what the package says of one of AWS's answers."""
    return sentence("AWS's answers", case)


def account(found: Any) -> Answer:
    """Return an AWS whose only answer is which account the provider is of."""
    return lambda call: {CALLER_IDENTITY: {"accountId": found}}[call.token]


def expired(_: MockCallArgs) -> str:
    """Answer as the AWS provider does whose credentials are no longer valid."""
    said = "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1, "
    return f"{said}ExpiredToken: The security token included in the request is expired"


# Session preferences.
BUCKET: Final = "arn:aws-cn:s3:::session-logs"
GROUP: Final = "arn:aws-cn:logs:cn-north-1:210987654321:log-group:/ssm/sessions"
FOUND_KEY: Final = "arn:aws-cn:kms:cn-north-1:210987654321:key/1234abcd"
ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    GET_PARTITION: {"id": "aws-cn", "partition": "aws-cn", "dnsSuffix": "amazonaws.com.cn"},
    GET_REGION: {"id": "cn-north-1", "region": "cn-north-1", "name": "cn-north-1"},
    CALLER_IDENTITY: {"id": "210987654321", "accountId": "210987654321", "arn": "arn:aws-cn:iam::210987654321:user/ci"},
    GET_KEY: {"id": "1234abcd", "arn": FOUND_KEY, "keyId": "alias/sessions"},
}
LOGGING: Final[Mapping[str, Any]] = {
    "s3BucketName": "session-logs",
    "s3KeyPrefix": "/team//web/",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "/ssm/sessions",
    "kmsKeyId": "alias/sessions",
}
# As the AWS provider says it, over several lines.
KEY_DENIED: Final = "operation error KMS: DescribeKey,\n\tAccessDeniedException: no kms:DescribeKey on alias/sessions"
NO_ACCOUNT: Final = "ExpiredToken: the security token is expired"
KEY_NOT_FOUND: Final = "reading KMS Key (alias/sessions): couldn't find resource"


def session(inputs: Any, **document: Any) -> str:
    """Return the JSON text of a Session document, of a standard session unless the fields say otherwise."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs, **document})


def answering(failures: Mapping[str, str] | None = None) -> Answer:
    """Return an AWS with a partition of its own, where some questions fail with a text."""
    answers: Mapping[str, Mapping[str, Any] | str] = {**ANSWERS, **(failures or {})}
    return lambda call: answers[call.token]


# A role, in an account where each may do all.
ROLE: Final = {"arn": HERE}
NO_SUCH_ROLE: Final = "reading IAM Role (web): couldn't find resource"
HEARTBEAT: Final = "ssm:UpdateInstanceInformation"


def iam(role: Mapping[str, Any] | str = ROLE) -> Answer:
    """Return an AWS that says this of each role, and that it may do all, as users' mocks say it: in no more words."""

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        asked: Sequence[str] = call.args.get("actionNames", [])
        answers: Mapping[str, Mapping[str, Any] | str] = {
            GET_ROLE: role,
            SIMULATE: {"results": [{"actionName": each, "allowed": True, "decision": "allowed"} for each in asked]},
            GET_PARTITION: {"partition": "aws"},
            GET_REGION: {"region": "eu-west-1"},
            CALLER_IDENTITY: {"accountId": ACCOUNT},
        }
        return answers[call.token]

    return answer
