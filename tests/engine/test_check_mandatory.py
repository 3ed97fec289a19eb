"""A mandatory check on the engine: nothing is written for a role that IAM denies, or does not answer about."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, _invokes
from sandbox import Fault, Sandbox
from tests.answers import HEARTBEAT
from tests.documents import KEY, OTHER_KEY, allow, decrypt, policy
from tests.fleets import fleet
from tests.on_engine import READY, TRUST, in_yaml, permissions, try_run, writes, yaml_project
from tests.worlds import NOT_YET, TAKEN_AWAY, denies, not_asked, silent

OWNER: Final = "SessionManagerPermissions 'web': "
FLEET: Final = "SessionManagerManagedPolicy 'fleet': "
NO: Final = policy({**decrypt(KEY), "Effect": "Deny"})
STILL_DENIED: Final = (
    'If this update deletes that policy, or if real requests pass, run `pulumi up` with check="advisory": Pulumi '
    "deletes last."
)
NAMES: Final = pytest.mark.parametrize("name", [{}, {"policy_name": "fixed"}], ids=["generated", "exact"])


def denied(role: str, owner: str = OWNER) -> str:
    """Return the line of a role whose own policy denies the key."""
    said = denies(f"kms:Decrypt on {KEY}", "it is denied in 'no'", roles=f"role '{role}'")
    return f"{owner}{said} {STILL_DENIED}"


def lines(said: list[str]) -> list[str]:
    """Return each line of the errors, once, without what Pulumi says itself."""
    found = [line.strip() for text in said for line in text.removeprefix("error: ").splitlines()]
    return [*dict.fromkeys(line for line in found if line.startswith(("SessionManager", "warning:")))]


@NAMES
def test_nothing_is_written_for_a_denied_role(box: Sandbox, name: Any) -> None:
    """A preview and an update without a preview end with the cause; the policy of an earlier update stays as it is."""
    box.create_role("web", policies={"own": READY, "no": NO})
    box.forget()
    first = box.stack(permissions(check="mandatory", kms_key_arns=[KEY], **name))
    assert [lines(try_run(first, command).said) for command in ("preview", "up")] == [[denied("web")]] * 2
    assert writes(box) == []

    good = permissions(check="mandatory", kms_key_arns=[OTHER_KEY], **name)
    assert try_run(box.stack(good), "up").said == []
    before = box.role_policies("web")
    box.forget()
    second = box.stack(permissions(check="mandatory", kms_key_arns=[KEY], **name))
    assert [lines(try_run(second, command).said) for command in ("preview", "up")] == [[denied("web")]] * 2
    assert (writes(box), box.role_policies("web")) == ([], before)
    assert try_run(box.stack(good), "up").said == []


@pytest.mark.parametrize(
    ("name", "commands"), [({}, ["preview"]), ({"policy_name": "fixed"}, ["preview", "up"])], ids=["generated", "exact"]
)
def test_a_heartbeat_is_not_taken_away(box: Sandbox, name: Any, commands: list[str]) -> None:
    """The component's own policy alone has the heartbeat. An exact name is known to an update without a preview."""
    box.create_role("web")
    on = permissions(check="mandatory", allow_update_instance_information=True, **name)
    assert try_run(box.stack(on), "up").said == []
    box.forget()
    off = box.stack(permissions(check="mandatory", **name))
    assert [lines(try_run(off, each).said) for each in commands] == [[OWNER + TAKEN_AWAY]] * len(commands)
    assert writes(box) == []


def test_an_update_without_a_preview_says_afterwards_what_it_took_away(box: Sandbox) -> None:
    """A generated name is not known before the policy is written: then the update warns, and lists the heartbeat."""
    box.create_role("web")
    on = permissions(check="mandatory", allow_update_instance_information=True)
    assert try_run(box.stack(on), "up").said == []
    run = try_run(box.stack(permissions(check="mandatory")), "up")

    assert (run.said, run.denied_actions) == (["warning: " + TAKEN_AWAY], [HEARTBEAT])


def test_a_fleet_with_one_denied_role_writes_nothing(box: Sandbox) -> None:
    """It gains a denied and a good role and loses one: no role gets or loses anything; each cause is one line."""
    for role in ("kept", "lost", "good"):
        box.create_role(role, policies={"own": READY})
    box.create_role("bare")
    box.create_role("denied", policies={"own": READY, "no": NO})
    assert try_run(box.stack(fleet(["kept", "lost"], check="mandatory", kms_key_arns=[KEY])), "up").said == []
    box.forget()
    stack = box.stack(fleet(["kept", "good", "denied", "bare"], check="mandatory", kms_key_arns=[KEY]))
    said = sorted([denied("denied", FLEET), "warning: " + silent(roles="role 'bare'")])

    assert [sorted(lines(try_run(stack, command).said)) for command in ("preview", "up")] == [said] * 2
    assert writes(box) == []


def test_a_check_that_is_throttled_is_one_line(box: Sandbox) -> None:
    """No answer is no permission. The line names ten roles and how many more."""
    roles = [f"r{number:02}" for number in range(12)]
    for role in roles:
        box.create_role(role, policies={"own": READY})
    box.fail("SimulatePrincipalPolicy", Fault.throttling())
    box.forget()
    run = try_run(box.stack(fleet(roles, check="mandatory"), config={"aws:maxRetries": 1}), "up")
    named = f"roles {', '.join(map(repr, roles[:10]))} and 2 more"
    said = not_asked(named, "Throttling")

    assert (lines(run.said), writes(box)) == ([FLEET + said], [])


@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_deployer_that_may_not_ask_ends_the_run(box: Sandbox, command: str) -> None:
    """The line has IAM's answer, and says what to allow."""
    box.create_role("web", policies={"own": READY})
    box.fail("SimulatePrincipalPolicy", Fault.denied())
    box.forget()
    [said] = lines(try_run(box.stack(permissions(check="mandatory")), command).said)

    assert said.startswith(f"{OWNER}IAM could not be asked about role 'web' (AccessDenied")
    assert said.endswith("iam:SimulatePrincipalPolicy on it, or leave check out.")
    assert writes(box) == []


def test_what_a_real_request_may_decide_otherwise_ends_the_run(box: Sandbox) -> None:
    """IAM's decision is the verdict; the line says what IAM was not told, and an advisory check lets it through."""
    perimeter = policy({**decrypt(KEY), "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}})
    box.create_role("web", policies={"own": READY, "perimeter": perimeter})
    box.forget()
    said = denies(f"kms:Decrypt on {KEY}", "it is denied in 'perimeter'", keys="aws:SourceVpc")

    run = try_run(box.stack(permissions(check="mandatory", kms_key_arns=[KEY])), "up")
    assert (lines(run.said), writes(box)) == ([f"{OWNER}{said} {STILL_DENIED}"], [])
    run = try_run(box.stack(permissions(check="advisory", kms_key_arns=[KEY])), "up")
    assert (run.said, run.denied_actions) == (["warning: " + said], ["kms:Decrypt"])


def same_program(key: str = KEY) -> None:
    """Declare a role, a policy of it, a component that depends on that, and what has to do with none or all of them."""
    role = aws.iam.Role("new", name="new", assume_role_policy=TRUST)
    own = aws.iam.RolePolicy(
        "own", role=role.name, name="no", policy=json.dumps(policy(allow([HEARTBEAT]), *NO["Statement"]))
    )
    opts = pulumi.ResourceOptions(depends_on=[own])
    made = SessionManagerPermissions("web", role=role.name, check="mandatory", kms_key_arns=[key], opts=opts)
    aws.iam.Role("other", name="other", assume_role_policy=TRUST)
    aws.iam.Role("after", name="after", assume_role_policy=TRUST, opts=pulumi.ResourceOptions(depends_on=[made]))


def infos(stack: Any, command: str) -> list[str]:
    """Return what a run that succeeds says as information."""
    said: list[str] = []

    def listen(event: Any) -> None:
        if event.diagnostic_event and event.diagnostic_event.severity.startswith("info"):
            said.append(event.diagnostic_event.message.strip())

    getattr(stack, command)(on_event=listen)
    return said


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once: what is denied here stays denied."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


@pytest.mark.usefixtures("without_pauses")
def test_a_role_of_the_same_program(box: Sandbox) -> None:
    """A preview says that it could not ask yet. The update makes what comes first and the rest, then ends.

    A later preview warns, because what the component depends on may change the answer. The next update goes on.
    """
    assert infos(box.stack(same_program), "preview") == [NOT_YET.format("role 'new'").removeprefix("- ")]
    box.forget()
    run = try_run(box.stack(same_program), "up")
    assert lines(run.said) == [denied("new")]
    made = {(call.action, call.target) for call in box.writes}
    assert {("CreateRole", "new"), ("CreateRole", "other")} <= made
    assert ("CreateRole", "after") not in made
    assert [*box.role_policies("new")] == ["no"]
    said = denied("new").removeprefix(OWNER).removesuffix(f" {STILL_DENIED}")
    assert try_run(box.stack(same_program), "preview").said == ["warning: " + said]
    assert try_run(box.stack(lambda: same_program(OTHER_KEY)), "up").said == []


def with_deny(*, deny: bool) -> Callable[[], None]:
    """Return a program with a component, and with or without a policy that denies what the component grants."""

    def program() -> None:
        if deny:
            aws.iam.RolePolicy("no", role="web", name="no", policy=json.dumps(NO))
        permissions(kms_key_arns=[KEY], check="advisory" if deny else "mandatory")()

    return program


def test_a_deny_that_the_same_update_deletes_is_still_there(box: Sandbox) -> None:
    """Pulumi deletes last. The error says what to do, and that works: one update without the input."""
    box.create_role("web", policies={"own": READY})
    box.stack(with_deny(deny=True)).up()
    box.forget()
    stack = box.stack(with_deny(deny=False))
    assert lines(try_run(stack, "up").said) == [denied("web")]
    assert writes(box) == []
    box.stack(permissions(kms_key_arns=[KEY])).up()
    assert try_run(box.stack(with_deny(deny=False)), "up").said == []


@pytest.mark.parametrize("option", [{"target": ["**Role::other"]}, {"continue_on_error": True}], ids=str)
def test_an_option_of_the_update_lets_nothing_through(box: Sandbox, option: Mapping[str, Any]) -> None:
    """With a target elsewhere, or when errors do not stop a run, the policy is not written either."""
    box.create_role("web", policies={"own": READY, "no": NO})
    box.forget()

    def program() -> None:
        aws.iam.Role("other", name="other", assume_role_policy=TRUST)
        SessionManagerPermissions("web", role="web", check="mandatory", kms_key_arns=[KEY])

    stack = box.stack(program)
    with pytest.raises(pulumi.automation.CommandError, match="it is denied in 'no'"):
        stack.up(**option)
    assert {target for action, target in writes(box) if action != "CreateRole"} == set()


def test_a_provider_that_waits_for_a_check_gets_its_turn(box: Sandbox) -> None:
    """A check whose provider depends on another checked component does not keep that one from being asked about."""
    roles = [f"r{number}" for number in range(6)]
    for role in ("web", *roles):
        box.create_role(role, policies={"own": READY})

    def program() -> None:
        first = SessionManagerPermissions("web", role="web", check="mandatory")
        later = aws.Provider("later", **box.provider_args(), opts=pulumi.ResourceOptions(depends_on=[first]))
        fleet(roles, check="mandatory", opts=lambda: pulumi.ResourceOptions(provider=later))()

    assert try_run(box.stack(program), "up").said == []
    assert len([call for call in box.writes if call.action == "AttachRolePolicy"]) == len(roles)


@pytest.mark.usefixtures("without_pauses")
def test_a_replaced_role_ends_without_the_policy(box: Sandbox) -> None:
    """If a denial ends the run in which a role is replaced, the new role has none: as the page says."""
    limit = policy(allow(["s3:*"]))
    iam = box.client("iam")
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(limit))["Policy"]["Arn"]

    def program(name: str, boundary: str | None = None) -> Callable[[], None]:
        def declare() -> None:
            role = aws.iam.Role("app", name=name, assume_role_policy=TRUST, permissions_boundary=boundary)
            grants: Any = {"check": "mandatory", "allow_update_instance_information": True}
            SessionManagerPermissions("web", role=role.name, **grants)

        return declare

    assert try_run(box.stack(program("old")), "up").said == []
    run = try_run(box.stack(program("new", arn)), "up")
    assert [line[: len(OWNER) + 10] for line in lines(run.said)] == [f"{OWNER}role 'new'"]
    assert box.role_policies("new") == {}


def of_one(**properties: Any) -> Mapping[str, Any]:
    """Return a program in YAML with one component."""
    inputs = {"role": "web", "check": "mandatory", **properties}
    return {"web": {"type": "ssm-perms:SessionManagerPermissions", "properties": inputs}}


def of_many(*roles: str, **properties: Any) -> Mapping[str, Any]:
    """Return a program in YAML with a fleet."""
    inputs = {"roles": [*roles], "check": "mandatory", **properties}
    return {"fleet": {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": inputs}}


GOOD: Final[Any] = {"kmsKeyArns": [OTHER_KEY]}
IN_YAML: Final[Mapping[str, tuple[Any, Any, str]]] = {
    "one role": (of_one(policyName="fixed", **GOOD), of_one(policyName="fixed", kmsKeyArns=[KEY]), denied("web")),
    "a fleet": (of_many("api", "db"), of_many("api", "web", kmsKeyArns=[KEY]), denied("web", FLEET)),
}


@pytest.mark.parametrize(("before", "after", "line"), IN_YAML.values(), ids=IN_YAML)
def test_in_yaml(box: Sandbox, before: Any, after: Any, line: str) -> None:
    """The plugin reports the cause in the schema's words, without a traceback, and nothing is written."""
    for role in ("web", "api", "db"):
        box.create_role(role, policies={"own": READY, **({"no": NO} if role == "web" else {})})
    in_yaml(box, before)
    held = {role: box.role_policies(role) for role in ("web", "api", "db")}
    box.forget()
    for command in ("preview", "up"):
        printed = " ".join(in_yaml(box, after, command, fails=True).split())
        assert line in printed
        assert [text for text in ("Traceback", "Unexpected", "<class") if text in printed] == []
    assert (writes(box), {role: box.role_policies(role) for role in held}) == ([], held)


@pytest.mark.parametrize("option", ["--target=**Role::other", "--continue-on-error"])
def test_an_option_of_the_update_lets_nothing_through_in_yaml(box: Sandbox, option: str) -> None:
    """Nor does it if IAM does not answer the check, which is then the cause."""
    box.create_role("web", policies={"own": READY})
    box.fail("SimulatePrincipalPolicy", Fault.error("InvalidInput", "No."))
    other = {"type": "aws:iam:Role", "properties": {"name": "other", "assumeRolePolicy": TRUST}}
    folder = yaml_project(box, resources={**of_one(), "other": other})
    box.forget()
    done = box.pulumi("up", "--yes", "--skip-preview", option, cwd=folder)

    assert done.returncode != 0
    assert not_asked("role 'web'", "InvalidInput: No.") in " ".join(done.stdout.split())
    assert [target for action, target in writes(box) if action != "CreateRole"] == []
