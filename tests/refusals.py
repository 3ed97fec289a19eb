"""Every wrong input with what the package says of it: `python -m tests.refusals` writes messages.txt from here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests import messages
from tests.bad_fleets import BAD_FLEET_ROLES, BAD_FLEETS
from tests.bad_inputs import BAD_GRANTS, BAD_INPUTS, NEEDS_BUCKET, Bad
from tests.bad_preferences import BAD_PREFERENCES
from tests.bad_programs import NO_OUTPUTS, OUTPUTS, RESOURCES, InProgram, written
from tests.documents import BUCKET, KEY, LOG_GROUP
from tests.fleets import FLEET
from tests.messages import Calls, Code, literal
from tests.mocks import try_run
from tests.permissions import PERMISSIONS, Kind

output: Final = pulumi.Output.from_input

OUTPUTS_TOO: Final = [
    *((PERMISSIONS, bad) for bad in (*BAD_INPUTS, *BAD_PREFERENCES)),
    *((FLEET, bad) for bad in BAD_FLEETS),
]
"""Wrong values that may come as Outputs."""
CASES: Final = [*OUTPUTS_TOO, *((FLEET, bad) for bad in BAD_FLEET_ROLES)]


def _one_of_each(cases: Sequence[tuple[Kind, Bad]]) -> list[tuple[Kind, Bad]]:
    """Return the first one of each kind of mistake."""
    first: dict[tuple[str, str, str], tuple[Kind, Bad]] = {}
    for case in cases:
        kind, bad = case
        first.setdefault((kind.name, bad.name, bad.mistake), case)
    return [*first.values()]


ONE_OF_EACH: Final = _one_of_each(CASES)
MORE: Final = [case for case in CASES if not any(case is one for one in ONE_OF_EACH)]


def message(kind: Kind, inputs: Mapping[str, Any]) -> str:
    """Return what messages.txt has for a component with these inputs."""
    return messages.messages()[written(kind, inputs)]


def refusal(make: Callable[..., object], *args: Any, **inputs: Any) -> InvalidInputError:
    """Return the error of a call, where nothing can be registered, as no program runs."""
    try:
        make(*args, **inputs)
    except InvalidInputError as error:
        return error
    raise AssertionError("It was accepted.")


def _call(make: Callable[..., object], *args: Any, **inputs: Any) -> Calls:
    return {messages.call(make.__name__, *args, **inputs): lambda: str(refusal(make, *args, **inputs))}


def _merged(several: Iterable[Calls]) -> Calls:
    return {call: said for calls in several for call, said in calls.items()}


def _plain(kind: Kind, inputs: Mapping[Any, Any]) -> Calls:
    return _call(kind.made, kind.name, {**kind.needed, **inputs})


def _programs(*several: InProgram) -> Calls:
    return {each.call: each.message for each in several}


def _secret(kind: Kind, bad: Bad) -> InProgram:
    """Return a wrong value, with its company, as secrets; in preview already."""
    hidden = {name: Code(f"pulumi.Output.secret({literal(value)})") for name, value in bad.inputs.items()}

    def make() -> Mapping[str, Any]:
        return {name: pulumi.Output.secret(value) for name, value in bad.inputs.items()}

    return InProgram(kind, hidden, make, preview=True)


ONE_OUTPUT_OF_EACH: Final = _one_of_each(OUTPUTS_TOO)
SECRETS: Final = [_secret(kind, bad) for kind, bad in ONE_OUTPUT_OF_EACH]

MISSING: Final[Calls] = {**_call(PERMISSIONS.made, "web", {}), **_plain(PERMISSIONS, {"role": None})}

# What people write for an input that there is; the last ones mean none.
_UNKNOWN: Final = [
    *("kms_key_arn", "kmsKeyArns", "kmsKey", "kmsKeyId", "kms", "key_arn", "s3KmsKey", "bucket", "S3Bucket"),
    *("logBucketArn", "prefix", "logGroups", "cloudWatchLogGroupName", "s3_log_encryption_enforce", "encryption"),
    *("updateInstance", "preferences", "roles", "roleArn", "policyName", "name"),
    *("arn", "description", "tags", 7),
]
UNKNOWN: Final = _merged(_plain(PERMISSIONS, {key: "x"}) for key in _UNKNOWN)

_TWO_KEYS: Final = {"kms_key": KEY, "kms_key_arns": [KEY, "alias/sessions", "*"]}
OTHER: Final = "222222222222"
_MANY: Final = {
    "roles": ["web", "web"],
    "tags": {"aws:team": "a"},
    "path": "team",
    "rolls": [],
    "s3_log_key_prefix": "a",
    "kms_key_arns": KEY,
}
SEVERAL: Final = _merged(
    [
        _plain(FLEET, _MANY),
        _plain(PERMISSIONS, _TWO_KEYS),
        _plain(PERMISSIONS, {"s3_log_bucket_arn": "logs", "s3_log_key_prefix": "team"}),
        _plain(PERMISSIONS, {"role": f"arn:aws:iam::{OTHER}:role/web", "cloudwatch_log_group_arns": [LOG_GROUP]}),
        _plain(FLEET, {"roles": ["api", f"arn:aws:iam::{OTHER}:role/web"], "cloudwatch_log_group_arns": [LOG_GROUP]}),
    ]
)

ARGUMENTS: Final = _merged(
    [
        *(_call(PERMISSIONS.made, "web", args) for args in (None, "web", pulumi.Config)),
        _call(FLEET.made, "fleet", ["web"]),
        _call(PERMISSIONS.made, "web"),
        _call(PERMISSIONS.made, "web", rol="web"),
        _call(PERMISSIONS.made, "web", {"role": "web"}, check_role=True, kms_key_arns=[KEY]),
        _call(PERMISSIONS.made, "web", role="web", protect=True, depends_on=[]),
        _call(FLEET.made, "fleet", {"roles": []}, protect=True),
        _call(PERMISSIONS.made, "web", {"role": "web"}, {"protect": True}),
        _call(PERMISSIONS.made, {"role": "web"}),
    ]
)

_NAMES: Final = ("", "a b", "a/b", "é", "a\n", 7, None, "a" * 105)
NAMES: Final = _merged(
    [
        *(_call(PERMISSIONS.made, name, {"role": "web"}) for name in _NAMES),
        *(_call(FLEET.made, name, {"roles": ["web"]}) for name in ("a b", "a" * 105)),
        *(_call(FLEET.made, "a" * 97, {"roles": ["web"], **more}) for more in ({"description": "d"}, {"path": "/a/"})),
    ]
)

_NO_OUTPUTS_IN_DOCUMENT: Final[Mapping[str, tuple[Any, Callable[[], Any]]]] = {
    "s3_log_encryption_enforced": (Code("an_output"), lambda: output(val=False)),
    "kms_key_arns": (Code("an_output"), lambda: output([KEY])),
    "cloudwatch_log_group_arns": ([Code("an_output")], lambda: [output("a")]),
    "s3_log_bucket_arn": (Code("an_output"), lambda: output(BUCKET)),
}


def _document_of(name: str, make: Callable[[], Any]) -> Callable[[], str]:
    """Return what calls `policy_document` in a program, with an input that only a program can make."""
    return lambda: str(try_run(lambda: policy_document(**{name: make()})).error)


DOCUMENT_OUTPUTS: Final[Calls] = {
    messages.call("policy_document", **{name: how}): _document_of(name, make)
    for name, (how, make) in _NO_OUTPUTS_IN_DOCUMENT.items()
}


def _by_input(cases: Sequence[tuple[Kind, Bad]], more: str = "") -> Mapping[str, Calls]:
    """Return plain values, by the component and the input that is wrong."""
    sections: dict[str, dict[str, Callable[[], str]]] = {}
    for kind, bad in cases:
        sections.setdefault(f"{kind.made.__name__}: {bad.name}{more}", {}).update(_plain(kind, bad.inputs))
    return sections


# What they say of an input that needs a bucket; all else they say in the words of the components.
DOCUMENT: Final = _merged(_call(policy_document, **bad.inputs) for bad in BAD_GRANTS if bad.mistake == NEEDS_BUCKET)

SECTIONS: Final[Mapping[str, Calls]] = {
    **_by_input(ONE_OF_EACH),
    "A missing role": MISSING,
    "Unknown inputs": UNKNOWN,
    "Several wrong inputs": SEVERAL,
    "Wrong arguments": ARGUMENTS,
    "A component's name": NAMES,
    "An Output instead of a plain value": {**_programs(*NO_OUTPUTS), **DOCUMENT_OUTPUTS},
    "A wrong value of an Output": _programs(*OUTPUTS),
    "A resource instead of its name or ARN": _programs(*RESOURCES),
    "policy_document, where its words differ": DOCUMENT,
    "Secrets": _programs(*SECRETS),
    **_by_input(MORE, ", more wrong values"),
}

if __name__ == "__main__":
    messages.write(SECTIONS)
