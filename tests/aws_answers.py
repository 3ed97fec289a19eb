"""A Session document, and what AWS answers to the calls that are made for one."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi.runtime.mocks import MockCallArgs

GET_PARTITION: Final = "aws:index/getPartition:getPartition"
GET_REGION: Final = "aws:index/getRegion:getRegion"
GET_CALLER: Final = "aws:index/getCallerIdentity:getCallerIdentity"
GET_KEY: Final = "aws:kms/getKey:getKey"

BUCKET: Final = "arn:aws-cn:s3:::session-logs"
GROUP: Final = "arn:aws-cn:logs:cn-north-1:210987654321:log-group:/ssm/sessions"
FOUND_KEY: Final = "arn:aws-cn:kms:cn-north-1:210987654321:key/1234abcd"
ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    GET_PARTITION: {"id": "aws-cn", "partition": "aws-cn", "dnsSuffix": "amazonaws.com.cn"},
    GET_REGION: {"id": "cn-north-1", "region": "cn-north-1", "name": "cn-north-1"},
    GET_CALLER: {"id": "210987654321", "accountId": "210987654321", "arn": "arn:aws-cn:iam::210987654321:user/ci"},
    GET_KEY: {"id": "1234abcd", "arn": FOUND_KEY, "keyId": "alias/sessions"},
}
LOGGING: Final[Mapping[str, Any]] = {
    "s3BucketName": "session-logs",
    "s3KeyPrefix": "/team//web/",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "/ssm/sessions",
    "kmsKeyId": "alias/sessions",
}


def session(inputs: Mapping[str, Any]) -> str:
    """Return the JSON text of a Session document."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


def answer(args: MockCallArgs) -> Mapping[str, str]:
    """Answer as AWS does in a partition of its own."""
    return ANSWERS[args.token]


def not_found(_: MockCallArgs) -> str:
    """Answer as the AWS provider does where there is no such key."""
    return "reading KMS Key (alias/sessions): operation error KMS: DescribeKey, NotFoundException: Alias is not found"


def denied(_: MockCallArgs) -> str:
    """Answer as the AWS provider does where the deploying identity may not ask; over several lines, as it does."""
    return "operation error KMS: DescribeKey,\n\tAccessDeniedException: no kms:DescribeKey on alias/sessions"


def but_for_the_key(failure: Callable[[MockCallArgs], str]) -> Callable[[MockCallArgs], Mapping[str, str] | str]:
    """Answer everything but the question for the key."""
    return lambda args: failure(args) if args.token == GET_KEY else answer(args)
