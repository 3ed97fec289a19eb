"""Wrong plain inputs: refused before anything is declared, in one line each that says what to write instead."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from tests.bad_inputs import BAD_GRANTS, BAD_INPUTS, Bad
from tests.documents import KEY, LOG_GROUP
from tests.permissions import OWNER as WEB

PERMISSIONS: Any = SessionManagerPermissions  # not for a type checker, which refuses these calls
FLEET: Any = SessionManagerManagedPolicy
INPUTS = (
    "role, policy_name, check_role, kms_key_arns, s3_log_encryption_enforced, allow_update_instance_information, "
    "s3_log_bucket_arn, s3_log_key_prefix, s3_log_cross_account, s3_log_kms_key_arn, cloudwatch_log_group_arns, "
    "session_preferences"
)
AUTO_NAME = (
    "the policy is named after it, NAME-session-manager-1234567, and IAM takes at most 128 letters, digits and "
    "_+=,.@-, which leaves 104 for the component's name; choose another component name, or give policy_name, which "
    "then has to be unique on the role"
)
ONE_KEY_TOO_MANY = (
    "the policy document: it has 10,254 characters without white space, and IAM takes 10,240 for all inline policies "
    "of a role; use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
)


def keys(number: int) -> list[str]:
    """Return different ARNs of equal length, as many as asked for."""
    return [f"arn:aws:kms:eu-west-1:123456789012:key/{position:036}" for position in range(number)]


def refusal(inputs: Any, name: Any = "web") -> InvalidInputError:
    """Declare a component, which must be refused, and return the error."""
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions(name, inputs)
    return caught.value


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: f"{bad.name}={bad.value!r}"[:80])
def test_the_component_refuses(bad: Bad) -> None:
    """A wrong plain input is refused in one line with the component, the input, its value, the rule and the way out."""
    error = refusal(bad.inputs)

    assert str(error) == f"{WEB}: {bad.line}"


@pytest.mark.parametrize("bad", BAD_GRANTS, ids=lambda bad: f"{bad.name}={bad.value!r}"[:80])
def test_the_document_refuses(bad: Bad) -> None:
    """`policy_document` has the same checks as the component, and says the same, but has no `session_preferences`."""
    with pytest.raises(InvalidInputError) as caught:
        policy_document(**{**bad.company, bad.name: bad.value})

    assert str(caught.value) == f"policy_document: {bad.line}".replace(" or in session_preferences", "")


@pytest.mark.parametrize("inputs", [{}, {"role": None}], ids=["missing", "None"])
def test_a_role_is_required(inputs: dict[str, Any]) -> None:
    """A missing role is refused as `None` is: the key is there in most programs, and the value is not."""
    error = refusal(inputs)

    assert str(error) == f"{WEB}: role None: it is required; write the name or the ARN of an existing role"


# What people write, by the input that they mean; those without one mean none that is there.
MEANT: dict[str, list[Any]] = {
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
    error = refusal({"role": "web", key: "x"})

    assert str(error) == f"{WEB}: {key!r}: there is no such input; {remedy}"


@pytest.mark.parametrize(
    ("args", "shown"), [(None, "None"), ("web", "'web'"), (["web"], "(list)"), (7, "7"), (pulumi.Config, "(type)")]
)
def test_the_inputs_are_a_mapping(args: Any, shown: str) -> None:
    """Something else than a mapping of inputs is refused with the shape of one."""
    error = refusal(args)

    assert str(error) == f'{WEB}: args {shown}: it is not a mapping of inputs; write them as {{"role": …}}'


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "a\n", "a" * 105, 7, None], ids=repr)
def test_a_name_that_would_make_a_bad_policy_name(name: Any) -> None:
    """A component's name that the generated policy name cannot hold is refused, and not left for IAM to refuse."""
    error = refusal({"role": "web"}, name)

    assert str(error) == f"SessionManagerPermissions {name!r}: name {name!r}: {AUTO_NAME}"


def test_all_wrong_inputs_are_told_together() -> None:
    """Each wrong input has its line in one error, in the order of the inputs, unknown keys first."""
    error = refusal(
        {
            "cloudwatch_log_group_arns": ["/ssm/sessions", LOG_GROUP, "*"],
            "role": "",
            "kms_key_arn": KEY,
            "s3_log_encryption_enforced": "true",
            "s3_log_cross_account": True,
        }
    )

    assert [(problem.path, problem.value) for problem in error.problems] == [
        ("'kms_key_arn'", ""),
        ("role", "''"),
        ("s3_log_encryption_enforced", "'true'"),
        ("cloudwatch_log_group_arns[0]", "'/ssm/sessions'"),
        ("cloudwatch_log_group_arns[2]", "'*'"),
        ("s3_log_cross_account", "True"),
    ]
    assert [line.partition(": ")[0] for line in str(error).splitlines()] == [WEB] * 6


def test_a_wrong_bucket_is_not_told_twice() -> None:
    """Where the bucket itself is wrong, nothing is said of the inputs that need one."""
    error = refusal({"role": "web", "s3_log_bucket_arn": "logs", "s3_log_key_prefix": "team"})

    assert [problem.path for problem in error.problems] == ["s3_log_bucket_arn"]


def test_an_error_can_be_read_by_a_program() -> None:
    """An error has its owner and, for each wrong input, path, shown value, rule and way out."""
    error = refusal({"role": "web", "kms_key_arns": [KEY, "alias/sessions"]})

    assert error.owner == WEB
    assert [tuple(problem)[:2] for problem in error.problems] == [("kms_key_arns[1]", "'alias/sessions'")]
    assert f"{error.problems[0].rule}; {error.problems[0].remedy}" == str(error).split(": ", 2)[2]


def test_an_error_prints_without_a_traceback() -> None:
    """It is a `pulumi.RunError`, which a program prints as one line, and no `ValueError`, which it would not."""
    kinds = InvalidInputError.__mro__

    assert pulumi.RunError in kinds
    assert ValueError not in kinds


def test_a_document_that_iam_would_not_take() -> None:
    """A longer one is refused with its size as IAM counts it, and the way to spread it."""
    error = refusal({"role": "web", "kms_key_arns": keys(128)})

    assert str(error) == f"{WEB}: {ONE_KEY_TOO_MANY}"


DICT = "inputs are no keyword arguments, but one dict; pass"
OPTS = "options are no keyword arguments of a component; pass opts=pulumi.ResourceOptions"
AFTER = "after the component's name"
KEYWORDS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "an input": (lambda: PERMISSIONS("web", role="web"), [f'{WEB}: role: {DICT} {{"role": …}} {AFTER}']),
    "inputs": (
        lambda: PERMISSIONS(name="web", role="web", kms_key_arns=[KEY]),
        [f'{WEB}: role, kms_key_arns: {DICT} {{"role": …, "kms_key_arns": …}} {AFTER}'],
    ),
    "an option": (
        lambda: FLEET("fleet", {"roles": []}, depends_on=[]),
        [f"SessionManagerManagedPolicy 'fleet': depends_on: {OPTS}(depends_on=…)"],
    ),
    "both": (
        lambda: FLEET(roles=["web"], protect=True),
        [
            f'SessionManagerManagedPolicy: roles: {DICT} {{"roles": …}} {AFTER}',
            f"SessionManagerManagedPolicy: protect: {OPTS}(protect=…)",
        ],
    ),
}


@pytest.mark.parametrize(("declare", "lines"), KEYWORDS.values(), ids=KEYWORDS)
def test_inputs_and_options_are_no_keyword_arguments(declare: Callable[[], Any], lines: list[str]) -> None:
    """What other resources take as keyword arguments is refused in one line, with what to pass."""
    with pytest.raises(InvalidInputError) as caught:
        declare()

    assert str(caught.value).splitlines() == lines
