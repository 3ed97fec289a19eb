"""docs/permissions-of-the-deploying-identity.md: its policies allow what a component calls in its life, and no more."""

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from policy_sentry.querying.actions import get_action_data
from policy_sentry.util.arns import does_arn_match

from pulumi_ssm_perms import policy_document
from sandbox import Call, Sandbox
from tests.answers import session
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up
from tests.documents import ALL_GRANTS, KEY, Statement, allow, policy
from tests.fleets import fleet
from tests.on_engine import Program, permissions

PAGE = "docs/permissions-of-the-deploying-identity.md"
IAM = f"arn:aws:iam::{Sandbox.account_id}"
ROLE = f"{IAM}:role/web"
OWN_POLICY = f"{IAM}:policy/fleet-session-manager-*"
FREE = {"sts:GetCallerIdentity"}


def listed(value: Any) -> list[str]:
    """Return one or several as a list."""
    return value if isinstance(value, list) else [value]


def action(call: Call) -> str:
    """Name a call as policies do."""
    return f"{call.service}:{call.action}"


def resource(call: Call) -> str:
    """Return the ARN that IAM looks at when it decides about a call."""
    if "RoleName" in call.params:
        return f"{IAM}:role/{call.params['RoleName']}"
    if call.action == "CreatePolicy":
        return f"{IAM}:policy{call.params.get('Path', '/')}{call.params['PolicyName']}"
    return str(call.params.get("PolicyArn") or call.params.get("PolicySourceArn") or call.params.get("KeyId"))


def allows(statement: Mapping[str, Any], call: Call) -> bool:
    """Whether a statement allows a call; the only condition in use is on the policy that is attached."""
    [pattern] = statement.get("Condition", {"ArnLike": {"iam:PolicyARN": "*"}})["ArnLike"].values()
    return (
        action(call) in listed(statement["Action"])
        and fnmatchcase(resource(call), statement["Resource"])
        and fnmatchcase(str(call.params.get("PolicyArn", "")), pattern)
    )


class Judgement(NamedTuple):
    """The calls that documents do not allow, and the actions in them that no call needs."""

    denied: list[str]
    unused: list[str]


def judge(calls: Iterable[Call], documents: Iterable[Mapping[str, Any]]) -> Judgement:
    """Return what the documents lack for these calls, and what they have too much."""
    statements = [statement for document in documents for statement in document["Statement"]]
    asked = [call for call in calls if action(call) not in FREE]
    denied = {action(call) for call in asked if not any(allows(statement, call) for statement in statements)}
    granted = {name for statement in statements for name in listed(statement["Action"])}
    return Judgement(sorted(denied), sorted(granted - {action(call) for call in asked}))


def live(box: Sandbox, *programs: Program) -> list[Call]:
    """Run a stack from its first preview to destroy, one program after the other; return the calls."""
    box.forget()
    box.stack(programs[0]).preview()
    stack = up(box, *programs)
    stack.up(refresh=True)
    stack.destroy()
    return box.calls


def preferences(key: str) -> str:
    """Return the JSON of a Session document with bucket, log group and key."""
    return session({"s3BucketName": "logs", "cloudWatchLogGroupName": "sessions", "kmsKeyId": key})


@shows(PAGE, "The inline policy")
def test_the_inline_policy(box: Sandbox, shown: list[Block]) -> None:
    """Over updates and a replacement to destroy, whatever the inputs, by the role's name and by its ARN."""
    calls = live(
        box,
        permissions(),
        permissions(**ALL_GRANTS),
        permissions(session_preferences=preferences(KEY)),
        permissions(role=ROLE, policy_name="ssm"),
    )
    judged = judge(calls, [block.json for block in shown])

    assert judged.denied == []
    assert judged.unused == []


@shows(PAGE, "The managed policy")
def test_the_managed_policy(box: Sandbox, shown: list[Block]) -> None:
    """Over other tags, a sixth version and another description, which makes another policy, to destroy."""
    up(box, fleet([ROLE], tags={"team": "platform"}))
    iam = box.client("iam")
    [made] = iam.list_policies(Scope="Local")["Policies"]
    for _ in range(4):
        iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=json.dumps(policy_document()))
    calls = live(box, fleet(["web"], tags={"owner": "platform"}, **ALL_GRANTS), fleet(["web"], description="Sessions."))
    judged = judge(calls, [block.json for block in shown])

    assert judged.denied == []
    assert judged.unused == []


def asked_as_well(*resources: str) -> list[Statement]:
    """Return the statements of the page's rows about what is needed as well, each on its resource."""
    rows = [row[1] for row in table(PAGE, "Permissions of the deploying identity") if row[1].startswith("as well")]
    return [allow(re.findall(r"`(\w+:\w+)`", row), on) for row, on in zip(rows, resources, strict=True)]


@shows(PAGE, "The inline policy")
def test_what_is_asked_as_well(box: Sandbox, shown: list[Block]) -> None:
    """The simulator's calls, and the look-up of a key's id, come on top of the inline policy's."""
    key = box.client("kms").create_key()["KeyMetadata"]["KeyId"]
    calls = live(box, permissions(check_role=True, session_preferences=preferences(key)))
    role, on_key, _ = asked_as_well(ROLE, key, OWN_POLICY)
    judged = judge(calls, [*(block.json for block in shown), policy(role, on_key)])

    assert judged.denied == []
    assert judged.unused == []


@shows(PAGE, "The managed policy")
def test_what_an_empty_tag_asks_as_well(box: Sandbox, shown: list[Block]) -> None:
    """The provider lists the tags after it has written one without a value, when it already has the policy."""
    up(box, fleet([ROLE]))
    box.forget()
    up(box, fleet([ROLE], tags={"team": ""}))
    _, _, on_policy = asked_as_well(ROLE, KEY, OWN_POLICY)
    denied = judge(box.calls, [block.json for block in shown]).denied

    assert denied == listed(on_policy["Action"])
    assert denied == ["iam:ListPolicyTags"]
    assert judge(box.calls, [*(block.json for block in shown), policy(on_policy)]).denied == []


def takes(name: str, arn: str) -> bool:
    """Whether an action, by a copy of AWS's Service Authorization Reference, can be about a resource of this kind."""
    service, operation = name.split(":")
    rows = get_action_data(service, operation)
    return isinstance(rows, dict) and any(does_arn_match(arn, row["resource_arn_format"]) for row in rows[service])


@shows(PAGE, "The inline policy", "The managed policy")
def test_every_action_is_one_on_its_resource(shown: list[Block]) -> None:
    """Every action is one of AWS's, and stands on a resource of its kind."""
    statements = [statement for block in shown for statement in block.json["Statement"]]
    statements += asked_as_well(ROLE, KEY, OWN_POLICY)
    asked = [(name, statement["Resource"]) for statement in statements for name in listed(statement["Action"])]

    assert [(name, arn) for name, arn in asked if not takes(name, arn)] == []
