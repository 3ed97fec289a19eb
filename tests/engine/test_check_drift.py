"""`check` on the engine: what was changed by hand, what is no change, and what this run does not write."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, _invokes
from sandbox import Fault, Sandbox
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, policy
from tests.engine.checked import Told, make, questions, stack_of, told
from tests.on_engine import READY, TRUST, inline_documents, permissions, writes
from tests.worlds import (
    LOST,
    NOT_WRITTEN,
    OWN,
    TAKEN_AWAY,
    WORLDS,
    not_there,
    ok,
    only_others,
)

EXACT: Final = {"policy_name": "fixed"}
FINE: Final = ok(5, "'own'")
KEYED: Final = ok(6, "'own'", where="eu-west-1, keys in their Regions")
CHANGED_BY_HAND: Final = ("47", "48", "50", "52", "53", "54", "55", "56")


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once: what is lost stays lost."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


@pytest.mark.parametrize("name", [name for name in WORLDS if name.split()[0] in CHANGED_BY_HAND])
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
    return permissions("app", **{"check": "mandatory", **inputs})


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
    assert all(run.lines for run in runs)


IMPORTED: Final[Mapping[str, tuple[Any, Told]]] = {
    "as it will be": (OWN, Told([FINE], [])),
    # What the update overwrites has the heartbeat, too, or does not have the channels.
    "the heartbeat alone": (READY, Told(sorted([not_there(), FINE])[1:], [])),
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


AWAY: Final[Mapping[str, Any]] = {"target": ["**Role::other"]}
LEFT_OUT: Final = Told([NOT_WRITTEN], None)
NOTHING: Final[Program] = lambda: None
# What was there before, the program, the options of the run, and what a preview and an update say.
NOT_WRITING: Final[Mapping[str, tuple[Program, Program, Mapping[str, Any], Told, Told]]] = {
    "a first run with a target elsewhere": (NOTHING, one(), AWAY, LEFT_OUT, LEFT_OUT),
    "the same, exact name": (NOTHING, one(**EXACT), AWAY, LEFT_OUT, LEFT_OUT),
    "a key, a target elsewhere": (one(), one(kms_key_arns=[KEY]), AWAY, LEFT_OUT, LEFT_OUT),
    "the heartbeat off, a target elsewhere": (
        one(allow_update_instance_information=True),
        one(),
        AWAY,
        LEFT_OUT,
        LEFT_OUT,
    ),
    "nothing new, a target elsewhere": (one(), one(), AWAY, Told([FINE], []), Told([FINE], [])),
    "a fleet's first run with a target elsewhere": (NOTHING, fleet("web"), AWAY, LEFT_OUT, LEFT_OUT),
    "a transform": (NOTHING, transformed(), {}, LEFT_OUT, LEFT_OUT),
    "a transform, exact name": (one(**EXACT), transformed(**EXACT), {}, LEFT_OUT, LEFT_OUT),
}


@pytest.mark.parametrize(("before", "after", "options", "preview", "up"), NOT_WRITING.values(), ids=NOT_WRITING)
def test_a_run_that_does_not_write(
    box: Sandbox, before: Program, after: Program, options: Mapping[str, Any], preview: Told, up: Told
) -> None:
    """It says so, neither that anything is allowed nor that it is lost; the denied actions have no value."""
    box.create_role("web", policies={"own": READY})
    box.stack(before).up()
    stack = box.stack(and_another(after))

    assert told(stack, "preview", **options) == preview
    assert told(stack, "up", **options) == up
