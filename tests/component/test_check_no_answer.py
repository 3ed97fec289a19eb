"""`check`: where IAM does not answer, or cannot be asked yet: a role or a Region without an answer, a failed call."""

from collections.abc import Callable
from typing import Any, Final

import pulumi
import pytest

from tests.answers import GET_REGION, GET_ROLE, SIMULATE, THERE, rule_for
from tests.checks import LEVELS, expected, in_worlds, runs
from tests.components import PERMISSIONS, ROLE_POLICY, output, written
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.mocks import UNKNOWN, unknown
from tests.sentences import AGAIN, ALLOWED, AWS_SAID, NOT_YET, not_asked, ok
from tests.world import BOTH, NODE, Aws, Failed, Role, Said, World, node

ONLY_UPDATE: Final = (False, True)
FINE: Final = Said([ok(4)])
LATER: Final = Said([NOT_YET.format("role 'web'")], UNKNOWN)
MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"
OF_ACTION: Final = f"{SIMULATE} {MOCKS} results, with actionName and decision of {{}}"
LOST: Final = "a value that the question needs is missing, because a resource has failed or does not exist"


def unanswered(reason: str, *remedy: str) -> Said:
    """Return what is said of a role that IAM could not be asked about."""
    return Said([not_asked("role 'web'", reason, *remedy)], None)


def simulating(answer: Failed, **more: Any) -> World:
    """Return a world where the simulator has this answer, so that a mandatory run ends."""
    return World(role=NODE, fails={(SIMULATE, "web"): answer}, ends=BOTH, **more)


def later(value: Any) -> Callable[[], Any]:
    """Return an input that a preview does not know."""
    return lambda: unknown() if pulumi.runtime.is_dry_run() else value


FAILS: Final = AWS_SAID.format("Simulate", "ServiceFailure: of web")
FAILED: Final = unanswered("ServiceFailure: of web")
THROTTLED: Final = AWS_SAID.format("Simulate", "Throttling: slow")
LIMITED: Final = node(boundary=policy(allow(CHANNEL_ACTIONS[:3])))
FAILURES: Final = {
    "of a role": World(
        role=NODE,
        said=FAILED,
        ends=BOTH,
        fails={(GET_ROLE, "web"): AWS_SAID.format("GetRole", "ServiceFailure: of web")},
        asked=(0, 0),
    ),
    "of a simulation": simulating(FAILS, said=FAILED, asked=(1, 1)),
    # It is not waited for, although a denial of such a role is.
    "of a simulation, about a role that may be new": simulating(
        FAILS, said=FAILED, inputs={"role": lambda: output("web")}, asked=(1, 1)
    ),
    "of a further question, which a denial needs": World(
        role=LIMITED,
        said=unanswered("Throttling", AGAIN),
        ends=BOTH,
        earlier=[World(role=LIMITED)],
        fails={(SIMULATE, "web"): THROTTLED},
        asked=(2, 2),
    ),
    "at length": simulating(
        AWS_SAID.format("Simulate", f"ServiceFailure: {'o' * 60_000}"),
        said=unanswered(f"ServiceFailure: {'o' * 284}…"),
    ),
}
NO_REGION: Final = unanswered(f"{GET_REGION} {MOCKS} region")
NO_ARN: Final = unanswered(f"{GET_ROLE} {MOCKS} arn")
MOCKED: Final = {
    "no Region": World(role=NODE, said=NO_REGION, preview=LATER, ends=ONLY_UPDATE, region=None),
    "no ARN of the role": World(role=NODE, said=NO_ARN, preview=LATER, ends=ONLY_UPDATE, fails={(GET_ROLE, "web"): {}}),
    "another ARN": World(
        role=NODE,
        said=unanswered(f"{GET_ROLE} {MOCKS} the arn of a role"),
        ends=BOTH,
        fails={(GET_ROLE, "web"): {"arn": "web-arn"}},
    ),
    "no results": simulating(
        {},
        said=unanswered(f"{SIMULATE} {MOCKS} results"),
        preview=unanswered(OF_ACTION.format(CHANNEL_ACTIONS[0])),
    ),
    "a number": simulating({"results": 5}, said=unanswered("TypeError: 'float' object is not iterable")),
    "numbers": simulating({"results": [1]}, said=unanswered("AttributeError: 'float' object has no attribute 'get'")),
}


@in_worlds(FAILURES)
def test_a_call_fails(world: World) -> None:
    """AWS's words are said, nothing is listed, and what is mandatory ends before the write: it is not known."""
    assert runs(world) == expected(world)


@in_worlds(MOCKED)
def test_a_region_a_role_or_a_result_without_an_answer(world: World) -> None:
    """An answer lacks what it must have, as of users' mocks: the line says what to return."""
    assert runs(world) == expected(world)


# What mocks may answer in the place of each text of AWS's.
ODD: Final = pytest.mark.parametrize(
    "odd", [5, True, ["a"], {"a": 1}, "\n\x1b[31m", "o" * 60_000], ids=lambda odd: repr(odd)[:9]
)


@ODD
@pytest.mark.parametrize("field", ["assumeRolePolicy", "permissionsBoundary"])
def test_a_role_with_an_odd_field(field: str, odd: object) -> None:
    """Each run is told in one short line about the role, as if the field were a text."""
    role = {"arn": "arn:aws:iam::123456789012:role/web", field: odd}
    found = runs(World(role=NODE, fails={(GET_ROLE, "web"): role}))

    assert [len(run.lines) for run in found] == [1] * 4
    assert [line for run in found for line in run.lines if not line.startswith(ALLOWED)] == []


@ODD
@pytest.mark.parametrize("field", ["decision", "matchedStatements", "missingContextKeys", "actionName"])
def test_a_result_with_an_odd_field(field: str, odd: object) -> None:
    """An advisory run goes on, a mandatory one ends or goes on, and what is said is one short line for each cause."""
    rows = [{"actionName": action, "decision": "implicitDeny", field: odd} for action in CHANNEL_ACTIONS]
    found = runs(World(role=Role(services=("ecs-tasks",)), fails={(SIMULATE, "web"): {"results": rows}}))

    assert [run.ended for run in found][::2] == [False, False]
    assert {len(line.splitlines()) for run in found for line in run.lines} == {1}
    assert [line for run in found for line in run.lines if len(line) > 1000 or "\x1b" in line] == []


@pytest.mark.parametrize(
    "text",
    [
        "Resource monitor has terminated, shutting down",
        'rpc error: code = Unavailable desc = connection error: desc = "… connect: connection refused"',
        "rpc error: code = Canceled desc = context canceled",
    ],
)
@LEVELS
def test_a_run_that_ends_for_something_else(level: str, text: str) -> None:
    """What the engine says then is no answer of IAM's: nothing is said of the role, and no policy is written."""
    world = World(role=NODE, fails={(SIMULATE, "web"): text})
    record = PERMISSIONS.try_declare({"check": level}, answer=Aws(world))

    assert (type(record.error), record.logged) == (pulumi.RunError, [])
    assert (ROLE_POLICY in written(record)) == (level == "advisory")


NOT_KNOWN: Final = {
    "what the component depends on": World(role=NODE, said=FINE, preview=LATER, depends=True, asked=(0, 1)),
    "the role": World(
        role=NODE,
        said=FINE,
        preview=Said([NOT_YET.format("the role")], UNKNOWN),
        inputs={"role": later("web")},
        asked=(0, 1),
    ),
    "the policy's name": World(
        role=Role(inline={"ssm": policy(allow(["ssm:*"]))}),
        said=Said([ok(4, "'ssm'")]),
        inputs={"policy_name": later("fixed")},
    ),
    "a key, at no time": World(
        role=NODE,
        said=unanswered(LOST),
        preview=LATER,
        ends=ONLY_UPDATE,
        inputs={"kms_key_arns": lambda: [unknown()]},
        asked=(0, 0),
    ),
}


@in_worlds(NOT_KNOWN)
def test_something_that_a_preview_does_not_know(world: World) -> None:
    """A preview says that it could not ask yet; an update asks."""
    assert runs(world) == expected(world)


NO_ROLE: Final = rule_for("no such role")
DELETED: Final = (
    f"{NO_ROLE.rpartition(', pass ')[0]}, it was deleted outside of Pulumi, or IAM shows it late: run `pulumi up "
    "--refresh`"
)
OF_A_FLEET: Final = "SessionManagerManagedPolicy 'fleet':"
NO_ROLES: Final = {
    "one": World(
        role=NODE,
        said=Said([f"SessionManagerPermissions 'app': role 'new': {NO_ROLE}"], None),
        inputs={"role": "new"},
        others={"new": None},
    ),
    "some of a fleet, and one of another account": World(
        role=NODE,
        said=Said(
            [
                f"{OF_A_FLEET} roles 'gone', 'left': {rule_for('no such roles')}",
                f"{OF_A_FLEET} roles[3] '{THERE}': {rule_for('a role of another account')}",
            ],
            None,
        ),
        inputs={"roles": ["gone", "api", "left", THERE]},
        others={"gone": None, "api": NODE, "left": None},
    ),
    "one that the program may create": World(
        role=NODE,
        said=Said([f"{OF_A_FLEET} roles[0] 'new': {DELETED}"], None),
        inputs={"roles": ["new", "web"]},
        preview=Said([NOT_YET.format("roles 'new', 'web'")], UNKNOWN),
        others={"new": None},
        depends=True,
    ),
}


@in_worlds(NO_ROLES)
def test_a_role_that_does_not_exist(world: World) -> None:
    """It ends a run at either level, but no preview of a program that may create it."""
    assert runs(world) == expected(world)
