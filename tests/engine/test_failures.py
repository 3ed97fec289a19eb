"""A write is refused, its answer is lost, or the engine is killed in it: nothing is lost, and the next run completes it."""

import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY, expected_document
from engine.runs import NOBODY, documents_of_program, gaps, run, writes
from programs import declare_managed_policy, declare_permissions

from sandbox import Fault

# What is written by a run that renames one component and gives the other a document and a description, and by `destroy`.
WRITES = {
    "change": ["PutRolePolicy", "DeleteRolePolicy", "CreatePolicy", "AttachRolePolicy", "DetachRolePolicy", "DeletePolicy"],
    "destroy": ["DeleteRolePolicy", "DetachRolePolicy", "DeletePolicy"],
}  # fmt: skip
CASES = [(kind, action, "refused") for kind in WRITES for action in WRITES[kind]]
CASES += [("change", action, "without an answer") for action in WRITES["change"]]
CASES += [(kind, action, "killed") for kind in WRITES for action in WRITES[kind] if "Role" in action]
FAULTS = {"refused": Fault("AccessDenied", status=403), "without an answer": Fault(applied=True)}
NEW_KEY = {"kms_key_arns": [KEY]}


def first():
    declare_permissions()
    declare_managed_policy(roles=["api"])


def changed():
    declare_permissions("app", **NEW_KEY)
    declare_managed_policy(roles=["api"], description="new", **NEW_KEY)


def kill_once(box, action):
    """Kill the engine in the next call of an action, which AWS does. The engine leaves its lock, and no note of the call."""

    def kill(_):
        box.answer(action, lambda _: None)
        box.kill()

    box.answer(action, kill)


@pytest.mark.parametrize(("kind", "action", "fault"), CASES)
def test_a_write_that_fails_once(box, kind, action, fault):
    """No role is without its policy, not even for a moment, and another run, with `--refresh`, completes the first.

    A policy that a killed run had made is made again, and the first one stays.
    """
    box.create_role("web")
    box.create_role("api")
    is_change = kind == "change"
    program, command, options = (changed, "up", {"refresh": True}) if is_change else (first, "destroy", {})
    box.stack(first).up()
    kill_once(box, action) if fault == "killed" else box.fail(action, FAULTS[fault])
    # One thing at a time, so that nothing but this call is under way when the engine is killed.
    failed = run(box.stack(program), command, **({"parallel": 1} if fault == "killed" else {})).failed
    box.stack(program).cancel()
    mended = run(box.stack(program), command, **options)
    document = [expected_document(**NEW_KEY)] if is_change else []
    met = [(call.action, call.changed) for call in box.calls if call.error]
    twice = (action, fault) == ("PutRolePolicy", "killed")

    # Half of such a file would be left by a kill, and no later run could read the state.
    assert [*box.folder.rglob("*.attrs")] == []
    assert fault == "killed" or met[0] == (action, fault == "without an answer")
    assert failed or fault == "without an answer"  # which the AWS SDK may repeat
    assert not mended.failed, mended.lines
    assert not is_change or gaps(box, "web", "api") == []
    assert [documents_of_program(box, "web"), documents_of_program(box, "api")] == [document * (1 + twice), document]


def test_a_rename_in_a_run_that_fails_before_its_policies(box):
    """The engine goes by a component's alias in that run alone, but the next one finds and keeps the policies, too."""
    for role in ("web", "api", "new"):
        box.create_role(role)

    def program(end, former=None):
        former = [[pulumi.Alias(name=f"{name}{former}")] if former else None for name in "abc"]
        opts = [pulumi.ResourceOptions(aliases=aliases) for aliases in former]
        role = aws.iam.Role("late", name="late", description=end, assume_role_policy=NOBODY)
        late = {"kms_key_arns": [role.arn.apply(lambda _: KEY)]}
        declare_permissions(f"a{end}", opts[0], policy_name="ssm", **late)
        declare_managed_policy(f"b{end}", opts[1], roles=["api"], **late)
        declare_managed_policy(f"c{end}", opts[2], roles=["new"], policy_name="c", **late)

    box.stack(lambda: program("-old")).up()
    before = len(box.writes)
    box.fail("UpdateRoleDescription", Fault("AccessDenied"))  # of the role that the policies wait for

    assert run(box.stack(lambda: program("-new", "-old"))).failed
    assert not run(box.stack(lambda: program("-new", "-old"))).failed
    assert writes(box)[before:] == []


@pytest.mark.parametrize("declare", [declare_permissions, declare_managed_policy])
@pytest.mark.parametrize(
    ("name", "refusal"), [("two words", "must match [\\w+=,.@-]"), ("n" * 128, "in the range (1 - 128)")]
)
def test_a_component_whose_policy_iam_would_not_take_fails_in_the_preview(box, declare, name, refusal):
    """The plugin judges the name that it generates of the component's; the package leaves that to it."""
    preview = run(box.stack(lambda: declare(name)), "preview")

    assert preview.failed
    assert any(refusal in line for line in preview.lines), preview.lines
