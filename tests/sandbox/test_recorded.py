"""The sandbox's provider and simulator answer as the real ones were recorded to answer: `recorded/README.md`."""

import json
from pathlib import Path

import pytest

from sandbox import evaluation, simulator
from sandbox.resources import RESOURCES

HERE = Path(__file__).parent / "recorded"
# Differences on purpose, by story or row, with the reason.
DIFFERENT = {
    "a role with an exact name, a path and a boundary 4": "after an update, a role lists the inline policies that it has now",
    "a bucket's encryption 2": "what is off is not in a block",
    "a bucket's encryption 3": "what is off is not in a block",
    "look-ups of keys 5": "AWS judges a key's id, not the provider",
    "unknown types 0": "an unknown look-up is an error in our words",
    "check RolePolicy policy=cut role=web": "Go's words for what is no JSON",
    "composition_no_caller_value_account_authenticated": "of who asks, only a role's own question tells the account",
    "check BucketServerSideEncryptionConfiguration bucket=b": "Terraform calls `rules` `rule`",
}


def rows(file):
    return [json.loads(line) for line in (HERE / file).read_text().splitlines()]


def sets(value):
    """Return an answer whose lists have no order: for the bridge, and in the simulator's statements, they are sets."""
    if isinstance(value, dict):
        return {key: sets(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(map(sets, value), key=json.dumps)
    return value


@pytest.mark.parametrize("story", rows("stories.jsonl"), ids=lambda story: story["story"])
def test_stories(cloud, connect, story):
    cloud.reset()
    engine = connect()
    for number, step in enumerate(story["steps"]):
        answer, different = engine.do(step), DIFFERENT.get(f"{story['story']} {number}")
        if "answer" in step:
            assert (sets(answer) == sets(step["answer"])) != bool(different), (number, answer, step["answer"])


def title(row):
    """Return a name of a row that has a difference on purpose."""
    given = [f"{key}={'cut' if value.startswith('{') else value}" for key, value in row["news"].items()]
    return f"{row['do']} {row['type'].rpartition(':')[2]} {' '.join(given)}"


@pytest.mark.parametrize("type_", RESOURCES)
def test_checks_and_diffs_of_the_bridge(connect, type_):
    engine, different = connect(), {}
    for row in rows("bridge.jsonl"):
        if row["type"] == type_ and sets(answer := engine.do(row)) != sets(row["answer"]):
            different[title(row)] = answer, row["answer"]

    assert different.keys() == {
        each for each in DIFFERENT if each.split()[:2] == ["check", type_.rpartition(":")[2]]
    }, different


def as_newest(type_, properties):
    """Return what an older plugin answered as 7.x would say it.

    Without properties that the sandbox doesn't have; defaults that are false, zero or empty aren't inputs; inputs of
    taggable resources have `tagsAll`, also without tags.
    """
    rules = RESOURCES[type_].rules
    defaults = properties.get("__defaults", [])
    off = [key for key in defaults if properties.get(key) in (False, 0, "")]
    kept = {key: value for key, value in properties.items() if key in rules and key not in off}
    listed = sorted(key for key in defaults if key in kept)
    tags = {"tagsAll": kept.get("tags", {})} if "tags" in rules else {}
    return {**kept, **tags, "__defaults": listed}


PLUGIN = [row for row in rows("plugin.jsonl") if row["version"] != "7.x of May 2026"]


@pytest.mark.parametrize("row", PLUGIN, ids=lambda row: f"{row['method']} {row['name']} {row['version']}")
def test_the_plugin(connect, row):
    """Inputs whole; of a change, that there is none, as all recorded ones say; of a preview, what a program gave."""
    engine, asked, said = connect("us-west-2"), row["request"], row["response"]
    its, rules = {"type": row["type"], "name": row["name"]}, RESOURCES[row["type"]].inputs
    if row["method"] == "Check":
        answer = engine.do({**its, "do": "check", "olds": asked.get("olds", {}), "news": asked["news"]})
        assert answer["inputs"] == as_newest(row["type"], said["inputs"])
    elif row["method"] == "Diff":
        olds = {**asked["olds"], "region": "us-west-2"}  # which states have since 7.0
        answer = engine.do({**its, "do": "diff", "id": asked["id"], "olds": olds, "news": asked["news"]})
        assert (answer["changes"], answer["replaces"]) == (said["changes"], said.get("replaces", []))
    else:
        answer = engine.do({**its, "do": "preview", "news": asked["properties"]})["properties"]
        given = {key: read(rules[key], value) for key, value in said["properties"].items() if key in rules}
        assert {key: read(rules[key], answer.get(key)) for key in given} == given


def read(rule, value):
    """Return a document as such: 5.42 did not sort its keys in a preview."""
    return json.loads(value) if rule.document and value != "UNKNOWN" else value


# What the sandbox's simulator is not asked, by the field of a recorded question.
NOT_ASKED = {"caller", "organizations", "resource_policy", "handling", "marker", "max_items"}
SIMULATED = [row for row in rows("simulator.jsonl") if not NOT_ASKED & row.keys() and len(row.get("resources", [])) < 2]


def result(row):
    """Return a recorded result as AWS writes it, its statements in no order."""
    said = {
        "MatchedStatements": [
            {"SourcePolicyId": id_, "SourcePolicyType": type_} for id_, type_ in row.get("matched", [])
        ],
        "MissingContextValues": row.get("missing", []),
    }
    if "boundary" in row:
        said["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": row["boundary"]}
    if "action" not in row:
        return {"EvalResourceName": row["resource"], "EvalResourceDecision": row["decision"], **said}
    single = {"ResourceSpecificResults": [*map(result, row["single"])]} if "single" in row else {}
    details = {"EvalDecisionDetails": row["details"]} if "details" in row else {}
    return {
        "EvalActionName": row["action"],
        "EvalResourceName": row["resource"],
        "EvalDecision": row["decision"],
        **said,
        **details,
        **single,
    }


@pytest.mark.parametrize("row", SIMULATED, ids=lambda row: row["case"])
def test_the_simulator(row):
    who = evaluation.Simulated(
        simulator.added([json.dumps(each) for each in row["policies"]]),
        simulator.added([json.dumps(each) for each in row.get("boundary", [])], limit=True),
    )
    context = {key: values for key, _, values in row.get("context", [])}
    resource = (row.get("resources") or ["*"])[0]
    answers = [evaluation.evaluate(who, action, resource, context) for action in row["actions"]]

    assert (sets(answers) == sets([*map(result, row["results"])])) != (row["case"] in DIFFERENT)
