"""Wrong inputs: refused in one line each that says what to write instead, whether plain, an Output or a secret."""

from collections.abc import Callable
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests.bad_fleets import AWS_TAG, BAD_FLEET_ROLES, BAD_FLEETS, PATH, SAME
from tests.bad_inputs import BAD_GRANTS, BAD_INPUTS, NEEDS_BUCKET, NO_LIST, Bad
from tests.bad_preferences import BAD_PREFERENCES
from tests.documents import KEY
from tests.fleets import FLEET
from tests.permissions import OWNER, PERMISSIONS, Kind, declare

INPUTS: Final = (
    "role, policy_name, check_role, kms_key_arns, s3_log_encryption_enforced, allow_update_instance_information, "
    "s3_log_bucket_arn, s3_log_key_prefix, s3_log_cross_account, s3_log_kms_key_arn, cloudwatch_log_group_arns, "
    "session_preferences"
)


def case(part: object) -> str:
    """Return what a test's case is called."""
    return part.line[:80] if isinstance(part, Bad) else str(part)


def refusal(kind: Kind, *args: Any, **kwargs: Any) -> InvalidInputError:
    """Declare a component where nothing can be registered, as no program runs, and return the error."""
    with pytest.raises(InvalidInputError) as caught:
        kind.made(*args, **kwargs)
    return caught.value


CASES: Final = [
    *((PERMISSIONS, bad) for bad in (*BAD_INPUTS, *BAD_PREFERENCES)),
    *((FLEET, bad) for bad in BAD_FLEETS),
]
ONE_FOR_EACH_RULE: Final = {(str(kind), bad.name, bad.place, bad.why): (kind, bad) for kind, bad in CASES}.values()
each_rule: Final = pytest.mark.parametrize(("kind", "bad"), ONE_FOR_EACH_RULE, ids=case)


@pytest.mark.parametrize(("kind", "bad"), [*CASES, *((FLEET, bad) for bad in BAD_FLEET_ROLES)], ids=case)
def test_a_plain_value_is_refused(kind: Kind, bad: Bad) -> None:
    """One line has the component, the input, its value, the rule and the way out, before anything is declared."""
    error = refusal(kind, kind.name, {**kind.needed, **bad.inputs})

    assert str(error) == f"{kind.owner}: {bad.line}"


@each_rule
def test_an_output_is_refused(kind: Kind, bad: Bad) -> None:
    """A wrong value that an Output resolves to is refused in the same words, and no policy is asked for."""
    record = kind.declare(lambda: {name: pulumi.Output.from_input(value) for name, value in bad.inputs.items()})

    assert str(record.error) == f"{kind.owner}: {bad.line}"
    assert kind.policy_type not in kind.written(record)


@each_rule
def test_a_secret_is_refused(kind: Kind, bad: Bad) -> None:
    """A secret is refused in the same words without the secret, of tags not even the key; in preview already."""
    given = bad.inputs
    record = kind.declare(lambda: {name: pulumi.Output.secret(value) for name, value in given.items()}, preview=True)

    assert str(record.error) == f"{kind.owner}: {bad.secret_line}"


@pytest.mark.parametrize("bad", BAD_GRANTS, ids=case)
def test_the_document_refuses_the_same(bad: Bad) -> None:
    """`policy_document` has the same checks as the components, and says the same, but has no `session_preferences`."""
    with pytest.raises(InvalidInputError) as caught:
        policy_document(**bad.inputs)

    assert str(caught.value) == f"policy_document: {bad.line}".replace(" or in session_preferences", "")


@pytest.mark.parametrize("inputs", [{}, {"role": None}], ids=["missing", "None"])
def test_a_role_is_required(inputs: dict[str, Any]) -> None:
    """A missing role is refused as `None` is: the key is there in most programs, and the value is not."""
    error = refusal(PERMISSIONS, "web", inputs)

    assert str(error) == f"{OWNER}: role None: it is required; write the name or the ARN of an existing role"


# What people write, by the input that they mean; those without one mean none that is there.
MEANT: Final[dict[str, list[Any]]] = {
    "kms_key_arns": ["kms_key_arn", "kmsKeyArns", "kmsKey", "kmsKeyId", "kms", "key_arn"],
    "s3_log_kms_key_arn": ["s3KmsKey"],
    "s3_log_bucket_arn": ["bucket", "S3Bucket", "logBucketArn"],
    "s3_log_key_prefix": ["prefix"],
    "cloudwatch_log_group_arns": ["logGroups", "cloudWatchLogGroupName"],
    "s3_log_encryption_enforced": ["s3_log_encryption_enforce", "encryption"],
    "allow_update_instance_information": ["updateInstance"],
    "session_preferences": ["preferences"],
    "role": ["roles", "roleArn"],
    "policy_name": ["policyName", "name"],
    "": ["arn", "description", "tags", 7],
}


@pytest.mark.parametrize(("meant", "key"), [(meant, key) for meant, keys in MEANT.items() for key in keys])
def test_an_unknown_input_is_told_with_the_nearest_known_one(meant: str, key: Any) -> None:
    """A key that is no input is never dropped: the error names the nearest one, or else all of them."""
    remedy = f"did you mean {meant}?" if meant else f"the inputs are {INPUTS}"

    assert str(declare({key: "x"}).error) == f"{OWNER}: {key!r}: there is no such input; {remedy}"


@pytest.mark.parametrize(
    ("kind", "args", "shown"),
    [
        (PERMISSIONS, None, "None"),
        (PERMISSIONS, "web", "'web'"),
        (PERMISSIONS, pulumi.Config, "(type)"),
        (FLEET, ["web"], "(list)"),
    ],
    ids=str,
)
def test_the_inputs_are_a_mapping(kind: Kind, args: Any, shown: str) -> None:
    """Something else than a mapping of inputs is refused with the shape of one."""
    [first] = kind.needed
    error = refusal(kind, kind.name, args)

    assert str(error) == f'{kind.owner}: args {shown}: it is not a mapping of inputs; write them as {{"{first}": …}}'


def test_all_wrong_inputs_are_told_together() -> None:
    """Each wrong input has its line in one error: unknown keys first, the rules between inputs last."""
    inputs = {"roles": ["web", "web"], "tags": {"aws:team": "a"}, "path": "team", "rolls": [], "s3_log_key_prefix": "a"}
    record = FLEET.declare({**inputs, "kms_key_arns": KEY})

    assert str(record.error).splitlines() == [
        f"{FLEET.owner}: 'rolls': there is no such input; did you mean roles?",
        f"{FLEET.owner}: path 'team': {PATH}",
        f"{FLEET.owner}: tags 'aws:team': {AWS_TAG}",
        f"{FLEET.owner}: kms_key_arns {KEY!r}: {NO_LIST}",
        f"{FLEET.owner}: roles[1] 'web': {SAME}",
        f"{FLEET.owner}: s3_log_key_prefix 'a': {NEEDS_BUCKET}",
    ]


def test_a_wrong_bucket_is_not_told_twice() -> None:
    """Where the bucket itself is wrong, nothing is said of the inputs that need one."""
    error = refusal(PERMISSIONS, "web", {"role": "web", "s3_log_bucket_arn": "logs", "s3_log_key_prefix": "team"})

    assert [problem.path for problem in error.problems] == ["s3_log_bucket_arn"]


def test_an_error_can_be_read_by_a_program() -> None:
    """An error has its owner and, for each wrong input, path, shown value, rule and way out."""
    error = refusal(PERMISSIONS, "web", {"role": "web", "kms_key_arns": [KEY, "alias/sessions", "*"]})

    assert error.owner == OWNER
    assert [(problem.path, problem.value) for problem in error.problems] == [
        ("kms_key_arns[1]", "'alias/sessions'"),
        ("kms_key_arns[2]", "'*'"),
    ]
    assert f"{error.problems[1].rule}; {error.problems[1].remedy}" == str(error).splitlines()[1].split(": ", 2)[2]


def test_an_error_prints_without_a_traceback() -> None:
    """It is a `pulumi.RunError`, which a program prints as one line, and no `ValueError`, which it would not."""
    kinds = InvalidInputError.__mro__

    assert pulumi.RunError in kinds
    assert ValueError not in kinds


DICT: Final = "inputs are no keyword arguments, but one dict; pass"
OPTS: Final = "options are no keyword arguments of a component; pass opts=pulumi.ResourceOptions"
AFTER: Final = "after the component's name"
KEYWORDS: Final[dict[str, tuple[Callable[[], InvalidInputError], list[str]]]] = {
    "an input": (lambda: refusal(PERMISSIONS, "web", role="web"), [f'{OWNER}: role: {DICT} {{"role": …}} {AFTER}']),
    "inputs": (
        lambda: refusal(PERMISSIONS, name="web", role="web", kms_key_arns=[KEY]),
        [f'{OWNER}: role, kms_key_arns: {DICT} {{"role": …, "kms_key_arns": …}} {AFTER}'],
    ),
    "options": (
        lambda: refusal(FLEET, "fleet", {"roles": []}, depends_on=[], protect=True),
        [f"{FLEET.owner}: depends_on, protect: {OPTS}(depends_on=…, protect=…)"],
    ),
    "both": (
        lambda: refusal(FLEET, roles=["web"], protect=True),
        [
            f'SessionManagerManagedPolicy: roles: {DICT} {{"roles": …}} {AFTER}',
            f"SessionManagerManagedPolicy: protect: {OPTS}(protect=…)",
        ],
    ),
}


@pytest.mark.parametrize(("declare_wrongly", "lines"), KEYWORDS.values(), ids=KEYWORDS)
def test_inputs_and_options_are_no_keyword_arguments(
    declare_wrongly: Callable[[], InvalidInputError], lines: list[str]
) -> None:
    """What other resources take as keyword arguments is refused in one line, with what to pass."""
    assert str(declare_wrongly()).splitlines() == lines
