"""docs/deploying-identity.md: its policies allow what whole lives of the components call, and nothing else."""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data
from policy_sentry.util.arns import does_arn_match

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Call, Sandbox
from tests.docs.pages import Block, shows
from tests.documents import ALL_GRANTS

PAGE = "docs/deploying-identity.md"
IAM = f"arn:aws:iam::{Sandbox.account_id}"
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


def judge(calls: Iterable[Call], documents: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the calls that the documents do not allow, and the actions in them that no call needs."""
    statements = [statement for document in documents for statement in document["Statement"]]
    asked = [call for call in calls if action(call) not in FREE]
    denied = {action(call) for call in asked if not any(allows(statement, call) for statement in statements)}
    granted = {name for statement in statements for name in listed(statement["Action"])}
    return sorted(denied), sorted(granted - {action(call) for call in asked})


def live(box: Sandbox, *programs: Any) -> list[Call]:
    """Run a stack from its first preview to destroy, one program after the other; return the calls."""
    for program in programs:
        stack = box.stack(program)
        stack.preview()
        stack.up()
    stack.up(refresh=True)
    stack.destroy()
    return box.calls


def inline(**inputs: Any) -> Any:
    """Return a program with an inline policy."""
    return lambda: SessionManagerPermissions("web", {"role": "web", **inputs})  # type: ignore[typeddict-item]


def managed(**inputs: Any) -> Any:
    """Return a program with a managed policy."""
    return lambda: SessionManagerManagedPolicy("fleet", {"roles": ["web"], **inputs})  # type: ignore[typeddict-item]


@shows(PAGE, "The inline policy")
def test_the_inline_policy(box: Sandbox, shown: list[Block]) -> None:
    """From the first up over an update and a replacement to destroy, whatever the inputs."""
    calls = live(box, inline(), inline(**ALL_GRANTS), inline(policy_name="ssm"))

    assert judge(calls, [block.json for block in shown]) == ([], [])


@shows(PAGE, "The inline policy", "The managed policy")
def test_a_role_by_its_arn(box: Sandbox, shown: list[Block]) -> None:
    """The one call more is the one that needs no permission."""
    own, many = shown
    calls = live(box, inline(role=f"{IAM}:role/web"))
    box.forget()
    several = live(box, managed(roles=[f"{IAM}:role/web"], tags={"team": "platform"}))
    box.forget()
    asked = [{action(call) for call in found} & FREE for found in (calls, several, live(box, inline()))]

    assert judge(calls, [own.json]) == ([], [])
    assert judge(several, [many.json])[0] == []
    assert asked == [FREE, FREE, set()]


@shows(PAGE, "The managed policy")
def test_the_managed_policy(box: Sandbox, shown: list[Block]) -> None:
    """Over other tags, a sixth version and another description, which makes another policy, to destroy."""
    box.stack(managed(tags={"team": "platform"})).up()
    iam = box.client("iam")
    [policy] = iam.list_policies(Scope="Local")["Policies"]
    for _ in range(4):
        iam.create_policy_version(PolicyArn=policy["Arn"], PolicyDocument=json.dumps(policy_document()))
    box.forget()
    calls = live(box, managed(tags={"owner": "platform"}, **ALL_GRANTS), managed(description="For sessions."))

    assert judge(calls, [block.json for block in shown]) == ([], [])


@shows(PAGE, "The inline policy", "check_role")
def test_check_role(box: Sandbox, shown: list[Block]) -> None:
    """The simulator's calls come on top of the inline policy's."""
    calls = live(box, inline(check_role=True))

    assert judge(calls, [block.json for block in shown]) == ([], [])


def preferences(**inputs: str) -> str:
    """Return the JSON of a Session document."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


@pytest.mark.parametrize("how", ["id", "ARN"])
@shows(PAGE, "The inline policy", "session_preferences")
def test_session_preferences(box: Sandbox, shown: list[Block], how: str) -> None:
    """A key's id is looked up, its ARN is not; bucket and log group need no permission."""
    key = box.client("kms").create_key()["KeyMetadata"]
    box.forget()
    given = {"id": key["KeyId"], "ARN": key["Arn"]}[how]
    document = preferences(s3BucketName="logs", cloudWatchLogGroupName="sessions", kmsKeyId=given)
    calls = live(box, inline(session_preferences=document))
    [own, look_up] = [block.json for block in shown]
    look_up["Statement"][0]["Resource"] = given

    assert judge(calls, [own, look_up] if how == "id" else [own]) == ([], [])
    assert look_up["Statement"][0]["Action"] == "kms:DescribeKey"


def takes(name: str, arn: str) -> bool:
    """Whether an action, by a copy of AWS's Service Authorization Reference, can be about a resource of this kind."""
    service, operation = name.split(":")
    rows = get_action_data(service, operation)
    return isinstance(rows, dict) and any(does_arn_match(arn, row["resource_arn_format"]) for row in rows[service])


@shows(PAGE, "The inline policy", "The managed policy", "check_role", "session_preferences")
def test_every_action_is_one_on_its_resource(shown: list[Block]) -> None:
    """Every action is one of AWS's, and stands on a resource of its kind."""
    statements = [statement for block in shown for statement in block.json["Statement"]]
    asked = [(name, statement["Resource"]) for statement in statements for name in listed(statement["Action"])]

    assert [(name, arn) for name, arn in asked if not takes(name, arn)] == []


def test_what_is_missing_or_too_much_is_found(box: Sandbox) -> None:
    """The judgement of these tests does find a denied call and an action that nothing needs."""
    box.stack(inline()).up()
    other = {"Statement": [{"Action": "iam:GetUser", "Resource": f"{IAM}:role/web"}]}
    elsewhere = {"Statement": [{"Action": "iam:PutRolePolicy", "Resource": f"{IAM}:role/api"}]}

    assert judge(box.calls, [other, elsewhere]) == (["iam:GetRolePolicy", "iam:PutRolePolicy"], ["iam:GetUser"])
