"""A mandatory check on the engine: nothing is written for a role that IAM denies, or does not answer about."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.answers import HEARTBEAT
from tests.checks import ADVISORY
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY, allow, policy
from tests.engine.checked import Told, told
from tests.fleets import fleet
from tests.on_engine import READY, TRUST, Program, permissions, watch, writes, yaml_project
from tests.sentences import (
    ALL_CHANNELS,
    GRANT,
    NOT_YET,
    UNSEEN,
    bounded,
    denied,
    missing,
    not_asked,
    ok,
    own_deny,
    planned,
    silent,
)
from tests.world import KEYS, NO_KEY, ON, ON_KEY, OPEN_DATA, SPOILT, deny

DENIED: Final = planned(denied(ON_KEY, "'no'"))
FINE: Final = ok(6, "'own'") + UNSEEN
BOTH: Final = ("preview", "up")

pytestmark = pytest.mark.usefixtures("without_pauses")


def with_roles(box: Sandbox, *names: str, **more: Any) -> None:
    """Make roles that may send the heartbeat."""
    for name in names:
        box.create_role(name, policies={"own": READY, **more})


def one(**inputs: Any) -> Program:
    """Return a program with a component for one role and a mandatory check."""
    return permissions(check="mandatory", **inputs)


def many(*roles: str, **inputs: Any) -> Program:
    """Return a program with a fleet and a mandatory check."""
    return fleet(roles, check="mandatory", **inputs)


DENIAL: Final = DENIED.replace("'web'", "'denied'")
# An earlier update, one that is denied, and what both commands say.
CHANGES: Final[Mapping[str, tuple[Program, Program, Sequence[str]]]] = {
    "generated": (one(role="denied"), one(role="denied", **KEYS), [DENIAL]),
    "exact": (one(role="denied", policy_name="old"), one(role="denied", policy_name="new", **KEYS), [DENIAL]),
    "a fleet that gains and loses roles": (
        many("web", "lost"),
        many("web", "bare", "denied", **KEYS),
        [planned(silent("role 'bare'")), DENIAL],
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


def test_no_answer_is_no_permission(box: Sandbox) -> None:
    """Preview and update end with IAM's answer and what to do, of whichever question; nothing is written."""
    with_roles(box, "web", "api")
    box.fail("GetRole", Fault.error("AccessDenied", "No."), where={"RoleName": "web"})
    box.fail("SimulatePrincipalPolicy", Fault.error("InvalidInput", "No."))
    box.forget()
    causes = [not_asked("role 'web'", "AccessDenied: No.", GRANT), not_asked("role 'api'", "InvalidInput: No.")]
    errors = [line for run in (watch(box.stack(many("web", "api")), command) for command in BOTH) for line in run.said]
    whole = "\n".join(f"SessionManagerManagedPolicy 'fleet': {cause}{ADVISORY}" for cause in causes)

    assert [text for severity, text in errors if severity == "error" and text.startswith("Session")] == [whole] * 2
    assert writes(box) == []


def same_program(key: str = KEY) -> None:
    """Declare a role, a policy of it, a component that depends on that, and what has to do with none or all of them."""
    role = aws.iam.Role("new", name="new", assume_role_policy=TRUST)
    no = json.dumps(policy(*READY["Statement"], *NO_KEY["Statement"]))
    own = aws.iam.RolePolicy("own", role=role.name, name="no", policy=no)
    opts = pulumi.ResourceOptions(depends_on=[own])
    made = SessionManagerPermissions("web", role=role.name, check="mandatory", kms_key_arns=[key], opts=opts)
    aws.iam.Role("other", name="other", assume_role_policy=TRUST)
    aws.iam.Role("after", name="after", assume_role_policy=TRUST, opts=pulumi.ResourceOptions(depends_on=[made]))


def test_a_role_of_the_same_program(box: Sandbox) -> None:
    """A preview says that it could not ask yet. The update makes what comes first and the rest, then ends.

    A later preview warns, because what the component depends on may change the answer. The next update goes on.
    """
    said = DENIED.replace("'web'", "'new'")
    fine = FINE.replace("'web'", "'new'").replace("'own'", "'no'")
    assert told(box.stack(same_program), "preview").lines == [NOT_YET.format("role 'new'")]
    assert told(box.stack(same_program), "up")[::2] == ([said], True)
    assert {call.target for call in box.writes if call.action == "CreateRole"} == {"new", "other"}
    assert [*box.role_policies("new")] == ["no"]
    assert told(box.stack(same_program), "preview")[::2] == ([said], False)
    assert told(box.stack(lambda: same_program(OTHER_KEY)), "up")[::2] == (
        [fine.replace("eu-west-1", "eu-west-1, or in the Region of its resource")],
        False,
    )


def limited(*, limit: str | None, guarded: bool, depends: bool) -> None:
    """Declare a role with a boundary or none, its policy that denies the key or another one, and a component."""
    role = aws.iam.Role("web", name="web", assume_role_policy=TRUST, permissions_boundary=limit)
    no = NO_KEY if guarded else policy(deny("kms:Encrypt"))
    own = aws.iam.RolePolicy("no", role=role.name, name="no", policy=json.dumps(no))
    opts = pulumi.ResourceOptions(depends_on=[own]) if depends else None
    inputs: Any = {**KEYS, **ON, "role": "web" if depends else role.name}
    SessionManagerPermissions("web", check="mandatory" if not guarded else "disabled", opts=opts, **inputs)


@pytest.mark.parametrize("depends", [True, False], ids=["depends_on", "role as an Output"])
def test_a_deny_that_the_same_run_edits_and_a_boundary_that_goes(box: Sandbox, *, depends: bool) -> None:
    """The preview warns and passes, because the run changes them before it asks about the role; the update passes."""
    document = json.dumps(policy(allow(["kms:*"])))
    limit = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]
    box.stack(lambda: limited(limit=limit, guarded=True, depends=depends)).up()
    after = box.stack(lambda: limited(limit=None, guarded=False, depends=depends))
    channels = bounded(f"{ALL_CHANNELS}, {HEARTBEAT}")

    assert told(after, "preview")[::2] == (sorted([DENIED, planned(channels)]), False)
    assert told(after, "up")[::2] == ([ok(6, None) + UNSEEN], False)


def test_a_replaced_role_ends_without_the_policy(box: Sandbox) -> None:
    """If a denial ends the run in which a role is replaced, the new role has no policy: as the page says."""
    limit = json.dumps(policy(allow(["s3:*"])))
    arn = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=limit)["Policy"]["Arn"]

    def program(name: str, boundary: str | None = None) -> None:
        role = aws.iam.Role("app", name=name, assume_role_policy=TRUST, permissions_boundary=boundary)
        SessionManagerPermissions("web", role=role.name, check="mandatory", allow_update_instance_information=True)

    box.stack(lambda: program("old")).up()
    assert (told(box.stack(lambda: program("new", arn)), "up").failed, box.role_policies("new")) == (True, {})


def with_deny(*, denies: bool, level: str) -> Callable[[], None]:
    """Return a program with a component, and with or without a policy that denies what the component grants."""

    def program() -> None:
        if denies:
            aws.iam.RolePolicy("no", role="web", name="no", policy=json.dumps(NO_KEY))
        permissions(check=level, **KEYS)()

    return program


def test_a_deny_that_the_same_update_deletes_is_still_there(box: Sandbox) -> None:
    """Pulumi deletes last. The error says what to do, and that works: one update with an advisory check."""
    with_roles(box, "web")
    box.stack(with_deny(denies=True, level="disabled")).up()
    box.forget()
    assert told(box.stack(with_deny(denies=False, level="mandatory")), "up").lines == [DENIED]
    assert writes(box) == []
    assert told(box.stack(with_deny(denies=False, level="advisory")), "up").lines == [denied(ON_KEY, "'no'")]
    assert told(box.stack(with_deny(denies=False, level="mandatory")), "up").lines == [FINE]


def test_what_was_done_by_hand_ends_no_run_that_mends_it(box: Sandbox) -> None:
    """A Deny in the own policy, or a policy that is gone, is a warning, until `--refresh` writes the policy."""
    with_roles(box, "web")
    stack = box.stack(one(policy_name="fixed"))
    stack.up()
    iam = box.client("iam")
    iam.put_role_policy(RoleName="web", PolicyName="fixed", PolicyDocument=json.dumps(SPOILT))
    assert told(stack, "preview") == Told([own_deny(OPEN_DATA)], [OPEN_DATA])
    assert told(stack, "up") == Told([own_deny(OPEN_DATA)], [OPEN_DATA])
    assert told(stack, "up", refresh=True) == Told([ok(5, "'own'")], [])
    iam.delete_role_policy(RoleName="web", PolicyName="fixed")
    assert told(stack, "refresh", run_program=True) == Told([missing()], [*CHANNEL_ACTIONS])
    assert told(stack, "up") == Told([ok(5, "'own'")], [])


def test_a_provider_that_waits_for_a_check_gets_its_turn(box: Sandbox) -> None:
    """A check whose provider depends on another checked component does not keep that one from being asked about."""
    roles = [f"r{number}" for number in range(6)]
    with_roles(box, "web", *roles)

    def program() -> None:
        first = SessionManagerPermissions("web", role="web", check="mandatory")
        later = aws.Provider("later", **box.provider_args(), opts=pulumi.ResourceOptions(depends_on=[first]))
        many(*roles, opts=lambda: pulumi.ResourceOptions(provider=later))()

    assert told(box.stack(program), "up").failed is False, "the fleet is asked about"
    assert len([call for call in box.writes if call.action == "AttachRolePolicy"]) == len(roles)


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
