"""What `SessionManagerManagedPolicy` writes to AWS, which is no more than it takes, and what it leaves of others."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pytest

from sandbox import Sandbox
from tests.documents import CHANNELS, KEY, OWN, decrypt, policy
from tests.fleets import fleet
from tests.on_engine import gaps, writes

OTHER: Final = "arn:aws:iam::123456789012:policy/other"
NODES: Final = [f"node-{number}" for number in range(8)]
# Every other role is given by its ARN, which has a path.
GIVEN: Final = [
    f"arn:aws:iam::123456789012:role/team/{name}" if number % 2 else name for number, name in enumerate(NODES)
]


def attach(role: str) -> tuple[str, str]:
    """Return the write that attaches the policy."""
    return ("AttachRolePolicy", role)


def detach(role: str) -> tuple[str, str]:
    """Return the write that detaches it."""
    return ("DetachRolePolicy", role)


SECURITY: Final = {"team": "security"}


def key(number: int) -> Mapping[str, Any]:
    """Return the inputs that make another document of each number."""
    return {"kms_key_arns": [KEY.replace("1234abcd", f"{number:08d}")], "tags": SECURITY}


# One fleet, changed again and again: its roles, its other inputs, and what `up` writes each time, but for the order.
TAGGED: Final = {"tags": {"team": "platform", "stage": "prod"}}
CHANGES: Final[Mapping[str, tuple[Sequence[str], Mapping[str, Any], Sequence[tuple[str, str]]]]] = {
    "the first up": (GIVEN, TAGGED, [("CreatePolicy", "fleet"), *map(attach, NODES)]),
    "a second up": (GIVEN, TAGGED, []),
    "another order, and names for ARNs": (NODES[::-1], TAGGED, []),
    "other tags": (GIVEN, {"tags": SECURITY}, [("TagPolicy", "fleet"), ("UntagPolicy", "fleet")]),
    **{f"document {number}": (GIVEN, key(number), [("CreatePolicyVersion", "fleet")]) for number in range(2, 6)},
    "document 6, which takes the place of the oldest version": (
        GIVEN,
        key(6),
        [("CreatePolicyVersion", "fleet"), ("DeletePolicyVersion", "fleet")],
    ),
    "five roles go": (GIVEN[:4:-1], key(6), [detach(role) for role in NODES[:5]]),
    "a role comes at the front": ([GIVEN[0], *GIVEN[5:]], key(6), [attach("node-0")]),
}


Policies = Sequence[Mapping[str, Any]]


class Life(NamedTuple):
    """What a fleet wrote with each change, and what the roles had that were in it all the time."""

    writes: dict[str, list[tuple[str, str]]]
    gaps: Sequence[str]
    held: Policies
    left: Policies


def policies(box: Sandbox) -> Policies:
    """Return the inline and the managed policies of each role that is in the fleet all the time."""
    return [{**box.role_policies(role), **box.attached_policies(role)} for role in NODES[5:]]


@pytest.fixture(scope="module")
def life(shared_box: Sandbox) -> Life:
    """Make each change of one fleet after the other, beside policies that others have attached; then destroy it."""
    box, written = shared_box, dict[str, list[tuple[str, str]]]()
    box.reset()
    iam = box.client("iam")
    iam.create_policy(PolicyName="other", PolicyDocument=json.dumps(OWN))
    for number, role in enumerate(NODES):
        box.create_role(role, path="/team/" if number % 2 else "/", policies={"own": OWN})
        iam.attach_role_policy(RoleName=role, PolicyArn=OTHER)
    for change, (roles, args, _) in CHANGES.items():
        first = len(box.writes)
        stack = box.stack(fleet(roles, **args))
        stack.up()
        written[change] = writes(box)[first:]
    gone, held, first = gaps(box, NODES[5:]), policies(box), len(box.writes)
    stack.destroy()
    written["destroy"] = writes(box)[first:]
    return Life({name: named(calls) for name, calls in written.items()}, gone, held, policies(box))


def named(calls: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return writes, in which the policy is called after its component."""
    return [(action, "fleet" if "fleet" in target else target) for action, target in calls]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_no_more_writes_than_it_takes(life: Life, change: str) -> None:
    """A document is one write for all roles, a role is one, and what is the same is none, whatever its order."""
    assert sorted(life.writes[change]) == sorted(CHANGES[change][2])


def test_destroy_writes_only_what_it_takes(life: Life) -> None:
    """The policy is detached from each role and then deleted, with all its versions."""
    calls = life.writes["destroy"]

    assert sorted(calls[:4]) == [detach(role) for role in ("node-0", *NODES[5:])]
    assert calls[4:] == [("DeletePolicyVersion", "fleet")] * 4 + [("DeletePolicy", "fleet")]


def test_policies_of_others_stay(life: Life) -> None:
    """They are what they were; the fleet's own is there all the time, and goes when it is destroyed."""
    others = {"own": OWN, OTHER: OWN}
    ours = policy(CHANNELS, decrypt(KEY.replace("1234abcd", "00000006")))
    [arn] = life.held[0].keys() - others.keys()

    assert life.gaps == []
    assert life.held == [{**others, arn: ours}] * 3
    assert life.left == [others] * 3
