"""The stand-in of the AWS plugin and the simulator answer as the real ones were recorded to answer: `recorded/README.md`."""

import functools
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from sandbox import Fault

HERE, ACCOUNT = Path(__file__).parent / "recorded", "111122223333"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
# Rows that are answered otherwise, with the reason.
_NO_KEY_IDS = "the sandbox looks a key up whatever its id, because AWS judges the ids as well"
_NO_CREDENTIALS = "the sandbox asks AWS nothing before a program does, and takes all credentials"
_ITS_REGION = "the sandbox is in one Region"
DIFFERENT = {
    "real-plugin.jsonl": {
        "role policy: a document with unknown": "the stand-in sends the engine's mark of an unknown value to AWS, which refuses it",
    },
    "real-plugin-errors.jsonl": {
        "look-up: no name": "the SDK's types refuse it",
        "look-up: getRegion of an unknown name": _ITS_REGION,
        "look-up: a key id that is none": _NO_KEY_IDS,
        "look-up: a key ARN of another Region": _NO_KEY_IDS,
        "simulation as AWS answers: two pages": "a page has 1,000 results, and the sandbox answers in one",
    },
    "real-plugin-config.jsonl": {
        "Region from the environment": _ITS_REGION,
        "no credentials": _NO_CREDENTIALS,
        "an expired token": _NO_CREDENTIALS,
        "an invalid token": _NO_CREDENTIALS,
        "a wrong secret": _NO_CREDENTIALS,
        "GetCallerIdentity denied": _NO_CREDENTIALS,
        "GetCallerIdentity throttled for ever": _NO_CREDENTIALS,
        "another account is allowed only": _NO_CREDENTIALS,
        "an unknown key": "the sandbox needs no setting but account and Region, and passes on the others",
        "a role to assume": "as above",
    },
}
READ_TWICE = [("GetRolePolicy", True)] * 2
SETS = ("results", "matchedStatements", "actionNames")
"""Lists in which Terraform keeps no order."""


def rows(file):
    return [json.loads(line) for line in (HERE / file).read_text().splitlines()]


def plain(value):
    """Return an answer with its policies as such, without an order in lists, and without empty tags and marks of maps."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item or key not in ("__defaults", "tags")}
    if isinstance(value, list):
        return sorted((plain(item) for item in value), key=json.dumps)
    return policy_or(value)


def policy_or(value):
    """Return the policy that a text is, or the value as it is. Terraform sorts a policy's keys, the sandbox doesn't."""
    try:
        return {"policy": json.loads(value)} if isinstance(value, str) and value.startswith("{") else value
    except ValueError:
        return value


def seen(value):
    """Return what an engine sees of an answer: it drops nulls, and no tags are null, too. Only Terraform's sets are sorted."""
    if not isinstance(value, dict):
        return policy_or(value)
    kept = {key: item for key, item in value.items() if item is not None and (key, item) != ("tags", {})}
    text = functools.partial(json.dumps, sort_keys=True)
    ordered = {key: sorted(item, key=text) if key in SETS else item for key, item in kept.items()}
    return {key: [*map(seen, item)] if isinstance(item, list) else seen(item) for key, item in ordered.items()}


def ask_aws_as_recorded(cloud, row):
    """Let AWS refuse and answer calls as it did for the plugin."""
    refused = [call.partition(" ")[0] for call in row["aws"] if not call.endswith(" 200")]
    for action, (code, message, status) in zip(refused, row.get("faults", []), strict=False):
        cloud.fail(action, Fault(code, message, status))
    if answers := row.get("answers"):
        cloud.answer(row["aws"][0].partition(" ")[0], lambda _: answers[0])


@pytest.mark.parametrize("file", ["real-plugin.jsonl", "real-plugin-errors.jsonl"])
def test_the_real_plugin(cloud, connect, file, monkeypatch):
    """Each request in order, with what comes back, what an error leaves in the state, and each call of AWS and its outcome.

    Two things aren't compared: the plugin reads a policy twice that it has made, and answers its functions with more than
    the package reads.
    """
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))  # between two attempts
    cloud.reset()
    engine, iam, different = connect(ACCOUNT), cloud.client("iam", account=ACCOUNT), []
    for row in rows(file):
        if "call" not in row:
            cloud.reset() if row["aws"] == "reset" else getattr(iam, xform_name(row["aws"]))(**row["params"])
            continue
        ask_aws_as_recorded(cloud, row)
        before = len(cloud.calls)
        answer = engine.ask(row["call"], row["request"])
        recorded = engine.readable({key: row[key] for key in ("error", "init") if key in row} or row["answer"])
        if row["call"] == "Invoke" and "return" in recorded and "return" in answer:
            recorded["return"] = {key: recorded["return"].get(key) for key in answer["return"]}
        calls = [(call.action, call.error is None) for call in cloud.calls[before:]]
        outcomes = [(action, status == "200") for action, status in map(str.split, row["aws"])]
        if outcomes[-2:] == READ_TWICE:
            del outcomes[-1]
        if (seen(answer), calls) != (seen(recorded), outcomes):
            different.append(row["what"])

    assert different == [*DIFFERENT[file]]


def test_the_real_plugins_configuration(connect):
    """What the engine keeps of a provider's settings, and what it refuses. The plugin's version is its own."""
    engine, file = connect(ACCOUNT), "real-plugin-config.jsonl"
    answers = [(row, engine.ask("CheckConfig", {"news": row["news"]})) for row in rows(file)]

    assert [row["what"] for row, answer in answers if seen(answer) != seen(row.get("answer"))] == [*DIFFERENT[file]]


@pytest.mark.parametrize("row", rows("plugin.jsonl"), ids=lambda row: row["what"])
def test_the_plugin(connect, row):
    """Inputs whole; of a change, that there is none, as all recorded ones say; of a preview, what a program gave."""
    answer, recorded = connect().ask(row["call"], row["request"]), row["answer"]
    if row["call"] == "Diff":
        answer = {"changes": answer["changes"]}
    elif row["call"] == "Create":
        answer = {"properties": {key: answer["properties"].get(key) for key in recorded["properties"]}}

    assert plain(answer) == plain(recorded)


def simulate(cloud, row):
    """Ask about a role that a row describes; return the results as the recordings have them."""
    cloud.reset()
    iam, name = cloud.client("iam"), row.get("principal", "role/web").rpartition("/")[2]
    documents = {**row.get("managed", {}), **row.get("boundary", {})}
    made = [iam.create_policy(PolicyName=each, PolicyDocument=json.dumps(documents[each])) for each in documents]
    arns = {each["Policy"]["PolicyName"]: each["Policy"]["Arn"] for each in made}
    [boundary] = row.get("boundary") or [None]
    role = cloud.create_role(name, policies=row.get("inline"), boundary=arns.get(boundary))
    for policy in row.get("managed", {}):
        iam.attach_role_policy(RoleName=name, PolicyArn=arns[policy])
    region = {
        "ContextKeyName": "aws:RequestedRegion",
        "ContextKeyType": "string",
        "ContextKeyValues": row.get("regions"),
    }
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=[result["action"] for result in row["results"]],
        ResourceArns=[row.get("resource", "*")],
        PolicyInputList=[json.dumps(document) for document in row.get("added", [])],
        ContextEntries=[region] if "regions" in row else [],
    )
    return [
        {
            "action": result["EvalActionName"],
            "resource": result["EvalResourceName"],
            "decision": result["EvalDecision"],
            "matched": [[item["SourcePolicyId"], item["SourcePolicyType"]] for item in result["MatchedStatements"]],
            "missing": result["MissingContextValues"],
        }
        for result in answer["EvaluationResults"]
    ]


@pytest.mark.parametrize("row", rows("simulator.jsonl"), ids=lambda row: row["case"])
def test_the_simulator(cloud, row):
    """All that IAM said that was published."""
    pairs = zip(simulate(cloud, row), row["results"], strict=True)

    assert plain([{key: given[key] for key in recorded} for given, recorded in pairs]) == plain(row["results"])


def ask(cloud, *statements, region="eu-west-1"):
    """Return the decision on an action, given a role's statements."""
    whole = [{**READ, "Action": "s3:getobject", **elements} for elements in statements]
    stated = [{name: value for name, value in statement.items() if value} for statement in whole]
    inline = {"own": {"Version": "2012-10-17", "Statement": stated}}
    return simulate(cloud, {"inline": inline, "regions": [region], "results": [{"action": "s3:GetObject"}]})[0][
        "decision"
    ]


UNKNOWN = {
    "another element": ({"Action": None, "NotAction": "s3:*"}, "NotAction"),
    "a policy variable": ({"Resource": "arn:aws:s3:::${aws:username}/*"}, "${"),
    "a letter": ({"Action": "s3:Get?bject"}, "?"),
    "another key": ({"Condition": {"StringEquals": {"aws:PrincipalTag/a": "b"}}}, "StringEquals"),
    "another operator": ({"Condition": {"IpAddress": {"aws:SourceIp": "b"}}}, "IpAddress"),
}


@pytest.mark.parametrize(("elements", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_the_simulator_does_not_know_is_an_error(cloud, elements, message):
    ask(cloud, {"Action": "s3:GetObject"})
    message = f"The sandbox can't say what {message} means, and role_web_own has it."
    with pytest.raises(ClientError, match=re.escape(message)):
        ask(cloud, elements)


def test_a_region_that_a_statement_names(cloud):
    """As the IAM User Guide says it."""
    inside = {"Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}}
    outside = {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}

    assert [ask(cloud, inside), ask(cloud, {}, outside)] == ["allowed"] * 2
    assert ask(cloud, inside, region="us-east-1") == "implicitDeny"
    assert ask(cloud, {}, outside, region="us-east-1") == "explicitDeny"
