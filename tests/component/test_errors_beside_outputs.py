"""Wrong inputs beside Outputs, and several at once: all that is wrong is named, each when it is known."""

from collections import UserList
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pytest

from pulumi_ssm_perms import (
    InvalidInputError,
    policy_document,
)
from tests.answers import session
from tests.components import PERMISSIONS, Kind, declare, output, secret, try_declare
from tests.documents import BUCKET, KEY
from tests.fleets import FLEET
from tests.mocks import try_run, unknown
from tests.wrong_inputs import refusal, role


def test_a_wrong_input_beside_an_awaitable_that_fails_is_one_line() -> None:
    """The awaitable is not started, so that its error does not come first."""

    async def fails() -> bool:
        raise OSError

    started = fails()
    error = try_declare({"kms_key_arns": ["alias/a"], "s3_log_encryption_enforced": lambda: started}).error
    started.close()

    assert isinstance(error, InvalidInputError)
    assert [problem.path for problem in error.problems] == ["kms_key_arns[0]"]


LONG: Final = "\n" * 121
SHORTENED: Final = f"{LONG[:120]!r}… (121 characters)"
Several = tuple[Kind, Callable[[], Mapping[str, Any]], Sequence[str]]
"""Inputs of which some are wrong, and the path and the shown value of each that is named."""


BEFORE: Final[Mapping[str, Several]] = {
    "unknown inputs first, rules between inputs last": (
        FLEET,
        lambda: {"roles": ["web", "web"], "tags": {"aws:a": "a"}, "rolls": [], "s3_log_key_prefix": "a"},
        ["'rolls'", "tags 'aws:a'", "roles[1] 'web'", "s3_log_key_prefix 'a'"],
    ),
    "a wrong bucket hides what needs one": (
        PERMISSIONS,
        lambda: {"s3_log_bucket_arn": "logs", "s3_log_key_prefix": "team"},
        ["s3_log_bucket_arn 'logs'"],
    ),
    "beside a wrong Output": (
        PERMISSIONS,
        lambda: {"role": output("a b"), "s3_log_cross_account": 1},
        ["s3_log_cross_account 1"],
    ),
    "two keys that break one rule": (
        PERMISSIONS,
        lambda: {"kms_key_arns": ["alias/a", "alias/b"]},
        ["kms_key_arns[0] 'alias/a'", "kms_key_arns[1] 'alias/b'"],
    ),
    "beside an element": (PERMISSIONS, lambda: {"kms_key_arns": [output(KEY), "*"]}, ["kms_key_arns[1] '*'"]),
    "beside a tag": (FLEET, lambda: {"tags": {"a": "a&b", "b": output("prod")}}, ["tags['a'] 'a&b'"]),
    "a tag's key": (FLEET, lambda: {"tags": {output("team"): "a"}}, ["tags (Output)"]),
    "a mapping for a list": (
        FLEET,
        lambda: {"roles": {LONG: output("web")}},
        [f"roles[{SHORTENED}]", "roles (dict)"],
    ),
    "three tags": (
        FLEET,
        lambda: {"tags": {"a": "a&b", "aws:b": "b", "c": 7, "d": "d"}},
        ["tags['a'] 'a&b'", "tags 'aws:b'", "tags['c'] 7"],
    ),
    "a list in a list": (PERMISSIONS, lambda: {"kms_key_arns": [[output(KEY)]]}, ["kms_key_arns[0] (list)"]),
    "roles": (
        FLEET,
        lambda: {"roles": [output("web"), "a b", secret("batch")]},
        ["roles[0]", "roles[2]", "roles[1] 'a b'"],
    ),
}


WITHIN: Final[Mapping[str, Several]] = {
    "no name, from mocks that return the inputs": (PERMISSIONS, lambda: {"role": role().name}, ["role None"]),
    "a tag": (FLEET, lambda: {"tags": {"a": "a", "b": output("a&b")}}, ["tags['b'] 'a&b'"]),
    "the bucket of the preferences, named as well": (
        PERMISSIONS,
        lambda: {"session_preferences": output(session({})), "s3_log_bucket_arn": BUCKET},
        [f"s3_log_bucket_arn '{BUCKET}'"],
    ),
    "several in a list": (
        PERMISSIONS,
        lambda: {"kms_key_arns": output(["*", KEY, "alias/x"])},
        ["kms_key_arns[0] '*'", "kms_key_arns[2] 'alias/x'"],
    ),
    "beside a secret": (
        PERMISSIONS,
        lambda: {"kms_key_arns": [output("*"), secret("hush hush")]},
        ["kms_key_arns[0] [secret]", "kms_key_arns[1] [secret]"],
    ),
    # The SDK looks for Outputs in no other class of list.
    "within a secret": (
        PERMISSIONS,
        lambda: {"kms_key_arns": secret(UserList([output("hush")]))},
        ["kms_key_arns[0] [secret]"],
    ),
}


@pytest.mark.parametrize(("kind", "inputs", "named"), [*BEFORE.values(), *WITHIN.values()], ids=[*BEFORE, *WITHIN])
def test_all_that_is_wrong_is_named(kind: Kind, inputs: Callable[[], Mapping[str, Any]], named: Sequence[str]) -> None:
    """Plain inputs are refused before anything is declared, whatever is beside them, and Outputs when they resolve."""
    record = kind.try_declare(inputs, bare=True, answer=lambda _: {"name": "web", "arn": KEY})
    problems: Any = getattr(record.error, "problems", [record.error])
    # An Output resolves while its component is being declared.
    refused = {kind.policy_type} if (kind, inputs, named) in WITHIN.values() else {kind.type, kind.policy_type}

    assert [str(problem).partition(": ")[0] for problem in problems] == named
    assert refused & {*kind.written(record)} == set()


def test_policy_document_names_the_component_of_an_input() -> None:
    """In a sentence of its own, after the list of inputs."""
    error = refusal(policy_document, role="web")

    assert str(error).endswith("cloudwatch_log_group_arns. role is an input of SessionManagerPermissions")


def test_policy_document_names_what_is_wrong_beside_an_output() -> None:
    """An Output, which it refuses, hides no wrong element of the list."""
    error: Any = try_run(lambda: policy_document(kms_key_arns=[output(KEY), "*"])).error

    assert [str(problem).partition(": ")[0] for problem in error.problems] == ["kms_key_arns[0]", "kms_key_arns[1] '*'"]


def test_a_rule_between_outputs_waits_for_unknown_ones() -> None:
    """While the bucket is unknown, the prefix is not refused."""
    record = declare(lambda: {"s3_log_bucket_arn": unknown(), "s3_log_key_prefix": "team"}, preview=True)

    assert PERMISSIONS.policy_type in PERMISSIONS.written(record)


def test_an_output_that_fails_keeps_its_own_error() -> None:
    """The run ends with what the Output's own work says."""

    async def fails() -> str:
        raise RuntimeError("no such thing")

    assert str(try_declare(lambda: {"role": output(fails())}).error) == "no such thing"
