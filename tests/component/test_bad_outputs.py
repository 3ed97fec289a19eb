"""Wrong inputs that are Outputs: refused in the words of plain ones, secrets unsaid, and no policy is asked for."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from pulumi_ssm_perms import InvalidInputError
from tests.bad_inputs import BAD_INPUTS, NEEDS_BUCKET, Bad
from tests.documents import BUCKET, KEY, LOG_GROUP
from tests.mocks import Record, unknown
from tests.permissions import COMPONENT, OWNER, ROLE_POLICY, VALUES, company, declare, written

EITHER = "it is read from session_preferences, which is given as well; give one of the two"
SECRET_VALUE = "hush hush"  # as little a name as an ARN, a boolean, a prefix that needs no bucket, or JSON

in_preview_and_update = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
output = pulumi.Output.from_input


def of(bad: Bad) -> str:
    """Return the name of a test's case."""
    return f"{bad.name}={bad.value!r}"[:80]


def told(record: Record) -> list[tuple[str, str]]:
    """Return what is wrong by the error: the path and the value of each wrong input."""
    assert isinstance(record.error, InvalidInputError)
    return [(problem.path, problem.value) for problem in record.error.problems]


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=of)
def test_an_output_is_refused_in_the_same_words(bad: Bad) -> None:
    """A wrong value that an Output resolves to is refused like the plain value, and no policy is written."""
    record = declare(lambda: {**bad.inputs, bad.name: output(bad.value)})

    assert isinstance(record.error, InvalidInputError)
    assert str(record.error) == f"{OWNER}: {bad.line}"
    assert ROLE_POLICY not in written(record)


@pytest.mark.parametrize("bad", BAD_INPUTS[::9], ids=of)
def test_an_output_is_refused_in_preview_already(bad: Bad) -> None:
    """A wrong Output that is known in preview ends the preview, with the same words."""
    record = declare(lambda: {**bad.inputs, bad.name: output(bad.value)}, preview=True)

    assert str(record.error) == f"{OWNER}: {bad.line}"


@pytest.mark.parametrize(
    ("inputs", "wrong"),
    [
        ({"s3_log_cross_account": True}, ["s3_log_cross_account"]),
        ({"role": lambda: output("a b"), "s3_log_encryption_enforced": 1}, ["s3_log_encryption_enforced"]),
        ({"kms_key_arns": lambda: ["alias/x", output(KEY)]}, ["kms_key_arns[0]"]),
        (
            {"role": lambda: output("web"), "policy_name": "a b", "s3_log_encryption_enforced": 1},
            ["policy_name", "s3_log_encryption_enforced"],
        ),
    ],
    ids=["alone", "beside a wrong Output", "beside an element that is an Output", "two"],
)
def test_wrong_plain_inputs_are_told_before_anything_is_declared(inputs: Mapping[str, Any], wrong: list[str]) -> None:
    """Wrong plain inputs end the program together and at once, whatever Outputs are beside them."""
    record = declare(inputs)

    assert [path for path, _ in told(record)] == wrong
    assert written(record) == []


def test_wrong_elements_of_one_output_are_told_together() -> None:
    """All wrong elements of a list that is an Output are one error."""
    record = declare(lambda: {"kms_key_arns": output(["*", KEY, "alias/x"])})

    assert told(record) == [("kms_key_arns[0]", "'*'"), ("kms_key_arns[2]", "'alias/x'")]


@pytest.mark.parametrize("name", VALUES)
def test_an_error_says_no_secret(name: str) -> None:
    """What is wrong with a secret is said without the secret, for every input, whatever is wrong with it."""
    value = f"{SECRET_VALUE}*" if name == "s3_log_key_prefix" else SECRET_VALUE
    record = declare(lambda: {**company(name), name: pulumi.Output.secret(value)})

    assert told(record) == [(name, "[secret]")]
    assert SECRET_VALUE not in str(record.error)


@pytest.mark.parametrize("name", ["kms_key_arns", "cloudwatch_log_group_arns"])
def test_an_error_says_no_secret_element(name: str) -> None:
    """In a list with a secret no element is printed, as the secret may be any of them."""
    record = declare(lambda: {name: [output("*"), pulumi.Output.secret(SECRET_VALUE)]})

    assert told(record) == [(f"{name}[0]", "[secret]"), (f"{name}[1]", "[secret]")]


@pytest.mark.parametrize(("name", "value"), [("s3_log_key_prefix", "team"), ("s3_log_kms_key_arn", KEY)])
def test_a_rule_between_inputs_says_no_secret(name: str, value: str) -> None:
    """A secret that means nothing without a bucket is refused without being printed."""
    record = declare(lambda: {name: pulumi.Output.secret(value)})

    assert str(record.error) == f"{OWNER}: {name} [secret]: {NEEDS_BUCKET}"


def test_a_rule_within_preferences_says_no_secret() -> None:
    """A wrong field of a secret Session document is named, and its value is not."""
    content = '{"schemaVersion":"1.0","sessionType":"Port","inputs":{"kmsKeyId":"hush hush"}}'
    record = declare(lambda: {"session_preferences": pulumi.Output.secret(content)})

    assert str(record.error) == (
        f"{OWNER}: session_preferences.inputs.kmsKeyId [secret]: it is not a key id, an alias or an ARN of AWS KMS; "
        "correct the Session document"
    )


@in_preview_and_update
@pytest.mark.parametrize(
    ("inputs", "line"),
    [
        ({"s3_log_bucket_arn": None, "s3_log_key_prefix": "team"}, f"s3_log_key_prefix 'team': {NEEDS_BUCKET}"),
        ({"s3_log_bucket_arn": None, "s3_log_cross_account": True}, f"s3_log_cross_account True: {NEEDS_BUCKET}"),
        (
            {"session_preferences": VALUES["session_preferences"], "s3_log_bucket_arn": BUCKET},
            f"s3_log_bucket_arn '{BUCKET}': {EITHER}",
        ),
        (
            {"session_preferences": VALUES["session_preferences"], "cloudwatch_log_group_arns": [LOG_GROUP]},
            f"cloudwatch_log_group_arns (list): {EITHER}",
        ),
    ],
    ids=["prefix", "cross-account", "two buckets", "two groups"],
)
def test_a_rule_between_outputs(inputs: dict[str, Any], line: str, preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What is wrong between inputs that are Outputs is told as they resolve, in the same words."""
    record = declare(lambda: {name: output(value) for name, value in inputs.items()}, preview=preview)

    assert str(record.error) == f"{OWNER}: {line}"
    assert ROLE_POLICY not in written(record)


def test_a_rule_between_outputs_waits_for_unknown_ones() -> None:
    """As long as the bucket is unknown nothing is said of the prefix."""
    record = declare(lambda: {"s3_log_bucket_arn": unknown(), "s3_log_key_prefix": "team"}, preview=True)

    assert record.error is None
    assert written(record) == [COMPONENT, ROLE_POLICY]


def test_a_policy_name_that_becomes_none() -> None:
    """It leaves the policy's name to be generated from the component's, which then must be one for IAM."""
    record = declare(lambda: {"policy_name": output(None)}, name="a b")

    assert str(record.error).startswith("SessionManagerPermissions 'a b': name 'a b': the policy is named after it, ")


def test_a_document_that_turns_out_too_long() -> None:
    """A document that exceeds IAM's limit only as its keys resolve is refused with its size."""
    keys = [f"arn:aws:kms:eu-west-1:123456789012:key/{position:036}" for position in range(128)]
    record = declare(lambda: {"kms_key_arns": output(keys)})

    assert str(record.error).startswith(f"{OWNER}: the policy document: it has 10,254 characters without white space, ")


def test_another_wrong_output_is_not_told_as_well() -> None:
    """Of two wrong Outputs the first to resolve ends the run, with its own line."""
    record = declare(lambda: {"role": output(""), "kms_key_arns": output(["alias/x"])})

    assert len(told(record)) == 1


def test_an_output_that_fails_keeps_its_own_error() -> None:
    """An Output that fails by itself ends the run with what it says, not with a message of this package."""

    async def fails() -> str:
        await asyncio.sleep(0)
        raise RuntimeError("no such thing")

    record = declare(lambda: {"role": output(fails())})

    assert str(record.error) == "no such thing"
