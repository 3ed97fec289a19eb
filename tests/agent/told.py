"""What the pages say of each denied action, whole, beside the recorded facts that it was written from.

A newer record fails against the facts, a page against its text: whoever changes one reads the other.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.agent.consequences import BUCKET_KEY, Denial, Outcome, Setting

ENFORCED, STREAMING, IN_PARTS, OTHERWISE = Setting.ENFORCED, Setting.STREAMING, Setting.IN_PARTS, Setting.OTHERWISE


class Consequence(NamedTuple):
    """What happens without an action: by setting (the first that applies counts), and in the words of the page."""

    facts: Mapping[Setting, Outcome]
    text: str


LOST: Final = Consequence({OTHERWISE: Outcome.LOST}, "the session works, and its log is lost")
NO_CHANNEL: Final = Consequence(
    {OTHERWISE: Outcome.NO_CHANNEL},
    "the node has no control channel, and the agent goes on with `ec2messages`, which serves no sessions",
)
FAILED: Final = Consequence({OTHERWISE: Outcome.FAILED}, "the session fails after 6 tries")

GRANTED: Final[Mapping[Denial, Consequence]] = {
    Denial("ssmmessages:CreateControlChannel"): NO_CHANNEL,
    Denial("ssmmessages:OpenControlChannel"): NO_CHANNEL,
    Denial("ssmmessages:CreateDataChannel"): FAILED,
    Denial("ssmmessages:OpenDataChannel"): FAILED,
    Denial("ssm:UpdateInstanceInformation"): Consequence(
        {OTHERWISE: Outcome.NOT_REGISTERED},
        "the node does not register, unless [Default Host Management](default-host-management.md) gives it a role",
    ),
    Denial("logs:DescribeLogGroups"): Consequence(
        {ENFORCED: Outcome.REFUSED, STREAMING: Outcome.LOST, OTHERWISE: Outcome.ARRIVES},
        "encryption enforced: the session is refused; streaming: the session works, and its log is lost; otherwise: "
        "the log arrives all the same",
    ),
    Denial("logs:CreateLogStream"): LOST,
    Denial("logs:DescribeLogStreams"): Consequence({OTHERWISE: Outcome.ARRIVES}, "the log arrives all the same"),
    Denial("logs:PutLogEvents"): Consequence(
        {OTHERWISE: Outcome.STAYS}, "the log is lost, and the session's worker on the node never ends"
    ),
    Denial("s3:PutObject"): LOST,
    Denial("s3:PutObjectAcl"): LOST,
    Denial("s3:GetEncryptionConfiguration"): Consequence(
        {ENFORCED: Outcome.REFUSED, OTHERWISE: Outcome.BARE},
        "encryption enforced: the session is refused; otherwise: the log arrives without the encryption header, which "
        "strict bucket policies refuse",
    ),
    Denial("kms:Decrypt"): Consequence({OTHERWISE: Outcome.REFUSED}, "the session is refused"),
    Denial("kms:GenerateDataKey", BUCKET_KEY): LOST,
    Denial("kms:Decrypt", BUCKET_KEY): Consequence(
        {IN_PARTS: Outcome.LOST, OTHERWISE: Outcome.ARRIVES},
        "in several parts: the session works, and its log is lost; otherwise: the log arrives all the same",
    ),
}


class Symptom(NamedTuple):
    """What is denied, in which setting, what then happens, and the message that the symptom quotes, if any."""

    denial: Denial
    setting: Setting
    outcome: Outcome
    message: str = ""


SYMPTOMS: Final[Mapping[str, Symptom]] = {
    "`TargetNotConnected`, and the node is not listed": Symptom(
        Denial("ssm:UpdateInstanceInformation"), OTHERWISE, Outcome.NOT_REGISTERED
    ),
    '"Unable to retrieve data key"': Symptom(
        Denial("kms:Decrypt"), OTHERWISE, Outcome.REFUSED, "Unable to retrieve data key"
    ),
    "shells fail, and port forwarding works": Symptom(Denial("kms:Decrypt"), OTHERWISE, Outcome.REFUSED),
    '"unable to validate encryption on Amazon S3 bucket"': Symptom(
        Denial("s3:GetEncryptionConfiguration"),
        ENFORCED,
        Outcome.REFUSED,
        "unable to validate encryption on Amazon S3 bucket",
    ),
    "no log, and the bucket refuses uploads without encryption": Symptom(
        Denial("s3:GetEncryptionConfiguration"), OTHERWISE, Outcome.BARE
    ),
    "no log in the bucket": Symptom(Denial("s3:PutObject"), OTHERWISE, Outcome.LOST),
    "no log in a bucket that has a KMS key of its own": Symptom(
        Denial("kms:GenerateDataKey", BUCKET_KEY), OTHERWISE, Outcome.LOST
    ),
    "small logs arrive, and there is no log of a long session": Symptom(
        Denial("kms:Decrypt", BUCKET_KEY), IN_PARTS, Outcome.LOST
    ),
    "no log in a bucket of another account": Symptom(Denial("s3:PutObjectAcl"), OTHERWISE, Outcome.LOST),
    '"encryption is not set up on the selected CloudWatch Logs log group", although it is': Symptom(
        Denial("logs:DescribeLogGroups"),
        ENFORCED,
        Outcome.REFUSED,
        "encryption is not set up on the selected CloudWatch Logs log group",
    ),
    "no log in the log group, and nothing else fails": Symptom(
        Denial("logs:DescribeLogGroups"), STREAMING, Outcome.LOST
    ),
    "no log in the log group, streaming or not": Symptom(Denial("logs:CreateLogStream"), OTHERWISE, Outcome.LOST),
    "no log in the log group, and processes of ended sessions stay on the node": Symptom(
        Denial("logs:PutLogEvents"), OTHERWISE, Outcome.STAYS
    ),
}
"""The symptoms of docs/troubleshooting.md, each with the facts that it was written from."""
