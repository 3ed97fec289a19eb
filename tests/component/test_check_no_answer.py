"""`check`: where IAM does not answer, or cannot be asked yet: a role or a Region without an answer, a failed call."""

from collections.abc import Callable
from typing import Any, Final

import pulumi

from tests.answers import GET_REGION, GET_ROLE, SIMULATE, THERE, rule_for
from tests.checks import expected, in_worlds, runs
from tests.components import output
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.mocks import UNKNOWN, unknown
from tests.sentences import AWS_SAID, NOT_YET, not_asked, ok
from tests.world import BOTH, NODE, Failed, Held, Said, World, node

NOT_UPDATES: Final = (False, True)
FINE: Final = Said([ok(5)])
LATER: Final = Said([NOT_YET.format("role 'web'")], UNKNOWN)
MOCKS: Final = "has not answered; in a unit test, let the mocks' call method return"
OF_ACTION: Final = f"{SIMULATE} {MOCKS} results, with actionName and decision of {{}}"
LOST: Final = "a value that the question needs is missing, because a resource has failed or does not exist"


def silent(said: str) -> Said:
    """Return what is said of a role that IAM could not be asked about."""
    return Said([not_asked("role 'web'", said)], None)


def simulating(answer: Failed, **more: Any) -> World:
    """Return a world where the simulator has this answer."""
    return World(NODE, fails={(SIMULATE, "web"): answer}, **{"ends": BOTH, **more})


def later(value: Any) -> Callable[[], Any]:
    """Return an input that a preview does not know."""
    return lambda: unknown() if pulumi.runtime.is_dry_run() else value


FAILS: Final = AWS_SAID.format("Simulate", "ServiceFailure: of web")
FAILED: Final = silent("ServiceFailure: of web")
THROTTLED: Final = simulating(AWS_SAID.format("Simulate", "Throttling: slow"))
LIMITED: Final = node(boundary=policy(allow(CHANNEL_ACTIONS[:3])))
FAILURES: Final = {
    "of a role": World(
        NODE,
        FAILED,
        BOTH,
        fails={(GET_ROLE, "web"): AWS_SAID.format("GetRole", "ServiceFailure: of web")},
        asked=(0, 0, 0),
    ),
    "of a simulation": simulating(FAILS, update=FAILED, asked=(1, 1, 1)),
    # It is not waited for, although a denial of such a role is.
    "of a simulation, about a role that may be new": simulating(
        FAILS, update=FAILED, inputs={"role": lambda: output("web")}, asked=(1, 1, 1)
    ),
    "of a further question, which a denial needs": World(
        LIMITED, silent("Throttling"), BOTH, earlier=[World(LIMITED)], fails=THROTTLED.fails, asked=(2, 2, 2)
    ),
    "of the question after the write": World(
        NODE, FINE, mandatory=silent("Throttling"), fails=THROTTLED.fails, earlier=[World(NODE)], asked=(1, 1, 2)
    ),
}
ONLY_LATER: Final[Any] = {"ends": NOT_UPDATES, "preview": LATER}
MOCKED: Final = {
    "no Region": World(
        NODE,
        silent(f"{GET_REGION} {MOCKS} region"),
        mandatory=silent(f"{GET_REGION} {MOCKS} region"),
        region=None,
        **ONLY_LATER,
    ),
    "no ARN of the role": World(
        NODE,
        silent(f"{GET_ROLE} {MOCKS} arn"),
        mandatory=silent(f"{GET_ROLE} {MOCKS} arn"),
        fails={(GET_ROLE, "web"): {}},
        **ONLY_LATER,
    ),
    "another ARN": World(
        NODE, silent(f"{GET_ROLE} {MOCKS} the arn of a role"), BOTH, fails={(GET_ROLE, "web"): {"arn": "web-arn"}}
    ),
    "no results": simulating(
        {},
        update=silent(f"{SIMULATE} {MOCKS} results"),
        preview=silent(OF_ACTION.format(CHANNEL_ACTIONS[0])),
        mandatory=silent(f"{SIMULATE} {MOCKS} results"),
    ),
    "a number": simulating({"results": 5}, update=silent("TypeError: 'float' object is not iterable")),
}


@in_worlds(FAILURES)
def test_a_call_fails(world: World) -> None:
    """AWS's words are said, nothing is listed, and what is mandatory ends before the write: it is not known."""
    assert runs(world) == expected(world)


@in_worlds(MOCKED)
def test_a_region_a_role_or_a_result_without_an_answer(world: World) -> None:
    """An answer lacks what it must have, as of users' mocks: the line says what to return."""
    assert runs(world) == expected(world)


NOT_KNOWN: Final = {
    "what the component depends on": World(NODE, FINE, preview=LATER, depends=True, asked=(0, 1, 2)),
    "the role": World(
        NODE, FINE, inputs={"role": later("web")}, preview=Said([NOT_YET.format("the role")], UNKNOWN), asked=(0, 1, 2)
    ),
    "the policy's name": World(
        Held(inline={"ssm": policy(allow(["ssm:*"]))}), Said([ok(5, "'ssm'")]), inputs={"policy_name": later("fixed")}
    ),
    "a key, at no time": World(
        NODE, silent(LOST), NOT_UPDATES, {"kms_key_arns": lambda: [unknown()]}, LATER, silent(LOST), asked=(0, 0, 0)
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
        NODE,
        Said([f"SessionManagerPermissions 'app': role 'new': {NO_ROLE}"], None),
        inputs={"role": "new"},
        more={"new": None},
    ),
    "some of a fleet, and one of another account": World(
        NODE,
        Said(
            [
                f"{OF_A_FLEET} roles 'gone', 'left': {rule_for('no such roles')}",
                f"{OF_A_FLEET} roles[3] '{THERE}': {rule_for('a role of another account')}",
            ],
            None,
        ),
        inputs={"roles": ["gone", "api", "left", THERE]},
        more={"gone": None, "api": NODE, "left": None},
    ),
    "one that the program may create": World(
        NODE,
        Said([f"{OF_A_FLEET} roles[0] 'new': {DELETED}"], None),
        inputs={"roles": ["new", "web"]},
        preview=Said([NOT_YET.format("roles 'new', 'web'")], UNKNOWN),
        more={"new": None},
        depends=True,
    ),
}


@in_worlds(NO_ROLES)
def test_a_role_that_does_not_exist(world: World) -> None:
    """It ends a run at either level, but no preview of a program that may create it."""
    assert runs(world) == expected(world)
