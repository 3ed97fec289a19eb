"""Pulumi's state and AWS apart: the state lost, two stacks at once, a role made anew by hand."""

import functools
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, Final

import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Fault, Sandbox
from tests.assurance.extent import extent
from tests.assurance.roles import Held, create, held, inline
from tests.documents import KEY, OTHER_KEY, OWN
from tests.fleets import fleet

# The SDK loads a module when it is first asked for one of its classes, which two threads must not do at once.
LOADED: Final = aws.iam.RolePolicy
ROUNDS: Final = extent(3, 50)
SECONDS: Final = 0.5
GRANTS: Final[list[dict[str, Any]]] = [{}, {"kms_key_arns": [KEY]}, {"kms_key_arns": [OTHER_KEY, KEY]}]
# The same text for the same document.
TEXT: Final = functools.partial(json.dumps, sort_keys=True)


@pytest.mark.parametrize("kind", [inline, fleet])
@pytest.mark.parametrize("named", [False, True], ids=["generated name", "fixed name"])
def test_a_lost_state_loses_no_permission(box: Sandbox, kind: Any, *, named: bool) -> None:
    """An `up` without the state makes a second, identical policy beside the first, and takes nothing away.

    A fixed name is there once: the inline policy is written over, and the managed one is refused.
    """
    roles = create(box, 2)
    program = kind(roles, **({"policy_name": "sessions"} if named else {}))
    box.stack(program).up()
    shutil.rmtree(box.backend)
    box.backend.mkdir()
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists") if named and kind is fleet else nullcontext():
        box.stack(program).up()

    assert held(box, roles) == Held(spare=0 if named else 2)


@pytest.mark.timeout(1800)
def test_two_stacks_at_once_leave_each_other_alone(box: Sandbox) -> None:
    """Two stacks that update the same role at the same time keep a policy each, round after round."""
    [role] = create(box, 1)
    wrong, overlapped = [], 0
    box.fail("PutRolePolicy", Fault.slow(SECONDS))
    with ThreadPoolExecutor(2) as threads:
        for number in range(ROUNDS):
            begin = len(box.writes)
            grants = (GRANTS[number % 3], GRANTS[number % 2])
            stacks = [
                box.stack(inline([role], **each), project="app", name=name)
                for name, each in zip(("one", "two"), grants, strict=True)
            ]
            list(threads.map(lambda stack: stack.up(), stacks))
            wanted = [OWN, *(policy_document(**each) for each in grants)]
            if sorted(box.role_policies(role).values(), key=TEXT) != sorted(wanted, key=TEXT):
                wrong.append(number)
            times = [call.time for call in box.writes[begin:]]
            overlapped += len(times) == 2 and times[1] - times[0] < SECONDS

    assert wrong == []
    assert held(box, [role]).gaps == []
    assert overlapped


def test_a_role_made_anew_by_hand_gets_its_policy_back(box: Sandbox) -> None:
    """A role that was deleted and made again has nothing of a fleet's until `pulumi up --refresh`, and then has it."""
    roles = create(box, 2)
    stack = box.stack(fleet(roles))
    stack.up()
    iam = box.client("iam")
    iam.delete_role_policy(RoleName=roles[0], PolicyName="own")
    for arn in box.attached_policies(roles[0]):
        iam.detach_role_policy(RoleName=roles[0], PolicyArn=arn)
    iam.delete_role(RoleName=roles[0])
    box.create_role(roles[0], policies={"own": OWN})
    stack.up()
    unseen = held(box, roles)
    stack.up(refresh=True)

    assert unseen.without == roles[:1]
    assert held(box, roles)._replace(gaps=[]) == Held()
