"""Resources given where their names or ARNs belong, and names and ARNs that a user's own mocks leave out."""

from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest

from tests.documents import BUCKET, KEY
from tests.permissions import OWNER, declare, written

NO_VALUE = (
    "it has no value; give it a value; in a unit test, let the mocks return it (role.name and key.arn resolve to None "
    "with mocks that return just the inputs)"
)
# Loading its S3 module, the AWS SDK warns of some of its own classes.
OF_THE_SDK = "ignore:.* has been deprecated in favor of:DeprecationWarning"


@pytest.mark.filterwarnings(OF_THE_SDK)
@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: {"role": role()}, "role (Role): it is a resource, not a string; pass role.name"),
        (
            lambda: {"policy_name": aws.iam.Policy("p", policy="{}")},
            "policy_name (Policy): it is a resource, not a string; pass policy.name",
        ),
        (
            lambda: {"kms_key_arns": [KEY, aws.kms.Key("k")]},
            "kms_key_arns[1] (Key): it is a resource, not a string; pass key.arn",
        ),
        (
            lambda: {"kms_key_arns": aws.kms.Key("k")},
            "kms_key_arns (Key): it is not a list; write a list, even for a single value: [ … ]",
        ),
        (
            lambda: {"s3_log_bucket_arn": BUCKET, "s3_log_kms_key_arn": aws.kms.Key("k")},
            "s3_log_kms_key_arn (Key): it is a resource, not a string; pass key.arn",
        ),
        (
            lambda: {"s3_log_bucket_arn": aws.s3.Bucket("b")},
            "s3_log_bucket_arn (Bucket): it is a resource, not a string; pass bucket.arn",
        ),
        (
            lambda: {"cloudwatch_log_group_arns": [aws.cloudwatch.LogGroup("g")]},
            "cloudwatch_log_group_arns[0] (LogGroup): it is a resource, not a string; pass log_group.arn",
        ),
        (
            lambda: {"session_preferences": aws.ssm.Document("d", content="{}", document_type="Session")},
            "session_preferences (Document): it is a resource, not a string; pass document.content",
        ),
    ],
    ids=["Role", "Policy", "Key in a list", "Key", "bucket's Key", "Bucket", "LogGroup", "Document"],
)
def test_a_resource_is_not_its_name(make: Callable[[], dict[str, Any]], line: str) -> None:
    """A resource in place of its name or ARN is refused with the attribute to pass, and nothing is declared."""
    record = declare(make)

    assert str(record.error) == f"{OWNER}: {line}"
    assert written(record) == []


def role() -> aws.iam.Role:
    """Declare a role."""
    return aws.iam.Role("app", assume_role_policy="{}")


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: {"role": role().name}, f"role None: {NO_VALUE}"),
        (lambda: {"kms_key_arns": [aws.kms.Key("k").arn]}, f"kms_key_arns[0] None: {NO_VALUE}"),
    ],
    ids=["role.name", "key.arn"],
)
def test_mocks_that_return_just_the_inputs(make: Callable[[], dict[str, Any]], line: str) -> None:
    """In a user's own unit tests a name that the mocks leave out is told as that, with what to do."""
    record = declare(make, bare=True)

    assert str(record.error) == f"{OWNER}: {line}"
