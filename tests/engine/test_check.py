"""A check on the engine: a preview asks and tells, an update asks nothing; what the run itself changes; and a gate in CI."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY, allow, wanted
from engine.runs import NOBODY, OWN, ROOT, own, run
from programs import ACCOUNT, fleet, one

from sandbox import Fault

OTHER, SIMULATE = "210987654321", "SimulatePrincipalPolicy"
NO_KEY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["kms:Decrypt"], "Resource": "*"}]}
ONLY_KMS = json.dumps({"Version": "2012-10-17", "Statement": [allow(["kms:*"])]})
KEYS, ON = {"kms_key_arns": [KEY]}, {"allow_update_instance_information": True}
KEYED = KEY.split(":", 5)[5]


def denied(role="web", name="no"):
    changes = "This update or a request's network may change that."
    return f"warning: IAM denies role '{role}' kms:Decrypt on {KEYED} in eu-west-1: it is denied in '{name}'. {changes}"


def told(stack):
    """Run a preview, which a check never ends; return what it says of IAM."""
    lines, _, failed = run(stack, "preview")
    assert not failed
    return [line for line in lines if "IAM" in line]


def never(asked):
    raise AssertionError(asked)


@pytest.mark.parametrize("make", [one, fleet])
def test_a_preview_asks_and_an_update_does_not(box, make):
    """So no simulator, slow or gone, is in the way of a write."""
    box.create_role("web", policies={"own": OWN, "no": NO_KEY})
    stack = box.stack(lambda: make(check=True, **KEYS))

    assert told(stack) == [denied()]
    box.answer(SIMULATE, never)
    done = len(box.calls)
    assert run(stack)[0::2] == ([], False)
    assert SIMULATE not in [call.action for call in box.calls[done:]]
    assert own(box) == [NO_KEY, wanted(**KEYS)]


def test_a_boundary(box):
    limit = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=ONLY_KMS)["Policy"]["Arn"]
    box.create_role("web", policies={"own": OWN}, boundary=limit)
    [line] = told(box.stack(lambda: one(check=True, **ON)))

    assert "in eu-west-1: the permissions boundary 'limit' or an SCP does not allow it. " in line


@pytest.mark.parametrize("action", ["GetRole", SIMULATE])
def test_no_answer_ends_no_preview(box, action):
    box.create_role("web", policies={"own": OWN})
    box.fail(action, Fault("InvalidInput", "Not today."))
    [line] = told(box.stack(lambda: one(check=True)))

    assert line.startswith("warning: IAM could not be asked about role 'web' (InvalidInput: Not today.)")


def test_a_role_that_the_same_program_makes_and_a_deny_that_goes(box):
    """A preview doesn't know yet what an update makes and deletes; the next one does."""

    def program(*, denies=True):
        role = aws.iam.Role("new", name="new", assume_role_policy=NOBODY)
        if denies:
            aws.iam.RolePolicy("no", role=role.name, name="no", policy=json.dumps(NO_KEY))
        one("web", role=role.name, check=True, **KEYS)

    lines = []
    for each in (program, lambda: program(denies=False)):
        lines.append(told(box.stack(each)))
        assert run(box.stack(each))[0::2] == ([], False)
        lines.append(told(box.stack(each)))
    [[before], *denials, [after]] = lines

    assert before.startswith("info: IAM has no role 'new' in the provider's account yet.")
    assert denials == [[denied("new")]] * 2
    assert after.startswith("info: As IAM is now, it allows role 'new' all 5 actions")


def test_each_component_asks_its_own_account(box):
    box.create_role("web", policies={"own": OWN})
    box.create_role("web", policies={"own": OWN, "theirs": NO_KEY}, account=OTHER)

    def program():
        keys = {"access_key": OTHER, "secret_key": "sandbox"}
        other = aws.Provider("other", region=box.region, **keys)
        one("ours", check=True, **KEYS)
        one("theirs", pulumi.ResourceOptions(provider=other), check=True, kms_key_arns=[KEY.replace(ACCOUNT, OTHER)])

    allowed, *denials = told(box.stack(program))

    assert allowed.startswith("info: As IAM is now, it allows role 'web' all 5 actions")
    assert denials == [denied(name="theirs")]


@pytest.mark.parametrize("name", ["ssm", None], ids=["exact", "generated"])
def test_an_update_that_takes_the_heartbeat_away(box, name):
    """The preview knows what IAM calls the component's own policy."""
    box.create_role("web")
    box.stack(lambda: one(policy_name=name, **ON)).up()
    lines = told(box.stack(lambda: one(policy_name=name, check=True)))

    own_name = name or "web-session-manager-[0-9a-f]{7}"
    assert re.match(
        rf"warning: IAM allows role 'web' the heartbeat only by '{own_name}', from which this update", lines[1]
    )


@pytest.mark.skipif(not shutil.which("jq"), reason="the page's command needs jq")
@pytest.mark.parametrize(("keys", "fails"), [([KEY], True), ([], False)], ids=["denied", "allowed"])
def test_a_job_fails_on_what_a_preview_says(box, keys, fails):
    """The command of the page, on a program in YAML whose lines have the schema's words, however late IAM answers."""
    box.create_role("web", policies={"own": OWN, "no": NO_KEY})
    box.create_role("bare", policies={} if fails else {"own": OWN})
    box.answer(SIMULATE, lambda _: time.sleep(1))
    properties = {"roles": ["web", "bare"], "kmsKeyArns": keys, "check": True}
    component = {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": properties}
    stack = box.stack(lambda: None)
    folder = Path(stack.workspace.work_dir)
    (folder / "Pulumi.yaml").write_text(
        json.dumps({"name": "app", "runtime": "yaml", "resources": {"nodes": component}})
    )
    done = box.pulumi("preview", "--json", stack=stack)
    (folder / "preview.json").write_text(done.stdout)
    [command] = re.findall(r"(?m)^\$ (jq .*)$", (ROOT / "docs/check-a-role.md").read_text())
    job = subprocess.run(["bash", "-c", command], cwd=folder, check=False, capture_output=True, text=True)

    assert (done.returncode, job.returncode, job.stdout) == (0, int(fails), "")
    assert sorted(job.stderr.splitlines()) == (
        [
            "warning: IAM denies role 'bare' ssm:UpdateInstanceInformation (the heartbeat) in eu-west-1: no policy allows it "
            "on *, or an SCP does not. Set allowUpdateInstanceInformation to True, or to False if this update or Default Host "
            "Management grants it. This update or a request's network may change that.",
            denied(),
        ]
        if fails
        else []
    )
