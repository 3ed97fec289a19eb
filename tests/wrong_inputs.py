"""Every rule of the inputs, with a case that breaks it: `python -m tests.wrong_inputs` writes messages.txt."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import InvalidInputError, policy_document
from pulumi_ssm_perms._check_role import _warnings
from tests import messages
from tests.answers import (
    ACCOUNT,
    GET_KEY,
    GROUP_THERE,
    HERE,
    KEY_DENIED,
    KEY_NOT_FOUND,
    LOGGING,
    NO_SUCH_ROLE,
    THERE,
    account,
    answering,
    expired,
    iam,
    session,
)
from tests.bad_fleets import BAD_FLEET_ROLES, BAD_FLEETS
from tests.bad_inputs import BAD_INPUTS, Bad
from tests.bad_preferences import BAD_PREFERENCES
from tests.components import OWNER, PERMISSIONS, output, secret
from tests.documents import BUCKET, KEY, LOG_GROUP
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY, Answer, try_run, unknown

OUTPUTS_TOO: Final = [*BAD_INPUTS, *BAD_PREFERENCES, *BAD_FLEETS]
"""Wrong values that may come as Outputs."""
VALUES: Final = [*OUTPUTS_TOO, *BAD_FLEET_ROLES]


def one_of_each(cases: Iterable[Bad]) -> list[Bad]:
    """Return the first case of each input and rule."""
    first: dict[object, Bad] = {}
    for bad in cases:
        first.setdefault((bad.kind.name, bad.name, bad.rule), bad)
    return [*first.values()]


def refusal(make: Callable[..., object], *args: Any, **inputs: Any) -> InvalidInputError:
    """Return the error of a call, where nothing can be registered, as no program runs."""
    try:
        make(*args, **inputs)
    except InvalidInputError as error:
        return error
    raise AssertionError("The call must be refused.")


def rule_of(error: Any) -> str:
    """Return the one rule that an input breaks, with what to write instead."""
    [problem] = error.problems
    return f"{problem.rule}; {problem.remedy}"


class Program(NamedTuple):
    """A program that is refused, and how the line begins that says so."""

    begins: str
    make: Callable[[], object]
    answer: Answer | None = None

    def rule(self) -> str:
        """Return what the package says."""
        return rule_of(try_run(self.make, answer=self.answer).error)


ONE: Final[Any] = PERMISSIONS.made
MANY: Final[Any] = FLEET.made
WEB: Final[Any] = partial(ONE, "web", role="web")
NAMED: Final[Any] = {"role": "Web", "policy_name": "ssm"}
FLEET_NAMED: Final[Any] = {"roles": ["web"], "policy_name": "ssm"}
OPTIONS: Final[Any] = pulumi.ResourceOptions


def _in_parent() -> pulumi.ResourceOptions:
    given = pulumi.ResourceOptions(providers=[aws.Provider("own")])
    team = pulumi.ComponentResource("acme:index:Team", "team", None, given)
    return pulumi.ResourceOptions(import_=_ARN, parent=team)


def _twice() -> None:
    ONE("first", role="web", policy_name="ssm")
    WEB(policy_name="ssm")


def role() -> aws.iam.Role:
    """Declare a role in a program."""
    return aws.iam.Role("app", assume_role_policy="{}")


def _bucket() -> pulumi.Resource:
    return aws.s3.Bucket("b")


def _document() -> pulumi.Resource:
    return aws.ssm.Document("d", content="{}", document_type="Session")


def _reads(answer: Answer, shown: str, **inputs: Any) -> Program:
    """Return a program that reads session preferences, and how the line begins that refuses them."""
    return Program(f"{OWNER}: session_preferences{shown}", lambda: WEB(session_preferences=session(inputs)), answer)


_ARN: Final = "arn:aws:iam::123456789012:policy/ssm"
_IMPORT: Final = f"{OWNER}: opts.import_ 'Web:ssm'"
_IMPORT_OF_FLEET: Final = f"{FLEET.owner}: opts.import_ '{_ARN}'"
_NAME: Final = "name 'a b'"
_KEY: Final = ".inputs.kmsKeyId 'alias/sessions'"
_NO_ACCOUNT: Final = {CALLER_IDENTITY: "ExpiredToken: the security token is expired"}

PROGRAMS: Final[Mapping[str, Mapping[str, Program]]] = {
    "another input": {
        "without a bucket, policy_document": Program(
            "policy_document: s3_log_key_prefix 'team'", lambda: policy_document(s3_log_key_prefix="team")
        ),
    },
    "a component's name": {
        "no name for a policy": Program(f"{ONE.__name__} 'a b': {_NAME}", lambda: ONE("a b", role="web")),
        "no name for a managed policy": Program(f"{MANY.__name__} 'a b': {_NAME}", lambda: MANY("a b", roles=["web"])),
        "no name for a policy with a description": Program(
            f"{MANY.__name__} 'a b': {_NAME}", lambda: MANY("a b", roles=["web"], description="d")
        ),
        "not a string": Program(f"{ONE.__name__}: name (dict)", lambda: ONE({"role": "web"})),
    },
    "arguments": {
        "not a dict": Program(f"{OWNER}: args 'web'", lambda: ONE("web", "web")),
        "a list for a managed policy": Program(f"{FLEET.owner}: args (list)", lambda: MANY("fleet", ["web"])),
        "a dict and keyword arguments": Program(
            f"{OWNER}: check_role, kms_key_arns", lambda: ONE("web", {"role": "web"}, check_role=True, kms_key_arns=[])
        ),
        "an option as an input": Program(f"{OWNER}: protect", lambda: WEB(protect=True)),
        "options as a dict": Program(f"{OWNER}: opts (dict)", lambda: ONE("web", {"role": "web"}, {"protect": True})),
        "an unknown input like another": Program(f"{OWNER}: 'kms_key'", lambda: WEB(kms_key=KEY)),
        "an unknown input like none": Program(f"{OWNER}: 'arn'", lambda: WEB(arn=KEY)),
        "no role": Program(f"{OWNER}: role None", lambda: ONE("web", {})),
    },
    "an import": {
        "of an exact name": Program(_IMPORT, lambda: ONE("web", NAMED, OPTIONS(import_="Web:ssm"))),
        "with a provider": Program(
            _IMPORT, lambda: ONE("web", NAMED, OPTIONS(import_="Web:ssm", provider=aws.Provider("own")))
        ),
        "without a name": Program(_IMPORT, lambda: WEB(opts=OPTIONS(import_="Web:ssm"))),
        "of a role that is an Output": Program(
            _IMPORT, lambda: ONE("web", {**NAMED, "role": output("Web")}, OPTIONS(import_="Web:ssm"))
        ),
        "of a managed policy": Program(
            _IMPORT_OF_FLEET, lambda: MANY("fleet", {"roles": ["web"]}, OPTIONS(import_=_ARN))
        ),
        "of a managed policy with a name, in a parent": Program(
            _IMPORT_OF_FLEET, lambda: MANY("fleet", FLEET_NAMED, _in_parent())
        ),
    },
    "an exact name": {
        "twice on one role": Program(f"{OWNER}: policy_name 'ssm'", _twice),
        "without a value": Program(f"{OWNER}: role or policy_name", lambda: ONE("web", {**NAMED, "role": unknown()})),
    },
    "an Output where a plain value is needed": {
        "check_role": Program(f"{OWNER}: check_role", lambda: WEB(check_role=output(val=True))),
        "check_roles": Program(
            f"{FLEET.owner}: check_roles", lambda: MANY("fleet", roles=[], check_roles=output(val=True))
        ),
        "roles": Program(f"{FLEET.owner}: roles", lambda: MANY("fleet", roles=output(["web"]))),
        "policy_document": Program(
            "policy_document: kms_key_arns[0]", lambda: policy_document(kms_key_arns=[output(KEY)])
        ),
    },
    "a resource": {
        "a role": Program(f"{OWNER}: role (Role)", lambda: ONE("web", role=role())),
        "a policy": Program(
            f"{OWNER}: policy_name (Policy)", lambda: WEB(policy_name=aws.iam.Policy("p", policy="{}"))
        ),
        "a key": Program(f"{OWNER}: kms_key_arns[0] (Key)", lambda: WEB(kms_key_arns=[aws.kms.Key("k")])),
        "a bucket": Program(f"{OWNER}: s3_log_bucket_arn (Bucket)", lambda: WEB(s3_log_bucket_arn=_bucket())),
        "a bucket as a prefix": Program(
            f"{OWNER}: s3_log_key_prefix (Bucket)", lambda: WEB(s3_log_bucket_arn=BUCKET, s3_log_key_prefix=_bucket())
        ),
        "a log group": Program(
            f"{OWNER}: cloudwatch_log_group_arns[0] (LogGroup)",
            lambda: WEB(cloudwatch_log_group_arns=[aws.cloudwatch.LogGroup("g")]),
        ),
        "a document": Program(f"{OWNER}: session_preferences (Document)", lambda: WEB(session_preferences=_document())),
        "a role of many": Program(f"{FLEET.owner}: roles[0] (Role)", lambda: MANY("fleet", roles=[role()])),
        "a description": Program(
            f"{FLEET.owner}: description (Role)", lambda: MANY("fleet", roles=[], description=role())
        ),
        "a path": Program(f"{FLEET.owner}: path (Role)", lambda: MANY("fleet", roles=[], path=role())),
    },
    "the size of the document": {
        kind.name: Program(
            f"{kind.owner}: the policy document",
            lambda kind=kind: kind.made(kind.name, {**kind.needed, "kms_key_arns": [f"{KEY}{n}" for n in range(150)]}),
        )
        for kind in (PERMISSIONS, FLEET)
    },
    "AWS's answers": {
        "no such key": _reads(answering({GET_KEY: KEY_NOT_FOUND}), _KEY, **LOGGING),
        "a key that may not be asked for": _reads(answering({GET_KEY: KEY_DENIED}), _KEY, **LOGGING),
        "mocks without a key": _reads(lambda _: {}, _KEY, kmsKeyId="alias/sessions"),
        "mocks without a partition": _reads(lambda _: {}, "", s3BucketName="logs"),
        "no account for a log group": _reads(answering(_NO_ACCOUNT), "", cloudWatchLogGroupName="/ssm/sessions"),
        "a role of another account": Program(
            f"{OWNER}: role '{THERE}'", lambda: ONE("web", role=THERE), account(ACCOUNT)
        ),
        "a secret role of another account": Program(
            f"{OWNER}: role [secret]", lambda: ONE("web", role=secret(THERE)), account(ACCOUNT)
        ),
        "no account for a role": Program(f"{OWNER}: role '{HERE}'", lambda: ONE("web", role=HERE), expired),
        "no such role": Program(f"{OWNER}: role 'web'", lambda: WEB(check_role=True), iam(role=NO_SUCH_ROLE)),
        "no such roles": Program(
            f"{FLEET.owner}: roles[0] 'web'",
            lambda: MANY("fleet", roles=["web"], check_roles=True),
            iam(role=NO_SUCH_ROLE),
        ),
        "a log group of another account": Program(
            f"{FLEET.owner}: cloudwatch_log_group_arns[1] '{GROUP_THERE}'",
            lambda: MANY("fleet", roles=["api", HERE], cloudwatch_log_group_arns=[LOG_GROUP, GROUP_THERE]),
        ),
    },
}


def _sections() -> messages.Sections:
    sections: dict[str, dict[str, Callable[[], str]]] = {}
    for bad in VALUES:
        call = partial(refusal, bad.kind.made, bad.kind.name, {**bad.kind.needed, **bad.inputs})
        sections.setdefault(bad.rule[0], {}).setdefault(bad.rule[1], lambda call=call: rule_of(call()))
    for title, programs in PROGRAMS.items():
        sections.setdefault(title, {}).update({name: program.rule for name, program in programs.items()})
    warnings = {cause.name: cause.value for cause in _warnings.Cause}
    others = {"UNSEEN": _warnings.UNSEEN, "NO_ROLES": _warnings.NO_ROLES}
    sections["warnings"] = {name: partial(str, text) for name, text in {**warnings, **others}.items()}
    return sections


SECTIONS: Final = _sections()

if __name__ == "__main__":
    messages.FILE.write_text(messages.written(SECTIONS))
