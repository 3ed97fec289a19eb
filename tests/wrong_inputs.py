"""Every rule of the inputs, with a case that breaks it."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests.answers import (
    ACCOUNT,
    GET_KEY,
    GROUP_THERE,
    HERE,
    KEY_DENIED,
    KEY_NOT_FOUND,
    LOGGING,
    NO_ACCOUNT,
    NO_SUCH_ROLE,
    THERE,
    account,
    answering,
    expired,
    iam,
    session,
)
from tests.bad_fleets import BAD_FLEETS, BAD_PLAIN
from tests.bad_inputs import BAD_INPUTS, Bad
from tests.bad_preferences import BAD_PREFERENCES
from tests.bad_roles import BAD_ROLES
from tests.components import OWNER, PERMISSIONS, Inputs, Kind, output, secret
from tests.documents import BUCKET, KEY, LOG_GROUP
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY, Answer, try_run

OUTPUTS_TOO: Final = [*BAD_ROLES, *BAD_INPUTS, *BAD_PREFERENCES, *BAD_FLEETS]
"""Wrong values that may come as Outputs."""
VALUES: Final = [*OUTPUTS_TOO, *BAD_PLAIN]


def one_of_each(cases: Iterable[Bad]) -> list[Bad]:
    """Return the first case of each input and rule."""
    first: dict[object, Bad] = {}
    for bad in cases:
        first.setdefault((bad.kind.name, bad.name, bad.rule), bad)
    return [*first.values()]


def refusal(make: Callable[..., object], *args: Any, **inputs: Any) -> InvalidInputError:
    """Return the error of a call, where nothing can be registered, as no program runs."""
    with pytest.raises(InvalidInputError) as caught:
        make(*args, **inputs)
    return caught.value


def rule_of(error: Any) -> str:
    """Return the one rule that an input breaks, with what to write instead."""
    [problem] = error.problems
    assert [type(part) for part in problem] == [str] * 4
    return f"{problem.rule}; {problem.remedy}"


class RefusedProgram(NamedTuple):
    """A program that is refused, and how the line begins that says so."""

    begins: str
    make: Callable[[], object]
    answer: Answer | None = None


def given(shown: str, inputs: Inputs, *, kind: Kind = PERMISSIONS, answer: Answer | None = None) -> RefusedProgram:
    """Return a program that declares a component, and what its line shows."""
    return RefusedProgram(f"{kind.owner}: {shown}", lambda: kind.program(inputs, None, None), answer)


def _reads(shown: str, inputs: Any, answer: Answer) -> RefusedProgram:
    return given(f"session_preferences{shown}", {"session_preferences": session(inputs)}, answer=answer)


def role() -> aws.iam.Role:
    """Declare a role in a program."""
    return aws.iam.Role("app", assume_role_policy="{}")


ONE: Final[Any] = PERMISSIONS.made
MANY: Final[Any] = FLEET.made
fleet = partial(given, kind=FLEET)

_ONE_NAME: Final = "SessionManagerPermissions 'a b': name 'a b'"
_FLEETS_NAME: Final = "SessionManagerManagedPolicy 'a b': name 'a b'"
_KEY: Final = ".inputs.kmsKeyId 'alias/sessions'"

PROGRAMS: Final[Mapping[str, Mapping[str, RefusedProgram]]] = {
    "another input": {
        "without a bucket, policy_document": RefusedProgram(
            "policy_document: s3_log_key_prefix 'team'", lambda: policy_document(s3_log_key_prefix="team")
        )
    },
    "a log group": {
        "of another account": given(
            f"cloudwatch_log_group_arns[0] '{GROUP_THERE}'", {"role": HERE, "cloudwatch_log_group_arns": [GROUP_THERE]}
        ),
        "of another account than a fleet": fleet(
            f"cloudwatch_log_group_arns[1] '{GROUP_THERE}'",
            {"roles": ["api", HERE], "cloudwatch_log_group_arns": [LOG_GROUP, GROUP_THERE]},
        ),
    },
    "a component's name": {
        "no name for a policy": RefusedProgram(_ONE_NAME, lambda: ONE("a b", role="web")),
        "no name for a managed policy": RefusedProgram(_FLEETS_NAME, lambda: MANY("a b", roles=["web"])),
        "not a string": RefusedProgram("SessionManagerPermissions: name (dict)", lambda: ONE({"role": "web"})),
    },
    "arguments": {
        "not a dict": RefusedProgram(f"{OWNER}: args 'web'", lambda: ONE("web", "web")),
        "a list for a managed policy": RefusedProgram(f"{FLEET.owner}: args (list)", lambda: MANY("fleet", ["web"])),
        "a dict and keyword arguments": RefusedProgram(
            f"{OWNER}: 'check', 'kms_key_arns'", lambda: ONE("web", {"role": "web"}, check="advisory", kms_key_arns=[])
        ),
        "an option as an input": given("protect", {"protect": True}),
        "options as a dict": RefusedProgram(f"{OWNER}: opts (dict)", lambda: ONE("web", {"role": "web"}, {})),
        "an unknown input like another": given("'kms_key'", {"kms_key": KEY}),
        "an unknown input like none": given("'arn'", {"arn": KEY}),
        "roles for one role": given("'roles'", {"roles": ["web"]}),
        "a role for many": fleet("'role'", {"role": "web"}),
        "no role": given("role None", {"role": None}),
    },
    "an Output where a plain value is needed": {
        "check": given("check", lambda: {"check": output("advisory")}),
        "check of many roles": fleet("check", lambda: {"check": output("mandatory")}),
        "roles": fleet("roles", lambda: {"roles": output(["web"])}),
        "policy_document": RefusedProgram(
            "policy_document: kms_key_arns[0]", lambda: policy_document(kms_key_arns=[output(KEY)])
        ),
    },
    # Any resource will do.
    "a resource": {
        "a role": given("role (Role)", {"role": role}),
        "a policy": given("policy_name (Role)", {"policy_name": role}),
        "a key": given("kms_key_arns[0] (Role)", lambda: {"kms_key_arns": [role()]}),
        "a bucket": given("s3_log_bucket_arn (Role)", {"s3_log_bucket_arn": role}),
        "a bucket as a prefix": given(
            "s3_log_key_prefix (Role)", {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": role}
        ),
        "a log group": given("cloudwatch_log_group_arns[0] (Role)", lambda: {"cloudwatch_log_group_arns": [role()]}),
        "a document": given("session_preferences (Role)", {"session_preferences": role}),
        "a role of many": fleet("roles[0] (Role)", lambda: {"roles": [role()]}),
        "a description": fleet("description (Role)", {"description": role}),
        "a path": fleet("path (Role)", {"path": role}),
        "a tag": fleet("tags['team'] (Role)", lambda: {"tags": {"team": role()}}),
        "a tag's key": fleet("tags (Role)", lambda: {"tags": {role(): "a"}}),
    },
    "the result of a function": {
        "a role": given(
            "role (AwaitableGetRoleResult)", lambda: {"role": aws.iam.get_role(name="web")}, answer=lambda _: {}
        ),
        "a key": given(
            "kms_key_arns[0] (AwaitableGetKeyResult)",
            lambda: {"kms_key_arns": [aws.kms.get_key(key_id="alias/sessions")]},
            answer=lambda _: {},
        ),
    },
    "the size of the document": {
        kind.name: given("the policy document", {"kms_key_arns": [f"{KEY}{n}" for n in range(150)]}, kind=kind)
        for kind in (PERMISSIONS, FLEET)
    },
    "AWS's answers": {
        "no such key": _reads(_KEY, LOGGING, answering({GET_KEY: KEY_NOT_FOUND})),
        "a key that may not be asked for": _reads(_KEY, LOGGING, answering({GET_KEY: KEY_DENIED})),
        "mocks without a key": _reads(_KEY, {"kmsKeyId": "alias/sessions"}, lambda _: {}),
        "mocks with another key": _reads(" 'key'", {"kmsKeyId": "alias/sessions"}, lambda _: {"arn": "key"}),
        "mocks without a partition": _reads("", {"s3BucketName": "logs"}, lambda _: {}),
        "no account for a log group": _reads(
            "", {"cloudWatchLogGroupName": "/ssm/sessions"}, answering({CALLER_IDENTITY: NO_ACCOUNT})
        ),
        "a role of another account": given(f"role '{THERE}'", {"role": THERE}, answer=account(ACCOUNT)),
        "a secret role of another account": given(
            "role [secret]", lambda: {"role": secret(THERE)}, answer=account(ACCOUNT)
        ),
        "no account for a role": given(f"role '{HERE}'", {"role": HERE}, answer=expired),
        "no such role": given("role 'web'", {"check": "advisory"}, answer=iam(role=NO_SUCH_ROLE)),
        "no such roles": fleet("roles[0] 'web'", {"check": "mandatory"}, answer=iam(role=NO_SUCH_ROLE)),
    },
}


def rules() -> list[str]:
    """Return what the package says of every rule now."""
    wrong = (refusal(bad.kind.made, bad.kind.name, {**bad.kind.needed, **bad.inputs}) for bad in one_of_each(VALUES))
    programs = (program for group in PROGRAMS.values() for program in group.values())
    return [*map(rule_of, wrong), *(rule_of(try_run(each.make, answer=each.answer).error) for each in programs)]
