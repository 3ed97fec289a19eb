"""`check_role` and `check_roles`: for each answer of IAM the messages, the denied actions and the questions."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import (
    ARN,
    AWS_SAID,
    BOUND,
    GET_ROLE,
    GROUP_THERE,
    HEARTBEAT,
    LIMIT,
    OPTION_OF_FLEET,
    SIMULATE,
    TASK_TRUST,
    TRUST,
    Verdict,
    iam,
    not_asked,
    warning,
)
from tests.components import PERMISSIONS, secret
from tests.documents import BUCKET, BUCKET_KEY, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY
from tests.fleets import FLEET
from tests.messages import sentence
from tests.mocks import Answer, Secret

OPEN_DATA: Final = "ssmmessages:OpenDataChannel"
ON_KEY: Final = f"kms:Decrypt on {KEY}"
BOTH_KEYS: Final = f"{ON_KEY}, kms:Decrypt on {OTHER_KEY}"
TWO_KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY, OTHER_KEY]}
# Once in a run, after what the simulator says.
OF_TASKS: Final = {"arn": ARN, "assumeRolePolicy": TASK_TRUST}
UNSEEN: Final = f"note: {sentence('warnings', 'UNSEEN')}"
NO_HEARTBEAT: Final = [warning("NO_HEARTBEAT"), UNSEEN]


class Case(NamedTuple):
    """What IAM answers about a role with two keys, and what follows; `asked` is each set of actions and resources."""

    answer: Answer
    said: Sequence[str]
    denied: object
    inputs: Mapping[str, Any] = TWO_KEYS
    asked: Sequence[tuple[Sequence[str], Sequence[str] | None]] | None = None
    preview: bool = False


def denies(calls: str, roles: str = "role 'web'") -> list[str]:
    """Return the messages if the cause is an SCP or a deny that IAM does not name."""
    return [warning("DENIED", roles, calls=calls), UNSEEN]


def depends(calls: str, keys: str = "aws:SourceVpc") -> list[str]:
    """Return the messages if context keys are missing."""
    return [warning("DEPENDS", calls=calls, keys=keys), UNSEEN]


def allows(count: int, roles: str = "role 'web'") -> str:
    """Return what is said if nothing is denied: no warning."""
    return f"note: {warning('ALLOWED', roles, count=count)}"


def explicit(action: str, *policies: str) -> Verdict:
    """Return an explicit deny, by policies that IAM names."""
    return Verdict(action, decision="explicitDeny", policies=policies)


def missing(action: str, *keys: str, decision: str = "allowed") -> Verdict:
    """Return a verdict that lacks context keys."""
    return Verdict(action, decision=decision, missing=["aws:SourceVpc", *keys])


def also(answer: Answer, other: Answer) -> Answer:
    """Return the results of two answers, those of the other first."""

    def both(call: MockCallArgs) -> Any:
        said: list[Any] = [other(call), answer(call)]
        return {"results": [result for each in said for result in each["results"]]} if "results" in said[0] else said[0]

    return both


ON_ANY: Final = [*CHANNEL_ACTIONS, HEARTBEAT]
ON_GROUP: Final = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
ON_BUCKET: Final = ["s3:PutObject", "s3:GetEncryptionConfiguration"]
DATA_KEY: Final = ["kms:Decrypt", "kms:GenerateDataKey"]
FOUR_SETS: Final = {"s3_log_bucket_arn": BUCKET, "s3_log_kms_key_arn": KEY, "cloudwatch_log_group_arns": [LOG_GROUP]}
GRANTED: Final = {"allow_update_instance_information": True}
# IAM says only of the set that it depends on a key.
OF_THE_SET: Final = [
    iam(denied=[denied]) for denied in ("kms:Decrypt", missing("kms:Decrypt", decision="implicitDeny"))
]

CAUSES: Final[Mapping[str, Case]] = {
    "nothing denied within a boundary": Case(iam(role=BOUND), [allows(6)], []),
    # All actions are asked about on `*`, too: only there it is sure to be told which context keys they miss.
    "nothing denied on any set of resources": Case(
        iam(),
        [allows(13)],
        [],
        {**TWO_KEYS, **FOUR_SETS},
        [
            ([*CHANNEL_ACTIONS, "logs:DescribeLogGroups", HEARTBEAT, *ON_GROUP, *ON_BUCKET, *DATA_KEY], None),
            (ON_GROUP, [f"{LOG_GROUP}:*"]),
            (["s3:PutObject"], [f"{BUCKET}/*"]),
            (["s3:GetEncryptionConfiguration"], [BUCKET]),
            (["kms:Decrypt"], [KEY, OTHER_KEY]),
            (DATA_KEY[::-1], [KEY]),
        ],
    ),
    "a denied heartbeat": Case(iam(denied=[explicit(HEARTBEAT)]), denies(HEARTBEAT), [HEARTBEAT]),
    "a granted heartbeat": Case(iam(denied=[HEARTBEAT]), denies(HEARTBEAT), [HEARTBEAT], GRANTED, [(ON_ANY, None)]),
    "a heartbeat granted to tasks": Case(iam(role=OF_TASKS), [allows(5)], [], GRANTED, [(ON_ANY, None)]),
    "a boundary": Case(
        iam(role=BOUND, denied=[OPEN_DATA, Verdict("kms:Decrypt", KEY)], by_boundary=True),
        [warning("BOUNDARY", calls=f"{OPEN_DATA}, {ON_KEY}", boundary=f" {LIMIT}"), UNSEEN],
        [OPEN_DATA, "kms:Decrypt"],
    ),
    # IAM sums up what it says of a set: only the answers about each resource tell what is denied on it.
    "a set that is denied": Case(
        iam(denied=[explicit("kms:Decrypt")]),
        denies(BOTH_KEYS),
        ["kms:Decrypt"],
        asked=[
            ([*ON_ANY, "kms:Decrypt"], None),
            *((["kms:Decrypt"], keys) for keys in ([KEY, OTHER_KEY], [KEY], [OTHER_KEY])),
        ],
    ),
    "two results, of which the second denies": Case(
        also(iam(denied=["kms:Decrypt"]), iam()), denies(BOTH_KEYS), ["kms:Decrypt"]
    ),
    "policies that deny": Case(
        iam(denied=[explicit(HEARTBEAT, "DenyKeys", "Guard")]),
        [warning("DENIED_IN", calls=HEARTBEAT, policies="DenyKeys, Guard"), UNSEEN],
        [HEARTBEAT],
    ),
    "an SCP that takes the channels takes the heartbeat": Case(
        iam(role=BOUND, denied=[OPEN_DATA, HEARTBEAT]), denies(f"{OPEN_DATA}, {HEARTBEAT}"), [OPEN_DATA, HEARTBEAT]
    ),
    "a boundary for the one, nobody for the other": Case(
        lambda call: iam(
            role={**BOUND, "assumeRolePolicy": TRUST},
            denied=[HEARTBEAT, *([] if "permissionsBoundaryPoliciesJsons" in call.args else [OPEN_DATA])],
        )(call),
        [warning("NO_HEARTBEAT"), warning("BOUNDARY", calls=OPEN_DATA, boundary=f" {LIMIT}"), UNSEEN],
        [OPEN_DATA, HEARTBEAT],
    ),
    "an SCP, beside policies that allow": Case(
        iam(denied=[Verdict("kms:Decrypt", KEY, policies=["AllowKeys"])]), denies(ON_KEY), ["kms:Decrypt"]
    ),
    "two causes": Case(
        iam(denied=[Verdict("kms:Decrypt", KEY), HEARTBEAT]),
        [warning("NO_HEARTBEAT"), *denies(ON_KEY)],
        [HEARTBEAT, "kms:Decrypt"],
    ),
    "missing context keys": Case(
        iam(role=BOUND, denied=[missing(OPEN_DATA, decision="implicitDeny"), missing(HEARTBEAT, "aws:SourceIp")]),
        depends(f"{OPEN_DATA}, {HEARTBEAT}", "aws:SourceVpc, aws:SourceIp"),
        [],
    ),
    "context keys that are missing of the set": Case(
        lambda call: OF_THE_SET[len(call.args.get("resourceArns", [])) > 1](call), depends(BOTH_KEYS), []
    ),
    "one denied, another not known": Case(
        iam(denied=[Verdict("kms:Decrypt", KEY), missing(HEARTBEAT)]),
        [warning("DENIED", calls=ON_KEY), *depends(HEARTBEAT)],
        ["kms:Decrypt"],
    ),
    # The denied one is neither the first nor the last.
    "a result for each resource": Case(
        iam(denied=[Verdict("kms:Decrypt", OTHER_KEY)], lacking=""),
        denies(f"kms:Decrypt on {OTHER_KEY}"),
        ["kms:Decrypt"],
        {"kms_key_arns": [KEY, OTHER_KEY, BUCKET_KEY]},
    ),
    "tasks": Case(
        iam(role=OF_TASKS, denied=[HEARTBEAT, "kms:Decrypt"]),
        denies(f"{BOTH_KEYS} for ECS Exec in tasks"),
        ["kms:Decrypt"],
    ),
}

MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"
LACKING: Final = [*((each, each) for each in (HEARTBEAT, "kms:Decrypt", OPEN_DATA)), ("kms:Decrypt", OTHER_KEY)]
RESULT: Final = {"actionName": CHANNEL_ACTIONS[0], "allowed": True, "decision": "allowed"}
NO_ANSWER: Final[Mapping[str, tuple[Answer, str]]] = {
    "the role may not be read": (
        iam(role=f"{AWS_SAID}, api error AccessDenied: not you"),
        "AccessDenied: not you (aws)",
    ),
    "a modelled error": (iam(role=f"{AWS_SAID}, ServiceFailureException: oh"), "ServiceFailureException: oh (aws)"),
    "throttled": (iam(fails=f"{AWS_SAID}, api error Throttling: Rate exceeded"), "Throttling"),
    "no connection": (iam(fails="dial tcp"), f"invoke of {SIMULATE} failed: dial tcp (aws)"),
    "mocks without a role": (iam(role={}), f"{GET_ROLE} {MOCKS} arn"),
    "mocks without results": (iam(fails={}), f"{SIMULATE} {MOCKS} results"),
    **{
        f"mocks with a result without {part}": (
            iam(fails={"results": [{name: value for name, value in RESULT.items() if name != part}]}),
            f"{SIMULATE} {MOCKS} results, each with {part}",
        )
        for part in RESULT
    },
    **{
        f"no result for {lacking}": (iam(lacking=lacking), f"IAM's simulator has not answered about {action}")
        for action, lacking in LACKING
    },
}
UNANSWERED: Final = {
    **{name: Case(answer, [not_asked(said)], None) for name, (answer, said) in NO_ANSWER.items()},
    "a preview without results": Case(
        iam(fails={}), [not_asked(f"IAM's simulator has not answered about {CHANNEL_ACTIONS[0]}")], None, preview=True
    ),
}

HIDDEN: Final = "role [secret]"
HIDDEN_KEY: Final = "kms:Decrypt on [secret]"
SECRET_ROLE: Final = {"role": lambda: secret("web"), "kms_key_arns": [KEY]}
SECRET_KEY: Final = {"kms_key_arns": lambda: [secret(KEY)]}
REFUSED: Final = f"{AWS_SAID}, api error AccessDenied: not authorized on web and {KEY}"
SECRETS: Final[Mapping[str, Case]] = {
    "a role, AWS's answer": Case(iam(role=REFUSED), [not_asked("AccessDenied", HIDDEN)], Secret(None), SECRET_ROLE),
    "a role, no answer of AWS": Case(
        iam(role="dial tcp: web"), [warning("NOT_ASKED", HIDDEN)], Secret(None), SECRET_ROLE
    ),
    "a role, its boundary": Case(
        iam(role=BOUND, denied=["kms:Decrypt"], by_boundary=True),
        [warning("BOUNDARY", HIDDEN, calls=HIDDEN_KEY), UNSEEN],
        Secret(["kms:Decrypt"]),
        SECRET_ROLE,
    ),
    "a role, policies that deny": Case(
        iam(denied=[explicit(HEARTBEAT, "DenyWeb")]),
        [warning("DENIED_IN", HIDDEN, calls=HEARTBEAT, policies="[secret]"), UNSEEN],
        Secret([HEARTBEAT]),
        SECRET_ROLE,
    ),
    "a key, AWS's answer": Case(iam(fails=REFUSED), [not_asked("AccessDenied")], Secret(None), SECRET_KEY),
    "a denied key": Case(iam(denied=["kms:Decrypt"]), denies(HIDDEN_KEY), Secret(["kms:Decrypt"]), SECRET_KEY),
    "a key, missing context keys": Case(
        iam(denied=[missing("kms:Decrypt")]), depends(HIDDEN_KEY), Secret([]), SECRET_KEY
    ),
}

ELEVEN: Final = [f"r{number}" for number in range(11)]
KEYS: Final = [f"{KEY}{number}" for number in range(11)]
FIRST_TEN: Final = ", ".join(f"kms:Decrypt on {key}" for key in KEYS[:10])
LIMITS: Final = {name: f"arn:aws:iam::123456789012:policy/{name}" for name in ("a", "b")}
FAILURES: Final = {"a": "AccessDenied: on: a", "b": "AccessDenied: at: b", "c": "ServiceFailure: c", "d": "Busy: d"}
COULD_NOT_ASK: Final = {
    "roles 'a', 'b'": "AccessDenied: on: a (aws)",
    "role 'c'": "ServiceFailure: c (aws)",
    "role 'd'": "Busy: d (aws)",
    "role 'e'": f"invoke of {GET_ROLE} failed: dial tcp (aws)",
}
FLEETS: Final[Mapping[str, Case]] = {
    "no roles": Case(iam(), [sentence("warnings", "NO_ROLES")], {}, {"roles": []}),
    "a cause of many calls and roles": Case(
        iam(denied=["kms:Decrypt"]),
        denies(f"{FIRST_TEN} and 1 more", f"roles {', '.join(map(repr, ELEVEN[:10]))} and 1 more"),
        {role: ["kms:Decrypt"] for role in ELEVEN},
        {"roles": ELEVEN, "kms_key_arns": KEYS},
    ),
    "a role that is denied nothing is left out": Case(
        iam(role={"a": OF_TASKS}.get, denied=[HEARTBEAT]),
        [allows(4, "role 'a'"), warning("NO_HEARTBEAT", "role 'b'"), UNSEEN],
        {"b": [HEARTBEAT]},
        {"roles": ["a", "b"]},
    ),
    "two boundaries": Case(
        iam(
            role={name: {**BOUND, "permissionsBoundary": limit} for name, limit in LIMITS.items()}.get,
            denied=[HEARTBEAT],
            by_boundary=True,
        ),
        [*(warning("BOUNDARY", f"role '{n}'", calls=HEARTBEAT, boundary=f" {LIMITS[n]}") for n in LIMITS), UNSEEN],
        {"a": [HEARTBEAT], "b": [HEARTBEAT]},
        {"roles": [*LIMITS]},
    ),
    "failures by their code, and a role that is judged": Case(
        iam(
            role={**{role: f"{AWS_SAID}, api error {said}" for role, said in FAILURES.items()}, "e": "dial tcp"}.get,
            denied=[HEARTBEAT],
        ),
        [*(not_asked(said, roles, option=OPTION_OF_FLEET) for roles, said in COULD_NOT_ASK.items()), *NO_HEARTBEAT],
        {"web": [HEARTBEAT]},
        {"roles": [*FAILURES, "e", "web"]},
    ),
}


def trust(*principals: object, effect: str = "Allow") -> str:
    """Return a trust policy with a statement for each principal."""
    statements = [{"Effect": effect, "Principal": each, "Action": "sts:AssumeRole"} for each in principals]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


EC2: Final = {"Service": "ec2.amazonaws.com"}
ECS: Final = {"Service": "ecs-tasks.amazonaws.com"}
WITHOUT: Final[Mapping[str, Any]] = {}
NODES: Final = (NO_HEARTBEAT, [HEARTBEAT], WITHOUT, [(ON_ANY, None)])
TASKS: Final[tuple[Any, ...]] = ([allows(4)], [], WITHOUT, [([*CHANNEL_ACTIONS], None)])
UNCERTAIN: Final = ([warning("NO_HEARTBEAT_OR_TASKS"), UNSEEN], [HEARTBEAT], WITHOUT, [(ON_ANY, None)])
TRUSTS: Final = [
    (trust(EC2), NODES),
    (trust(ECS), TASKS),
    (trust(ECS).replace("2012", "%22"), TASKS),  # The AWS provider has decoded it.
    (trust(ECS, {"Service": ["ecs-tasks.amazonaws.com"]}), TASKS),
    (json.dumps({"Statement": {"Effect": "Allow", "Principal": ECS, "Action": "sts:AssumeRole"}}), TASKS),
    (trust(EC2, ECS), UNCERTAIN),
    (trust({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}), UNCERTAIN),
    (trust({**ECS, "AWS": "arn:aws:iam::123456789012:root"}), UNCERTAIN),
    (trust({"AWS": "123456789012"}), NODES),
    (trust({"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}), NODES),
    (trust("*"), UNCERTAIN),
    (trust(ECS, effect="Deny"), UNCERTAIN),
    (json.dumps({"Statement": [{"Effect": "Allow", "NotPrincipal": ECS}]}), UNCERTAIN),
    ("no JSON", UNCERTAIN),
    ("[]", UNCERTAIN),
    (None, UNCERTAIN),
]
"""Who may assume a role, and what follows if nobody grants the heartbeat: nodes need it, tasks do not."""
USES: Final = {
    f"trust {number}": Case(iam(role={"arn": ARN, "assumeRolePolicy": policy}, denied=[HEARTBEAT]), *expected)
    for number, (policy, expected) in enumerate(TRUSTS)
}

KEY_THERE: Final = KEY.replace("123456789012", "999999999999")
BUCKET_THERE: Final[Mapping[str, Any]] = {"s3_log_bucket_arn": BUCKET, "s3_log_cross_account": True}


def must_allow(policies: str) -> str:
    """Return what is said of policies in another account: no warning."""
    return f"note: {warning('OTHER_ACCOUNT', policies=policies)}"


IN_OTHER_ACCOUNTS: Final[Mapping[str, Case]] = {
    "a key there": Case(
        iam(), [allows(6), must_allow(f"the key policy of {KEY_THERE}")], [], {"kms_key_arns": [KEY, KEY_THERE]}
    ),
    "a bucket and its key there": Case(
        iam(),
        [allows(10), must_allow(f"the key policy of {KEY_THERE} and the bucket policy of {BUCKET}")],
        [],
        {**BUCKET_THERE, "s3_log_key_prefix": "team/sessions", "s3_log_kms_key_arn": KEY_THERE},
    ),
    "a log group there": Case(
        iam(),
        [allows(9), warning("UNREACHABLE_GROUP", group=GROUP_THERE)],
        [],
        {"cloudwatch_log_group_arns": [GROUP_THERE]},
    ),
    "secrets there": Case(
        iam(),
        [
            allows(13),
            must_allow("the key policy of [secret] and the bucket policy of [secret]"),
            warning("UNREACHABLE_GROUP", group="[secret]"),
        ],
        Secret([]),
        {**BUCKET_THERE, "kms_key_arns": lambda: [secret(KEY_THERE)], "cloudwatch_log_group_arns": [GROUP_THERE]},
    ),
}
CASES: Final = {**CAUSES, **UNANSWERED, **SECRETS, **FLEETS, **USES, **IN_OTHER_ACCOUNTS}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_answer_has_its_messages_and_denied_actions(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """Each cause is one warning; each denied action is listed once, also beside an uncertain or missing answer.

    The policy is declared in any case.
    """
    caplog.set_level(logging.INFO)
    kind, option = (FLEET, "check_roles") if "roles" in case.inputs else (PERMISSIONS, "check_role")
    record = kind.declare({option: True, **case.inputs}, answer=case.answer, preview=case.preview)
    asked = [call.args for call in record.invokes if call.token == SIMULATE]
    said = [f"{'note: ' if each.levelno == logging.INFO else ''}{each.message}" for each in caplog.records]

    assert said == [*case.said]
    assert {urn.rpartition("::")[2] for urn, _ in record.logged} == {kind.name for _ in case.said}
    assert record.results["denied_actions"] == case.denied
    assert kind.policy_type in kind.written(record)
    assert case.asked in (None, [(args["actionNames"], args.get("resourceArns")) for args in asked])
