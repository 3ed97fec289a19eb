"""Wrong inputs that only a running program can make, with how it writes them; `messages.txt` has what it is told."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import InvalidInputError
from tests import messages
from tests.documents import BUCKET, KEY
from tests.fleets import FLEET
from tests.messages import Code
from tests.mocks import Record
from tests.permissions import PERMISSIONS, Kind

output: Final = pulumi.Output.from_input


class InProgram(NamedTuple):
    """A component with inputs that only a running program can make, and how they are written."""

    kind: Kind
    written: Mapping[str, object]
    make: Callable[[], Mapping[str, Any]]
    preview: bool = False

    @property
    def call(self) -> str:
        """How a program declares it."""
        return written(self.kind, self.written)

    def record(self) -> Record:
        """Declare it."""
        return self.kind.try_declare(self.make, preview=self.preview)

    def message(self) -> str:
        """Return what the program fails with."""
        error = self.record().error
        assert isinstance(error, InvalidInputError)
        return str(error)


def written(kind: Kind, inputs: Mapping[str, Any]) -> str:
    """Return how a program declares a component with these inputs, beside those that it needs."""
    return messages.call(kind.made.__name__, kind.name, {**kind.needed, **inputs})


NO_OUTPUTS: Final = (
    InProgram(PERMISSIONS, {"check_role": Code("an_output")}, lambda: {"check_role": output(val=True)}),
    InProgram(FLEET, {"check_roles": Code("an_output")}, lambda: {"check_roles": output(val=True)}),
    InProgram(FLEET, {"roles": Code("an_output")}, lambda: {"roles": output(["web"])}),
    InProgram(
        FLEET,
        {"roles": [Code("an_output"), "api", Code("pulumi.Output.secret(…)")]},
        lambda: {"roles": [output("web"), "api", pulumi.Output.secret("batch")]},
    ),
)


OUTPUTS: Final = (
    InProgram(PERMISSIONS, {"role": Code("an_output_of(None)")}, lambda: {"role": output(None)}),
    InProgram(
        FLEET,
        {"tags": {"team": "a", "stage": Code('an_output_of("a&b")')}},
        lambda: {"tags": {"team": "a", "stage": output("a&b")}},
    ),
    InProgram(
        PERMISSIONS,
        {"kms_key_arns": Code('an_output_of(["*", key.arn, "alias/x"])')},
        lambda: {"kms_key_arns": output(["*", KEY, "alias/x"])},
    ),
)


def _role() -> aws.iam.Role:
    return aws.iam.Role("app", assume_role_policy="{}")


RESOURCES: Final = (
    InProgram(PERMISSIONS, {"role": Code("role")}, lambda: {"role": _role()}),
    InProgram(PERMISSIONS, {"policy_name": Code("policy")}, lambda: {"policy_name": aws.iam.Policy("p", policy="{}")}),
    InProgram(
        PERMISSIONS,
        {"kms_key_arns": [Code("key.arn"), Code("other_key")]},
        lambda: {"kms_key_arns": [KEY, aws.kms.Key("k")]},
    ),
    InProgram(PERMISSIONS, {"s3_log_bucket_arn": Code("bucket")}, lambda: {"s3_log_bucket_arn": aws.s3.Bucket("b")}),
    InProgram(
        PERMISSIONS,
        {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": Code("bucket")},
        lambda: {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": aws.s3.Bucket("b")},
    ),
    InProgram(
        PERMISSIONS,
        {"cloudwatch_log_group_arns": [Code("log_group")]},
        lambda: {"cloudwatch_log_group_arns": [aws.cloudwatch.LogGroup("g")]},
    ),
    InProgram(
        PERMISSIONS,
        {"session_preferences": Code("document")},
        lambda: {"session_preferences": aws.ssm.Document("d", content="{}", document_type="Session")},
    ),
    InProgram(FLEET, {"roles": [Code("role")]}, lambda: {"roles": [_role()]}),
    InProgram(FLEET, {"description": Code("role")}, lambda: {"description": _role()}),
    InProgram(FLEET, {"path": Code("role")}, lambda: {"path": _role()}),
)
