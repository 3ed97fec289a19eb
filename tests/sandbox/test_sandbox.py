"""What a test can do with the sandbox: look at calls, let them fail, kill the engine, have secrets and two accounts."""

import json
import threading

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
from documents import allow

from sandbox import Fault

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

    assert [each.action for each in box.calls] == ["PutRolePolicy", "GetRolePolicy"]
    assert (call.service, call.account, call.region, call.target) == ("iam", box.account_id, box.region, "web")
    assert json.loads(call.params["PolicyDocument"]) == READ
    assert call.policies_after == {"web": {"own": READ}}
    box.forget()
    assert box.calls == []


FAULTS = {
    "throttled, so asked again": (Fault.throttling(), "own", ["Throttling", None]),
    "AWS's own failure, so asked again": (
        Fault.error("ServiceFailure", "Later.", 500),
        "own",
        ["ServiceFailure", None],
    ),
    "no answer, so asked again": (Fault.dropped(), "own", ["ConnectionDropped", None]),
    "done, its answer lost, so done again": (Fault.dropped(applied=True), "own", ["ConnectionDropped", None]),
    "refused": (Fault.denied(), None, ["AccessDenied"]),
    "any other error": (Fault.error("LimitExceeded", "Too many.", 409), None, ["LimitExceeded"]),
}


@pytest.mark.parametrize(("fault", "name", "errors"), FAULTS.values(), ids=FAULTS)
def test_a_call_meets_its_fault(box, fault, name, errors):
    box.create_role("web")
    box.fail("PutRolePolicy", fault, times=1, where={"RoleName": "web"})
    stack = box.stack(inline)
    if name:
        stack.up()
    else:
        with pytest.raises(auto.CommandError, match=rf"putting IAM Role \(web\) Policy \(own\): .*{errors[0]}"):
            stack.up()

    assert list(box.role_policies("web")) == ([name] if name else [])
    assert [call.error for call in box.calls if call.action == "PutRolePolicy"] == errors
    assert (
        [call.write for call in box.calls if call.action == "PutRolePolicy"] == [fault.applied, True][-len(errors) :]
        if name
        else [False]
    )
    assert box.faults_left == 0


def test_a_fault_is_for_its_calls_only(box):
    """Not for another role's; without `times` it stays until `reset`."""
    box.create_role("web")
    box.create_role("api")
    box.fail("PutRolePolicy", Fault.denied(), where={"RoleName": "web"})
    box.stack(lambda: aws.iam.RolePolicy("api", role="api", policy=json.dumps(READ)), project="api").up()
    for _ in range(2):
        with pytest.raises(auto.CommandError):
            box.stack(inline).up()
    box.reset()
    box.create_role("web")
    box.stack(inline).up()

    assert box.role_policies("web") == {"own": READ}


def test_gaps_are_moments_without_an_action(box):
    """A name that changes is deleted first; a generated one is not."""
    box.create_role("web")
    for name in ("one", "two"):
        box.stack(lambda name=name: inline(name=name), project="exact").up()
    box.stack(lambda: aws.iam.RolePolicy("other", role="web", policy=json.dumps(WRITE)), project="made").up()
    box.stack(lambda: aws.iam.RolePolicy("another", role="web", policy=json.dumps(WRITE)), project="made").up()

    assert [call.action for call in box.gaps("web", "s3:GetObject")] == ["DeleteRolePolicy"]
    assert box.gaps("web", "s3:PutObject") == []


def test_a_test_can_answer_for_aws(box):
    role = box.create_role("web")
    box.answer(
        "GetRole",
        lambda asked: {
            "Role": {
                "Arn": f"{role}-told",
                "RoleName": asked["RoleName"],
                "RoleId": "x",
                "AssumeRolePolicyDocument": {},
            }
        },
    )
    outputs = box.stack(lambda: pulumi.export("arn", aws.iam.get_role(name="web").arn)).up().outputs

    assert outputs["arn"].value == f"{role}-told"


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (lambda: aws.sqs.Queue("q"), "has no aws:sqs/queue:Queue"),
        (lambda: aws.iam.get_user(user_name="a"), "has no aws:iam/getUser:getUser"),
        (lambda: aws.iam.Role("r", assume_role_policy="{}", inline_policies=[{"name": "a"}]), "Invalid or unknown key"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_the_provider_does_not_have_is_named(box, program, says):
    with pytest.raises(auto.CommandError, match=says):
        box.stack(program).preview()


def test_secrets_are_encrypted_in_the_state(box):
    """Also of a provider that is told no secrets; outputs that are secret stay so."""
    box.create_role("web")
    stack = box.stack(lambda: pulumi.export("policy", inline(policy=pulumi.Output.secret(json.dumps(READ))).policy))
    result = stack.up()

    assert "s3:GetObject" not in box.state_file().read_text()
    assert (result.outputs["policy"].secret, json.loads(result.outputs["policy"].value)) == (True, READ)
    assert "s3:GetObject" not in result.stdout


def test_accounts_and_regions_are_apart(box):
    """An explicit provider has its own; the default one is the stack's."""
    box.create_role("web")
    box.create_role("web", account=OTHER)

    def program():
        other = pulumi.ResourceOptions(provider=aws.Provider("other", **box.provider_args("us-east-1", OTHER)))
        inline()
        aws.iam.RolePolicy("other", role="web", policy=json.dumps(WRITE), opts=other)
        aws.cloudwatch.LogGroup("logs", name="logs", opts=other)

    box.stack(program).up()
    groups = [box.client("logs", *where).describe_log_groups()["logGroups"] for where in [("us-east-1", OTHER), ()]]

    assert list(box.role_policies("web").values()) == [READ]
    assert list(box.role_policies("web", OTHER).values()) == [WRITE]
    assert [[each["logGroupName"] for each in found] for found in groups] == [["logs"], []]


def test_a_killed_engine_leaves_its_lock(box):
    """As a real one does: `pulumi cancel` takes it away, and the next run goes on."""
    box.create_role("web")
    killed = []
    box.answer("PutRolePolicy", lambda _: killed or killed.append(box.kill()))
    stack = box.stack(inline)
    with pytest.raises(auto.CommandError):
        stack.up()
    with pytest.raises(auto.ConcurrentUpdateError):
        stack.up()
    box.answer("PutRolePolicy", lambda _: None)
    stack.cancel()
    stack.up()

    assert killed == [1]
    assert box.role_policies("web") == {"own": READ}


def test_a_roles_simulation_obeys_all_its_policies(box):
    """Inline ones and the boundary; any client can ask."""
    limit = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    role = box.create_role(
        "web", policies={"own": {**READ, "Statement": [*READ["Statement"], *WRITE["Statement"]]}}, boundary=limit
    )

    def ask(*actions):
        found = box.client("iam").simulate_principal_policy(PolicySourceArn=role, ActionNames=actions)
        return {each["EvalActionName"]: each["EvalDecision"] for each in found["EvaluationResults"]}

    assert ask("s3:GetObject", "s3:PutObject") == {"s3:GetObject": "allowed", "s3:PutObject": "implicitDeny"}
    with pytest.raises(box.client("iam").exceptions.ClientError, match=r"PolicyEvaluation.*knows roles"):
        box.client("iam").simulate_principal_policy(PolicySourceArn=role.replace("role", "user"), ActionNames=["a:b"])


def test_a_simulation_is_a_look_up(box):
    """It tells what is allowed, by which policies, and not what another account's own policies decide."""
    role = box.create_role("web", policies={"own": READ})

    def ask(**more):
        found = aws.iam.get_principal_policy_simulation(
            policy_source_arn=role, action_names=["s3:GetObject", "s3:PutObject"], **more
        )
        return [
            [each.action_name, each.allowed, each.decision, [one.source_policy_id for one in each.matched_statements]]
            for each in found.results
        ]

    outputs = box.stack(lambda: pulumi.export("found", ask())).up().outputs
    with pytest.raises(auto.CommandError, match="can't say what a role of account 123456789012 may do to arn:aws:s3"):
        box.stack(lambda: ask(resource_arns=[f"arn:aws:s3:eu-west-1:{OTHER}:accesspoint/a"])).preview()

    assert sorted(outputs["found"].value) == [
        ["s3:GetObject", True, "allowed", ["role_web_own"]],
        ["s3:PutObject", False, "implicitDeny", []],
    ]


def test_calls_are_made_one_at_a_time_but_answers_may_wait(box):
    """A scripted answer can wait for another call: it holds nothing up."""
    box.create_role("web")
    box.create_role("api")
    both = threading.Barrier(2, timeout=60)
    box.answer("PutRolePolicy", lambda _: None if both.wait() in (0, 1) else {})
    box.stack(lambda: (inline(), aws.iam.RolePolicy("api", role="api", policy=json.dumps(READ)))).up()

    assert [call.action for call in box.writes] == ["PutRolePolicy"] * 2
