"""The sandbox's faults and refusals: what a caller sees, what AWS has done, and how often."""

import json
import time
from typing import Any

import botocore.exceptions
import pytest

from sandbox import Fault, Sandbox

DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


def document_of(characters: int) -> str:
    """Make a document of so many characters, white space not counted."""
    empty = json.loads(DOCUMENT)
    empty["Statement"][0]["Sid"] = ""
    missing = characters - len("".join(json.dumps(empty).split()))
    empty["Statement"][0]["Sid"] = "x" * missing
    return json.dumps(empty, indent=2)


def put(box: Sandbox, role: str = "web", document: str = DOCUMENT) -> None:
    """Write a policy with boto3, which tries again what can be tried again."""
    box.client("iam").put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.throttling(), 400, "Throttling"),
        (Fault.internal_error(), 500, "ServiceFailure"),
        (Fault.error("ConcurrentModification", "Try again.", 409), 409, "ConcurrentModification"),
    ],
)
def test_a_fault_is_answered_and_the_next_try_succeeds(box: Sandbox, fault: Fault, status: int, code: str) -> None:
    """A fault with a count is met so many times; what it stopped was not done, and the record has both."""
    box.create_role("web")
    box.fail("PutRolePolicy", fault, times=1)
    try:
        put(box)
    except botocore.exceptions.ClientError:
        put(box)

    assert [(call.status, call.error, call.write) for call in box.calls] == [(status, code, False), (200, None, True)]
    assert box.faults_left == 0


def test_denied_says_who_may_not_do_what(box: Sandbox) -> None:
    """A denied call is answered in AWS's words."""
    box.create_role("web")
    box.fail("PutRolePolicy", Fault.denied())
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        put(box)

    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "AccessDenied",
        "Message": "User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: iam:PutRolePolicy on "
        "resource: role web because no identity-based policy allows the iam:PutRolePolicy action",
    }


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code"),
    [
        ("kms", "describe_key", {"KeyId": "alias/sessions"}, "AccessDeniedException"),
        ("s3", "get_bucket_encryption", {"Bucket": "logs"}, "AccessDenied"),
    ],
)
def test_each_protocol_has_its_own_form(
    box: Sandbox, service: str, call: str, arguments: dict[str, Any], code: str
) -> None:
    """A service that speaks JSON, or S3, gets the fault in the form and by the name that its SDK reads."""
    box.fail("*", Fault.denied())
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(box.client(service), call)(**arguments)

    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("applied", [False, True])
def test_a_dropped_connection_may_hide_that_the_call_was_done(box: Sandbox, *, applied: bool) -> None:
    """The caller sees no answer; whether AWS did it is the test's choice, and the record knows."""
    box.create_role("web")
    box.fail("PutRolePolicy", Fault.dropped(applied=applied), times=1)
    put(box)

    assert [(call.status, call.error, call.write) for call in box.calls] == [
        (0, "ConnectionDropped", applied),
        (200, None, True),
    ]


def test_a_slow_answer_comes_late_and_the_work_is_done_at_once(box: Sandbox) -> None:
    """The record's time is that of the work, the caller's that of the answer."""
    box.create_role("web")
    box.fail("PutRolePolicy", Fault.slow(0.5))
    put(box)

    assert time.monotonic() - box.writes[0].time >= 0.5


def test_a_fault_can_be_for_some_calls_only(box: Sandbox) -> None:
    """`where` names the parameters of the calls that are meant, `skip` how many of those pass before."""
    for role in ("api", "web"):
        box.create_role(role)
    box.fail("PutRolePolicy", Fault.throttling(), times=1, skip=1, where={"RoleName": "web"})
    for role in ("api", "web", "api", "web"):
        put(box, role)

    assert [(call.target, call.error) for call in box.calls] == [
        ("api", None),
        ("web", None),
        ("api", None),
        ("web", "Throttling"),
        ("web", None),
    ]


def test_cleared_faults_are_gone(box: Sandbox) -> None:
    """After `clear_faults` every call has its answer."""
    box.create_role("web")
    box.fail("*", Fault.denied())
    box.clear_faults()
    put(box)

    assert [call.status for call in box.calls] == [200]


def test_the_providers_own_retries_meet_the_fault(box: Sandbox) -> None:
    """A fault that is over within the AWS SDK's retries leaves a program that succeeds."""
    import pulumi_aws as aws

    box.create_role("web")
    box.fail("PutRolePolicy", Fault.throttling(), times=1)
    stack = box.stack(lambda: aws.iam.RolePolicy("own", role="web", name="own", policy=DOCUMENT))
    stack.up()

    assert [(call.action, call.error) for call in box.calls if call.action == "PutRolePolicy"] == [
        ("PutRolePolicy", "Throttling"),
        ("PutRolePolicy", None),
    ]


def test_an_action_can_be_answered_by_a_function(box: Sandbox) -> None:
    """A handler's answer is sent; where it has none, moto's is."""

    def simulate(params: Any) -> tuple[int, str, str] | None:
        if params["PolicySourceArn"].endswith("web"):
            return 403, "<ErrorResponse><Error><Code>Scripted</Code></Error></ErrorResponse>", "text/xml"
        return None

    box.answer("SimulatePrincipalPolicy", simulate)
    codes = []
    for role in ("web", "api"):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            box.client("iam").simulate_principal_policy(
                PolicySourceArn=f"arn:aws:iam::123456789012:role/{role}", ActionNames=["s3:GetObject"]
            )
        codes.append(caught.value.response["Error"]["Code"])

    assert codes == ["Scripted", "NotImplemented"]


def refused(box: Sandbox, call: str, **arguments: Any) -> tuple[str, str]:
    """Return code and message of a call that AWS refuses."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(box.client("iam"), call)(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_managed_policys_name_is_unique_whatever_its_path(box: Sandbox) -> None:
    """AWS refuses a second policy of a name, in another path or case; moto would make it."""
    box.client("iam").create_policy(PolicyName="shared", PolicyDocument=DOCUMENT)

    assert refused(box, "create_policy", PolicyName="Shared", Path="/team/", PolicyDocument=DOCUMENT) == (
        "EntityAlreadyExists",
        "A policy called Shared already exists. Duplicate names are not allowed.",
    )


def test_an_attached_policy_is_not_deleted(box: Sandbox) -> None:
    """AWS refuses to delete what somebody still has attached."""
    box.create_role("web")
    client = box.client("iam")
    arn = client.create_policy(PolicyName="shared", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    client.attach_role_policy(RoleName="web", PolicyArn=arn)

    assert refused(box, "delete_policy", PolicyArn=arn) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )


def test_a_policy_with_versions_is_not_deleted(box: Sandbox) -> None:
    """AWS wants the other versions deleted first."""
    client = box.client("iam")
    arn = client.create_policy(PolicyName="shared", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    client.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT, SetAsDefault=True)

    assert refused(box, "delete_policy", PolicyArn=arn)[0] == "DeleteConflict"


def test_the_eleventh_managed_policy_is_refused(box: Sandbox) -> None:
    """A role holds ten managed policies by AWS's default quota; one that it has already is no eleventh."""
    box.create_role("web")
    client = box.client("iam")
    arns = [
        client.create_policy(PolicyName=f"shared-{number}", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
        for number in range(11)
    ]
    for arn in arns[:10]:
        client.attach_role_policy(RoleName="web", PolicyArn=arn)
    client.attach_role_policy(RoleName="web", PolicyArn=arns[0])

    assert refused(box, "attach_role_policy", RoleName="web", PolicyArn=arns[10]) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 10",
    )


def test_a_managed_policy_may_have_6144_characters(box: Sandbox) -> None:
    """White space is free; one character more is refused, in a new version as well."""
    client = box.client("iam")
    arn = client.create_policy(PolicyName="shared", PolicyDocument=document_of(6144))["Policy"]["Arn"]
    message = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144")

    assert refused(box, "create_policy", PolicyName="long", PolicyDocument=document_of(6145)) == message
    assert refused(box, "create_policy_version", PolicyArn=arn, PolicyDocument=document_of(6145)) == message


def test_a_roles_inline_policies_may_have_10240_characters_together(box: Sandbox) -> None:
    """The sum over the role's policies counts, with the new document in place of the one of the same name."""
    box.create_role("web", policies={"other": json.loads(document_of(240))})
    put(box, document=document_of(10_000))
    put(box, document=document_of(10_000))

    assert refused(box, "put_role_policy", RoleName="web", PolicyName="own", PolicyDocument=document_of(10_001)) == (
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role web",
    )
