"""What a test can do with the sandbox: look at calls, let them fail, answer them.

Secrets, killed engines and accounts are seen in `tests/engine`.
"""

import json
import threading
import warnings

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
from documents import allow

from sandbox import Fault, Sandbox

pytestmark = pytest.mark.engine
READ = {"Version": "2012-10-17", "Statement": [allow(["s3:GetObject"])]}
WRITE = {"Version": "2012-10-17", "Statement": [allow(["s3:PutObject"])]}
OTHER, ACTION = "210987654321", "put_role_policy"


def inline(document=READ, **more):
    return aws.iam.RolePolicy("own", **{"name": "own", "role": "web", "policy": json.dumps(document), **more})


def test_calls_are_those_of_the_provider_in_order(box):
    """Reads and writes, with what was asked; a client of the test is no part of them."""
    box.create_role("web")
    box.stack(inline).up()
    call = box.writes[0]

    assert [call.action for call in box.calls] == ["PutRolePolicy", "GetRolePolicy"]
    assert (call.account, call.target, json.loads(call.params["PolicyDocument"])) == (box.account_id, "web", READ)


FAULTS = {
    "throttled, so asked again": (Fault("Throttling"), ["Throttling", None]),
    "AWS's own failure, so asked again": (Fault("ServiceFailure", status=500), ["ServiceFailure", None]),
    "no answer, so asked again": (Fault(), ["ConnectionDropped", None]),
    "done, its answer lost, so done again": (Fault(applied=True), ["ConnectionDropped", None]),
    "refused": (Fault("AccessDenied", "Not you.", 403), ["AccessDenied"]),
}


@pytest.mark.parametrize(("fault", "errors"), FAULTS.values(), ids=FAULTS)
def test_a_call_meets_its_fault(box, fault, errors):
    box.create_role("web")
    box.fail("PutRolePolicy", fault)
    if errors[-1]:
        with pytest.raises(
            auto.CommandError, match=r"putting IAM Role \(web\) Policy \(own\): .*api error AccessDenied: Not you"
        ):
            box.stack(inline).up()
    else:
        box.stack(inline).up()
    puts = [call for call in box.calls if call.action == "PutRolePolicy"]

    assert [call.error for call in puts] == errors
    assert [call.changed for call in puts] == [fault.applied, True][: len(errors)]
    assert list(box.role_policies("web")) == ([] if errors[-1] else ["own"])


def test_a_secret_output_is_told_as_such(box):
    """Also by a second run, which needs the stack's key from the first."""
    program = lambda: pulumi.export("word", pulumi.Output.secret("hidden"))  # noqa: E731
    outputs = [box.stack(program).up().outputs["word"] for _ in range(2)]

    assert [(output.value, output.secret) for output in outputs] == [("hidden", True)] * 2


def test_gaps_are_moments_without_an_action(box):
    """A name that changes is deleted first; a generated one is not. Another account's role of this name is another role."""
    box.create_role("web")
    box.create_role("web", account=OTHER)
    for name in ("one", "two"):
        box.stack(lambda name=name: inline(name=name), project="exact").up()
    for name in ("other", "another"):
        program = lambda name=name: aws.iam.RolePolicy(name, role="web", policy=json.dumps(WRITE))  # noqa: E731
        box.stack(program, project="generated").up()

    theirs = box.provider_config(OTHER)
    box.stack(lambda: inline(name="one", document=WRITE), project="theirs", config=theirs).up()

    assert [call.action for call in box.writes_losing("web", "s3:GetObject")] == ["DeleteRolePolicy"]
    assert box.writes_losing("WEB", "s3:GetObject") == box.writes_losing("web", "s3:GetObject")
    assert box.writes_losing("web", "s3:PutObject") == []
    for asked in (("wbe", "s3:GetObject"), ("web", "s3:ListBucket")):
        with pytest.raises(
            LookupError, match=f"after no write of the provider had a role '{asked[0]}' exactly {asked[1]}"
        ):
            box.writes_losing(*asked)


def test_a_process_has_one_sandbox_at_a_time(box):
    with pytest.raises(RuntimeError, match="one sandbox at a time"), Sandbox():
        pass


def test_a_test_can_answer_for_aws(box):
    """Answers may wait for each other, though calls are made one at a time."""
    box.create_role("web")
    box.create_role("api")
    both = threading.Barrier(2, timeout=60)
    box.answer("PutRolePolicy", lambda _: None if both.wait() in (0, 1) else {})
    box.answer("GetCallerIdentity", lambda _: {"Account": OTHER, "Arn": "a", "UserId": "u"})

    def program():
        inline()
        aws.iam.RolePolicy("api", role="api", policy=json.dumps(READ))
        pulumi.export("account", aws.get_caller_identity().account_id)

    assert box.stack(program).up().outputs["account"].value == OTHER
    assert [call.action for call in box.writes] == ["PutRolePolicy"] * 2


def test_an_empty_answer_is_an_answer(box):
    """AWS is not asked instead."""
    box.answer("PutRolePolicy", lambda _: {})
    box.answer("GetRolePolicy", lambda _: {"RoleName": "web", "PolicyName": "own", "PolicyDocument": json.dumps(READ)})
    box.stack(inline).up()

    assert [call.action for call in box.writes] == ["PutRolePolicy"]


@pytest.mark.parametrize("script", [lambda box: box.fail(ACTION, Fault()), lambda box: box.answer(ACTION, dict)])
def test_what_no_call_meets_is_an_error(box, script):
    """The test has not seen what it was to see."""
    script(box)
    with pytest.raises(LookupError, match="no call met the fault or the answer of put_role_policy"):
        box.reset()


def test_an_answer_that_fails_is_told(box):
    box.create_role("web")
    box.answer("PutRolePolicy", lambda params: params["Role"])
    with pytest.raises(auto.CommandError, match=r"TheAnswerFailed: KeyError\('Role'\)"):
        box.stack(inline).up()
    with pytest.raises(LookupError, match=r"an answer failed: KeyError\('Role'\)"):
        box.reset()


def test_an_answer_can_refuse_one_call_and_leave_the_others_to_aws(box):
    box.create_role("web")
    box.create_role("api")
    box.answer("PutRolePolicy", lambda params: Fault("AccessDenied") if params["RoleName"] == "api" else None)

    def program():
        opts = pulumi.ResourceOptions(depends_on=inline())  # or the run would end before that one is written
        aws.iam.RolePolicy("api", role="api", policy=json.dumps(READ), opts=opts)

    with pytest.raises(auto.CommandError, match="AccessDenied"):
        box.stack(program).up()
    assert (box.role_policies("web"), box.role_policies("api")) == ({"own": READ}, {})


def test_a_deprecated_argument_ends_no_program(box):
    """As with Pulumi's own host for Python, although pytest makes an error of a warning here."""

    def program():
        warnings.warn("inline_policies is deprecated", DeprecationWarning, stacklevel=1)
        pulumi.export("went_on", value=True)

    assert box.stack(program).up().outputs["went_on"].value is True


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: aws.sqs.Queue("q"), "has no aws:sqs/queue:Queue"),
        (lambda: aws.iam.get_user(user_name="a"), "has no aws:iam/getUser:getUser"),
        (lambda: aws.iam.Role("r", assume_role_policy="{}", inline_policies=[{"name": "a"}]), "Invalid or unknown key"),
    ],
)
def test_what_the_provider_does_not_have_is_named(box, program, message):
    with pytest.raises(auto.CommandError, match=message):
        box.stack(program).preview()
