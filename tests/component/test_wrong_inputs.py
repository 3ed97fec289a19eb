"""Wrong inputs: a line for each says the input, its value, the rule and what to write; plain, Output and secret."""

import copy
import functools
import pickle
from collections import UserString
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests import messages, wrong_inputs
from tests.answers import session
from tests.bad_fleets import MERGED
from tests.bad_inputs import BAD_GRANTS, NEEDS_BUCKET, Bad
from tests.components import (
    COMPONENT,
    OWNER,
    PERMISSIONS,
    ROLE_POLICY,
    Kind,
    declare,
    needed_with,
    output,
    secret,
    try_declare,
    written,
)
from tests.documents import BUCKET, KEY, LOG_GROUP
from tests.facts import assert_current
from tests.fleets import FLEET
from tests.mocks import run, unknown
from tests.wrong_inputs import CASES, OUTPUTS_TOO, line, one_of_each, refusal, refused, rule_of

# Loading its S3 module, the AWS SDK warns of some of its own classes.
pytestmark = pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")
ONE: Final[Any] = PERMISSIONS.made
MANY: Final[Any] = FLEET.made
each_rule: Final = pytest.mark.parametrize(("kind", "bad"), one_of_each(OUTPUTS_TOO), ids=str)


@functools.cache
def rule(title: str, name: str) -> str:
    """Return what the package says of the first case of a rule: a changed word then fails one test, not all."""
    return wrong_inputs.SECTIONS[title][name]()


def wrong(error: Exception | None) -> list[tuple[str, str]]:
    """Return the path and the shown value of each wrong input."""
    assert isinstance(error, InvalidInputError), f"the inputs must be refused, and not: {error}"
    return [(problem.path, problem.value) for problem in error.problems]


def test_the_file_has_what_the_package_says() -> None:
    """The file has the sentence of every rule and warning."""
    assert_current(
        "tests/messages.txt", messages.FILE.read_text(), messages.written(wrong_inputs.SECTIONS), "make messages"
    )


@pytest.mark.parametrize(("kind", "bad"), CASES, ids=str)
def test_a_plain_value_is_refused(kind: Kind, bad: Bad) -> None:
    """One line has the component, the input, its value and the rule, before anything is declared."""
    error = refusal(kind.made, kind.name, {**kind.needed, **bad.inputs})

    assert str(error) == line(kind, bad, rule(*bad.rule))


@each_rule
def test_an_output_is_refused(kind: Kind, bad: Bad) -> None:
    """A wrong value of an Output is refused in the same words, and no policy is declared."""
    record = kind.try_declare(lambda: {name: output(value) for name, value in bad.inputs.items()})

    assert str(record.error) == line(kind, bad, rule(*bad.rule))
    assert kind.policy_type not in kind.written(record)


@each_rule
def test_a_secret_is_not_shown(kind: Kind, bad: Bad) -> None:
    """A secret is refused in the same words without its value, and of tags not even the key is shown."""
    error = refused(kind, lambda: {name: secret(value) for name, value in bad.inputs.items()}, preview=True)

    assert str(error) == line(kind, bad, rule(*bad.rule), hidden=True)


@pytest.mark.parametrize("bad", [bad for bad in BAD_GRANTS if bad.rule[1] != NEEDS_BUCKET], ids=str)
def test_the_document_refuses_the_same(bad: Bad) -> None:
    """`policy_document` has the same rules as the components."""
    [problem] = refusal(policy_document, **bad.inputs).problems

    assert f"{OWNER}: {problem}" == line(PERMISSIONS, bad, rule(*bad.rule))


@pytest.mark.parametrize(("roles", "shown"), MERGED.values(), ids=MERGED)
def test_roles_that_break_one_rule_are_one_line(roles: list[str], shown: str) -> None:
    """Up to ten roles are named; then the first ten, and how many more there are."""
    error = refusal(MANY, "fleet", {"roles": ["web", *roles]})

    assert str(error) == f"{FLEET.owner}: roles {shown}: {rule('a role', 'a service-linked role')}"


@pytest.mark.parametrize(("key", "name"), wrong_inputs.UNKNOWN.items(), ids=map(str, wrong_inputs.UNKNOWN))
def test_an_unknown_input_is_refused_with_the_nearest_known_one(key: object, name: str) -> None:
    """Another spelling, camel case, or a name, id or ARN instead of the other leads to the input that is meant.

    If no input is like it, the line lists all inputs.
    """
    error = refusal(ONE, "web", {"role": "web", key: "x"})
    said = rule("arguments", "an unknown input like another" if name else "an unknown input like none")

    assert (wrong(error), rule_of(error)) == ([(repr(key), "")], said.replace("kms_key_arns?", f"{name}?"))


ITSELF: Final[list[Any]] = []
ITSELF.append(ITSELF)
ARGUMENTS: Final[Mapping[str, tuple[Callable[[], object], list[tuple[str, str]]]]] = {
    "a string as inputs": (lambda: ONE("web", "web"), [("args", "'web'")]),
    "a class as inputs": (lambda: ONE("web", pulumi.Config), [("args", "(type)")]),
    "no inputs": (lambda: ONE("web"), [("role", "None")]),
    "None for the inputs": (lambda: ONE("web", None), [("role", "None")]),
    "the inputs as name": (lambda: ONE({"role": "web"}), [("name", "(dict)")]),
    "a name that only looks like a string": (lambda: ONE(UserString("web"), role="web"), [("name", "(UserString)")]),
    "a role that only looks like a string": (lambda: ONE("web", role=UserString("web")), [("role", "(UserString)")]),
    "a list that contains itself": (
        lambda: ONE("web", role="web", kms_key_arns=ITSELF),
        [("kms_key_arns[0]", "(list)")],
    ),
    "a dict and keyword arguments": (
        lambda: ONE("web", {"role": "web"}, check_role=True, kms_key_arns=[KEY], protect=True),
        [("protect", ""), ("check_role, kms_key_arns", "")],
    ),
    "options as inputs": (
        lambda: ONE("web", role="web", protect=True, depends_on=[]),
        [("protect", ""), ("depends_on", "")],
    ),
    "options as a dict": (lambda: MANY("fleet", {"roles": []}, {"protect": True}), [("opts", "(dict)")]),
    "several wrong inputs": (
        lambda: MANY(
            "fleet",
            {
                "roles": ["web", "web"],
                "tags": {"aws:team": "a"},
                "path": "team",
                "rolls": [],
                "s3_log_key_prefix": "a",
                "kms_key_arns": KEY,
            },
        ),
        [
            ("'rolls'", ""),
            ("path", "'team'"),
            ("tags", "'aws:team'"),
            ("kms_key_arns", repr(KEY)),
            ("roles[1]", "'web'"),
            ("s3_log_key_prefix", "'a'"),
        ],
    ),
    "a wrong bucket hides what needs one": (
        lambda: ONE("web", role="web", s3_log_bucket_arn="logs", s3_log_key_prefix="team"),
        [("s3_log_bucket_arn", "'logs'")],
    ),
    "log groups of another account": (
        lambda: MANY(
            "fleet",
            roles=["api", "arn:aws:iam::222222222222:role/web"],
            cloudwatch_log_group_arns=[LOG_GROUP, LOG_GROUP.replace("123456789012", "222222222222")],
        ),
        [("cloudwatch_log_group_arns[0]", repr(LOG_GROUP))],
    ),
}


@pytest.mark.parametrize(("call", "expected"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_all_that_is_wrong_with_a_call_is_named(call: Callable[[], object], expected: list[tuple[str, str]]) -> None:
    """Unknown inputs come first, rules between inputs last; the value of an option is not shown."""
    assert wrong(refusal(call)) == expected


Wrong = tuple[Kind, Callable[[], Mapping[str, Any]], list[tuple[str, str]]]
BESIDE_OUTPUTS: Final[Mapping[str, Wrong]] = {
    "beside a wrong Output": (
        PERMISSIONS,
        lambda: {"role": output("a b"), "s3_log_encryption_enforced": 1},
        [("s3_log_encryption_enforced", "1")],
    ),
    "beside an element": (
        PERMISSIONS,
        lambda: {"kms_key_arns": ["alias/x", output(KEY)]},
        [("kms_key_arns[0]", "'alias/x'")],
    ),
    "beside a tag": (FLEET, lambda: {"tags": {"team": "a&b", "stage": output("prod")}}, [("tags['team']", "'a&b'")]),
    "a tag's key": (FLEET, lambda: {"tags": {output("team"): "a"}}, [("tags", "(Output)")]),
    "in a list in a list": (PERMISSIONS, lambda: {"kms_key_arns": [[output(KEY)]]}, [("kms_key_arns[0]", "(list)")]),
    "in a list of roles": (
        FLEET,
        lambda: {"roles": [output("web"), "api", secret("batch")]},
        [("roles[0]", ""), ("roles[2]", "")],
    ),
    "the results of functions": (
        PERMISSIONS,
        lambda: {"role": aws.iam.get_role(name="web"), "kms_key_arns": [aws.kms.get_key(key_id="alias/sessions")]},
        [("role", "(AwaitableGetRoleResult)"), ("kms_key_arns[0]", "(AwaitableGetKeyResult)")],
    ),
}
WITHIN_OUTPUTS: Final[Mapping[str, Wrong]] = {
    "no role": (PERMISSIONS, lambda: {"role": output(None)}, [("role", "None")]),
    "no name, from mocks that return the inputs": (
        PERMISSIONS,
        lambda: {"role": aws.iam.Role("app", assume_role_policy="{}").name},
        [("role", "None")],
    ),
    "no ARN, from mocks that return the inputs": (
        PERMISSIONS,
        lambda: {"kms_key_arns": [aws.kms.Key("k").arn]},
        [("kms_key_arns[0]", "None")],
    ),
    "a tag": (FLEET, lambda: {"tags": {"team": "a", "stage": output("a&b")}}, [("tags['stage']", "'a&b'")]),
    "the bucket of the preferences, named as well": (
        PERMISSIONS,
        lambda: {"session_preferences": output(session({})), "s3_log_bucket_arn": BUCKET},
        [("s3_log_bucket_arn", f"'{BUCKET}'")],
    ),
    "several in a list": (
        PERMISSIONS,
        lambda: {"kms_key_arns": output(["*", KEY, "alias/x"])},
        [("kms_key_arns[0]", "'*'"), ("kms_key_arns[2]", "'alias/x'")],
    ),
    "beside a secret": (
        PERMISSIONS,
        lambda: {"kms_key_arns": [output("*"), secret("hush hush")]},
        [("kms_key_arns[0]", "[secret]"), ("kms_key_arns[1]", "[secret]")],
    ),
    "within a secret": (
        PERMISSIONS,
        lambda: {"kms_key_arns": secret((output("hush"),))},
        [("kms_key_arns[0]", "[secret]")],
    ),
}


@pytest.mark.parametrize(("kind", "inputs", "expected"), BESIDE_OUTPUTS.values(), ids=BESIDE_OUTPUTS)
def test_a_plain_wrong_input_is_refused_before_anything_is_declared(
    kind: Kind, inputs: Callable[[], Mapping[str, Any]], expected: list[tuple[str, str]]
) -> None:
    """Whatever Outputs are beside it."""
    record = kind.try_declare(inputs, answer=lambda _: {"name": "web", "arn": KEY})

    assert wrong(record.error) == expected
    assert kind.written(record) == []


@pytest.mark.parametrize(("kind", "inputs", "expected"), WITHIN_OUTPUTS.values(), ids=WITHIN_OUTPUTS)
def test_what_is_wrong_within_an_output_is_refused_when_it_resolves(
    kind: Kind, inputs: Callable[[], Mapping[str, Any]], expected: list[tuple[str, str]]
) -> None:
    """All wrong elements are named; in a list with a secret none is shown."""
    record = kind.try_declare(inputs, bare=True)

    assert wrong(record.error) == expected
    assert kind.policy_type not in kind.written(record)


INSTEAD_OF_VALUES: Final = [
    *((case, "") for case in wrong_inputs.OUTPUTS_FOR_PLAIN.values()),
    *((case, "(str)") for case in wrong_inputs.IN_STRINGS.values()),
    *((case, None) for case in wrong_inputs.RESOURCES.values()),
]


@pytest.mark.parametrize(("case", "shown"), INSTEAD_OF_VALUES, ids=lambda case: case and " ".join(map(str, case[:2])))
def test_a_resource_or_output_is_not_its_value(case: wrong_inputs.Made, shown: str | None) -> None:
    """Nothing is declared; of an Output in a string the SDK's explanation is not shown.

    An Output cannot name an attachment, nor decide what is declared.
    """
    kind, name, make = case
    record = kind.try_declare(lambda: {**needed_with(name), name: make()})
    [(path, value)] = wrong(record.error)

    assert path.partition("[")[0] == name
    assert value == (value if shown is None else shown)
    assert ("an Output was put into a string" in str(record.error)) is (shown == "(str)"), str(record.error)
    assert kind.written(record) == []


def test_a_rule_between_outputs_waits_for_unknown_ones() -> None:
    """While the bucket is unknown, the prefix is not refused."""
    record = declare(lambda: {"s3_log_bucket_arn": unknown(), "s3_log_key_prefix": "team"}, preview=True)

    assert written(record) == [COMPONENT, ROLE_POLICY]


def test_an_output_that_fails_keeps_its_own_error() -> None:
    """The run ends with what the Output's own work says."""

    async def fails() -> str:
        raise RuntimeError("no such thing")

    assert str(try_declare(lambda: {"role": output(fails())}).error) == "no such thing"


def test_an_error_can_be_read_copied_and_pickled() -> None:
    """An error has its owner and, for each wrong input, path, value, rule and remedy, also in another process."""
    error = refusal(ONE, "web", {"role": "web", "kms_key": KEY, "kms_key_arns": [KEY, "alias/sessions", "*"]})

    assert error.owner == OWNER
    assert str(error).splitlines() == [f"{OWNER}: {problem}" for problem in error.problems]
    for same in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert (type(same), str(same), same.owner, same.problems) == (
            InvalidInputError,
            str(error),
            OWNER,
            error.problems,
        )


def test_an_error_prints_without_a_traceback() -> None:
    """It is a `pulumi.RunError`, which a program prints as one line, and no `ValueError`, which it would not."""
    assert issubclass(InvalidInputError, pulumi.RunError), "Pulumi prints other errors with a traceback"
    assert not issubclass(InvalidInputError, ValueError), "the SDK wraps a ValueError, and prints tracebacks"


@pytest.mark.parametrize(
    ("kind", "inputs"), [(PERMISSIONS, {"role": "Web", "policy_name": "ssm"}), (FLEET, {})], ids=str
)
def test_an_import_is_refused(kind: Kind, inputs: Mapping[str, Any]) -> None:
    """Nothing is declared; without the option, or with an empty one, the component is."""
    options: Any = pulumi.ResourceOptions
    record = kind.try_declare(inputs, pulumi.ResourceOptions(import_="web:ssm"))
    late = kind.try_declare(inputs, lambda: options(import_=secret("web:ssm")))

    assert wrong(record.error) == [("opts.import_", "'web:ssm'")]
    assert kind.written(record) == []
    assert wrong(late.error) == [("opts.import_", "(Output)")]
    assert kind.try_declare(inputs, pulumi.ResourceOptions(protect=True)).error is None


KEYWORDS: Final[dict[str, Any]] = {"kms_key_arns": [KEY], "allow_update_instance_information": True}


@pytest.mark.parametrize(
    ("component", "roles"), [(ONE, {"role": "web"}), (MANY, {"roles": ["web"]})], ids=["one", "many"]
)
def test_keyword_arguments_are_the_dict(component: Any, roles: dict[str, Any]) -> None:
    """A dict, keyword arguments, and these beside `None` declare the same resources with the same options."""
    opts = pulumi.ResourceOptions(protect=True)
    records = [
        run(lambda: component("web", {**roles, **KEYWORDS}, opts)),
        run(lambda: component("web", **roles, **KEYWORDS, opts=opts)),
        run(lambda: component("web", None, opts, **roles, **KEYWORDS)),
    ]
    declared = [
        [(each.type, each.name, each.inputs, each.request.protect) for each in made.registrations] for made in records
    ]

    assert declared[1:] == [declared[0]] * 2
