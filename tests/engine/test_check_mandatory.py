"""A mandatory check on the engine: nothing is written for a role that IAM denies, or does not answer about."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, _invokes
from sandbox import Fault, Sandbox
from tests.documents import KEY, OTHER_KEY, allow, policy
from tests.engine.checked import ASKING, Told, told
from tests.fleets import fleet
from tests.on_engine import READY, TRUST, in_yaml, permissions, try_run, writes, yaml_project
from tests.worlds import GRANT, NO_KEY, NOT_YET, ON_KEY, denied, not_asked, ok, silent

WEB: Final = "role 'web'"
OWNER: Final = "SessionManagerPermissions 'web': "
KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY]}
ADVISORY: Final = 'With check="advisory", this is a warning.'
DENIED: Final = denied(ON_KEY, "'no'")
WAY_OUT: Final = f"If this update deletes that policy, it does so last, after this check. {ADVISORY}"
ENDED: Final = Told([DENIED], failed=True)
FINE: Final = ok(6, "'own'", where="eu-west-1, keys in their Regions")
NAMES: Final = pytest.mark.parametrize("name", [{}, {"policy_name": "fixed"}], ids=["generated", "exact"])
BOTH: Final = ("preview", "up")


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once: what is denied here stays denied."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


def printed(box: Sandbox, program: Callable[[], None], command: str) -> list[str]:
    """Return the lines of the errors as they are printed, each once."""
    found = [line.strip() for text in try_run(box.stack(program), command).said for line in text.splitlines()]
    return [*dict.fromkeys(line for each in found if (line := each.removeprefix("error: ")).startswith(OWNER))]


@NAMES
def test_nothing_is_written_for_a_denied_role(box: Sandbox, name: Any) -> None:
    """A preview and an update without a preview end with cause and way out; the policy of an earlier update stays."""
    box.create_role("web", policies={"own": READY, "no": NO_KEY})
    bad = permissions(check="mandatory", **KEYS, **name)
    good = permissions(check="mandatory", kms_key_arns=[OTHER_KEY], **name)
    box.forget()
    assert [printed(box, bad, command) for command in BOTH] == [[f"{OWNER}{DENIED} {WAY_OUT}"]] * 2
    assert writes(box) == []

    assert told(box.stack(good), "up").lines == [FINE]
    before = box.role_policies("web")
    box.forget()
    assert [told(box.stack(bad), command)[::2] for command in BOTH] == [ENDED[::2]] * 2
    assert (writes(box), box.role_policies("web")) == ([], before)
    assert told(box.stack(good), "up").lines == [FINE]


ORDER: Final = {
    "disabled": ["PutRolePolicy"],
    "advisory": ["GetRole", "PutRolePolicy", "SimulatePrincipalPolicy"],
    "mandatory": ["GetRole", "SimulatePrincipalPolicy", "PutRolePolicy", "SimulatePrincipalPolicy"],
}


@pytest.mark.parametrize(("level", "order"), ORDER.items(), ids=ORDER)
def test_when_iam_is_asked(box: Sandbox, level: str, order: list[str]) -> None:
    """A role is read before the write. A mandatory check judges before the write, an advisory one after it.

    The first question takes its time, because IAM refuses it once: a write that does not wait for it comes earlier.
    """
    box.create_role("web", policies={"own": READY})
    box.stack(permissions(check="disabled")).up()
    box.fail("SimulatePrincipalPolicy", Fault.throttling(), times=1)
    box.forget()
    box.stack(permissions(check=level, allow_update_instance_information=True)).up()
    called = [call.action for call in box.calls if call.action in (*ASKING, "PutRolePolicy") and not call.error]

    assert called == order


def test_a_fleet_with_one_denied_role_writes_nothing(box: Sandbox) -> None:
    """It gains a denied and a good role and loses one: no role gets or loses anything; each cause is one line.

    Of the good roles, nothing is said.
    """
    for role in ("kept", "lost", "good"):
        box.create_role(role, policies={"own": READY})
    box.create_role("bare")
    box.create_role("denied", policies={"own": READY, "no": NO_KEY})
    box.stack(fleet(["kept", "lost"], check="mandatory", **KEYS)).up()
    box.forget()
    stack = box.stack(fleet(["kept", "good", "denied", "bare"], check="mandatory", **KEYS))
    lines = [denied(ON_KEY, "'no'", roles="role 'denied'"), silent("role 'bare'")]

    assert [told(stack, command)[::2] for command in BOTH] == [(sorted(lines), True)] * 2
    assert writes(box) == []


NO_ANSWER: Final[Mapping[str, tuple[str, Fault, str]]] = {
    "the role may not be read": ("GetRole", Fault.error("AccessDenied", "No."), GRANT),
    "IAM may not be asked": ("SimulatePrincipalPolicy", Fault.error("AccessDenied", "No."), GRANT),
    "it fails": ("SimulatePrincipalPolicy", Fault.error("InvalidInput", "No."), "Run the command again"),
}


@pytest.mark.parametrize(("action", "fault", "remedy"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_no_answer_is_no_permission(box: Sandbox, action: str, fault: Fault, remedy: str) -> None:
    """Preview and update end with IAM's answer and what to do; nothing is written."""
    box.create_role("web", policies={"own": READY})
    box.fail(action, fault)
    box.forget()
    line = f"{OWNER}{not_asked(WEB, f'{fault.code}: No.', remedy)} {ADVISORY}"

    assert [printed(box, permissions(check="mandatory"), command) for command in BOTH] == [[line]] * 2
    assert writes(box) == []


def test_a_check_that_is_throttled_is_one_line(box: Sandbox) -> None:
    """The line names ten roles and how many more."""
    roles = [f"r{number:02}" for number in range(12)]
    for role in roles:
        box.create_role(role, policies={"own": READY})
    box.fail("SimulatePrincipalPolicy", Fault.throttling())
    box.forget()
    said = told(box.stack(fleet(roles, check="mandatory"), config={"aws:maxRetries": 1}), "up")

    assert said == Told([not_asked(f"roles {', '.join(map(repr, roles[:10]))} and 2 more", "Throttling")], failed=True)
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
    said = denied(ON_KEY, "'no'", roles="role 'new'")
    assert told(box.stack(same_program), "preview").lines == [NOT_YET.format("role 'new'")]
    box.forget()
    assert told(box.stack(same_program), "up")[::2] == ([said], True)
    made = {call.target for call in box.writes if call.action == "CreateRole"}
    assert made == {"new", "other"}
    assert [*box.role_policies("new")] == ["no"]
    assert told(box.stack(same_program), "preview").lines == [said]
    assert told(box.stack(lambda: same_program(OTHER_KEY)), "up")[::2] == (
        [FINE.replace("'web'", "'new'").replace("'own'", "'no'")],
        False,
    )


def test_a_replaced_role_ends_without_the_policy(box: Sandbox) -> None:
    """If a denial ends the run in which a role is replaced, the new role has no policy: as the page says."""
    limit = json.dumps(policy(allow(["s3:*"])))
    arn = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=limit)["Policy"]["Arn"]

    def program(name: str, boundary: str | None = None) -> None:
        role = aws.iam.Role("app", name=name, assume_role_policy=TRUST, permissions_boundary=boundary)
        SessionManagerPermissions("web", role=role.name, check="mandatory", allow_update_instance_information=True)

    box.stack(lambda: program("old")).up()
    assert (told(box.stack(lambda: program("new", arn)), "up").failed, box.role_policies("new")) == (True, {})


def with_deny(*, deny: bool, level: str) -> Callable[[], None]:
    """Return a program with a component, and with or without a policy that denies what the component grants."""

    def program() -> None:
        if deny:
            aws.iam.RolePolicy("no", role="web", name="no", policy=json.dumps(NO_KEY))
        permissions(check=level, **KEYS)()

    return program


def test_a_deny_that_the_same_update_deletes_is_still_there(box: Sandbox) -> None:
    """Pulumi deletes last. The error says what to do, and that works: one update with an advisory check."""
    box.create_role("web", policies={"own": READY})
    box.stack(with_deny(deny=True, level="advisory")).up()
    box.forget()
    assert told(box.stack(with_deny(deny=False, level="mandatory")), "up").lines == [DENIED]
    assert writes(box) == []
    assert told(box.stack(with_deny(deny=False, level="advisory")), "up").lines == [DENIED]
    assert told(box.stack(with_deny(deny=False, level="mandatory")), "up").lines == [FINE]


@pytest.mark.parametrize("option", [{"target": ["**Role::other"]}, {"continue_on_error": True}], ids=str)
def test_an_option_of_the_update_lets_nothing_through(box: Sandbox, option: Mapping[str, Any]) -> None:
    """With a target elsewhere, or when errors do not stop a run, the policy is not written either."""
    box.create_role("web", policies={"own": READY, "no": NO_KEY})
    box.forget()

    def program() -> None:
        aws.iam.Role("other", name="other", assume_role_policy=TRUST)
        permissions(check="mandatory", **KEYS)()

    assert DENIED in told(box.stack(program), "up", **option).lines
    assert [target for action, target in writes(box) if action != "CreateRole"] == []


def test_a_provider_that_waits_for_a_check_gets_its_turn(box: Sandbox) -> None:
    """A check whose provider depends on another checked component does not keep that one from being asked about."""
    roles = [f"r{number}" for number in range(6)]
    for role in ("web", *roles):
        box.create_role(role, policies={"own": READY})

    def program() -> None:
        first = SessionManagerPermissions("web", role="web", check="mandatory")
        later = aws.Provider("later", **box.provider_args(), opts=pulumi.ResourceOptions(depends_on=[first]))
        fleet(roles, check="mandatory", opts=lambda: pulumi.ResourceOptions(provider=later))()

    assert told(box.stack(program), "up").failed is False, "the fleet is asked about"
    assert len([call for call in box.writes if call.action == "AttachRolePolicy"]) == len(roles)


IN_YAML: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "SessionManagerPermissions 'web'": ("SessionManagerPermissions", {"role": "web"}),
    "SessionManagerManagedPolicy 'web'": ("SessionManagerManagedPolicy", {"roles": ["api", "web"]}),
}


@pytest.mark.parametrize("owner", IN_YAML)
def test_in_yaml(box: Sandbox, owner: str) -> None:
    """The plugin reports the cause in the schema's words, without a traceback, and nothing is written."""
    made, roles = IN_YAML[owner]
    for role in ("web", "api"):
        box.create_role(role, policies={"own": READY, **({"no": NO_KEY} if role == "web" else {})})
    properties = {**roles, "check": "mandatory", "kmsKeyArns": [KEY]}
    resources = {"web": {"type": f"ssm-perms:{made}", "properties": properties}}
    box.forget()
    for command in BOTH:
        text = " ".join(in_yaml(box, resources, command, fails=True).split())
        assert f"{owner}: {DENIED} {WAY_OUT}" in text
        assert [each for each in ("Traceback", "Unexpected", "<class") if each in text] == []
    assert writes(box) == []


@pytest.mark.parametrize("option", ["--target=**Role::other", "--continue-on-error"])
def test_an_option_of_the_update_lets_nothing_through_in_yaml(box: Sandbox, option: str) -> None:
    """Nor does it if IAM does not answer the check, which is then the cause."""
    box.create_role("web", policies={"own": READY})
    box.fail("SimulatePrincipalPolicy", Fault.error("InvalidInput", "No."))
    web = {"type": "ssm-perms:SessionManagerPermissions", "properties": {"role": "web", "check": "mandatory"}}
    other = {"type": "aws:iam:Role", "properties": {"name": "other", "assumeRolePolicy": TRUST}}
    folder = yaml_project(box, resources={"web": web, "other": other})
    box.forget()
    done = box.pulumi("up", "--yes", "--skip-preview", option, cwd=folder)

    assert done.returncode != 0
    assert not_asked("role 'web'", "InvalidInput: No.") in " ".join(done.stdout.split())
    assert [target for action, target in writes(box) if action != "CreateRole"] == []
