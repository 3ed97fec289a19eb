"""The sandbox's faults: what a caller sees, what AWS has done, and how often."""

from typing import Any

import botocore.exceptions
import pytest

from sandbox import Fault, Sandbox
from sandbox.tests.policies import OTHER_ACCOUNT, put


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
    """A denied call is answered in AWS's words, about the caller's account, until the faults are cleared."""
    box.create_role("web", account=OTHER_ACCOUNT)
    client = box.client("iam", account=OTHER_ACCOUNT)
    box.fail("GetRole", Fault.denied())
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.get_role(RoleName="web")
    box.clear_faults()
    client.get_role(RoleName="web")

    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "AccessDenied",
        "Message": "User: arn:aws:iam::210987654321:user/sandbox is not authorized to perform: iam:GetRole on "
        "resource: role web because no identity-based policy allows the iam:GetRole action",
    }
    assert [call.error for call in box.calls] == ["AccessDenied", None]


def test_a_text_of_an_error_is_answered_as_it_is(box: Sandbox) -> None:
    """Braces and markup stay; only the names that `Fault` lists are replaced."""
    box.fail("GetRole", Fault.error("Malformed<1>", '{"a": {0}} & <b> {target} {targets}'))
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        box.client("iam").get_role(RoleName="{account}")

    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "Malformed<1>",
        "Message": '{"a": {0}} & <b> role {account} {targets}',
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


def test_a_fault_can_be_for_some_calls_only(box: Sandbox) -> None:
    """`where` names the parameters of the calls that are meant, `skip` how many of those pass before."""
    for role in ("api", "web"):
        box.create_role(role)
    box.fail("PutRolePolicy", Fault.throttling(), times=1, skip=1, where={"RoleName": "web"})
    for role in ("api", "web", "api", "web"):
        put(box, role=role)

    assert [(call.target, call.error) for call in box.calls] == [
        ("api", None),
        ("web", None),
        ("api", None),
        ("web", "Throttling"),
        ("web", None),
    ]


def test_an_action_can_be_answered_by_a_function(box: Sandbox) -> None:
    """Its answer is sent; where it has none, that of the local AWS is."""
    scripted = (403, "<ErrorResponse><Error><Code>Scripted</Code></Error></ErrorResponse>", "text/xml")
    box.answer("GetRole", lambda params: scripted if params["RoleName"] == "web" else None)
    for role in ("web", "api"):
        with pytest.raises(botocore.exceptions.ClientError):
            box.client("iam").get_role(RoleName=role)

    assert [call.error for call in box.calls] == ["Scripted", "NoSuchEntity"]
