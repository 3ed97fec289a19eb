"""AWS failing at every call of every kind of run: nothing is lost, and the next run mends what is left."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.assurance.extent import extent
from tests.assurance.fleets import RIGHT, create, held, lost
from tests.documents import KEY

FAULTS: Final[Mapping[str, Fault]] = {
    "throttling": Fault.throttling(),
    "server error": Fault.internal_error(),
    "no answer": Fault.dropped(),
    "no answer, but done": Fault.dropped(applied=True),
}
ONCE: Final = {"aws:maxRetries": 5}
GIVES_UP: Final = {"aws:maxRetries": 1}
WITH_KEY: Final = {"kms_key_arns": [KEY]}


def program(grants: Mapping[str, Any], *, named: bool) -> Callable[[], None]:
    """Return a program of one role's own policy, and of a managed one for another."""
    name = {"policy_name": "sessions"} if named else {}

    def run() -> None:
        one: Any = {"role": "role-00", **grants, **name}
        many: Any = {"roles": ["role-01"], **grants, **name}
        SessionManagerPermissions("one", one)
        SessionManagerManagedPolicy("many", many)

    return run


class Scenario(NamedTuple):
    """A run in which AWS fails: what was before it, if anything, and what the program says."""

    before: Callable[[], None] | None
    program: Callable[[], None]
    grants: Mapping[str, Any]
    command: str = "up"


UNNAMED: Final = program({}, named=False)
SCENARIOS: Final[Mapping[str, Scenario]] = {
    "first up": Scenario(None, UNNAMED, {}),
    "another document": Scenario(UNNAMED, program(WITH_KEY, named=False), WITH_KEY),
    "another name": Scenario(UNNAMED, program({}, named=True), {}),
    "no change, refreshed": Scenario(UNNAMED, UNNAMED, {}, "refresh"),
    "destroy": Scenario(UNNAMED, UNNAMED, {}, "destroy"),
}


def begin(box: Sandbox, scenario: Scenario, config: Mapping[str, Any]) -> list[str]:
    """Begin anew, with what was before the run; return the roles.

    Refresh and destroy go by the provider's configuration in the state.
    """
    box.reset()
    roles = create(box, 2)
    if scenario.before:
        box.stack(scenario.before, config=config).up()
    return roles


class Ended(NamedTuple):
    """How a run ended of whose calls one was to fail: whether there was such a call, and whether the run failed."""

    met: bool
    failed: bool


def fails_at(box: Sandbox, scenario: Scenario, call: int, fault: Fault, config: Mapping[str, Any]) -> Ended:
    """Run a scenario with the so-manieth of its calls failing."""
    stack = box.stack(scenario.program, config=config)
    box.fail("*", fault, times=1, skip=call)
    failed = False
    try:
        getattr(stack, scenario.command)()
    except auto.CommandError:
        failed = True
    met = box.faults_left == 0
    box.clear_faults()
    return Ended(met, failed)


def creation_lost(box: Sandbox) -> bool:
    """Say whether a managed policy was made and the answer lost: to the SDK's next try IAM says that there is one."""
    return any(call.action == "CreatePolicy" and call.write and call.error == "ConnectionDropped" for call in box.calls)


class After(NamedTuple):
    """What a mended run leaves.

    Args:
        wrong: Roles that lack what they should have; after a destroy, those that have it.
        other: Roles of which another policy has changed.
        lost: The writes after which a role was without its permissions.
        left: How many policies there are that nobody needs: second ones of a role, and managed ones of no role.
    """

    wrong: Sequence[str]
    other: Sequence[str]
    lost: Sequence[Any]
    left: int


def after(box: Sandbox, scenario: Scenario, roles: Sequence[str]) -> After:
    """Compare what the roles and the account have with what they should have."""
    found = held(box, roles, scenario.grants)
    attached = [each["AttachmentCount"] for each in box.client("iam").list_policies(Scope="Local")["Policies"]]
    left = found.twice + attached.count(0)
    if scenario.command == "destroy":
        return After(sorted(set(roles) - set(found.without)), found.other, [], left)
    return After(found.without, found.other, lost(box, roles), left)


NOTHING: Final = After([], [], [], 0)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", ["throttling", "no answer, but done"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_one_failing_call_is_tried_again(box: Sandbox, name: str, fault: str, progress: Callable[[str], None]) -> None:
    """A call that fails once, whichever it is, is repeated by the AWS SDK: the run succeeds and the roles are right."""
    scenario = SCENARIOS[name]
    found = {}
    for call in extent([3], range(100)):
        roles = begin(box, scenario, ONCE)
        ended = fails_at(box, scenario, call, FAULTS[fault], ONCE)
        if not ended.met:
            break
        if creation_lost(box):
            continue
        progress(f"call {call + 1} has failed")
        found[call] = (ended.failed, after(box, scenario, roles))

    assert found
    assert found == dict.fromkeys(found, (False, NOTHING))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_call_that_ends_the_run_is_mended_by_the_next(
    box: Sandbox, name: str, fault: str, progress: Callable[[str], None]
) -> None:
    """A call, whichever it is, that nobody tries again ends the run; nothing is lost, and the next one completes it.

    That is one with `--refresh`, as the documentation has it. A policy whose answer was lost may stay beside the next.
    """
    scenario = SCENARIOS[name]
    found, second = {}, []
    for call in extent([3], range(100)):
        roles = begin(box, scenario, GIVES_UP)
        ended = fails_at(box, scenario, call, FAULTS[fault], GIVES_UP)
        if not ended.met:
            break
        if creation_lost(box):
            continue
        getattr(box.stack(scenario.program), scenario.command)(
            **({"refresh": True} if scenario.command == "up" else {})
        )
        progress(f"call {call + 1} has failed")
        now = after(box, scenario, roles)
        second.append(now.left)
        found[call] = (ended.failed, now._replace(left=0))

    assert found
    assert found == dict.fromkeys(found, (True, NOTHING))
    assert max(second) <= (1 if fault == "no answer, but done" else 0)


@pytest.mark.parametrize("named", [False, True], ids=["generated name", "fixed name"])
def test_a_lost_answer_to_create_policy_leaves_a_policy_that_no_role_has(box: Sandbox, *, named: bool) -> None:
    """IAM has the policy and the state does not: the next `up` makes another, or needs the fixed name to be free."""
    roles = create(box, 2)
    run = program({}, named=named)
    box.fail("CreatePolicy", Fault.dropped(applied=True), times=1)
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists"):
        box.stack(run).up()
    iam = box.client("iam")
    [left] = iam.list_policies(Scope="Local")["Policies"]
    if named:
        with pytest.raises(auto.CommandError, match="EntityAlreadyExists"):
            box.stack(run).up()
        iam.delete_policy(PolicyArn=left["Arn"])
    box.stack(run).up()
    attached = {each["PolicyName"]: each["AttachmentCount"] for each in iam.list_policies(Scope="Local")["Policies"]}

    assert left["AttachmentCount"] == 0
    assert sorted(attached.values()) == ([1] if named else [0, 1])
    assert (held(box, roles), lost(box, roles)) == (RIGHT, [])


def test_an_attachment_that_could_not_be_read_back_needs_a_refresh(box: Sandbox) -> None:
    """The role has the policy; the state has an attachment that the provider would have to update, and cannot."""
    roles = create(box, 2)
    run = program({}, named=False)
    box.fail("ListAttachedRolePolicies", FAULTS["server error"], times=1)
    with pytest.raises(auto.CommandError):
        box.stack(run, config=GIVES_UP).up()
    attached = held(box, roles).without
    with pytest.raises(auto.CommandError, match="doesn't support update"):
        box.stack(run).up()
    box.stack(run).up(refresh=True)

    assert attached == []
    assert (held(box, roles), lost(box, roles)) == (RIGHT, [])
