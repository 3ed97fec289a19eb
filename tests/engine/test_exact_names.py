"""Policies with exact names: whatever component one passes to, a role keeps it, and nothing is written in vain."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, KEY, decrypt, policy
from tests.on_engine import errors, gaps, steps

ROLES: Final = ("api", "old", "web")
OURS: Final = policy(CHANNELS)
TRUST: Final = json.dumps(
    policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
)


class Each(NamedTuple):
    """One component: its name, its role, the name of its policy, and its options."""

    name: str
    role: Any
    policy_name: Any = "ssm"
    opts: Callable[[], pulumi.ResourceOptions] = pulumi.ResourceOptions


def late(value: Any) -> Callable[[], pulumi.Output[Any]]:
    """Return what makes an Output of a value, in the program that needs it."""
    return lambda: pulumi.Output.from_input(value)


def called(name: str) -> Callable[[], pulumi.ResourceOptions]:
    """Say what the component was called."""
    return lambda: pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)])


def under(kind: str, **opts: Any) -> Callable[[], pulumi.ResourceOptions]:
    """Put the component under one of another type."""
    return lambda: pulumi.ResourceOptions(parent=pulumi.ComponentResource(f"app:index:{kind}", kind), **opts)


def unparented(name: str = "web") -> Callable[[], pulumi.ResourceOptions]:
    """Say that the component, called this, was under a team."""
    urn = f"urn:pulumi:dev::app::app:index:Team$ssm-perms:index:SessionManagerPermissions::{name}"
    return lambda: pulumi.ResourceOptions(aliases=[urn])


def program(components: Sequence[Each]) -> Callable[[], None]:
    """Return a program that declares components."""

    def declare() -> None:
        for name, role, policy_name, opts in components:
            made = {"role": role() if callable(role) else role, "policy_name": policy_name}
            if callable(policy_name):
                made["policy_name"] = policy_name()
            SessionManagerPermissions(name, made, opts())  # type: ignore[arg-type]

    return declare


@pytest.fixture
def roles(box: Sandbox) -> Sandbox:
    """A sandbox with the roles, which have nothing yet."""
    for role in ROLES:
        box.create_role(role)
    return box


def deploy(box: Sandbox, components: Sequence[Each]) -> list[tuple[str, str, str]]:
    """Preview and deploy; return what was written."""
    begin = len(box.writes)
    stack = box.stack(program(components))
    stack.preview()
    stack.up()
    return written(box, begin)


def written(box: Sandbox, begin: int) -> list[tuple[str, str, str]]:
    """Return action, role and policy of each write since."""
    return [(call.action, call.target, call.params["PolicyName"]) for call in box.writes[begin:]]


def put(role: str, name: str = "ssm") -> tuple[str, str, str]:
    """Return the write of a policy."""
    return ("PutRolePolicy", role, name)


def deleted(role: str, name: str = "ssm") -> tuple[str, str, str]:
    """Return the end of a policy."""
    return ("DeleteRolePolicy", role, name)


WEB: Final = Each("node-0", "web")
API: Final = Each("node-1", "api")
MOVES: Final = {
    "a role at the front of the list": (
        [WEB, API],
        [Each("node-0", "old"), Each("node-1", "web"), Each("node-2", "api")],
        [put("old")],
    ),
    "the first role goes": ([WEB, API], [Each("node-0", "api")], [deleted("web")]),
    "two components swap roles": ([WEB, API], [Each("node-0", "api"), Each("node-1", "web")], []),
    "two components swap names": (
        [Each("a", "web", "one"), Each("b", "web", "two")],
        [Each("a", "web", "two"), Each("b", "web", "one")],
        [],
    ),
    "a role is handed over": ([WEB, API], [Each("node-0", "old"), Each("node-1", "web")], [put("old"), deleted("api")]),
    "another component name": ([WEB], [Each("web", "web")], []),
    "another component name, with an alias": ([WEB], [Each("web", "web", opts=called("node-0"))], []),
    "the old name, used anew under an alias": (
        [Each("frontend", "web", opts=called("web"))],
        [Each("frontend", "web", opts=called("web")), Each("web", "api")],
        [put("api")],
    ),
    "another name": ([WEB], [Each("node-0", "web", "new")], [put("web", "new"), deleted("web")]),
    "another case of the role": ([WEB], [Each("node-0", "WEB")], []),
    "a parent": ([Each("web", "web")], [Each("web", "web", opts=under("Team"))], []),
    "a parent, and another name": ([Each("web", "web")], [Each("app", "web", opts=under("Team"))], []),
    "no parent, with an alias": ([Each("web", "web", opts=under("Team"))], [Each("web", "web", opts=unparented())], []),
    "no parent and another name, with an alias": (
        [Each("old", "web", opts=under("Team"))],
        [Each("web", "web", opts=unparented("old"))],
        [],
    ),
    "called as its role, from the name of another": (
        [Each("old", "old"), Each("api", "api")],
        [Each("web", "web", opts=called("old")), Each("api", "old")],
        [put("web"), deleted("api")],
    ),
    "called as its role, from the name of one that goes": (
        [Each("old", "old")],
        [Each("web", "web", opts=called("old"))],
        [put("web"), deleted("old")],
    ),
    "an Output": ([WEB, API], [Each("node-0", late("web")), Each("node-1", "api", late("ssm"))], []),
    "no Output any more": ([Each("node-0", late("web")), Each("node-1", "api", late("ssm"))], [WEB, API], []),
    "an Output, and a role at the front": (
        [WEB, API],
        [Each("node-0", late("old")), Each("node-1", late("web")), Each("node-2", late("api"))],
        [put("old")],
    ),
    "no Output any more, and a role at the front": (
        [Each("node-0", late("web")), Each("node-1", late("api"))],
        [Each("node-0", "old"), Each("node-1", "web"), Each("node-2", "api")],
        [put("old")],
    ),
    "Outputs, and a role at the front": (
        [Each("node-0", late("web")), Each("node-1", late("api"))],
        [Each("node-0", late("old")), Each("node-1", late("web")), Each("node-2", late("api"))],
        [put("old")],
    ),
    "Outputs that swap": (
        [Each("node-0", late("web")), Each("node-1", late("api"))],
        [Each("node-0", late("api")), Each("node-1", late("web"))],
        [],
    ),
    "an Output, and another component name": ([WEB], [Each("web", late("web"))], []),
    "a secret": ([WEB], [Each("node-0", lambda: pulumi.Output.secret("web"))], []),
    "no secret any more": ([Each("node-0", lambda: pulumi.Output.secret("web"))], [WEB], []),
}


@pytest.mark.parametrize(("before", "after", "calls"), MOVES.values(), ids=MOVES)
def test_a_move_writes_what_iam_has_to_change(
    roles: Sandbox, before: list[Each], after: list[Each], calls: list[tuple[str, str, str]]
) -> None:
    """No more is written than IAM lacks, no role is without it in between, and the next run has nothing to do."""
    deploy(roles, before)
    moved = deploy(roles, after)

    assert sorted(moved) == sorted(calls)
    assert gaps(roles, [call[1] for call in calls if call[0] == "PutRolePolicy"]) == []
    assert deploy(roles, after) == []


@pytest.mark.parametrize(
    ("action", "where"), [("PutRolePolicy", "old"), ("DeleteRolePolicy", "web")], ids=["failed write", "failed delete"]
)
@pytest.mark.parametrize(
    "then",
    [[Each("node-0", "old"), API], [WEB, API], [Each("node-0", "api"), Each("node-1", "web")]],
    ids=["the same program", "a revert", "another program"],
)
def test_a_failed_run_and_what_comes_after(roles: Sandbox, action: str, where: str, then: list[Each]) -> None:
    """Where a write or a delete fails, no role loses what the next program gives it, and has it after that."""
    deploy(roles, [WEB, API])
    roles.fail(action, Fault.denied(), times=1, where={"RoleName": where})
    stack = roles.stack(program([Each("node-0", "old"), API]))
    errors(stack.up)
    begin = len(roles.calls)
    deploy(roles, then)
    wanted = {each.role for each in then}

    assert [call for call in roles.calls[begin:] if call.action == "DeleteRolePolicy" and call.target in wanted] == []
    assert {role: roles.role_policies(role) for role in ROLES} == {
        role: {"ssm": OURS} if role in wanted else {} for role in ROLES
    }


def replaced(stack: auto.Stack) -> None:
    """Let the engine replace the policy although nothing has changed."""
    stack.up(replace=["**RolePolicy**"])


def tainted(stack: auto.Stack) -> None:
    """Mark the policy as one to be replaced, and deploy."""
    state = stack.export_stack()
    for resource in (state.deployment or {})["resources"]:
        resource["taint"] = resource["type"] == "aws:iam/rolePolicy:RolePolicy"
    stack.import_stack(state)
    stack.up()


@pytest.mark.parametrize("replace", [replaced, tainted])
def test_replacing_by_hand_costs_a_moment(roles: Sandbox, replace: Callable[[auto.Stack], None]) -> None:
    """`--replace` and a taint delete the policy and write it again: it is the same one for IAM."""
    stack = roles.stack(program([WEB]))
    stack.up()
    replace(stack)

    assert written(roles, 0) == [put("web"), deleted("web"), put("web")]
    assert roles.role_policies("web") == {"ssm": OURS}


OTHER: Final = "222222222222"


def in_account(box: Sandbox, name: str, account: str | None, region: str | None = None) -> Callable[[], None]:
    """Return a program with a component whose provider, called this, is of an account; `None` is the default one."""

    def declare() -> None:
        opts = pulumi.ResourceOptions()
        if account:
            opts.provider = aws.Provider(name, **box.provider_args(region, account))
        SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"}, opts)

    return declare


def accounts(box: Sandbox, begin: int) -> list[tuple[str, str]]:
    """Return action and account of each write since."""
    return [(call.action, call.account) for call in box.writes[begin:]]


def test_another_account_gets_the_policy(roles: Sandbox) -> None:
    """A provider of another account: the policy is written there and deleted where it was."""
    roles.create_role("web", account=OTHER)
    roles.stack(in_account(roles, "here", roles.account_id)).up()
    roles.stack(in_account(roles, "there", OTHER)).up()

    assert sorted(accounts(roles, 1)) == [("DeleteRolePolicy", roles.account_id), ("PutRolePolicy", OTHER)]
    assert (roles.role_policies("web"), roles.role_policies("web", OTHER)) == ({}, {"ssm": OURS})


@pytest.mark.parametrize("name", [None, "same"], ids=["the default provider", "a provider of the same name"])
def test_other_credentials_get_the_policy(roles: Sandbox, name: str | None) -> None:
    """Where the same provider is of another account now, the policy is written there. The old one stays."""
    roles.create_role("web", account=OTHER)
    first, second = (roles.account_id, OTHER) if name else (None, None)
    roles.stack(in_account(roles, name or "", first)).up()
    roles.stack(in_account(roles, name or "", second), account=OTHER).up()

    assert accounts(roles, 1) == [("PutRolePolicy", OTHER)]
    assert (roles.role_policies("web"), roles.role_policies("web", OTHER)) == ({"ssm": OURS}, {"ssm": OURS})


def test_another_region_or_provider_of_the_account_is_no_change(roles: Sandbox) -> None:
    """IAM is the same in every Region, and for every provider of an account."""
    roles.stack(in_account(roles, "", None)).up()
    roles.stack(in_account(roles, "one", roles.account_id)).up()
    roles.stack(in_account(roles, "two", roles.account_id, "us-east-1")).up()

    assert accounts(roles, 1) == []


@pytest.mark.parametrize("silent", [1, 2], ids=["before", "after"])
def test_an_account_that_cannot_be_asked_changes_nothing(roles: Sandbox, silent: int) -> None:
    """Where AWS does not say which account it is, before or after, nothing is written for it."""
    for run in (1, 2):
        if run == silent:
            roles.fail("GetCallerIdentity", Fault.denied())
        roles.stack(program([WEB])).up()
        roles.clear_faults()

    assert written(roles, 0) == [put("web")]


def test_the_account_is_asked_for_once(roles: Sandbox) -> None:
    """However many exact names there are, each provider is asked once in a run; without one, none is."""
    stack = roles.stack(program([WEB, API, Each("node-2", "old")]))
    stack.up()
    asked = [call.action for call in roles.calls].count("GetCallerIdentity")
    roles.forget()
    roles.stack(program([Each("node-0", "web", None)])).up()

    assert (asked, [call.action for call in roles.calls].count("GetCallerIdentity")) == (1, 0)


def refusal(second: str, first: str, name: str = "ssm") -> str:
    """Return the line that refuses the second one of two."""
    return (
        f"SessionManagerPermissions {second!r}: policy_name {name!r}: SessionManagerPermissions {first!r} has it on the"
        " same role, and each would overwrite or delete the policy of the other; give one of them another policy_name, "
        "also where their accounts differ, or leave it out"
    )


DOUBLES: Final = {
    "plain": ([WEB, Each("other", "web")], refusal("other", "node-0")),
    "in another case": ([WEB, Each("other", "WEB")], refusal("other", "node-0")),
    "by ARN": ([WEB, Each("other", "arn:aws:iam::123456789012:role/team/web")], refusal("other", "node-0")),
    "under parents": (
        [Each("web", "web", opts=under("Team")), Each("web", "web", opts=under("Squad"))],
        refusal("web", "web"),
    ),
    "one an Output": ([Each("late", late("web")), WEB], refusal("late", "node-0")),
}


@pytest.mark.parametrize(("components", "line"), DOUBLES.values(), ids=DOUBLES)
def test_an_exact_name_twice_on_a_role_is_refused(roles: Sandbox, components: list[Each], line: str) -> None:
    """One line names both components, whatever their parents and the case of the role; nothing is lost."""
    found = errors(roles.stack(program(components)).preview)

    assert found == [line]
    assert roles.writes == []


def test_two_accounts_with_one_pair_are_refused(roles: Sandbox) -> None:
    """Pulumi would take the two for one resource: the line says so, and another name for one of them works."""
    roles.create_role("web", account=OTHER)

    def declare(second: str) -> None:
        there = aws.Provider("there", **roles.provider_args(account=OTHER))
        SessionManagerPermissions("here", {"role": "web", "policy_name": "ssm"})
        args: Any = {"role": "web", "policy_name": second}
        SessionManagerPermissions("there", args, pulumi.ResourceOptions(provider=there))

    found = errors(roles.stack(lambda: declare("ssm")).preview)
    roles.stack(lambda: declare("ssm-there")).up()

    assert found == [refusal("there", "here")]
    assert (roles.role_policies("web"), roles.role_policies("web", OTHER)) == ({"ssm": OURS}, {"ssm-there": OURS})


def test_several_stacks_of_one_process_do_not_count_as_one_program(roles: Sandbox) -> None:
    """The same pair in another stack of the same process is not refused: it is that stack's own."""
    for name in ("blue", "green"):
        roles.stack(program([WEB]), name=name).up()

    assert written(roles, 0) == [put("web"), put("web")]


def test_a_generated_name_cannot_be_given(roles: Sandbox) -> None:
    """The name that IAM shows for a generated policy is refused: the generated one's end would take it."""
    stack = roles.stack(program([Each("web", "web", None)]))
    stack.up()
    [name] = roles.role_policies("web")
    found = errors(roles.stack(program([Each("web", "web", name)])).preview)

    refused = (
        f"SessionManagerPermissions 'web': policy_name {name!r}: it looks like a name that a component generated: "
        "Pulumi would delete the policy as the generated one; choose another name, or leave it out to keep the "
        "generated one"
    )

    assert found == [refused]


@pytest.mark.parametrize("given", ["sessions", late("sessions")], ids=["plain", "Output"])
def test_naming_and_un_naming_are_two_resources(roles: Sandbox, given: Any) -> None:
    """The new policy is there before the old one goes, also under a transform that returns the options."""

    def transformed(components: Sequence[Each]) -> Callable[[], None]:
        def declare() -> None:
            pulumi.runtime.register_resource_transform(lambda a: pulumi.ResourceTransformResult(a.props, a.opts))
            program(components)()

        return declare

    for name in (None, given, None):
        roles.stack(transformed([Each("web", "web", name)])).up()

    assert [call.action for call in roles.writes] == [
        "PutRolePolicy",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "PutRolePolicy",
        "DeleteRolePolicy",
    ]
    assert (gaps(roles), [*roles.role_policies("web").values()]) == ([], [OURS])


def test_a_role_that_is_made_in_the_same_run(roles: Sandbox) -> None:
    """A preview that does not know the role's name yet shows the policy; the run gives it its own name in Pulumi."""

    def declare() -> None:
        made = aws.iam.Role("made", assume_role_policy=TRUST)
        SessionManagerPermissions("web", {"role": made.arn, "policy_name": "ssm"})

    stack = roles.stack(declare)
    previewed = [step.name for step in steps(stack.preview) if step.type == "aws:iam/rolePolicy:RolePolicy"]
    created = [step.name for step in steps(stack.up) if step.type == "aws:iam/rolePolicy:RolePolicy"]
    [role] = {call.target for call in roles.writes if call.action == "PutRolePolicy"}

    assert (previewed, created) == (["web-session-manager-exact"], [f"/{role}/ssm"])
    assert steps(stack.up) == []


def test_an_update_is_in_place(roles: Sandbox) -> None:
    """Another document under an exact name is one write."""
    deploy(roles, [WEB])
    roles.stack(
        lambda: SessionManagerPermissions("node-0", {"role": "web", "policy_name": "ssm", "kms_key_arns": [KEY]})
    ).up()

    assert written(roles, 0) == [put("web"), put("web")]
    assert roles.role_policies("web") == {"ssm": policy(CHANNELS, decrypt(KEY))}


@pytest.mark.parametrize("role", ["web", late("web")], ids=["plain", "Output"])
def test_what_depends_on_the_component_waits_for_its_policy(roles: Sandbox, role: Any) -> None:
    """A resource that depends on the component is made after its policy, and goes before it."""

    def declare() -> None:
        args: Any = {"role": role() if callable(role) else role, "policy_name": "ssm"}
        component = SessionManagerPermissions("web", args)
        opts = pulumi.ResourceOptions(depends_on=[component])
        aws.iam.RolePolicy("next", role="api", name="next", policy=json.dumps(OURS), opts=opts)

    roles.fail("PutRolePolicy", Fault.slow(1), where={"RoleName": "web"})
    stack = roles.stack(declare)
    stack.up()
    stack.destroy()

    assert written(roles, 0) == [put("web"), put("api", "next"), deleted("api", "next"), deleted("web")]
