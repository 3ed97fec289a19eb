"""`check` on the engine: what was changed by hand, what is no change, and what this run does not write."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, _invokes
from sandbox import Fault, Sandbox
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, policy
from tests.engine.checked import Told, make, questions, stack_of, told
from tests.on_engine import READY, TRUST, permissions, writes
from tests.worlds import (
    LOST,
    NOT_WRITTEN,
    OWN,
    WORLDS,
    not_there,
    ok,
)

EXACT: Final = {"policy_name": "fixed"}
FINE: Final = ok(5, "'own'")
KEYED: Final = ok(6, "'own'", where="eu-west-1, keys in their Regions")
CHANGED_BY_HAND: Final = (
    "deleted",
    "deleted, exact name",
    "deleted, another policy allows all",
    "detached from one of three",
    "a channel taken out",
    "a key taken out",
    "a Deny in the own policy",
    "a Deny in the own policy, exact name",
)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once: what is lost stays lost."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


@pytest.mark.parametrize("name", CHANGED_BY_HAND)
def test_a_refresh_repairs(box: Sandbox, name: str) -> None:
    """After what was done by hand, `--refresh` writes the policy again; the next run finds nothing, and so does IAM."""
    world = WORLDS[name]
    make(box, world)
    before = stack_of(box, world, "advisory")
    assert told(before, "up") == told(before, "up")
    assert writes(box) == []
    # A generated name is not known before the write, so that a Deny looks like another policy's.
    told(before, "up", refresh=True)
    box.forget()
    lines, denied, failed = told(stack_of(box, world, "mandatory"), "up")

    assert [line for line in lines if not line.startswith("- IAM allows")] == []
    assert (denied or [], failed, writes(box)) == ([], False, [])


def one(**inputs: Any) -> Callable[[], None]:
    """Return a program with a component and a mandatory check."""
    given: Any = {"check": "mandatory", **inputs}
    return permissions("app", **given)


def fleet(*roles: str, name: str = "app", was: str = "", **inputs: Any) -> Callable[[], None]:
    """Return a program with a fleet and a mandatory check."""

    def program() -> None:
        opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(was)] if was else None)
        made = SessionManagerManagedPolicy(name, roles=roles, check="mandatory", opts=opts, **inputs)
        pulumi.export("denied_actions", made.denied_actions)

    return program


def replaced(path: str) -> Callable[[], None]:
    """Return a program that makes the role of its component, which another path replaces."""

    def program() -> None:
        more: Any = {"name": "new", "path": path, "assume_role_policy": TRUST, "force_detach_policies": True}
        role = aws.iam.Role("new", **more)
        one(role=role.name, allow_update_instance_information=True)()

    return program


PROTECTED: Final = partial(pulumi.ResourceOptions, protect=True)
RETAINED: Final = partial(pulumi.ResourceOptions, retain_on_delete=True)
Program = Callable[[], None]
MOVES: Final[Mapping[str, tuple[Program, Program]]] = {
    "an exact name": (one(), one(**EXACT)),
    "another exact name": (one(policy_name="old"), one(**EXACT)),
    "no exact name any more": (one(policy_name="old"), one()),
    "another role": (one(role="api"), one()),
    "another role, exact name": (one(role="api", **EXACT), one(**EXACT)),
    "a creation": (lambda: None, one()),
    "a creation, exact name": (lambda: None, one(**EXACT)),
    "another component": (one(), permissions("other", check="mandatory")),
    "protected": (one(opts=PROTECTED), one(opts=PROTECTED, kms_key_arns=[KEY])),
    "retained": (one(opts=RETAINED, **EXACT), one(opts=RETAINED, policy_name="new")),
    "another document": (one(kms_key_arns=[KEY]), one(kms_key_arns=[OTHER_KEY])),
    "a secret name": (one(), one(policy_name=lambda: pulumi.Output.secret("fixed"))),
    "its role replaced": (replaced("/old/"), replaced("/")),
    "a role added, one removed": (fleet("web", "api"), fleet("web", "db")),
    "another description": (fleet("web", "api"), fleet("web", "api", description="new")),
    "another path and name": (fleet("web", path="/a/", **EXACT), fleet("web", path="/b/", policy_name="new")),
    "another component with an alias": (fleet("web"), fleet("web", name="other", was="app")),
    "another component, exact name": (fleet("web", policy_name="old"), fleet("web", name="other", **EXACT)),
}


@pytest.mark.parametrize(("before", "after"), MOVES.values(), ids=MOVES)
def test_no_drift(box: Sandbox, before: Program, after: Program) -> None:
    """What an update moves, replaces or creates is not lost: four mandatory runs say that all is allowed."""
    for role in ("web", "api", "db"):
        box.create_role(role, policies={"own": READY})
    box.stack(before).up()
    stack = box.stack(after)
    runs = [told(stack, command) for command in ("preview", "up", "preview", "up")]

    assert [run.failed for run in runs] == [False] * 4
    assert [line for run in runs for line in run.lines if not line.startswith("- IAM allows role")] == []
    assert [run for run in runs if not run.lines] == []


IMPORTED: Final[Mapping[str, tuple[Any, Told]]] = {
    "as it will be": (OWN, Told([FINE], [])),
    "something else": (policy(allow(["s3:GetObject"])), Told([not_there()], [])),
}


@pytest.mark.parametrize(("document", "preview"), IMPORTED.values(), ids=IMPORTED)
def test_an_imported_policy(box: Sandbox, document: Any, preview: Told) -> None:
    """It has an id in the first preview, which says what it lacks, unless the update writes it; the update does."""
    box.create_role("web", policies={"own": READY})
    bare = json.dumps(document)
    box.stack(lambda: aws.iam.RolePolicy("/web/fixed", role="web", name="fixed", policy=bare)).up()
    stack = box.stack(one(**EXACT))

    assert told(stack, "preview") == preview
    assert told(stack, "up") == Told([FINE], [])


def and_another(program: Program) -> Program:
    """Return a program that declares another role as well, for `--target`."""

    def both() -> None:
        aws.iam.Role("other", name="other", assume_role_policy=TRUST)
        program()

    return both


def transformed(**inputs: Any) -> Program:
    """Return a program whose transform writes another document, without a channel."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:iam/rolePolicy:RolePolicy":
            return None
        props = {**args.props, "policy": json.dumps(policy(allow(CHANNEL_ACTIONS[:3])))}
        return pulumi.ResourceTransformResult(props, args.opts)

    return one(opts=lambda: pulumi.ResourceOptions(transforms=[transform]), **inputs)


ELSEWHERE: Final = {"target": ["**Role::other"]}


class Row(NamedTuple):
    """What was there before, the program, and what a preview and an update say with these options."""

    before: Program | None
    after: Program
    said: Told = Told([NOT_WRITTEN])
    options: Mapping[str, Any] = ELSEWHERE


NOT_WRITING: Final = {
    "a first run": Row(None, one()),
    "a first run, exact name": Row(None, one(**EXACT)),
    "a first run of a fleet": Row(None, fleet("web")),
    "another role": Row(one(role="api"), one()),
    "another role of a fleet": Row(fleet("api"), fleet("web")),
    "another key": Row(one(), one(kms_key_arns=[KEY])),
    "the heartbeat switched off": Row(one(allow_update_instance_information=True), one()),
    "another key, excluded": Row(one(), one(kms_key_arns=[KEY]), options={"exclude": ["**:RolePolicy::**"]}),
    "nothing new": Row(one(), one(), Told([FINE], [])),
    "a transform": Row(None, transformed(), options={}),
    "a transform, exact name": Row(one(**EXACT), transformed(**EXACT), options={}),
}


@pytest.mark.parametrize("row", NOT_WRITING.values(), ids=NOT_WRITING)
def test_a_run_that_does_not_write(box: Sandbox, row: Row) -> None:
    """It says so, neither that anything is allowed nor that it is lost; the denied actions have no value."""
    for role in ("web", "api"):
        box.create_role(role, policies={"own": READY})
    if row.before:
        box.stack(row.before).up()
    stack = box.stack(and_another(row.after))

    assert told(stack, "preview", **row.options) == row.said
    assert told(stack, "up", **row.options) == row.said


def test_a_write_that_fails(box: Sandbox) -> None:
    """With `--continue-on-error`, the run that has not written the policy says so; the next one writes it."""
    box.create_role("web", policies={"own": READY})
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    stack = box.stack(one())
    run = told(stack, "up", continue_on_error=True)

    assert (run.lines[0], run.failed, box.faults_left) == (NOT_WRITTEN, True, 0)
    assert told(stack, "up") == Told([FINE], [])


def test_a_refresh_runs_the_program(box: Sandbox) -> None:
    """`pulumi refresh --run-program` writes nothing: it finds the policy, or says that it doesn't write it."""
    box.create_role("web", policies={"own": READY})
    stack = box.stack(one(**EXACT))
    stack.up()
    assert told(stack, "refresh", run_program=True) == Told([FINE], [])
    box.client("iam").delete_role_policy(RoleName="web", PolicyName="fixed")
    assert told(stack, "refresh", run_program=True) == Told([NOT_WRITTEN])
    assert told(stack, "up") == Told([FINE], [])


@pytest.mark.parametrize(("late", "run"), [(3, Told([FINE], [])), (99, Told([*LOST.lines], [*LOST.denied]))])
def test_iam_shows_a_write_late(box: Sandbox, late: int, run: Told) -> None:
    """It is asked for ten seconds. A run that has seen nothing until then says what to do, and ends well."""
    box.create_role("web", policies={"own": READY})
    box.show_late("role_web_fixed", late)

    assert told(box.stack(one(**EXACT)), "up") == run
    assert [*box.role_policies("web")] == ["own", "fixed"]


def test_how_often_is_asked(box: Sandbox) -> None:
    """An update asks about a role once for each Region and set of resources, and again what it has just granted."""
    box.create_role("web", policies={"own": READY})
    box.stack(one()).up()
    box.forget()
    told(box.stack(one()), "up")
    same = len(questions(box))
    box.forget()
    told(box.stack(one(**EXACT)), "up")
    created = len(questions(box))
    box.client("iam").delete_role_policy(RoleName="web", PolicyName="fixed")
    box.forget()
    told(box.stack(one(**EXACT)), "up")

    # One of these is `GetRole`.
    assert (same, created, len(questions(box))) == (2, 3, 7)
