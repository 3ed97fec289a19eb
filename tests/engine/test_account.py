"""Who may start the claims on a real account, what they see of the user's settings, and what their removal leaves."""

import json
import os
import re
import signal
import sys
import time

import boto3
import psutil
import pytest
from engine.account import PREFIX, RefusedError, leftovers, started_in_sandbox
from engine.runs import NOBODY, OWN

from pulumi_ssm_perms import SessionManagerManagedPolicy

REFUSED = {
    "another account": (
        {"account": "210987654321"},
        "the credentials are of account 123456789012, not of 210987654321",
    ),
    "no yes": ({"answer": "y"}, "nobody said yes"),
    "no such profile": ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
    "no such Region": ({"AWS_REGION": "eu west"}, "Provided region_name 'eu west' doesn't match a supported format."),
    "nothing": ({"AWS_REGION": "", "PATH": ""}, "this needs a Region (AWS_REGION), the Pulumi CLI"),
}


@pytest.mark.parametrize(("settings", "message"), REFUSED.values(), ids=REFUSED)
def test_a_run_that_may_not_start(box, tmp_path, settings, message):
    start = started_in_sandbox(box, tmp_path, **settings)

    with pytest.raises(RefusedError, match=rf"^{re.escape(message)}$"):
        start.__enter__()


def test_a_run_has_the_credentials_of_its_start_and_no_other_setting(box, tmp_path, monkeypatch):
    """A command that renews the credentials is asked once. An endpoint of the user's would let another than AWS answer."""
    count = f"{sys.executable} -c \"import json; open('{tmp_path}/asked', 'a').write('.'); print(json.dumps(dict(Version=1, AccessKeyId='AKIDNEW', SecretAccessKey='s', SessionToken='t')))\""
    (tmp_path / "config").write_text(f"[profile me]\ncredential_process = {count}\nendpoint_url = http://127.0.0.1:9\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")  # moto's
    settings = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_PROFILE": "me", "TF_AWS_IAM_ENDPOINT": "http://x"}
    with started_in_sandbox(box, tmp_path, **settings) as run:
        names, pulumi_home = {name for name in os.environ if "AWS" in name}, os.environ["PULUMI_HOME"]
        keys = boto3.Session().get_credentials().get_frozen_credentials()
        endpoint = run.iam.meta.client.meta.endpoint_url

    assert pulumi_home == str(tmp_path / "home/.pulumi")
    assert names == {"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    assert (keys.access_key, keys.token, endpoint) == ("AKIDNEW", "t", "https://iam.amazonaws.com")
    assert (tmp_path / "asked").read_text() == "."


def test_a_removal_leaves_what_is_not_of_the_run(box, tmp_path, capsys):
    """What somebody else put on the run's role, and what an earlier run has left, which the start names."""
    iam, earlier = boto3.resource("iam"), f"{PREFIX}0123abcd"
    for name in (earlier, "web"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=NOBODY)
    with pytest.raises(AssertionError, match="commands above"), started_in_sandbox(box, tmp_path) as run:  # noqa: PT012
        iam.create_role(RoleName=run.name, AssumeRolePolicyDocument=NOBODY)
        for name in (f"{run.name}-first-1234567", "guard"):
            run.role.Policy(name).put(PolicyDocument=json.dumps(OWN))
        iam.create_policy(PolicyName=run.name, PolicyDocument=json.dumps(OWN))
        run.role.attach_policy(PolicyArn=run.policy.arn)
    printed = capsys.readouterr().out

    assert {name: [policy.name for policy in iam.Role(name).policies.all()] for _, name in leftovers(iam)} == {
        earlier: [],
        run.name: ["guard"],
    }
    assert f"Another run uses or has left the role {earlier}." in printed
    assert all(f"\n  {command}\n" in printed for command in run.commands)
    assert printed.endswith(f"Left in the account: ['the role {run.name}'].\n")


def test_ctrl_c_while_a_policy_is_made_leaves_nothing(box, tmp_path):
    """The engine gets Ctrl-C as well and ends its open call. Only then is the account searched for what the run has made."""

    def interrupt(_):
        engines = [child for child in psutil.Process().children() if child.name() == "pulumi"]
        for process in (psutil.Process(), *engines):
            process.send_signal(signal.SIGINT)
        time.sleep(2)

    box.answer("CreatePolicy", interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), started_in_sandbox(box, tmp_path) as run:
        box.stack(lambda: SessionManagerManagedPolicy(run.name, roles=[], policy_name=run.name)).up()

    assert [call.action for call in box.writes] == ["CreatePolicy"]
    assert leftovers(boto3.resource("iam")) == []


def test_ctrl_c_while_a_run_is_removed_changes_nothing(box, tmp_path):
    with started_in_sandbox(box, tmp_path) as run:
        run.iam.create_role(RoleName=run.name, AssumeRolePolicyDocument=NOBODY)
        run.iam.create_policy(PolicyName=run.name, PolicyDocument=json.dumps(OWN))
        interrupt = lambda **_: signal.raise_signal(signal.SIGINT)  # noqa: E731
        run.iam.meta.client.meta.events.register("before-call.iam.DeleteRole", interrupt)

    assert leftovers(boto3.resource("iam")) == []
