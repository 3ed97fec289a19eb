"""Who may start the claims on a real account, and what the removal of a run removes."""

import json

import boto3
import pytest
from engine.account import RefusedError, Run, left_behind, permit
from engine.runs import NOBODY, OWN

REFUSED = {
    "another account": (
        {"account": "210987654321"},
        "the credentials are of account 123456789012, not of 210987654321",
    ),
    "an endpoint in the environment": ({"environment": ["PATH", "AWS_ENDPOINT_URL_IAM"]}, "take AWS_ENDPOINT_URL_IAM"),
    "an endpoint in a profile": ({"endpoint": "http://127.0.0.1:5000"}, "take http://127.0.0.1:5000"),
    "another provider": ({"environment": ["PULUMI_DEBUG_PROVIDERS"]}, "take PULUMI_DEBUG_PROVIDERS"),
    "no run's id": ({"id_": "*"}, "a run's id has eight"),
    "no yes": ({"answer": "y"}, "nobody said yes"),
}
ID, NAME = "0123abcd", "ssm-perms-verify-0123abcd"


@pytest.fixture
def start(box):
    """Return what starts a run in the sandbox as on a real account, and what it asks of a person."""
    asked = []

    def start(account="123456789012", environment=("PATH",), endpoint=None, id_=ID, answer="yes"):
        iam = boto3.client("iam", endpoint_url=endpoint) if endpoint else box.client("iam")
        run = Run(iam, account, box.region, 0.0, id_)
        permit(run, box.client("sts"), environment, lambda question: (asked.append(question), answer)[1], "Makes")
        return run

    return start, asked


@pytest.mark.parametrize(("settings", "why"), REFUSED.values(), ids=REFUSED)
def test_a_run_that_may_not_start(start, settings, why):
    """Nobody is asked unless all else is right."""
    start, asked = start
    with pytest.raises(RefusedError) as refused:
        start(**settings)

    assert why in str(refused.value)
    assert len(asked) == ("answer" in settings)


@pytest.mark.parametrize("tagged", [True, False])
def test_a_removal_removes_what_has_the_runs_name_and_tag(start, box, capsys, tagged):
    """The start names what earlier runs left, and touches none of it."""
    iam, tags = box.client("iam"), Run(None, "", "", 0.0, ID).tags if tagged else {}
    tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    for each in (NAME, f"{NAME}4", "web"):
        iam.create_role(RoleName=each, AssumeRolePolicyDocument=NOBODY, Tags=tags)
        iam.put_role_policy(RoleName=each, PolicyName="own", PolicyDocument=json.dumps(OWN))
        made = iam.create_policy(PolicyName=each, PolicyDocument=json.dumps(OWN), Tags=tags)
        iam.attach_role_policy(RoleName=each, PolicyArn=made["Policy"]["Arn"])
    run = start[0]()
    before = left_behind(iam)
    run.remove()
    roles = [each["RoleName"] for each in iam.list_roles()["Roles"]]
    policies = [each["PolicyName"] for each in iam.list_policies(Scope="Local")["Policies"]]

    assert before == [ID, f"{ID}4"]
    assert f"make verify ACCOUNT=123456789012 REMOVE={ID}\n" in capsys.readouterr().out
    assert sorted(roles) == sorted(policies) == sorted([f"{NAME}4", "web", *([] if tagged else [NAME])])
