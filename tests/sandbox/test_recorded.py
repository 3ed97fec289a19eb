"""The sandbox's provider and simulator answer as the real ones were recorded to answer: `recorded/README.md`."""

import json
import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from sandbox import bridge, evaluation, simulator
from sandbox.resources import RESOURCES

HERE = Path(__file__).parent / "recorded"
# Differences on purpose, by row, with the reason.
DIFFERENT = {
    "a service control policy": "the sandbox has no organization",
    "composition_custom_auto_username": "the simulator knows roles, and no users",
    "composition_no_caller_value_account_authenticated": "without a principal, the simulator knows no account",
}


def rows(file):
    return [json.loads(line) for line in (HERE / file).read_text().splitlines()]


def plain(value):
    """Return an answer with its policies as such, without an order in lists, and without empty tags and marks of maps."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item or key not in ("__defaults", "tags")}
    if isinstance(value, list):
        return sorted((plain(item) for item in value), key=json.dumps)
    if isinstance(value, str) and "operation error" in value:  # before it are words of Terraform's
        return value[value.index("operation error") :]
    try:
        return {"policy": json.loads(value)} if isinstance(value, str) and value.startswith("{") else value
    except ValueError:
        return value


@pytest.mark.parametrize("story", rows("stories.jsonl"), ids=lambda story: story["story"])
def test_stories(cloud, connect, story):
    cloud.reset()
    engine = connect()
    for number, step in enumerate(story["steps"]):
        answer, recorded = engine.do(step), step.get("answer")
        if recorded is not None:
            shown = {key: value for key, value in answer.items() if key in recorded or step["do"] != "up"}
            assert plain(shown) == plain(recorded), number


@pytest.mark.parametrize("type_", RESOURCES)
def test_checks_and_diffs_of_the_bridge(connect, type_):
    engine = connect()
    answered = [(row, engine.do(row)) for row in rows("bridge.jsonl") if row["type"] == type_]

    assert [(row, answer) for row, answer in answered if plain(answer) != plain(row["answer"])] == []


def test_a_list_of_one_is_the_same_policy_as_its_value():
    assert bridge.is_same_document('{"Action": "a:b"}', '{"Action": ["a:b"]}')
    assert not bridge.is_same_document('{"Action": "a:b"}', '{"Action": ["a:c"]}')


def test_versions_of_a_managed_policy(cloud, connect):
    """IAM keeps five: the oldest goes for a sixth, and all before the policy."""
    cloud.reset()
    engine, before = connect(), len(cloud.calls)
    for number in range(6):
        document = {"Version": "2012-10-17", "Statement": [statement(Sid=f"s{number}")]}
        inputs = {"name": "own", "policy": json.dumps(document)}
        engine.do({"do": "up", "type": "aws:iam/policy:Policy", "name": "own", "inputs": inputs})
    engine.do({"do": "delete", "name": "own"})
    deleted = [call.params["VersionId"] for call in cloud.calls[before:] if call.action == "DeletePolicyVersion"]

    assert deleted == ["v1", "v5", "v4", "v3", "v2"]


def as_newest(type_, properties):
    """Return inputs that an older plugin answered as 7.x would say it.

    Without properties that the sandbox doesn't have; defaults that are false, zero or empty aren't inputs; inputs of
    taggable resources have `tagsAll`, also without tags.
    """
    rules, defaults = RESOURCES[type_].inputs, properties.get("__defaults", [])
    off = [key for key in defaults if properties.get(key) in (False, 0, "")]
    kept = {key: value for key, value in properties.items() if key in rules and key not in off}
    tags = {"tagsAll": kept.get("tags", {})} if "tags" in rules else {}
    return {**kept, **tags, "__defaults": [key for key in defaults if key in kept]}


@pytest.mark.parametrize("row", rows("plugin.jsonl"), ids=lambda row: f"{row['method']} {row['name']} {row['version']}")
def test_the_plugin(connect, row):
    """Inputs whole; of a change, that there is none, as all recorded ones say; of a preview, what a program gave."""
    engine, request, response = connect(), row["request"], row["response"]
    step, rules = {"type": row["type"], "name": row["name"]}, RESOURCES[row["type"]].inputs
    if row["method"] == "Check":
        answer = engine.do({**step, "do": "check", "olds": request.get("olds", {}), "news": request["news"]})
        assert plain(answer["inputs"]) == plain(as_newest(row["type"], response["inputs"]))
    elif row["method"] == "Diff":
        answer = engine.do(
            {**step, "do": "diff", "id": request["id"], "olds": request["olds"], "news": request["news"]}
        )
        assert (answer["changes"], answer["replaces"]) == (response["changes"], response.get("replaces", []))
    else:
        answer = engine.do({**step, "do": "preview", "news": request["properties"]})["properties"]
        recorded = {key: value for key, value in response["properties"].items() if key in rules}
        assert plain({key: answer.get(key) for key in recorded}) == plain(recorded)


def result(row):
    """Return a row's result as IAM says it."""
    details = {
        "MatchedStatements": [
            {"SourcePolicyId": id_, "SourcePolicyType": type_} for id_, type_ in row.get("matched", [])
        ],
        "MissingContextValues": row.get("missing", []),
    }
    if "boundary" in row:
        details["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": row["boundary"]}
    named = {"EvalActionName": row["action"], "EvalResourceName": row["resource"], "EvalDecision": row["decision"]}
    return {**named, **details}


@pytest.mark.parametrize("row", rows("simulator.jsonl"), ids=lambda row: row["case"])
def test_the_simulator(row):
    boundary = row.get("boundary", [])
    principal = evaluation.Principal(
        simulator.added_policies("PolicyInputList", row["policies"]),
        simulator.added_policies("PermissionsBoundaryPolicyInputList", boundary, evaluation.BOUNDARY),
    )
    context = simulator.principal_context(row["caller"]) if "caller" in row else {}
    context |= {key: values for key, _, values in row.get("context", [])}
    resource = (row.get("resources") or ["*"])[0]
    answers = [evaluation.evaluate(principal, action, resource, context) for action in row["actions"]]

    assert (plain(answers) == plain([*map(result, row["results"])])) != (row["case"] in DIFFERENT)


def statement(effect="Allow", **elements):
    whole = {"Effect": effect, "Action": "s3:Get?bject", "Resource": "*", **elements}
    return {name: value for name, value in whole.items() if value}


REGION = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}


@pytest.mark.parametrize(
    ("policy", "action", "decision"),
    [
        ([statement()], "s3:GetObject", "allowed"),
        ([statement()], "s3:Getbject", "implicitDeny"),
        ([statement(), statement("Deny", Condition=REGION)], "s3:GetObject", "allowed"),
        ([statement(), statement("Deny")], "s3:GetObject", "explicitDeny"),
    ],
    ids=["a ? that is a letter", "a ? that is none", "a Deny outside of this Region", "a Deny beside an Allow"],
)
def test_what_no_recording_has(policy, action, decision):
    """As the IAM User Guide says it; only the denying statements are named (API reference, `EvaluationResult`)."""
    policies = [evaluation.Policy(item["Effect"], {"Statement": item}) for item in policy]
    context = {"aws:RequestedRegion": ["eu-west-1"]}
    result = evaluation.evaluate(evaluation.Principal(policies), action, "*", context)
    named = [matched["SourcePolicyId"] for matched in result["MatchedStatements"]]

    assert (result["EvalDecision"], named) == (
        decision,
        {"allowed": ["Allow"], "implicitDeny": [], "explicitDeny": ["Deny"]}[decision],
    )


OBJECT, OTHER_ACCOUNT = "arn:aws:s3:::bucket/a", "arn:aws:kms:eu-west-1:210987654321:key/a"
NOT_EVALUATED = {
    "another element": ({"Action": None, "NotAction": "s3:*"}, {}, "what NotAction means, and role_web_own has it"),
    "a policy variable": (
        {"Resource": "arn:aws:s3:::${aws:username}/*"},
        {},
        "what ${aws:username} means, and role_web_own has it",
    ),
    "another operator": ({"Condition": {"IpAddress": {"a": "b"}}}, {}, "what the condition operator IpAddress means"),
    "a user": ({}, {"PolicySourceArn": "arn:aws:iam::123456789012:user/a"}, "roles of account 123456789012, and not "),
    "two resources": ({}, {"ResourceArns": [OBJECT, OBJECT]}, f"simulator takes no {OBJECT}"),
    "another parameter": ({}, {"CallerArn": "arn:aws:iam::123456789012:user/a"}, "simulator takes no CallerArn"),
    "another account's resource": (
        {},
        {"ActionNames": ["kms:Decrypt"], "ResourceArns": [OTHER_ACCOUNT]},
        f"what a role of account 123456789012 may do to {OTHER_ACCOUNT}",
    ),
    "another service's resource": (
        {},
        {"ActionNames": ["kms:Decrypt"], "ResourceArns": [OBJECT]},
        f"what a role of account 123456789012 may do to {OBJECT}",
    ),
}


@pytest.mark.parametrize(("elements", "question", "message"), NOT_EVALUATED.values(), ids=NOT_EVALUATED)
def test_what_the_simulator_does_not_know_is_an_error(cloud, elements, question, message):
    cloud.reset()
    role = cloud.create_role("web", policies={"own": {"Version": "2012-10-17", "Statement": [statement(**elements)]}})
    asked = {"PolicySourceArn": role, "ActionNames": ["s3:GetObject"], **question}
    with pytest.raises(ClientError, match=re.escape(message)):
        cloud.client("iam").simulate_principal_policy(**asked)


@pytest.mark.parametrize("row", rows("seen.jsonl"), ids=lambda row: row["case"])
def test_what_people_saw(cloud, row):
    """All that they published of an answer: `SimulatePrincipalPolicy` about a role, which stands for a user as well."""
    cloud.reset()
    iam, name = cloud.client("iam"), row["principal"].rpartition("/")[2]
    arns = {
        policy: iam.create_policy(PolicyName=policy, PolicyDocument=json.dumps(document))["Policy"]["Arn"]
        for policy, document in {**row.get("managed", {}), **row.get("boundary", {})}.items()
    }
    [boundary] = row.get("boundary") or [None]
    role = cloud.create_role(name, policies=row.get("inline"), boundary=arns.get(boundary))
    for policy in row.get("managed", {}):
        iam.attach_role_policy(RoleName=name, PolicyArn=arns[policy])
    context = [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in row.get("context", {}).items()
    ]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=[recorded["action"] for recorded in row["results"]],
        ResourceArns=[row.get("resource", "*")],
        PolicyInputList=[json.dumps(document) for document in row.get("added", [])],
        ContextEntries=context,
    )
    pairs = zip(answer["EvaluationResults"], row["results"], strict=True)
    shown = [published_part(result, recorded) for result, recorded in pairs]

    assert (shown == row["results"]) != (row["case"] in DIFFERENT)


def published_part(answer, recorded):
    """Return as much of an answer as was published."""
    statements = [
        [statement["SourcePolicyId"], statement["SourcePolicyType"]] for statement in answer["MatchedStatements"]
    ]
    published = recorded.get("matched", [])
    if [id_ for id_, _ in published if id_.startswith("user_")]:
        statements = [[id_.replace("role_", "user_", 1), type_] for id_, type_ in statements]
    if [type_ for _, type_ in published] == [None]:
        statements = [[id_, None] for id_, _ in statements]
    whole = {
        "action": answer["EvalActionName"],
        "decision": answer["EvalDecision"],
        "matched": statements,
        "missing": answer["MissingContextValues"],
        "boundary": answer.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary"),
        "organizations": answer.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations"),
    }
    return {key: whole[key] for key in recorded}
