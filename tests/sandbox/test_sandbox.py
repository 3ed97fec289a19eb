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
OTHER = "210987654321"


def inline(document=READ, **more):
    return aws.iam.RolePolicy("own", **{"name": "own", "role": "web", "policy": json.dumps(document), **more})


def test_calls_are_those_of_the_provider_in_order(box):
    """Reads and writes, with what was asked; a client of the test is no part of them."""
    box.create_role("web")
    box.stack(inline).up()
    call = box.writes[0]

    assert [call.action for call in box.calls] == ["PutRolePolicy", "GetRolePolicy"]
    assert (call.account, call.target, json.loads(call.params["PolicyDocument"])) == (box.account_id, "web", READ)
    assert call.policies_after == {"web": {"own": READ}}


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
        with pytest.raises(auto.CommandError, match=r"creating IAM Role Policy \(own\): .*AccessDenied: Not you"):
            box.stack(inline).up()
    else:
        box.stack(inline).up()
    puts = [call for call in box.calls if call.action == "PutRolePolicy"]

    assert [call.error for call in puts] == errors
    assert [call.write for call in puts] == [fault.applied, True][: len(errors)]
    assert list(box.role_policies("web")) == ([] if errors[-1] else ["own"])


def test_a_policy_that_cannot_be_read_after_its_creation_is_in_the_state(box):
    """So the next run goes on with it, and makes no second one of another name."""
    box.create_role("web")
    program = lambda: aws.iam.RolePolicy("own", role="web", policy=json.dumps(READ))  # noqa: E731
    box.fail("GetRolePolicy", Fault("AccessDenied"))
    with pytest.raises(auto.CommandError, match=r"reading IAM Role Policy .*AccessDenied"):
        box.stack(program).up()
    box.stack(program).up()

    assert list(box.role_policies("web").values()) == [READ]


def test_a_document_stays_as_the_program_wrote_it(box):
    """AWS answers with the same policy in other text."""
    box.create_role("web")
    text = json.dumps(READ, indent=1)
    outputs = box.stack(lambda: pulumi.export("document", inline(policy=text).policy)).up().outputs

    assert outputs["document"].value == text


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

    theirs = {"RoleName": "web", "PolicyName": "one", "PolicyDocument": json.dumps(WRITE)}
    box.call("iam", box.region, OTHER, "PutRolePolicy", theirs)

    assert [call.action for call in box.gaps("web", "s3:GetObject")] == ["DeleteRolePolicy"]
    assert [call.action for call in box.gaps("WEB", "s3:GetObject")] == ["DeleteRolePolicy"]
    assert box.gaps("web", "s3:PutObject") == []
    with pytest.raises(LookupError, match="the local AWS has no role 'wbe' in account 123456789012"):
        box.gaps("wbe", "s3:GetObject")
    with pytest.raises(LookupError, match="no call of the provider gave 'web' exactly s3:ListBucket"):
        box.gaps("web", "s3:ListBucket")


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
    box.answer("GetRolePolicy", lambda _: {"PolicyDocument": READ})
    box.stack(inline).up()

    assert [call.action for call in box.writes] == ["PutRolePolicy"]


@pytest.mark.parametrize("action", ["PutRolePolicyy", "iam:PutRolePolicy", "put_role_policy"])
def test_an_action_that_aws_does_not_have_is_refused(box, action):
    message = f"IAM, KMS and STS have no action '{action}': write it like 'PutRolePolicy'"
    with pytest.raises(LookupError, match=message):
        box.fail(action, Fault())
    with pytest.raises(LookupError, match=message):
        box.answer(action, lambda _: None)


def test_a_deprecated_argument_ends_no_program(box):
    """As with Pulumi's own host for Python, although pytest makes an error of a warning here."""

    def program():
        warnings.warn("inline_policies is deprecated", DeprecationWarning, stacklevel=1)
        pulumi.export("went_on", value=True)

    assert box.stack(program).up().outputs["went_on"].value is True


@pytest.mark.parametrize("look", ["role_policies", "attached_policies"])
def test_a_role_that_is_not_there_is_refused(box, look):
    with pytest.raises(LookupError, match="the local AWS has no role 'web' in account 123456789012"):
        getattr(box, look)("web")


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


def test_a_program_asks_the_simulator(box):
    """What a role may do, and what is an error, `test_recorded.py` asks."""
    role = box.create_role("web", policies={"own": READ})

    def ask(resource):
        answer = aws.iam.get_principal_policy_simulation(
            action_names=["s3:GetObject"], policy_source_arn=role, resource_arns=[resource]
        )
        return [[row.decision, [item.source_policy_id for item in row.matched_statements]] for row in answer.results]

    outputs = box.stack(lambda: pulumi.export("answer", ask("arn:aws:s3:::bucket/a"))).up().outputs
    with pytest.raises(auto.CommandError, match="The sandbox can't say what a role of account 123456789012 may do"):
        box.stack(lambda: ask("arn:aws:sqs:eu-west-1:123456789012:q")).preview()

    assert outputs["answer"].value == [["allowed", ["role_web_own"]]]
