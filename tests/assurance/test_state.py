"""Pulumi's state and AWS apart: the state lost, two stacks at once, a role made anew by hand."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.assurance.extent import extent
from tests.assurance.fleets import OWN, RIGHT, Held, create, held, inline, lost, managed
from tests.documents import KEY, OTHER_KEY

# The SDK loads a module when it is first asked for one of its classes, which two threads must not do at once.
LOADED: Final = aws.iam.RolePolicy
ROUNDS: Final = extent(3, 50)
SECONDS: Final = 0.5
GRANTS: Final[list[dict[str, Any]]] = [{}, {"kms_key_arns": [KEY]}, {"kms_key_arns": [OTHER_KEY, KEY]}]


def lose_state(box: Sandbox) -> None:
    """Remove what the backend has, as if the bucket with the state were gone."""
    shutil.rmtree(box.backend)
    box.backend.mkdir()


def importing(role: str, policy_name: str) -> Callable[[], None]:
    """Return a program whose component takes over a policy that is there, by a transform of its child."""

    def take_over(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:iam/rolePolicy:RolePolicy":
            return None
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_=f"{role}:{policy_name}"))
        return pulumi.ResourceTransformResult(props={**args.props, "name": policy_name}, opts=options)

    def program() -> None:
        SessionManagerPermissions(role, {"role": role}, pulumi.ResourceOptions(transforms=[take_over]))

    return program


@pytest.mark.parametrize("kind", [inline, managed])
@pytest.mark.parametrize("named", [False, True], ids=["generated name", "fixed name"])
def test_a_lost_state_loses_no_permission(box: Sandbox, kind: Any, *, named: bool) -> None:
    """An `up` without the state makes a second, identical policy beside the first, and takes nothing away.

    A fixed name is there once: the inline policy is written over, and the managed one is refused.
    """
    roles = create(box, 2)
    program = kind(roles, **({"policy_name": "sessions"} if named else {}))
    box.stack(program).up()
    lose_state(box)
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists") if named and kind is managed else nullcontext():
        box.stack(program).up()

    assert (held(box, roles), lost(box, roles)) == (Held([], [], 0 if named else 2), [])


def test_a_policy_can_be_imported_into_a_new_state(box: Sandbox) -> None:
    """With the import id `role:name` in a transform the policy is taken over without a write, and kept after that."""
    [role] = create(box, 1)
    box.stack(inline([role])).up()
    [name] = set(box.role_policies(role)) - {"own"}
    lose_state(box)
    before = len(box.writes)
    box.stack(importing(role, name)).up()
    box.stack(inline([role])).up()

    assert box.writes[before:] == []
    assert (held(box, [role]), lost(box, [role])) == (RIGHT, [])


def text(document: Any) -> str:
    """Return a document in a form that can be sorted."""
    return json.dumps(document, sort_keys=True)


@pytest.mark.timeout(1800)
def test_two_stacks_at_once_leave_each_other_alone(box: Sandbox, progress: Callable[[str], None]) -> None:
    """Two stacks that update the same role at the same time keep a policy each, round after round."""
    [role] = create(box, 1)
    wrong, overlapped = [], 0
    box.fail("PutRolePolicy", Fault.slow(SECONDS))
    with ThreadPoolExecutor(2) as threads:
        for number in range(ROUNDS):
            progress(f"round {number + 1} of {ROUNDS}")
            begin = len(box.writes)
            grants = (GRANTS[number % 3], GRANTS[number % 2])
            stacks = [
                box.stack(inline([role], **each), project="app", name=name)
                for name, each in zip(("one", "two"), grants, strict=True)
            ]
            list(threads.map(lambda stack: stack.up(), stacks))
            if sorted(map(text, box.role_policies(role).values())) != sorted(
                map(text, [OWN, *(policy_document(**each) for each in grants)])
            ):
                wrong.append(number)
            times = [call.time for call in box.writes[begin:]]
            overlapped += len(times) == 2 and times[1] - times[0] < SECONDS

    assert (wrong, lost(box, [role])) == ([], [])
    assert overlapped


@pytest.mark.parametrize("kind", [inline, managed])
def test_a_role_made_anew_by_hand_gets_its_policy_back(box: Sandbox, kind: Any) -> None:
    """A role that was deleted and made again has nothing of ours until `pulumi up --refresh`, and then has it all."""
    roles = create(box, 2)
    stack = box.stack(kind(roles))
    stack.up()
    delete(box, roles[0])
    box.create_role(roles[0], policies={"own": OWN})
    stack.up()
    unseen = held(box, roles)
    stack.up(refresh=True)

    assert (unseen, held(box, roles)) == (Held(roles[:1], [], 0), RIGHT)


def delete(box: Sandbox, role: str) -> None:
    """Delete a role with everything on it, as one does in the console."""
    iam = box.client("iam")
    for name in box.role_policies(role):
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    for arn in box.attached_policies(role):
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    iam.delete_role(RoleName=role)
