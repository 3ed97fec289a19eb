"""A mandatory check on the engine: nothing is written for a role that IAM denies, or does not answer about."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from sandbox import Fault, Sandbox
from tests.checked import Told, told
from tests.checks import ADVISORY, KINDS, LEVELS
from tests.components import PERMISSIONS, Kind
from tests.documents import KEY
from tests.fleets import FLEET, fleet
from tests.mocks import Program
from tests.on_engine import permissions, watch, writes, yaml_project
from tests.sentences import GRANT, denied, not_asked, ok, silent
from tests.world import KEYS, NO_DATA, NO_KEY, ON_KEY, OPEN_DATA, READY

DENIED: Final = denied(ON_KEY, "'no'")
BOTH: Final = ("preview", "up")

pytestmark = pytest.mark.usefixtures("without_pauses")


def with_roles(box: Sandbox, *names: str, **more: Any) -> None:
    """Make roles that may send the heartbeat."""
    for name in names:
        box.create_role(name, policies={"own": READY, **more})


def one(**inputs: Any) -> Program:
    """Return a program with a component for one role and a mandatory check."""
    return permissions(check="mandatory", **inputs)


def fleet_of(*roles: str, **inputs: Any) -> Program:
    """Return a program with a fleet and a mandatory check."""
    return fleet(roles, check="mandatory", **inputs)


DENIAL: Final = DENIED.replace("'web'", "'denied'")
# An earlier update, one that is denied, and what both commands say.
CHANGES: Final[Mapping[str, tuple[Program, Program, Sequence[str]]]] = {
    "generated": (one(role="denied"), one(role="denied", **KEYS), [DENIAL]),
    "exact": (one(role="denied", policy_name="old"), one(role="denied", policy_name="new", **KEYS), [DENIAL]),
    "a fleet that gains and loses roles": (
        fleet_of("web", "lost"),
        fleet_of("web", "bare", "denied", **KEYS),
        sorted([silent("role 'bare'"), DENIAL]),
    ),
}


@pytest.mark.parametrize(("before", "after", "lines"), CHANGES.values(), ids=CHANGES)
def test_nothing_is_written_for_a_denied_role(
    box: Sandbox, before: Program, after: Program, lines: Sequence[str]
) -> None:
    """Preview and update end, and no role gets or loses anything; of the good roles, nothing is said."""
    with_roles(box, "web", "lost")
    with_roles(box, "denied", no=NO_KEY)
    box.create_role("bare")
    box.stack(before).up()
    box.forget()

    assert [told(box.stack(after), command)[::2] for command in BOTH] == [(lines, True)] * 2
    assert writes(box) == []


SIMULATE: Final = "SimulatePrincipalPolicy"
WRITTEN: Final = {PERMISSIONS: ["PutRolePolicy"], FLEET: ["CreatePolicy", "AttachRolePolicy"]}


@KINDS
@LEVELS
def test_when_iam_is_asked(box: Sandbox, kind: Kind, level: str) -> None:
    """A mandatory check asks before anything is written; an advisory one keeps nothing back. Each asks once.

    IAM refuses a question and a write once: what does not wait for them comes earlier.
    """
    with_roles(box, "web")
    box.fail(SIMULATE if level == "advisory" else WRITTEN[kind][-1], Fault.throttling(), times=1)
    box.stack(kind.exporting({"check": level}, None, "web")).up()
    asked = ["GetRole", SIMULATE, *WRITTEN[kind]]
    called = [call.action for call in box.calls if call.action in asked and not call.error]

    assert called == (asked if level == "mandatory" else ["GetRole", *WRITTEN[kind], SIMULATE])


def test_no_answer_is_no_permission(box: Sandbox) -> None:
    """Preview and update end with IAM's answer and what to do, of whichever question; nothing is written."""
    with_roles(box, "web", "api")
    box.fail("GetRole", Fault.error("AccessDenied", "No."), where={"RoleName": "web"})
    box.fail("SimulatePrincipalPolicy", Fault.error("InvalidInput", "No."))
    box.forget()
    causes = [not_asked("role 'web'", "AccessDenied: No.", GRANT), not_asked("role 'api'", "InvalidInput: No.")]
    errors = [
        line for run in (watch(box.stack(fleet_of("web", "api")), command) for command in BOTH) for line in run.said
    ]
    whole = "\n".join(f"SessionManagerManagedPolicy 'fleet': {cause}{ADVISORY}" for cause in causes)

    assert [text for severity, text in errors if severity == "error" and text.startswith("Session")] == [whole] * 2
    assert writes(box) == []


def test_a_deny_by_hand_in_the_own_policy(box: Sandbox) -> None:
    """It ends a mandatory run like any Deny. One update with `--refresh` and an advisory check takes it out."""
    with_roles(box, "web")
    mandatory = box.stack(one())
    mandatory.up()
    [name] = box.role_policies("web").keys() - {"own"}
    box.client("iam").put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=json.dumps(NO_DATA))
    said = [denied(OPEN_DATA, f"'{name}'")]
    assert [told(mandatory, command)[::2] for command in BOTH] == [(said, True)] * 2
    # It asks beside its own write, so that it may still see the Deny.
    assert not told(box.stack(permissions(check="advisory")), "up", refresh=True).failed
    assert told(mandatory, "up") == Told([ok(4, "'own'")], [])


def test_in_yaml(box: Sandbox) -> None:
    """The plugin reports the cause in the schema's words, without a traceback, and nothing is written.

    Nor is it where IAM does not answer, and the run goes on after errors.
    """
    with_roles(box, "web", no=NO_KEY)
    properties = {"roles": ["web"], "check": "mandatory", "kmsKeyArns": [KEY]}
    resources = {"fleet": {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": properties}}
    folder = yaml_project(box, resources=resources)
    box.forget()

    def printed(command: str, *options: str) -> str:
        done = box.pulumi(command, *options, cwd=folder)
        assert done.returncode != 0
        return " ".join(done.stdout.split())

    texts = [printed("preview"), printed("up", "--yes", "--skip-preview")]
    box.fail("SimulatePrincipalPolicy", Fault.error("InvalidInput", "No."))
    texts.append(printed("up", "--yes", "--skip-preview", "--continue-on-error"))
    denial, silence = f"{DENIED}{ADVISORY}", not_asked("role 'web'", "InvalidInput: No.")

    for text, cause in zip(texts, (denial, denial, silence), strict=True):
        assert f"SessionManagerManagedPolicy 'fleet': {cause}" in text
        assert [each for each in ("Traceback", "Unexpected", "<class") if each in text] == []
    assert writes(box) == []
