"""When AWS refuses a write of `SessionManagerManagedPolicy`: what is said, what stays, and what a second `up` does."""

import json
from collections.abc import Callable
from typing import Any

from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, KEY, allow, decrypt, policy
from tests.fleets import fleet
from tests.on_engine import gaps, told, writes

OTHER = policy(allow(["s3:GetObject"]))
ACCOUNT = "arn:aws:iam::123456789012"
ROLES = ("web", "api")


def refused(action: str, status: int, message: str) -> str:
    """Return AWS's message as its SDK words it."""
    return f"operation error IAM: {action}, https response error StatusCode: {status}, {message}"


def fill(box: Sandbox, role: str, count: int) -> list[str]:
    """Attach other managed policies to a role; return their ARNs."""
    iam = box.client("iam")
    arns = []
    for number in range(count):
        made = iam.create_policy(PolicyName=f"other-{number}", PolicyDocument=json.dumps(OTHER))
        arns.append(str(made["Policy"]["Arn"]))
        iam.attach_role_policy(RoleName=role, PolicyArn=arns[-1])
    box.forget()
    return arns


ATTACHING = f"attaching IAM Policy ({ACCOUNT}:policy/fleet-session-manager) to IAM Role (api): "
ROLE_IS_FULL = ATTACHING + refused(
    "AttachRolePolicy", 409, "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"
)
NAME_IS_TAKEN = "creating IAM Policy (fixed): " + refused(
    "CreatePolicy",
    409,
    "EntityAlreadyExists: A policy called fixed already exists. Duplicate names are not allowed.",
)
STILL_ATTACHED = f"deleting IAM Policy ({ACCOUNT}:policy/fleet-session-manager): " + refused(
    "DeletePolicy", 409, "DeleteConflict: Cannot delete a policy attached to entities."
)


def make_roles(box: Sandbox, *others: str) -> None:
    """Make the roles of the fleet, and others."""
    for role in (*ROLES, *others):
        box.create_role(role)


def managed_documents(box: Sandbox, *roles: str) -> list[list[Any]]:
    """Return the documents of each role's managed policies."""
    return [[*box.attached_policies(role).values()] for role in roles or ROLES]


def up(box: Sandbox, program: Callable[[], None]) -> list[tuple[str, str]]:
    """Deploy a program, and return what was written."""
    box.forget()
    box.stack(program).up()
    return writes(box)


PLAIN = fleet(ROLES)
OLD, NEW = (fleet(ROLES, description=text) for text in ("old", "new"))


def test_a_role_without_room_for_two_policies(box: Sandbox) -> None:
    """A new description needs room for both policies: without it no role loses anything, and with it `up` converges."""
    make_roles(box)
    others = fill(box, "api", 9)
    box.stack(OLD).up()
    said = told(box, box.stack(NEW).up)
    during = managed_documents(box)
    box.client("iam").detach_role_policy(RoleName="api", PolicyArn=others[0])
    box.stack(NEW).up()

    assert said == [ROLE_IS_FULL]
    assert policy(CHANNELS) in during[0]
    assert during[1] == [*[OTHER] * 9, policy(CHANNELS)]
    assert managed_documents(box) == [[policy(CHANNELS)], [*[OTHER] * 8, policy(CHANNELS)]]
    assert gaps(box, ROLES) == []


def test_an_exact_name_with_another_description_or_path(box: Sandbox) -> None:
    """The new policy would have the old one's name: AWS refuses it, nothing is written, and nobody loses anything."""
    make_roles(box)
    box.stack(fleet(ROLES, policy_name="fixed")).up()
    box.forget()
    changes: Any = ({"description": "new"}, {"path": "/new/"})
    said = [told(box, box.stack(fleet(ROLES, policy_name="fixed", **change)).up) for change in changes]

    assert said == [[NAME_IS_TAKEN]] * 2
    assert writes(box) == []
    assert managed_documents(box) == [[policy(CHANNELS)]] * 2


def test_replacing_a_policy_that_somebody_else_attached(box: Sandbox) -> None:
    """The fleet's roles get the new policy and the other role keeps the old one, until it has been detached."""
    make_roles(box, "other")
    box.stack(OLD).up()
    [arn] = box.attached_policies("web")
    box.client("iam").attach_role_policy(RoleName="other", PolicyArn=arn)
    said = told(box, box.stack(NEW).up)
    during = managed_documents(box, "web", "api", "other")
    box.client("iam").detach_role_policy(RoleName="other", PolicyArn=arn)
    again = up(box, NEW)

    assert said == [STILL_ATTACHED]
    assert during == [[policy(CHANNELS)]] * 3
    assert again == [("DeletePolicy", arn)]
    assert gaps(box, ROLES) == []


def test_a_new_document_that_is_refused(box: Sandbox) -> None:
    """The roles keep the old document; as the provider takes it for written, the second `up` has to refresh first."""
    make_roles(box)
    box.stack(PLAIN).up()
    program = fleet(ROLES, kms_key_arns=[KEY])
    box.fail("CreatePolicyVersion", Fault.denied())
    told(box, box.stack(program).up)
    during = managed_documents(box)
    box.clear_faults()
    plain = up(box, program)
    box.stack(program).up(refresh=True)

    assert during == [[policy(CHANNELS)]] * 2
    assert plain == []
    assert [action for action, _ in writes(box)] == ["CreatePolicyVersion"]
    assert managed_documents(box) == [[policy(CHANNELS, decrypt(KEY))]] * 2
