"""When AWS refuses, fails or stays silent: its own message reaches the user, and the next `up` puts all in order."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, KEY, decrypt, policy
from tests.on_engine import gaps, inline_documents, permissions, told, writes

# The provider tries again by itself; twice in all is enough to see that.
IMPATIENT: Final = {"aws:maxRetries": 2}
NAMED: Final[Mapping[str, Any]] = {"policy_name": "sessions"}
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
    assert [inline_documents(box, role) for role in TROUBLES] == [[PLAIN]] * len(TROUBLES)


OLD: Final[Mapping[str, Any]] = {"policy_name": "old"}
DELETING: Final = "deleting IAM Role Policy (web:old): operation error IAM: DeleteRolePolicy, " + DENIED.format(
    "DeleteRolePolicy", "web"
)
WRITING: Final = put_failed(DENIED.format("PutRolePolicy", "web"))


class Change(NamedTuple):
    """Inputs before and after, the action that AWS denies, what the user is told, and the role's policies then."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    action: str
    message: str
    between: Mapping[str, Any]


CHANGES: Final = {
    "another document": Change(NAMED, {**NAMED, "kms_key_arns": [KEY]}, "PutRolePolicy", WRITING, {"sessions": PLAIN}),
    "another name, and no new policy": Change(OLD, NAMED, "PutRolePolicy", WRITING, {"old": PLAIN}),
    "another name, and both policies": Change(
        OLD, NAMED, "DeleteRolePolicy", DELETING, {"old": PLAIN, "sessions": PLAIN}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_that_fails_leaves_the_old_policy(box: Sandbox, change: Change) -> None:
    """The role keeps what it had until AWS takes the new policy, and the next `up` does what is left."""
    box.create_role("web")
    stack_of(box, **change.before).up()
    stack = stack_of(box, **change.after)
    box.fail(change.action, Fault.denied(), times=1)
    message = told(box, stack.up)
    between = box.role_policies("web")
    stack.up()
    document = policy(CHANNELS, *(decrypt(key) for key in change.after.get("kms_key_arns", [])))

    assert message == [change.message]
    assert between == change.between
    assert box.role_policies("web") == {"sessions": document}
    assert gaps(box) == []


def test_a_destroy_that_fails_can_be_tried_again(box: Sandbox) -> None:
    """Where the policy cannot be deleted, it stays, in the stack as well, and the next `destroy` deletes it."""
    box.create_role("web")
    stack = stack_of(box, **OLD)
    stack.up()
    box.fail("DeleteRolePolicy", Fault.denied(), times=1)
    message = told(box, stack.destroy)
    between = inline_documents(box)
    stack.destroy()

    assert message == [DELETING]
    assert between == [PLAIN]
    assert inline_documents(box) == []
