"""Wrong inputs: a line for each says the input, its value, the rule and what to write; plain, Output and secret."""

import copy
import pickle
import re
from collections import UserString
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import (
    InvalidInputError,
    SessionManagerManagedPolicyArgs,
    SessionManagerPermissionsArgs,
    _errors,
    policy_document,
)
from pulumi_ssm_perms._check_role import _findings
from tests import messages, wrong_inputs
from tests.bad_inputs import Bad
from tests.components import OWNER, output, secret
from tests.documents import KEY
from tests.mocks import run, try_run
from tests.wrong_inputs import MANY, ONE, RefusedProgram, fleet, given, one_of_each, refusal, role
from tools import check_table

ARGS: Final = (SessionManagerPermissionsArgs, SessionManagerManagedPolicyArgs)
each_way: Final = pytest.mark.parametrize(
    ("way", "hidden"), [(output, False), (secret, True)], ids=["Output", "secret"]
)


@pytest.fixture
def in_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin, whose messages have the schema's names."""
    monkeypatch.setattr(_errors, "_in_schema", False)  # as it is again after the test
    _errors.use_schema_names()


@pytest.mark.usefixtures("in_schema")
def test_each_input_that_a_message_names_is_marked() -> None:
    """With the schema's names, no message has a name of Python's: of a wrong input or of a check."""
    said = [*wrong_inputs.rules(), *_findings.error_lines(check_table.ADVICE)]
    names = {name for args in ARGS for name in args.__annotations__ if "_" in name}

    assert [text for text in said if re.search(rf"\b(?:{'|'.join(names)})\b", text)] == []
    assert _errors.with_input_names("«s3_log_bucket_arn» or policy_name") == "s3LogBucketArn or policy_name"


@pytest.mark.usefixtures("in_schema")
def test_what_is_the_users_own_keeps_its_name() -> None:
    """A value or a tag's key may be called like an input."""
    fleet = {"roles": ["web"], "tags": {"policy_name": "x&y"}, "s3_log_key_prefix": "policy_name"}

    assert [str(problem).partition(": ")[0] for problem in refusal(MANY, "fleet", fleet).problems] == [
        "tags['policy_name'] 'x&y'",
        "s3LogKeyPrefix 'policy_name'",
    ]


@pytest.mark.parametrize("bad", wrong_inputs.VALUES, ids=str)
def test_a_plain_value_is_refused(bad: Bad) -> None:
    """One line has the component, the input, its value and the rule, before anything is declared."""
    error = refusal(bad.kind.made, bad.kind.name, {**bad.kind.needed, **bad.inputs})

    assert str(error) == bad.line()


def test_a_long_value_is_refused() -> None:
    """The time grows with the length of a value: with its square, this would be most of an hour."""
    braces = "{" * 1_000_000

    assert len(refusal(policy_document, s3_log_bucket_arn=braces, s3_log_key_prefix=braces).problems) == 2


@each_way
@pytest.mark.parametrize("bad", one_of_each(wrong_inputs.OUTPUTS_TOO), ids=str)
def test_an_output_is_refused(bad: Bad, way: Callable[[Any], Any], *, hidden: bool) -> None:
    """The words are the same, and no policy is declared; of a secret neither value nor a tag's key is shown."""
    record = bad.kind.try_declare(lambda: {name: way(value) for name, value in bad.inputs.items()})

    assert str(record.error) == bad.line(hidden=hidden)
    assert bad.kind.policy_type not in bad.kind.written(record)


LONG: Final = "\n" * 121
SHORTENED: Final = f"{LONG[:120]!r}… (121 characters)"
LINKED: Final = [f"AWSServiceRoleFor{number}" for number in range(11)]
OTHERS: Final[Sequence[tuple[str, str, RefusedProgram]]] = [
    ("a component's name", "not a string", RefusedProgram(f"{ONE.__name__}: name ''", lambda: ONE("", role="web"))),
    ("a role", "not a string", given("role (UserString)", {"role": UserString("web")})),
    ("a role", "an Output in a string", given("role (str)", lambda: {"role": f"{role().name}"})),
    ("a prefix", "nothing that stays", given("s3_log_key_prefix None", lambda: {"s3_log_key_prefix": output(None)})),
    (
        "arguments",
        "a dict and keyword arguments",
        RefusedProgram(f"{OWNER}: {SHORTENED}", lambda: ONE("web", {}, **{LONG: 1})),
    ),
    ("arguments", "not a dict", RefusedProgram(f"{ONE.__name__} {SHORTENED}: args 'web'", lambda: ONE(LONG, "web"))),
    ("a managed policy", "a number as a tag's key", fleet("tags 1", lambda: {"tags": {1: output("a")}})),
    ("arguments", "no role", RefusedProgram(f"{OWNER}: role None", lambda: ONE("web"))),
    ("arguments", "an option as an input", RefusedProgram(f"{OWNER}: protect", lambda: ONE("web", {}, protect=True))),
    *(
        ("a role", "a service-linked role", fleet(f"roles {shown}", {"roles": ["web", *LINKED[:many]]}))
        for many, shown in (
            (2, ", ".join(map(repr, LINKED[:2]))),
            (11, f"{', '.join(map(repr, LINKED[:10]))} and 1 more"),
        )
    ),
]
"""Other programs that break a rule, each with the section and the name of the rule."""

PROGRAMS: Final = [
    *((title, name, case) for title, cases in wrong_inputs.PROGRAMS.items() for name, case in cases.items()),
    *OTHERS,
]


@pytest.mark.parametrize(("title", "name", "program"), PROGRAMS, ids=lambda part: part if isinstance(part, str) else "")
def test_a_program_is_refused(title: str, name: str, program: RefusedProgram) -> None:
    """One line says it, of an Output in a string without the SDK's explanation, and no policy is declared."""
    record = try_run(program.make, answer=program.answer)
    declared = [made.name for made in record.registrations if made.type.startswith("ssm-perms:")]

    assert str(record.error) == f"{program.begins}: {messages.sentence(title, name)}"
    # What AWS answers is known only while the component is being declared.
    assert title == "AWS's answers" or declared == []
    assert [made.name for made in record.registrations if made.name.endswith("-session-manager")] == []


# What people write for an input, and the input that they mean; nothing where it is like no input.
MISSPELT: Final[Mapping[object, str]] = {
    **dict.fromkeys(("kms_key_arn", "kmsKeyArns", "kmsKey", "kmsKeyId", "kms", "key_arn"), "kms_key_arns"),
    **dict.fromkeys(("s3KmsKey", "s3LogKmsKeyArn"), "s3_log_kms_key_arn"),
    **dict.fromkeys(("bucket", "S3Bucket", "logBucketArn", "bucketName"), "s3_log_bucket_arn"),
    **dict.fromkeys(("logGroups", "cloudWatchLogGroupName", "log_group_name"), "cloudwatch_log_group_arns"),
    **dict.fromkeys(("roleArn", "role_name", "role_names"), "role"),
    **dict.fromkeys(("policyName", "name", "policy"), "policy_name"),
    **dict.fromkeys(("s3_log_encryption_enforce", "encryption"), "s3_log_encryption_enforced"),
    "prefix": "s3_log_key_prefix",
    "crossAccount": "s3_log_cross_account",
    "preferences": "session_preferences",
    "updateInstance": "allow_update_instance_information",
    **dict.fromkeys(("checkRole", "check_roles"), "check"),
    **dict.fromkeys(("arn", "description", "pathName", "tags", 7), ""),
}


@pytest.mark.parametrize(("key", "name"), MISSPELT.items(), ids=map(str, MISSPELT))
def test_an_unknown_input_is_refused_with_the_nearest_known_one(key: object, name: str) -> None:
    """Another spelling, camel case, or a name, id or ARN instead of the other leads to the input that is meant.

    If no input is like it, the line lists all inputs.
    """
    said = messages.sentence("arguments", "an unknown input like another" if name else "an unknown input like none")
    error = refusal(ONE, "web", {"role": "web", key: "x"})

    assert str(error) == f"{OWNER}: {key!r}: {said.replace('kms_key_arns?', f'{name}?')}"


def test_an_error_can_be_read_copied_and_pickled() -> None:
    """An error has its owner and, for each wrong input, path, value, rule and remedy, also in another process."""
    error = refusal(ONE, "web", {"role": "web", "kms_key": KEY, "kms_key_arns": [KEY, "alias/sessions", "*"]})
    facts = (InvalidInputError, str(error), OWNER, error.problems)

    assert str(error).splitlines() == [f"{OWNER}: {problem}" for problem in error.problems]
    for same in (error, copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert (type(same), str(same), same.owner, same.problems) == facts


@pytest.mark.parametrize(("component", "roles"), [(ONE, {"role": "web"}), (MANY, {"roles": ["web"]})], ids=str)
def test_keyword_arguments_are_the_dict(component: Any, roles: dict[str, Any]) -> None:
    """A dict, keyword arguments, and these beside `None` declare the same resources with the same options."""
    inputs = {**roles, "kms_key_arns": [KEY], "allow_update_instance_information": True}
    opts = pulumi.ResourceOptions(protect=True)

    def declared(*args: Any, **keywords: Any) -> list[Any]:
        made = run(lambda: component("web", *args, **keywords)).registrations
        return [(each.type, each.name, each.inputs, each.request.protect) for each in made]

    assert declared(inputs, opts) == declared(**inputs, opts=opts) == declared(None, opts, **inputs)
