"""Every rule of the inputs, with a case that breaks it: `python -m tests.wrong_inputs` writes messages.txt."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import InvalidInputError, policy_document
from pulumi_ssm_perms._check_role import _warnings
from pulumi_ssm_perms._errors import show
from tests import aws_errors, messages
from tests.bad_fleets import BAD_FLEET_ROLES, BAD_FLEETS
from tests.bad_inputs import BAD_GRANTS, BAD_INPUTS, NEEDS_BUCKET, Bad
from tests.bad_preferences import BAD_PREFERENCES
from tests.components import PERMISSIONS, Inputs, Kind, Options, needed_with, output
from tests.documents import KEY
from tests.fleets import FLEET
from tests.messages import Sections
from tests.mocks import try_run, unknown

Say = Callable[[], str]
"""Returns what the package says."""

OUTPUTS_TOO: Final = [
    *((PERMISSIONS, bad) for bad in (*BAD_INPUTS, *BAD_PREFERENCES)),
    *((FLEET, bad) for bad in BAD_FLEETS),
]
"""Wrong values that may come as Outputs."""
CASES: Final = [*OUTPUTS_TOO, *((FLEET, bad) for bad in BAD_FLEET_ROLES)]


def one_of_each(cases: Iterable[tuple[Kind, Bad]]) -> list[tuple[Kind, Bad]]:
    """Return the first case of each input and rule."""
    first: dict[tuple[str, str, tuple[str, str]], tuple[Kind, Bad]] = {}
    for case in cases:
        kind, bad = case
        first.setdefault((kind.name, bad.name, bad.rule), case)
    return [*first.values()]


def line(kind: Kind, bad: Bad, rule: str, *, hidden: bool = False) -> str:
    """Return the line about a wrong input that breaks a rule; of a secret neither value nor keys are shown."""
    if hidden:
        path, _, _ = bad.path.partition("['")
        return f"{kind.owner}: {path} [secret]: {rule}"
    return f"{kind.owner}: {bad.path} {show(bad.part)}: {rule}"


def refusal(make: Callable[..., object], *args: Any, **inputs: Any) -> InvalidInputError:
    """Return the error of a call, where nothing can be registered, as no program runs."""
    try:
        make(*args, **inputs)
    except InvalidInputError as error:
        return error
    raise AssertionError("The call must be refused.")


def refused(kind: Kind, inputs: Inputs, opts: Options = None, **how: Any) -> InvalidInputError:
    """Return the error of a program that declares a component."""
    error = kind.try_declare(inputs, opts, **how).error
    assert isinstance(error, InvalidInputError), f"The component must be refused, and not: {error}"
    return error


def rule_of(error: InvalidInputError) -> str:
    """Return the one rule that an input breaks, with what to write instead."""
    [problem] = error.problems
    return f"{problem.rule}; {problem.remedy}"


def _plain(make: Callable[..., object], *args: Any, **inputs: Any) -> Say:
    return lambda: rule_of(refusal(make, *args, **inputs))


def _given(kind: Kind, inputs: Inputs, opts: Options = None) -> Say:
    return lambda: rule_of(refused(kind, inputs, opts))


def _by_table() -> dict[str, dict[str, Say]]:
    sections: dict[str, dict[str, Say]] = {}
    for kind, bad in CASES:
        title, name = bad.rule
        sections.setdefault(title, {}).setdefault(name, _plain(kind.made, kind.name, {**kind.needed, **bad.inputs}))
    [needs_bucket, *_] = [bad for bad in BAD_GRANTS if bad.rule[1] == NEEDS_BUCKET]
    sections["another input"]["without a bucket, policy_document"] = _plain(policy_document, **needs_bucket.inputs)
    return sections


def _role() -> aws.iam.Role:
    return aws.iam.Role("app", assume_role_policy="{}")


Made = tuple[Kind, str, Callable[[], Any]]
"""A component, the name of an input, and what makes what it gets."""
RESOURCES: Final[Mapping[str, Made]] = {
    "a role": (PERMISSIONS, "role", _role),
    "a policy": (PERMISSIONS, "policy_name", lambda: aws.iam.Policy("p", policy="{}")),
    "a key": (PERMISSIONS, "kms_key_arns", lambda: [aws.kms.Key("k")]),
    "a bucket": (PERMISSIONS, "s3_log_bucket_arn", lambda: aws.s3.Bucket("b")),
    "a bucket as a prefix": (PERMISSIONS, "s3_log_key_prefix", lambda: aws.s3.Bucket("b")),
    "a log group": (PERMISSIONS, "cloudwatch_log_group_arns", lambda: [aws.cloudwatch.LogGroup("g")]),
    "a document": (
        PERMISSIONS,
        "session_preferences",
        lambda: aws.ssm.Document("d", content="{}", document_type="Session"),
    ),
    "a role of many": (FLEET, "roles", lambda: [_role()]),
    "a description": (FLEET, "description", _role),
    "a path": (FLEET, "path", _role),
}
"""Resources in place of their name or ARN, each with the input that gets it."""

IN_STRINGS: Final[Mapping[str, Made]] = {
    "a role": (PERMISSIONS, "role", lambda: f"{_role().name}"),
    "a key": (PERMISSIONS, "kms_key_arns", lambda: [str(aws.kms.Key("k").arn)]),
    "a prefix": (PERMISSIONS, "s3_log_key_prefix", lambda: f"team/{aws.s3.Bucket('b').bucket}"),
    "a tag": (FLEET, "tags", lambda: {f"{_role().name}": "a"}),
}
"""Outputs that were put into a string, each with the input that gets it and the rule's section."""

OUTPUTS_FOR_PLAIN: Final[Mapping[str, Made]] = {
    "check_role": (PERMISSIONS, "check_role", lambda: output(val=True)),
    "check_roles": (FLEET, "check_roles", lambda: output(val=True)),
    "roles": (FLEET, "roles", lambda: output(["web"])),
}
"""Outputs where only a plain value will do."""

UNKNOWN: Final[Mapping[object, str]] = {
    **dict.fromkeys(("kms_key_arn", "kmsKeyArns", "kmsKey", "kmsKeyId", "kms", "key_arn"), "kms_key_arns"),
    **dict.fromkeys(("s3KmsKey", "s3LogKmsKeyArn"), "s3_log_kms_key_arn"),
    **dict.fromkeys(("bucket", "S3Bucket", "logBucketArn", "bucketName"), "s3_log_bucket_arn"),
    **dict.fromkeys(("logGroups", "cloudWatchLogGroupName", "log_group_name"), "cloudwatch_log_group_arns"),
    **dict.fromkeys(("roles", "roleArn", "role_name", "roleName", "role_names"), "role"),
    **dict.fromkeys(("policyName", "name", "policy"), "policy_name"),
    **dict.fromkeys(("s3_log_encryption_enforce", "encryption"), "s3_log_encryption_enforced"),
    "prefix": "s3_log_key_prefix",
    "crossAccount": "s3_log_cross_account",
    "preferences": "session_preferences",
    "updateInstance": "allow_update_instance_information",
    "checkRoles": "check_role",
    **dict.fromkeys(("arn", "description", "tags", 7), ""),
}
"""What people write for an input, and the input that they mean; nothing where it is like no input."""


def _program(make: Callable[[], object]) -> Say:
    """Return what a program is refused with that makes something itself."""

    def say() -> str:
        error: Any = try_run(make).error
        return rule_of(error)

    return say


def _answered(case: aws_errors.Refused) -> Say:
    return lambda: rule_of(refused(case.kind, case.inputs, answer=case.answer))


def _of(kind: Kind, name: str, make: Callable[[], Any]) -> Say:
    return lambda: rule_of(refused(kind, {**needed_with(name), name: make}))


def _provider() -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(import_="Web:ssm", provider=aws.Provider("own"))


def _parent() -> pulumi.ResourceOptions:
    parent = pulumi.ComponentResource(
        "acme:index:Team", "team", None, pulumi.ResourceOptions(providers=[aws.Provider("own")])
    )
    return pulumi.ResourceOptions(import_="arn:aws:iam::123456789012:policy/ssm", parent=parent)


def _twice() -> None:
    for name in ("first", "web"):
        _MADE(name, role="web", policy_name="ssm")


_IMPORT: Final = pulumi.ResourceOptions(import_="Web:ssm")
_MADE: Final[Any] = PERMISSIONS.made
_FLEET: Final[Any] = FLEET.made

SECTIONS: Final[Sections] = {
    **_by_table(),
    "a component's name": {
        "no name for a policy": _plain(_MADE, "a b", {"role": "web"}),
        "no name for a managed policy": _plain(_FLEET, "a b", {"roles": ["web"]}),
        "no name for a policy with a description": _plain(_FLEET, "a b", {"roles": ["web"], "description": "d"}),
        "not a string": _plain(_MADE, {"role": "web"}),
    },
    "arguments": {
        "not a dict": _plain(_MADE, "web", "web"),
        "a list for a managed policy": _plain(_FLEET, "fleet", ["web"]),
        "a dict and keyword arguments": _plain(_MADE, "web", {"role": "web"}, check_role=True, kms_key_arns=[KEY]),
        "an option as an input": _plain(_MADE, "web", role="web", protect=True),
        "options as a dict": _plain(_MADE, "web", {"role": "web"}, {"protect": True}),
        "an unknown input like another": _plain(_MADE, "web", role="web", kms_key=KEY),
        "an unknown input like none": _plain(_MADE, "web", role="web", arn=KEY),
        "no role": _plain(_MADE, "web", {}),
    },
    "an import": {
        "of an exact name": _given(PERMISSIONS, {"role": "Web", "policy_name": "ssm"}, _IMPORT),
        "with a provider": _given(PERMISSIONS, {"role": "Web", "policy_name": "ssm"}, _provider),
        "without a name": _given(PERMISSIONS, {}, _IMPORT),
        "of a role that is an Output": _given(
            PERMISSIONS, {"role": lambda: output("web"), "policy_name": "ssm"}, _IMPORT
        ),
        "of a managed policy": _given(
            FLEET, {}, pulumi.ResourceOptions(import_="arn:aws:iam::123456789012:policy/ssm")
        ),
        "of a managed policy with a name, in a parent": _given(FLEET, {"policy_name": "ssm"}, _parent),
    },
    "an exact name": {
        "twice on one role": _program(_twice),
        "without a value": _given(PERMISSIONS, {"role": unknown, "policy_name": "ssm"}),
    },
    "an Output where a plain value is needed": {
        **{name: _of(*case) for name, case in OUTPUTS_FOR_PLAIN.items()},
        "policy_document": _program(lambda: policy_document(kms_key_arns=[output(KEY)])),
    },
    "a resource": {name: _of(*case) for name, case in RESOURCES.items()},
    "the size of the document": {
        kind.name: _plain(kind.made, kind.name, {**kind.needed, "kms_key_arns": [f"{KEY}{n}" for n in range(150)]})
        for kind in (PERMISSIONS, FLEET)
    },
    "AWS's answers": {name: _answered(case) for name, case in aws_errors.CASES.items()},
    "warnings": {
        **{cause.name: partial(str, cause.value) for cause in _warnings.Cause},
        "UNSEEN": partial(str, _warnings.UNSEEN),
        "NO_ROLES": partial(str, _warnings.NO_ROLES),
    },
}

if __name__ == "__main__":
    messages.FILE.write_text(messages.written(SECTIONS))
