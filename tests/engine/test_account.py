"""Who may start the claims on a real account, and what the removal of a run removes."""

import json

import boto3
import pytest

from engine.account import RefusedError, Run, left_behind, permitted
from engine.runs import NOBODY, OWN

REFUSED = {
    "another account": (
        {"account": "210987654321"},
        "the credentials are of account 123456789012, not of 210987654321",
    ),
    "an endpoint in the environment": ({"environment": ["PATH", "AWS_ENDPOINT_URL_IAM"]}, "AWS_ENDPOINT_URL_IAM"),
    "an endpoint in a profile": ({"endpoint": "http://127.0.0.1:5000"}, "http://127.0.0.1:5000"),
    "another provider": ({"environment": ["PULUMI_DEBUG_PROVIDERS"]}, "PULUMI_DEBUG_PROVIDERS"),
    "no run's id": ({"remove": "*"}, "a run's id has eight"),
    "no yes": ({"answer": "y"}, "nobody said yes"),
}


@pytest.fixture
def start(box, monkeypatch):
    """Return what starts a run in the sandbox as on a real account, and what it asked the person."""
    asked = []

    def start(account="123456789012", environment=("PATH",), endpoint=None, remove=None, answer="yes"):
        iam = boto3.client("iam", endpoint_url=endpoint) if endpoint else box.client("iam")
        ask = lambda question: (asked.append(question), answer)[1]  # noqa: E731
        return permitted(account, box.client("sts"), iam, box.region, remove, environment, ask)

    return start, asked


@pytest.mark.parametrize(("settings", "why"), REFUSED.values(), ids=REFUSED)
def test_a_run_that_may_not_start(start, settings, why):
    """Nobody is asked unless all else is right."""
    start, asked = start
    with pytest.raises(RefusedError) as refused:
        start(**settings)

    assert why in str(refused.value)
    assert len(asked) == ("answer" in settings)


def test_a_run_says_what_earlier_ones_left(start, box, capsys):
    """It names the account, what it makes, and how to remove what is left of a run, which it does not touch."""
    earlier = Run(box.client("iam"), box.account_id, box.region)
    earlier.make_role()
    start, asked = start
    run = start()

    assert run.id != earlier.id
    assert f"make verify ACCOUNT=123456789012 REMOVE={earlier.id}\n" in capsys.readouterr().out
    assert run.name in asked[0]
    assert left_behind(run.iam) == [earlier.id]


@pytest.mark.parametrize("tagged", [True, False])
def test_only_what_has_the_runs_name_and_tag_is_removed(start, box, tagged):
    iam, name = box.client("iam"), "ssm-perms-verify-0123abcd"
    tags = [{"Key": key, "Value": value} for key, value in Run(iam, "", "", 0, "0123abcd").tags.items() if tagged]
    for each in (name, f"{name}4", "web"):
        iam.create_role(RoleName=each, AssumeRolePolicyDocument=NOBODY, Tags=tags)
        iam.put_role_policy(RoleName=each, PolicyName="own", PolicyDocument=json.dumps(OWN))
        made = iam.create_policy(PolicyName=each, PolicyDocument=json.dumps(OWN), Tags=tags)
        iam.attach_role_policy(RoleName=each, PolicyArn=made["Policy"]["Arn"])
    start[0](remove="0123abcd").remove()
    roles = [each["RoleName"] for each in iam.list_roles()["Roles"]]
    policies = [each["PolicyName"] for each in iam.list_policies(Scope="Local")["Policies"]]

    assert sorted(roles) == sorted(policies) == sorted([f"{name}4", "web", *([] if tagged else [name])])
