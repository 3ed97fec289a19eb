"""Session preferences: what is read from a Session document."""

from typing import Any

import pytest

from pulumi_ssm_perms._preferences import Preferences, parse
from tests.answers import session
from tests.documents import KEY

# Every field that the console writes, with what it writes where nothing was set.
CONSOLE = {
    "s3BucketName": "",
    "s3KeyPrefix": "",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "",
    "cloudWatchEncryptionEnabled": True,
    "cloudWatchStreamingEnabled": False,
    "kmsKeyId": "",
    "runAsEnabled": False,
    "runAsDefaultUser": "",
    "idleSessionTimeout": "20",
    "maxSessionDuration": "",
    "shellProfile": {"windows": "", "linux": ""},
}


KEYS = (
    KEY,
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "mrk-1234abcd",
    "arn:aws-cn:kms:cn-north-1:123456789012:alias/team/x_1",
)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, Preferences()),
        (CONSOLE, Preferences()),
        (
            {
                **CONSOLE,
                "s3BucketName": "session-logs",
                "s3KeyPrefix": "/team//web/",
                "cloudWatchLogGroupName": "/ssm/sessions",
                "kmsKeyId": "alias/sessions",
            },
            Preferences(bucket="session-logs", key_prefix="team/web", log_group="/ssm/sessions", key="alias/sessions"),
        ),
        ({"s3BucketName": "Old_Bucket.Name", "s3KeyPrefix": "."}, Preferences(bucket="Old_Bucket.Name")),
        ({"cloudWatchLogGroupName": "a.b#c"}, Preferences(log_group="a.b#c")),
        *(({"kmsKeyId": key}, Preferences(key=key)) for key in KEYS),
        *(({"s3EncryptionEnabled": given}, Preferences()) for given in (True, False, "true", "False", "")),
        ({"aFieldOfTomorrow": {"any": ["thing"]}}, Preferences()),
        ({"runAsDefaultUser": "{{ssm:/team/user}}", "shellProfile": {"linux": "echo {{ x }}"}}, Preferences()),
    ],
    ids=lambda value: str(value)[:60],
)
def test_reads_what_the_document_names(inputs: Any, expected: Preferences) -> None:
    """Bucket, prefix, log group and key are read; empty texts are unset, and other fields are none of its business."""
    assert parse(session(inputs)) == expected


@pytest.mark.parametrize("kind", ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port"])
def test_reads_every_type_of_session(kind: str) -> None:
    """A document of any session type that AWS has is read the same."""
    assert parse(session({"kmsKeyId": KEY}, sessionType=kind, parameters={})) == Preferences(key=KEY)


@pytest.mark.parametrize(
    "content",
    ['{"schemaVersion":"1.0","sessionType":"Port"}', session({}).ljust(65_536)],
    ids=["no inputs", "the largest size"],
)
def test_reads_a_document_that_names_nothing(content: str) -> None:
    """A document without inputs is read, and one as long as Systems Manager takes."""
    assert parse(content) == Preferences()
