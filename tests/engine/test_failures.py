"""When AWS refuses, fails or stays silent: its own message reaches the user, and the next `up` puts all in order."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi.automation as auto
import pytest

from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, KEY, decrypt, policy
from tests.on_engine import documents, errors, gaps, permissions, writes

# The provider tries again by itself; twice in all is enough to see that.
IMPATIENT: Final = {"aws:maxRetries": 2}
NAMED: Final[Mapping[str, Any]] = {"policy_name": "sessions"}
PLAIN: Final = policy(CHANNELS)
WITH_KEY: Final = policy(CHANNELS, decrypt(KEY))
PUT: Final = ("PutRolePolicy", "web")
DELETE: Final = ("DeleteRolePolicy", "web")

GAVE_UP: Final = "exceeded maximum number of attempts, 2, "
ANSWER: Final = "https response error StatusCode: {}, RequestID: …, "
DENIED: Final = (
    ANSWER.format(403) + "api error AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to "
    "perform: iam:{0} on resource: role web because no identity-based policy allows the iam:{0} action"
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
    "denied": Trouble(Fault.denied(), DENIED.format("PutRolePolicy")),
    "full": Trouble(
        Fault.error("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role web", 409),
        ANSWER.format(409) + "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role web",
    ),
}
PASSING: Final = {name: TROUBLES[name].fault for name in ("throttled", "failed", "silent")}


def told(box: Sandbox, operation: Callable[[], Any]) -> list[str]:
    """Run an operation that must fail at AWS, and return what the provider tells the user of it."""
    causes = [cause for error in errors(operation) for cause in re.findall(r"\n\* (.*)$", error)]
    return [re.sub("RequestID: [^,]*", "RequestID: …", cause.replace(box.url, "URL")) for cause in causes]


def put_failed(message: str) -> list[str]:
    """Return what a user is told of a policy that could not be written."""
    return [f"putting IAM Role (web) Policy (sessions): operation error IAM: PutRolePolicy, {message}"]


def delete_failed(message: str) -> list[str]:
    """Return what a user is told of a policy that could not be deleted."""
    return [f"deleting IAM Role Policy (web:old): operation error IAM: DeleteRolePolicy, {message}"]


def stack_of(box: Sandbox, **args: Any) -> auto.Stack:
    """Return the one stack, with a program of one component."""
    return box.stack(permissions(**args), config=IMPATIENT)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_first_up_that_fails_says_why_and_can_be_tried_again(box: Sandbox, trouble: Trouble) -> None:
    """AWS's own message reaches the user, the role is as it was, and another `up` is all that it takes."""
    box.create_role("web")
    stack = stack_of(box, **NAMED)
    box.fail("PutRolePolicy", trouble.fault)
    message = told(box, stack.up)
    between = documents(box)
    box.clear_faults()
    stack.up()

    assert (message, between) == (put_failed(trouble.message), [])
    assert (writes(box), documents(box)) == ([PUT], [PLAIN])


def test_what_converged_stays_as_it_is(box: Sandbox) -> None:
    """After a failure and an `up` that succeeded, a third one has nothing to do; the name is the generated one."""
    box.create_role("web")
    stack = stack_of(box)
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    errors(stack.up)
    stack.up()
    stack.up()

    assert (writes(box), documents(box)) == ([PUT], [PLAIN])


def test_a_role_that_does_not_exist_is_told_by_iam(box: Sandbox) -> None:
    """The name of a role is not looked up: IAM says that there is none; once made, it gets its policy."""
    stack = stack_of(box, **NAMED)
    message = told(box, stack.up)
    box.create_role("web")
    stack.up()

    assert message == put_failed(ANSWER.format(404) + "NoSuchEntity: Role web not found")
    assert documents(box) == [PLAIN]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_trouble_that_passes_is_not_noticed(box: Sandbox, fault: Fault) -> None:
    """The AWS SDK asks again where AWS throttles, fails or says nothing, and `up` succeeds."""
    box.create_role("web")
    box.fail("PutRolePolicy", fault, times=1)
    stack_of(box).up()

    assert (box.faults_left, documents(box)) == (0, [PLAIN])


def test_an_answer_that_got_lost_is_not_a_second_policy(box: Sandbox) -> None:
    """Where AWS wrote the policy and its answer was lost, the SDK writes the same policy again, not another one."""
    box.create_role("web")
    box.fail("PutRolePolicy", Fault.dropped(applied=True), times=1)
    stack_of(box).up()

    assert (writes(box), documents(box)) == ([PUT, PUT], [PLAIN])


def test_a_policy_that_could_not_be_read_back_is_not_written_again(box: Sandbox) -> None:
    """Where the policy was written and could not be read back, the next `up` goes on with that policy."""
    box.create_role("web")
    stack = stack_of(box)
    box.fail("GetRolePolicy", Fault.denied(), times=1)
    errors(stack.up)
    stack.up()
    stack.up()

    assert (len(box.role_policies("web")), documents(box)) == (1, [PLAIN])


def test_an_update_that_fails_leaves_the_old_document(box: Sandbox) -> None:
    """The role keeps what it had until AWS takes the new document, and the next `up` writes it."""
    box.create_role("web")
    stack_of(box, **NAMED).up()
    stack = stack_of(box, **NAMED, kms_key_arns=[KEY])
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    message = told(box, stack.up)
    between = documents(box)
    stack.up()

    assert (message, between) == (put_failed(DENIED.format("PutRolePolicy")), [PLAIN])
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

    assert (message, between) == (put_failed(DENIED.format("PutRolePolicy")), {"old": PLAIN})
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

    assert (message, between) == (delete_failed(DENIED.format("DeleteRolePolicy")), {"old": PLAIN, "sessions": PLAIN})
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

    assert (message, between) == (delete_failed(DENIED.format("DeleteRolePolicy")), [PLAIN])
    assert documents(box) == []


def test_one_role_that_fails_does_not_stop_another(box: Sandbox) -> None:
    """What could be written is recorded; the next `up` writes only the rest."""

    def program() -> None:
        for name in ("web", "api"):
            permissions(name, role=name)()

    for name in ("web", "api"):
        box.create_role(name)
    box.fail("PutRolePolicy", Fault.denied(), times=1, where={"RoleName": "web"})
    stack = box.stack(program, config=IMPATIENT)
    errors(stack.up)
    stack.up()

    assert sorted(writes(box)) == [("PutRolePolicy", "api"), PUT]
    assert (documents(box, "web"), documents(box, "api")) == ([PLAIN], [PLAIN])
