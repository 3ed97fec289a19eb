"""When AWS refuses, fails or stays silent: its own message reaches the user, and the next `up` puts all in order."""

from typing import Final, NamedTuple

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, policy
from tests.on_engine import inline_documents, permissions, told, writes

# The provider tries again by itself; twice in all is enough to see that.
IMPATIENT: Final = {"aws:maxRetries": 2}
PLAIN: Final = policy(CHANNELS)

GAVE_UP: Final = "exceeded maximum number of attempts, 2, "
ANSWER: Final = "https response error StatusCode: {}, "
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


def put_failed(message: str, role: str = "web") -> str:
    """Return what a user is told of a policy that could not be written."""
    return f"putting IAM Role ({role}) Policy (sessions): operation error IAM: PutRolePolicy, {message}"


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
    assert [inline_documents(box, role) for role in TROUBLES] == [[PLAIN]] * len(TROUBLES)


def test_a_destroy_that_fails_can_be_tried_again(box: Sandbox) -> None:
    """Where the policy cannot be deleted, it stays, in the stack as well, and the next `destroy` deletes it."""
    box.create_role("web")
    stack = box.stack(permissions(policy_name="old"))
    stack.up()
    box.fail("DeleteRolePolicy", Fault.denied(), times=1)
    [message] = told(box, stack.destroy)
    between = inline_documents(box)
    stack.destroy()

    denied = DENIED.format("DeleteRolePolicy", "web")
    assert message == f"deleting IAM Role Policy (web:old): operation error IAM: DeleteRolePolicy, {denied}"
    assert between == [PLAIN]
    assert inline_documents(box) == []
