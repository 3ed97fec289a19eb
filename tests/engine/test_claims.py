"""What only an AWS account can decide: in the sandbox, or on a real account as `make verify ACCOUNT=123456789012`."""

import json

import pulumi
import pulumi.automation as auto
import pytest
from documents import CHANNELS, documented
from engine import runs
from engine.account import RefusedError, started, started_in_sandbox
from programs import denial, deny_in

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions

NO_KEYS = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}]}

TAGS = {"made-by": "make verify"}


@pytest.fixture
def run(request, tmp_path_factory):
    """A run on the account that the command names, else in the sandbox."""
    account, folder = request.config.getoption("account", None), tmp_path_factory.mktemp("verify")
    start = started(account, folder) if account else started_in_sandbox(request.getfixturevalue("box"), folder)
    try:
        with start as run:
            yield run
    except RefusedError as error:
        pytest.exit(f"Nothing was written: {error}.", returncode=2)


@pytest.fixture
def stack(run, tmp_path):
    """Return what makes the run's stack of a program."""
    opts = auto.LocalWorkspaceOptions(work_dir=str(tmp_path))
    return lambda program: auto.create_or_select_stack("verify", "verify", program, opts=opts)


def test_the_claims(run, stack):
    """Each is looked at until it holds: for a minute, IAM may not show what was written."""
    key = f"{run.arn.replace(':iam:', f':kms:{run.region}')}:key/00000000-0000-0000-0000-000000000000"
    bucket = f"{run.arn.split(':iam:')[0]}:s3:::{run.name}"
    grants = {"allow_update_instance_information": True, "kms_key_arns": [key], "s3_log_bucket_arn": bucket}
    channels, heartbeat = [f"ssmmessages:{action}" for action in CHANNELS], "ssm:UpdateInstanceInformation"

    def program(name="first", former=None, **check):
        opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=f"{run.name}-{former}")] if former else None)
        component = SessionManagerPermissions(f"{run.name}-{name}", role=run.name, opts=opts, **grants, **check)
        SessionManagerManagedPolicy(run.name, roles=[run.name], policy_name=run.name, tags=TAGS, **grants)
        pulumi.export("name", component.policy_name)

    run.iam.create_role(RoleName=run.name, AssumeRolePolicyDocument=runs.NOBODY)
    run.iam.meta.client.get_waiter("role_exists").wait(RoleName=run.name)
    first = runs.run(stack(program))
    assert not first.failed, first.lines
    own = stack(program).outputs()["name"].value
    documents = dict.fromkeys([own, run.name], documented(**grants))
    run.claim("`pulumi up` gives the role AWS's policy, as its own and as a managed one.", run.policies, documents)
    run.claim("A second run writes nothing.", lambda: runs.run(stack(program)).steps, [])
    allowed = dict.fromkeys([*channels, heartbeat], "allowed")
    run.claim("IAM's simulator allows what is granted.", lambda: run.simulate([*channels, heartbeat]), allowed)
    run.claim("It allows the key.", lambda: run.simulate(["kms:Decrypt"], key), {"kms:Decrypt": "allowed"})
    log = f"{bucket}/session.log"
    run.claim("It allows a log.", lambda: run.simulate(["s3:PutObject"], log), {"s3:PutObject": "allowed"})

    renamed = lambda: program("second", "first")  # noqa: E731
    run.claim("A renamed component with an alias writes nothing.", lambda: runs.run(stack(renamed)).steps, [])
    run.claim("The role has the same policies.", run.policies, documents)

    denying = {f"{run.name}-deny": NO_KEYS}
    run.role.Policy(f"{run.name}-deny").put(PolicyDocument=json.dumps(NO_KEYS))
    run.claim("The simulator sees a Deny.", lambda: run.simulate(["kms:Decrypt"], key), {"kms:Decrypt": "explicitDeny"})
    checked = stack(lambda: program("second", check=True))
    line = denial(f"kms:Decrypt on {key.split(':', 5)[5]}", deny_in(f"'{run.name}-deny'"), run.name, run.region)
    is_told = lambda: line in runs.run(checked, "preview").lines  # noqa: E731
    run.claim("So does the check in a preview.", is_told, expected=True)

    assert not runs.run(stack(lambda: None), "destroy").failed
    run.claim("`pulumi destroy` leaves the role its other policy.", run.policies, denying)
    run.claim("Nothing of the run is left.", run.remove, [])
