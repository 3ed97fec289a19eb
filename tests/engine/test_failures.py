"""When AWS refuses, fails or stays silent: its own message reaches the user, and the next `up` puts all in order."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi.automation as auto

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, KEY, decrypt, policy
from tests.on_engine import documents, errors, gaps, permissions, writes

# The provider tries again by itself; twice in all is enough to see that.
IMPATIENT: Final = {"aws:maxRetries": 2}
NAMED: Final[Mapping[str, Any]] = {"policy_name": "sessions"}
PLAIN: Final = policy(CHANNELS)
WITH_KEY: Final = policy(CHANNELS, decrypt(KEY))

GAVE_UP: Final = "exceeded maximum number of attempts, 2, "
ANSWER: Final = "https response error StatusCode: {}, RequestID: …, "
DENIED: Final = (
    ANSWER.format(403) + "api error AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to "
    "perform: iam:{0} on resource: role {1} because no identity-based policy allows the iam:{0} action"
)


class Trouble(NamedTuple):
    """A way in which AWS fails, and what the AWS SDK says of it."""

    fault: Fault
    message: str


TROUBLES: Final = {
    "throttled": Trouble(Fault.throttling(), GAVE_UP + ANSWER.format(400) + "api error Throttling: Rate exceeded"),
    "failed": Trouble(
        Fault.internal_error(),
        GAVE_UP + ANSWER.format(500) + "ServiceFailure: The request processing has failed because of an unknown error.",
    ),
    "silent": Trouble(Fault.dropped(), GAVE_UP + ANSWER.format(0) + 'request send failed, Post "URL/": EOF'),
    "denied": Trouble(Fault.denied(), DENIED.format("PutRolePolicy", "denied")),
    "full": Trouble(
        Fault.error("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role web", 409),
        ANSWER.format(409) + "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role web",
    ),
}


def told(box: Sandbox, operation: Callable[[], Any]) -> list[str]:
    """Run an operation that must fail at AWS, and return what the provider tells the user of it."""
    causes = [cause for error in errors(operation) for cause in re.findall(r"\n\* (.*)$", error)]
    return [re.sub("RequestID: [^,]*", "RequestID: …", cause.replace(box.url, "URL")) for cause in causes]


def put_failed(message: str, role: str = "web") -> str:
    """Return what a user is told of a policy that could not be written."""
    return f"putting IAM Role ({role}) Policy (sessions): operation error IAM: PutRolePolicy, {message}"


def delete_failed(message: str) -> str:
    """Return what a user is told of a policy that could not be deleted."""
    return f"deleting IAM Role Policy (web:old): operation error IAM: DeleteRolePolicy, {message}"


def stack_of(box: Sandbox, **args: Any) -> auto.Stack:
    """Return the one stack, with a program of one component."""
    return box.stack(permissions(**args), config=IMPATIENT)


def test_a_first_up_that_fails_says_why_and_can_be_tried_again(box: Sandbox) -> None:
    """AWS's own message reaches the user, the other roles get their policy, and another `up` writes the rest."""

    def program() -> None:
        for role in (*TROUBLES, "absent", "fine"):
            SessionManagerPermissions(role, {"role": role, "policy_name": "sessions"})

    box.create_role("fine")
    for role, trouble in TROUBLES.items():
        box.create_role(role)
        box.fail("PutRolePolicy", trouble.fault, where={"RoleName": role})
    stack = box.stack(program, config=IMPATIENT)
    messages = told(box, lambda: stack.up(continue_on_error=True))
    between = writes(box)
    box.clear_faults()
    box.create_role("absent")
    stack.up()
    stack.up()

    absent = put_failed(ANSWER.format(404) + "NoSuchEntity: Role absent not found", "absent")
    assert sorted(messages) == sorted([absent, *(put_failed(it.message, role) for role, it in TROUBLES.items())])
    assert between == [("PutRolePolicy", "fine")]
    assert sorted(writes(box)) == sorted(("PutRolePolicy", role) for role in (*TROUBLES, "absent", "fine"))
    assert [documents(box, role) for role in TROUBLES] == [[PLAIN]] * len(TROUBLES)


def test_an_update_that_fails_leaves_the_old_document(box: Sandbox) -> None:
    """The role keeps what it had until AWS takes the new document, and the next `up` writes it."""
    box.create_role("web")
    stack_of(box, **NAMED).up()
    stack = stack_of(box, **NAMED, kms_key_arns=[KEY])
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    message = told(box, stack.up)
    between = documents(box)
    stack.up()

    assert (message, between) == ([put_failed(DENIED.format("PutRolePolicy", "web"))], [PLAIN])
    assert (documents(box), gaps(box)) == ([WITH_KEY], [])


def test_a_replacement_that_cannot_be_written_leaves_the_old_policy(box: Sandbox) -> None:
    """Where the new policy fails, the old one is not deleted; the next `up` does both."""
    box.create_role("web")
    stack_of(box, policy_name="old").up()
    stack = stack_of(box, **NAMED)
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    message = told(box, stack.up)
    between = box.role_policies("web")
    stack.up()

    assert (message, between) == ([put_failed(DENIED.format("PutRolePolicy", "web"))], {"old": PLAIN})
    assert (box.role_policies("web"), gaps(box)) == ({"sessions": PLAIN}, [])


def test_a_replacement_that_cannot_be_finished_leaves_both_policies(box: Sandbox) -> None:
    """Where the old policy cannot be deleted, the new one is there already; the next `up` deletes the old one."""
    box.create_role("web")
    stack_of(box, policy_name="old").up()
    stack = stack_of(box, **NAMED)
    box.fail("DeleteRolePolicy", Fault.denied(), times=1)
    message = told(box, stack.up)
    between = box.role_policies("web")
    stack.up()

    assert (message, between) == (
        [delete_failed(DENIED.format("DeleteRolePolicy", "web"))],
        {"old": PLAIN, "sessions": PLAIN},
    )
    assert (box.role_policies("web"), gaps(box)) == ({"sessions": PLAIN}, [])


def test_a_destroy_that_fails_can_be_tried_again(box: Sandbox) -> None:
    """Where the policy cannot be deleted, it stays, in the stack as well, and the next `destroy` deletes it."""
    box.create_role("web")
    stack = stack_of(box, policy_name="old")
    stack.up()
    box.fail("DeleteRolePolicy", Fault.denied(), times=1)
    message = told(box, stack.destroy)
    between = documents(box)
    stack.destroy()

    assert (message, between) == ([delete_failed(DENIED.format("DeleteRolePolicy", "web"))], [PLAIN])
    assert documents(box) == []
