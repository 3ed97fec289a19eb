"""`check_role` and `check_roles`: for each answer of IAM the warnings and the denied actions, with mocks for AWS."""

import itertools
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from tests.answers import (
    ARN,
    AWS_SAID,
    BOUND,
    DENIED,
    EMPTY,
    GET_ROLE,
    HEARTBEAT,
    LIMIT,
    OPTION_OF_FLEET,
    SIMULATE,
    TASK_TRUST,
    TRUST,
    UNSEEN,
    Verdict,
    iam,
    not_asked,
    warning,
)
from tests.components import PERMISSIONS, STACK, Kind, secret
from tests.documents import BUCKET, BUCKET_KEY, CHANNEL_ACTIONS, KEY, OTHER_KEY
from tests.fleets import FLEET
from tests.mocks import Answer, Record, Secret, run

OPEN_DATA: Final = "ssmmessages:OpenDataChannel"
MISSED: Final = (HEARTBEAT, "kms:Decrypt", OPEN_DATA)
ON_KEY: Final = f"kms:Decrypt on {KEY}"
BOTH_KEYS: Final = f"{ON_KEY}, kms:Decrypt on {OTHER_KEY}"
TWO_KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY, OTHER_KEY]}
MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"


def denies(calls: str, roles: str = "role 'web'") -> list[str]:
    """Return the warning that the cause is an SCP or a deny that IAM does not name."""
    return [warning("DENIED", roles, calls=calls)]


class Case(NamedTuple):
    """What IAM answers about a role with two keys, and what becomes of it: warnings, and the list of denied actions."""

    answer: Answer
    warnings: Sequence[str]
    denied: object
    inputs: Mapping[str, Any] = TWO_KEYS
    kind: Kind = PERMISSIONS
    preview: bool = False

    def check(self) -> Record:
        """Declare the checked component."""
        option = "check_role" if self.kind is PERMISSIONS else "check_roles"
        return self.kind.declare({option: True, **self.inputs}, answer=self.answer, preview=self.preview)


def per_resource(denied: str = "", lacking: str = "") -> Answer:
    """Return answers with a result for each action and resource, but for what is lacking; one resource is denied."""

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        if call.token != SIMULATE:
            return iam(role=BOUND)(call)
        pairs = itertools.product(call.args["actionNames"], call.args.get("resourceArns", ["*"]))
        decided = [(action, arn, "implicitDeny" if arn == denied else "allowed") for action, arn in pairs]
        return {
            "results": [
                {**Verdict(action, decision=decision).result(), "resourceName": arn}
                for action, arn, decision in decided
                if lacking not in (action, arn)
            ]
        }

    return answer


def keys_of_the_set() -> Answer:
    """Return answers that name a missing context key only for both resources together."""
    denied, unsure = iam(denied=["kms:Decrypt"]), iam(denied=["kms:Decrypt"], missing=["aws:SourceVpc"])
    return lambda call: (unsure if len(call.args.get("resourceArns", [])) > 1 else denied)(call)


def each_role(answers: Mapping[str, Any], **denied: Any) -> Answer:
    """Return what IAM says of each of these roles."""
    return lambda call: iam(
        role=answers[call.args["name"]] if call.token == GET_ROLE else None, **{"denied": [HEARTBEAT], **denied}
    )(call)


def bounded(**answers: Any) -> Answer:
    """Return answers about a role of nodes with a permissions boundary."""
    return iam(role={**BOUND, "assumeRolePolicy": TRUST}, **answers)


SECRET_ROLE: Final = {"role": lambda: secret("web"), "kms_key_arns": [KEY]}
SECRET_KEY: Final = {"kms_key_arns": lambda: [secret(KEY)]}


CAUSES: Final[Mapping[str, Case]] = {
    "nothing denied": Case(bounded(), [], []),
    "nobody grants the heartbeat": Case(bounded(denied=[HEARTBEAT]), [warning("NO_HEARTBEAT")], [HEARTBEAT]),
    "a denied heartbeat": Case(
        bounded(denied=[Verdict(HEARTBEAT, decision="explicitDeny")]), denies(HEARTBEAT), [HEARTBEAT]
    ),
    "a granted heartbeat": Case(
        iam(denied=[HEARTBEAT]), denies(HEARTBEAT), [HEARTBEAT], {"allow_update_instance_information": True}
    ),
    "a boundary": Case(
        bounded(denied=[HEARTBEAT, Verdict("kms:Decrypt", KEY)], by_boundary=True),
        [warning("BOUNDARY", calls=f"{HEARTBEAT}, {ON_KEY}", boundary=f" {LIMIT}")],
        [HEARTBEAT, "kms:Decrypt"],
    ),
    "a deny or an SCP": Case(
        bounded(denied=[Verdict("kms:Decrypt", decision="explicitDeny")]), denies(BOTH_KEYS), ["kms:Decrypt"]
    ),
    "policies that deny": Case(
        iam(denied=[Verdict(HEARTBEAT, decision="explicitDeny", policies=["DenyKeys", "Guard"])]),
        [warning("DENIED_IN", calls=HEARTBEAT, policies="DenyKeys, Guard")],
        [HEARTBEAT],
    ),
    "an SCP that takes the channels takes the heartbeat": Case(
        bounded(denied=[OPEN_DATA, HEARTBEAT]), denies(f"{OPEN_DATA}, {HEARTBEAT}"), [OPEN_DATA, HEARTBEAT]
    ),
    "two causes": Case(
        bounded(denied=[Verdict("kms:Decrypt", KEY), HEARTBEAT]),
        [warning("NO_HEARTBEAT"), warning("DENIED", calls=ON_KEY)],
        [HEARTBEAT, "kms:Decrypt"],
    ),
    "missing context keys": Case(
        bounded(
            denied=[
                Verdict(OPEN_DATA, missing=["aws:SourceVpc"]),
                Verdict(HEARTBEAT, decision="allowed", missing=["aws:SourceVpc", "aws:SourceIp"]),
            ]
        ),
        [warning("DEPENDS", calls=f"{OPEN_DATA}, {HEARTBEAT}", keys="aws:SourceVpc, aws:SourceIp")],
        None,
    ),
    "context keys that are missing of the set": Case(
        keys_of_the_set(), [warning("DEPENDS", calls=BOTH_KEYS, keys="aws:SourceVpc")], None
    ),
    "one denied, another not known": Case(
        iam(denied=[Verdict("kms:Decrypt", KEY), Verdict(HEARTBEAT, decision="allowed", missing=["aws:SourceVpc"])]),
        [warning("DENIED", calls=ON_KEY), warning("DEPENDS", calls=HEARTBEAT, keys="aws:SourceVpc")],
        None,
    ),
    # The denied one is neither the first nor the last.
    "a result for each resource": Case(
        per_resource(denied=OTHER_KEY),
        denies(f"kms:Decrypt on {OTHER_KEY}"),
        ["kms:Decrypt"],
        {"kms_key_arns": [KEY, OTHER_KEY, BUCKET_KEY]},
    ),
    "ninety denied keys": Case(
        iam(denied=["kms:Decrypt"]),
        denies(f"{', '.join(f'kms:Decrypt on {KEY}{n}' for n in range(10))} and 80 more"),
        ["kms:Decrypt"],
        {"kms_key_arns": [f"{KEY}{number}" for number in range(90)]},
    ),
    "tasks": Case(
        iam(role={"arn": ARN, "assumeRolePolicy": TASK_TRUST}, denied=[HEARTBEAT, "kms:Decrypt"]),
        denies(f"{BOTH_KEYS} for ECS Exec in tasks"),
        ["kms:Decrypt"],
    ),
}
NO_ANSWER: Final[Mapping[str, Case]] = {
    "the role may not be read": Case(
        iam(role=DENIED), [not_asked("AccessDenied: User: me is not authorized on web (aws)")], None
    ),
    "a modelled error": Case(
        iam(role=f"{AWS_SAID}, ServiceFailureException: oh"), [not_asked("ServiceFailureException: oh (aws)")], None
    ),
    "throttled": Case(iam(fails=f"{AWS_SAID}, api error Throttling: Rate exceeded"), [not_asked("Throttling")], None),
    "no connection": Case(iam(fails="dial tcp"), [not_asked(f"invoke of {SIMULATE} failed: dial tcp (aws)")], None),
    "mocks without a role": Case(iam(role={}), [not_asked(f"{GET_ROLE} {MOCKS} arn")], None),
    "mocks without results": Case(iam(fails={}), [not_asked(f"{SIMULATE} {MOCKS} results")], None),
    "a preview without results": Case(
        iam(fails={}), [not_asked(f"IAM's simulator has not answered about {CHANNEL_ACTIONS[0]}")], None, preview=True
    ),
    **{
        f"no result for {lacking}": Case(
            per_resource(lacking=lacking), [not_asked(f"IAM's simulator has not answered about {action}")], None
        )
        for action, lacking in [*zip(MISSED, MISSED, strict=True), ("kms:Decrypt", OTHER_KEY)]
    },
}
SECRETS: Final[Mapping[str, Case]] = {
    "a role, AWS's answer": Case(
        iam(role=DENIED), [not_asked("AccessDenied", "role [secret]")], Secret(None), SECRET_ROLE
    ),
    "a role, no answer of AWS": Case(
        iam(role="dial tcp: web"), [warning("NOT_ASKED", "role [secret]")], Secret(None), SECRET_ROLE
    ),
    "a role, its boundary": Case(
        iam(role=BOUND, denied=["kms:Decrypt"], by_boundary=True),
        [warning("BOUNDARY", "role [secret]", calls="kms:Decrypt on [secret]")],
        Secret(["kms:Decrypt"]),
        SECRET_ROLE,
    ),
    "a role, policies that deny": Case(
        iam(denied=[Verdict(HEARTBEAT, decision="explicitDeny", policies=["DenyWeb"])]),
        [warning("DENIED_IN", "role [secret]", calls=HEARTBEAT, policies="[secret]")],
        Secret([HEARTBEAT]),
        SECRET_ROLE,
    ),
    "a key, AWS's answer": Case(
        iam(fails=f"{AWS_SAID}, api error AccessDenied: not authorized on {KEY}"),
        [not_asked("AccessDenied")],
        Secret(None),
        SECRET_KEY,
    ),
    "a denied key": Case(
        iam(denied=["kms:Decrypt"]), denies("kms:Decrypt on [secret]"), Secret(["kms:Decrypt"]), SECRET_KEY
    ),
    "a key, missing context keys": Case(
        iam(denied=["kms:Decrypt"], missing=["aws:SourceVpc"]),
        [warning("DEPENDS", calls="kms:Decrypt on [secret]", keys="aws:SourceVpc")],
        Secret(None),
        SECRET_KEY,
    ),
}

TEN: Final = "'r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9'"
LIMITS: Final = {name: f"arn:aws:iam::123456789012:policy/{name}" for name in ("a", "b")}
FAILURES: Final = {"a": "AccessDenied: on: a", "b": "AccessDenied: at: b", "c": "ServiceFailure: c", "d": "Busy: d"}


def fleet(answer: Answer, warnings: Sequence[str], denied: object, *roles: str, **inputs: Any) -> Case:
    """Return a case of several roles."""
    return Case(answer, warnings, denied, {"roles": roles, **inputs}, FLEET)


FLEETS: Final[Mapping[str, Case]] = {
    "no roles": fleet(iam(), [EMPTY], {}),
    "one cause": fleet(
        iam(denied=["kms:Decrypt"]),
        denies(BOTH_KEYS, "roles 'web', 'api'"),
        {"web": ["kms:Decrypt"], "api": ["kms:Decrypt"]},
        *("web", "api"),
        **TWO_KEYS,
    ),
    **{
        f"{many} roles": fleet(
            iam(denied=[HEARTBEAT]),
            [warning("NO_HEARTBEAT", f"roles {TEN}{more}")],
            {f"r{number}": [HEARTBEAT] for number in range(many)},
            *(f"r{number}" for number in range(many)),
        )
        for many, more in ((10, ""), (11, " and 1 more"))
    },
    "a role that is denied nothing is left out": fleet(
        each_role({"a": {"arn": ARN, "assumeRolePolicy": TASK_TRUST}, "b": {"arn": ARN, "assumeRolePolicy": TRUST}}),
        [warning("NO_HEARTBEAT", "role 'b'")],
        {"b": [HEARTBEAT]},
        *("a", "b"),
    ),
    "two boundaries": fleet(
        each_role({n: {"arn": ARN, "permissionsBoundary": limit} for n, limit in LIMITS.items()}, by_boundary=True),
        [warning("BOUNDARY", f"role '{n}'", calls=HEARTBEAT, boundary=f" {limit}") for n, limit in LIMITS.items()],
        {"a": [HEARTBEAT], "b": [HEARTBEAT]},
        *LIMITS,
    ),
    "failures by their code": fleet(
        each_role({**{role: f"{AWS_SAID}, api error {said}" for role, said in FAILURES.items()}, "e": "dial tcp"}),
        [
            not_asked("AccessDenied: on: a (aws)", "roles 'a', 'b'", option=OPTION_OF_FLEET),
            not_asked("ServiceFailure: c (aws)", "role 'c'", option=OPTION_OF_FLEET),
            not_asked("Busy: d (aws)", "role 'd'", option=OPTION_OF_FLEET),
            not_asked(f"invoke of {GET_ROLE} failed: dial tcp (aws)", "role 'e'", option=OPTION_OF_FLEET),
        ],
        None,
        *(*FAILURES, "e"),
    ),
    "one role could not be asked about": fleet(
        each_role({"web": {"arn": ARN, "assumeRolePolicy": TRUST}, "api": "dial tcp"}),
        [
            warning("NO_HEARTBEAT"),
            not_asked(f"invoke of {GET_ROLE} failed: dial tcp (aws)", "role 'api'", option=OPTION_OF_FLEET),
        ],
        None,
        *("web", "api"),
    ),
}

EC2: Final = {"Service": "ec2.amazonaws.com"}
ECS: Final = {"Service": "ecs-tasks.amazonaws.com"}
NODES: Final = ([warning("NO_HEARTBEAT")], [HEARTBEAT])
TASKS: Final[tuple[list[str], list[str]]] = ([], [])
UNCERTAIN: Final = ([warning("NO_HEARTBEAT_OR_TASKS")], [HEARTBEAT])


def trust(*principals: object, effect: str = "Allow") -> str:
    """Return a trust policy with a statement for each principal."""
    statements = [{"Effect": effect, "Principal": each, "Action": "sts:AssumeRole"} for each in principals]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


TRUSTS: Final = [
    (trust(EC2), NODES),
    (trust(EC2, EC2), NODES),
    (trust({"Service": ["ssm.amazonaws.com"]}), NODES),
    (trust(ECS), TASKS),
    (f" {trust(ECS)}".replace("2012", "%22"), TASKS),
    (trust(ECS, {"Service": ["ecs-tasks.amazonaws.com"]}), TASKS),
    (json.dumps({"Statement": {"Effect": "Allow", "Principal": ECS, "Action": "sts:AssumeRole"}}), TASKS),
    (trust(EC2, ECS), UNCERTAIN),
    (trust({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}), UNCERTAIN),
    (trust({**ECS, "AWS": "arn:aws:iam::123456789012:root"}), UNCERTAIN),
    (trust({"AWS": "123456789012"}), UNCERTAIN),
    (trust("*"), UNCERTAIN),
    (trust(ECS, effect="Deny"), UNCERTAIN),
    (json.dumps({"Statement": [{"Effect": "Allow", "NotPrincipal": ECS}]}), UNCERTAIN),
    ("no JSON", UNCERTAIN),
    ("[]", UNCERTAIN),
    (None, UNCERTAIN),
]
"""Who may assume a role, and what follows if nobody grants the heartbeat: nodes need it, tasks do not."""
USES: Final = {
    f"trust {number}": Case(iam(role={"arn": ARN, "assumeRolePolicy": policy}, denied=[HEARTBEAT]), *expected, {})
    for number, (policy, expected) in enumerate(TRUSTS)
}
EVERY: Final = {**CAUSES, **NO_ANSWER, **SECRETS, **FLEETS, **USES}


@pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)
def test_each_answer_has_its_warnings_and_denied_actions(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """Each cause is one warning; denied actions are listed once, and not at all if one answer is missing.

    The policy is declared in any case.
    """
    record = case.check()

    assert caplog.messages == case.warnings
    assert record.results["denied_actions"] == case.denied
    assert case.kind.policy_type in case.kind.written(record)


FOREIGN_KEY: Final = KEY.replace("123456789012", "999999999999")
FOREIGN_GROUP: Final = "arn:aws:logs:eu-west-1:999999999999:log-group:/ssm/sessions"
KEY_POLICY: Final = f"the key policy of {FOREIGN_KEY}"


def must_allow(policies: str) -> Sequence[tuple[str, str]]:
    """Return what is said of policies in another account."""
    return [("INFO", warning("OTHER_ACCOUNT", policies=policies))]


def out_of_reach(group: str) -> Sequence[tuple[str, str]]:
    """Return what is said of a log group in another account."""
    return [("WARNING", warning("UNREACHABLE_GROUP", group=group))]


OTHERS_BUCKET: Final = {"s3_log_bucket_arn": BUCKET, "s3_log_cross_account": True}
OTHER_ACCOUNTS: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[tuple[str, str]]]]] = {
    "all in one account": ({"kms_key_arns": [KEY], "s3_log_bucket_arn": BUCKET}, []),
    "a key": ({"kms_key_arns": [KEY, FOREIGN_KEY]}, must_allow(KEY_POLICY)),
    "a bucket and its key": (
        {**OTHERS_BUCKET, "s3_log_key_prefix": "team/sessions", "s3_log_kms_key_arn": FOREIGN_KEY},
        must_allow(f"{KEY_POLICY} and the bucket policy of {BUCKET}"),
    ),
    "a log group": ({"cloudwatch_log_group_arns": [FOREIGN_GROUP]}, out_of_reach(FOREIGN_GROUP)),
    "a secret key": (
        {"s3_log_bucket_arn": BUCKET, "kms_key_arns": lambda: [secret(FOREIGN_KEY)]},
        must_allow("the key policy of [secret]"),
    ),
    "a secret bucket": (
        {**OTHERS_BUCKET, "s3_log_bucket_arn": lambda: secret(BUCKET)},
        must_allow("the bucket policy of [secret]"),
    ),
    "a secret log group": ({"cloudwatch_log_group_arns": lambda: [secret(FOREIGN_GROUP)]}, out_of_reach("[secret]")),
}


@pytest.mark.parametrize(("inputs", "lines"), OTHER_ACCOUNTS.values(), ids=OTHER_ACCOUNTS)
def test_what_another_account_must_allow_is_said(
    inputs: Mapping[str, Any], lines: Sequence[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    """The simulator cannot see it, so it is no warning; a log group there is out of reach."""
    caplog.set_level(logging.INFO)
    PERMISSIONS.declare({"check_role": True, **inputs}, answer=iam())

    assert [(record.levelname, record.message) for record in caplog.records if record.levelno >= logging.INFO] == lines


SIMULATED: Final[Mapping[str, Mapping[str, Any]]] = {
    "no policy grants it": {"denied": [HEARTBEAT]},
    "a boundary": {"role": BOUND, "denied": [HEARTBEAT], "by_boundary": True},
    "a policy that denies": {"denied": [Verdict(HEARTBEAT, decision="explicitDeny", policies=["Guard"])]},
    "missing context keys": {"denied": [HEARTBEAT], "missing": ["aws:SourceVpc"]},
}


@pytest.mark.parametrize("answers", SIMULATED.values(), ids=SIMULATED)
def test_what_the_simulator_does_not_see_is_said_once(answers: Mapping[str, Any]) -> None:
    """A run says it once for any number of components, and each message is about its component."""

    def program() -> None:
        SessionManagerManagedPolicy("fleet", roles=["web", "api"], check_roles=True)
        SessionManagerPermissions("web", role="web", check_role=True)

    logged = run(program, answer=iam(**answers)).logged

    assert [message for _, message in logged].count(UNSEEN) == 1
    assert {urn for urn, _ in logged} == {
        f"{STACK}$ssm-perms:index:SessionManagerManagedPolicy::fleet",
        f"{STACK}$ssm-perms:index:SessionManagerPermissions::web",
    }
