"""A check on the engine: a preview asks and tells, an update asks nothing; what the run itself changes; and a gate in CI."""

import json
import re
import time
from pathlib import Path

import jq
import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY, allow, documented
from engine.runs import NOBODY, OWN, ROOT, own, run
from programs import ACCOUNT, HEARTBEAT_NEEDED, denial, deny_in, fleet, one

from sandbox import Fault

OTHER_ACCOUNT, SIMULATE = "210987654321", "SimulatePrincipalPolicy"
NO_KEY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["kms:Decrypt"], "Resource": "*"}]}
ONLY_KMS = json.dumps({"Version": "2012-10-17", "Statement": [allow(["kms:*"])]})
WITH_KEY, WITH_HEARTBEAT = {"kms_key_arns": [KEY]}, {"allow_update_instance_information": True}
KEY_RESOURCE = KEY.split(":", 5)[5]


def denied(role="web", name="no"):
    return denial(f"kms:Decrypt on {KEY_RESOURCE}", deny_in(f"'{name}'"), role)


def lines_about_iam(stack):
    """Run a preview, which a check never ends; return its lines about IAM."""
    lines, _, failed = run(stack, "preview")
    assert not failed
    return [line for line in lines if "IAM" in line]


def fail(arguments):
    raise AssertionError(arguments)


@pytest.mark.parametrize("make", [one, fleet])
def test_a_preview_asks_and_an_update_does_not(box, make):
    """So no simulator, slow or gone, is in the way of a write."""
    box.create_role("web", policies={"own": OWN, "no": NO_KEY})
    stack = box.stack(lambda: make(check=True, **WITH_KEY))

    assert lines_about_iam(stack) == [denied()]
    box.answer(SIMULATE, fail)
    calls_before = len(box.calls)
    assert run(stack)[0::2] == ([], False)
    assert SIMULATE not in [call.action for call in box.calls[calls_before:]]
    assert own(box) == [NO_KEY, documented(**WITH_KEY)]


def test_a_boundary(box):
    limit = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=ONLY_KMS)["Policy"]["Arn"]
    box.create_role("web", policies={"own": OWN}, boundary=limit)
    [line] = lines_about_iam(box.stack(lambda: one(check=True, **WITH_HEARTBEAT)))

    assert (
        "in eu-west-1: the permissions boundary 'limit' or an SCP does not allow this. Allow it there, unless " in line
    )


@pytest.mark.parametrize("action", ["GetRole", SIMULATE])
def test_no_answer_ends_no_preview(box, action):
    box.create_role("web", policies={"own": OWN})
    box.fail(action, Fault("InvalidInput", "Not today."))
    [line] = lines_about_iam(box.stack(lambda: one(check=True)))

    assert line.startswith("warning: IAM could not be asked about role 'web' (InvalidInput: Not today.)")


def test_a_role_that_the_same_program_makes_and_a_deny_that_goes(box):
    """A preview doesn't know yet what an update makes and deletes; the next one does."""

    def program(*, denies=True):
        role = aws.iam.Role("new", name="new", assume_role_policy=NOBODY)
        if denies:
            aws.iam.RolePolicy("no", role=role.name, name="no", policy=json.dumps(NO_KEY))
        one("web", role=role.name, check=True, **WITH_KEY)

    lines = []
    for declare in (program, lambda: program(denies=False)):
        lines.append(lines_about_iam(box.stack(declare)))
        assert run(box.stack(declare))[0::2] == ([], False)
        lines.append(lines_about_iam(box.stack(declare)))
    [[before], *denials, [after]] = lines

    assert before.startswith("info: IAM has no role 'new' in the provider's account yet.")
    assert denials == [[denied("new")]] * 2
    assert after.startswith("info: As IAM is now, it would allow role 'new' all 5 actions")


def test_each_component_asks_its_own_account(box):
    box.create_role("web", policies={"own": OWN})
    box.create_role("web", policies={"own": OWN, "theirs": NO_KEY}, account=OTHER_ACCOUNT)

    def program():
        keys = {"access_key": OTHER_ACCOUNT, "secret_key": "sandbox"}
        other = aws.Provider("other", region=box.region, **keys)
        one("ours", check=True, **WITH_KEY)
        one(
            "theirs",
            pulumi.ResourceOptions(provider=other),
            check=True,
            kms_key_arns=[KEY.replace(ACCOUNT, OTHER_ACCOUNT)],
        )

    allowed, *denials = lines_about_iam(box.stack(program))

    assert allowed.startswith("info: As IAM is now, it would allow role 'web' all 5 actions")
    assert denials == [denied(name="theirs")]


@pytest.mark.parametrize("name", ["ssm", None], ids=["exact", "generated"])
def test_an_update_that_takes_the_heartbeat_away(box, name):
    """The preview knows what IAM calls the component's own policy."""
    box.create_role("web")
    box.stack(lambda: one(policy_name=name, **WITH_HEARTBEAT)).up()
    lines = lines_about_iam(box.stack(lambda: one(policy_name=name, check=True)))

    own_name = name or "web-session-manager-[0-9a-f]{7}"
    assert re.match(
        rf"warning: IAM allows role 'web' the heartbeat .* only by '{own_name}', from which this update removes it",
        lines[1],
    )


def test_a_heartbeat_that_the_same_update_grants_elsewhere(box):
    """The preview can't know it, and says so; after the update the heartbeat is another policy's."""
    box.create_role("web")
    box.stack(lambda: one(**WITH_HEARTBEAT)).up()

    def program():
        one(check=True)
        aws.iam.RolePolicy("own", role="web", name="own", policy=json.dumps(OWN))

    [_, before] = lines_about_iam(box.stack(program))
    box.stack(program).up()

    assert before.endswith("unless this update or Default Host Management grants the heartbeat.")
    assert lines_about_iam(box.stack(program)) == [
        "info: As IAM is now, it would allow role 'web' all 4 actions of this policy in eu-west-1. The heartbeat is allowed only "
        "by 'own': nodes lose their connection if this update deletes that."
    ]


def preview_as_json(box, **inputs):
    """Return how `pulumi preview --json` of a program in YAML ends, and what it prints."""
    stack = box.stack(lambda: None)
    component = {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": inputs}
    program = {"name": "app", "runtime": "yaml", "resources": {"nodes": component}}
    Path(stack.workspace.work_dir, "Pulumi.yaml").write_text(json.dumps(program))
    preview = box.pulumi("preview", "--json", stack=stack)
    return preview.returncode, preview.stdout


def job_passes(returncode, preview_json):
    """Return whether the page's command lets a job pass: `jq -es` reads all that was printed as one list."""
    page = (ROOT / "docs/check-a-role.md").read_text()
    [expression] = re.findall(r"(?m)^test \"\$previewed\" && jq -es '(.*)' preview\.json \|\| exit 1$", page)
    return returncode == 0 and jq.compile(expression).input_text(preview_json, slurp=True).all() == [True]


def test_a_job_fails_on_what_a_preview_says(box):
    """On a program in YAML, whose lines have the schema's words, however late IAM answers."""
    box.create_role("web", policies={"own": OWN, "no": NO_KEY})
    box.create_role("bare")
    box.answer(SIMULATE, lambda _: time.sleep(1))
    code, printed = preview_as_json(box, roles=["web", "bare"], kmsKeyArns=[KEY], check=True)
    messages = [diagnostic["message"].strip() for diagnostic in json.loads(printed)["diagnostics"]]

    assert not job_passes(code, printed)
    assert sorted(message for message in messages if "IAM" in message) == [
        "As IAM is now, it would allow role 'bare' all 5 actions of this policy in eu-west-1. Its simulator does not see key "
        "policies and bucket policies.",
        denial(
            "ssm:UpdateInstanceInformation (the heartbeat)",
            HEARTBEAT_NEEDED.replace("allow_update_instance_information", "allowUpdateInstanceInformation"),
            "bare",
        ),
        denied(),
    ]


@pytest.mark.parametrize(
    ("inputs", "passes"),
    [({"roles": ["web"], "check": True}, True), ({"roles": []}, True), ({"roles": ["a b"]}, False)],
    ids=["clean", "a warning of another kind", "a preview that fails"],
)
def test_a_job_passes_if_nothing_stands_in_the_way(box, inputs, passes):
    box.create_role("web", policies={"own": OWN})

    assert job_passes(*preview_as_json(box, **inputs)) == passes


def test_a_job_fails_if_the_preview_is_streamed_or_empty(box, monkeypatch):
    """Neither has a list of diagnostics, and in neither can a warning be looked for."""
    box.create_role("web", policies={"own": OWN})
    monkeypatch.setenv("PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "true")
    code, streamed = preview_as_json(box, roles=["web"], check=True)

    assert (code, "diagnosticEvent" in streamed) == (0, True)
    assert not job_passes(code, streamed)
    assert not job_passes(0, "")
