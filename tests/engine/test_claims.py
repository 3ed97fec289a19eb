"""What only an AWS account can decide: in the sandbox, or on a real account as `make verify ACCOUNT=123456789012`."""

import json
import os
from pathlib import Path

import pulumi
import pulumi.automation as auto
import pytest
from documents import CHANNELS, wanted
from engine import runs
from engine.account import RefusedError, Run, left_behind, on_aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions

NO_KEYS = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}]}


@pytest.fixture
def run(request, monkeypatch):
    """A run on the account that the command names, else in the sandbox, with its environment. In the end it is removed."""
    account, remove = (request.config.getoption(option, None) for option in ("account", "remove"))
    if account:
        try:
            made, environment = on_aws(account, remove)
        except RefusedError as error:
            pytest.exit(f"Nothing was written: {error}.", returncode=2)
    else:
        box = request.getfixturevalue("box")
        made, environment = Run(box.client("iam"), box.account_id, box.region), box.env
    for name in [name for name in os.environ if name.startswith("PULUMI_") and name != "PULUMI_HOME"]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture
def stack(run, tmp_path, monkeypatch):
    """Return what makes the run's stack of a program. Its state is in a folder; the user's home is for plugins only."""
    plugins = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi", "plugins")
    plugins.mkdir(parents=True, exist_ok=True)
    for folder in ("home", "state", "work"):
        (tmp_path / folder).mkdir()
    (tmp_path / "home/plugins").symlink_to(plugins)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", (tmp_path / "state").as_uri())
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", run.id)
    opts = auto.LocalWorkspaceOptions(work_dir=str(tmp_path / "work"))

    def stack(program):
        made = auto.create_or_select_stack("verify", "verify", program, opts=opts)
        made.set_config("aws:region", auto.ConfigValue(run.region))
        return made

    return stack


@pytest.mark.timeout(1800)
def test_the_claims(request, run, stack):
    """Each is looked at until it holds: for a minute, IAM may not show what was written."""
    if request.config.getoption("remove", None):
        return  # nothing but to remove what is left of that run
    key = run.arn("key/00000000-0000-0000-0000-000000000000", "kms", run.region)
    grants = {"allow_update_instance_information": True, "kms_key_arns": [key]}
    channels, heartbeat = [f"ssmmessages:{each}" for each in CHANNELS], "ssm:UpdateInstanceInformation"

    def program(name="first", former=None, **check):
        opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=f"{run.name}-{former}")] if former else None)
        made = SessionManagerPermissions(f"{run.name}-{name}", role=run.name, opts=opts, **grants, **check)
        SessionManagerManagedPolicy(run.name, roles=[run.name], policy_name=run.name, tags=run.tags, **grants)
        pulumi.export("name", made.policy_name)

    run.make_role()
    first = runs.run(stack(program))
    assert not first.failed, first.lines
    own = stack(program).outputs()["name"].value
    given = dict.fromkeys([own, run.name], wanted(**grants))
    run.claim("`pulumi up` gives the role AWS's policy, as its own and as a managed one.", run.policies, given)
    run.claim("A second run writes nothing.", lambda: runs.run(stack(program)).steps, [])
    allowed = dict.fromkeys([*channels, heartbeat], "allowed")
    run.claim("IAM's simulator allows what is granted.", lambda: run.simulate([*channels, heartbeat]), allowed)
    run.claim("It allows the key.", lambda: run.simulate(["kms:Decrypt"], key), {"kms:Decrypt": "allowed"})

    renamed = lambda: program("second", "first")  # noqa: E731
    run.claim("A renamed component with an alias writes nothing.", lambda: runs.run(stack(renamed)).steps, [])
    run.claim("The role has the same policies.", run.policies, given)

    denying = {f"{run.name}-deny": NO_KEYS}
    run.iam.put_role_policy(RoleName=run.name, PolicyName=f"{run.name}-deny", PolicyDocument=json.dumps(NO_KEYS))
    run.claim("The simulator sees a Deny.", lambda: run.simulate(["kms:Decrypt"], key), {"kms:Decrypt": "explicitDeny"})
    checked = stack(lambda: program("second", check=True))
    cause = f"IAM denies role '{run.name}' kms:Decrypt on {key.split(':', 5)[5]} in {run.region}: it is denied in '{run.name}-deny'"
    told = lambda: any(cause in line for line in runs.run(checked, "preview").lines)  # noqa: E731
    run.claim("So does the check in a preview.", told, wanted=True)

    assert not runs.run(stack(lambda: None), "destroy").failed
    run.claim("`pulumi destroy` leaves the role its other policy.", run.policies, denying)
    run.remove()
    run.claim("Nothing of the run is left.", lambda: run.id in left_behind(run.iam), wanted=False)
