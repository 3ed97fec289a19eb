"""docs/living-with-it.md: its commands and programs keep, find and restore the policy, as the page says.

What each change of a program writes, compared with bare resources, is shown in tests/engine.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests import git_server
from tests.answers import HEARTBEAT
from tests.docs.console import OpenTerminal
from tests.docs.runs import nothing, up
from tests.documents import OWN, allow, policy
from tests.fleets import fleet
from tests.mocks import Program
from tests.on_engine import TRUST, inline_documents, permissions, writes
from tests.pages import ROLE, ROOT, Block, shows

PAGE: Final = "docs/living-with-it.md"
CHANGED: Final = "Deleted or changed outside of Pulumi"

OURS: Final = policy_document()
EXACT: Final[Any] = {"policy_name": "SessionManager"}
GRANTS: Final[Any] = {"allow_update_instance_information": True}
NEW: Final = ("PutRolePolicy", ROLE)
INSTALLS: Final = f"""#!/bin/bash
set -eu
[ "$1" = install ] && {sys.executable} -m venv venv && venv/bin/pip install --quiet --requirement requirements.txt
"""
"""What Pulumi's host for Python does on `pulumi install`, with the settings of README's Pulumi.yaml."""
MARKED: Final = "pulumi_ssm_perms/marked.txt"


def web(name: str = "web", **args: Any) -> Program:
    """Return a program with the component of the page."""
    return permissions(name, role=ROLE, **args)


def held(box: Sandbox, role: str = ROLE) -> list[dict[str, Any]]:
    """Return the documents of all policies that a role has, inline and managed."""
    return [*box.role_policies(role).values(), *box.attached_policies(role).values()]


@shows(PAGE, ("Rename or move", 1))
def test_one_alias_has_name_and_parent(box: Sandbox, shown: list[Block]) -> None:
    """With the page's alias nothing is written; without the alias the policy is lost, and is back."""
    [moved] = shown
    up(box, web(**EXACT), moved.program())
    written = writes(box)
    without = moved.changed(", aliases=[before]", "").changed("frontend", "third").program()
    stack = up(box, without)
    lost = inline_documents(box, ROLE)
    stack.up(refresh=True)

    assert written == [NEW]
    assert lost == []
    assert inline_documents(box, ROLE) == [OURS]


@pytest.mark.parametrize("included", [True, False], ids=["with its parent", "without its parent"])
@shows(PAGE, "Rename or move")
def test_a_component_moves_to_another_stack(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, *, included: bool
) -> None:
    """After the page's command, the program changes nothing in the other stack; without the option, the policy goes."""
    moved, move = shown
    source = up(box, moved.program())
    box.stack(nothing, name="prod").up()
    terminal(source).run(move.text if included else move.changed(" --include-parents", "").text)
    box.stack(moved.program(), name="prod").up(expect_no_changes=included)

    assert inline_documents(box, ROLE) == ([OURS] if included else [])


def protected(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect what a transform sees."""
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


REACHING: Final[Mapping[str, tuple[Callable[[], Any], str]]] = {
    "protect": (lambda: True, "protect"),
    "retain_on_delete": (lambda: True, "retainOnDelete"),
    "custom_timeouts": (lambda: pulumi.CustomTimeouts(create="9m"), "customTimeouts"),
    "transforms": (lambda: [protected], "protect"),
    "deleted_with": (lambda: aws.iam.Policy("other", policy=json.dumps(OWN)), "deletedWith"),
    "hooks": (
        lambda: pulumi.ResourceHookBinding(before_delete=[pulumi.ResourceHook("hook", lambda _: None)]),
        "resourceHooks",
    ),
    "ignore_changes": (lambda: ["policy"], "ignoreChanges"),
    "replacement_trigger": (lambda: "once", "replacementTrigger"),
}
"""A value of each option that leaves a mark in the policy's state, and the mark."""


def test_the_options_that_reach_the_policy(box: Sandbox) -> None:
    """The state has the mark of each option of the page's first list, and of none of the second."""
    told, _, kept = re.findall(r"(?s)## Options and secrets\n\n(.*?)\n\n", (ROOT / PAGE).read_text())[0].partition(
        "Others"
    )

    def program() -> None:
        for option, (value, _) in REACHING.items():
            SessionManagerPermissions(option, role=ROLE, opts=pulumi.ResourceOptions(**{option: value()}))

    up(box, program)
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    policies = {each["urn"].rpartition("::")[2]: each for each in resources}
    reached = [name for name, (_, mark) in REACHING.items() if policies[f"{name}-session-manager"].get(mark)]

    assert reached == [name for name in REACHING if f"`{name}`" in told]
    assert {*REACHING} - {*reached} == {*re.findall(r"`(\w+)`", kept)} & {*REACHING}


def test_two_teams_on_one_role(box: Sandbox) -> None:
    """With generated names each deletes its own policy; with one exact name each overwrites, and the first deletes."""
    found: list[list[int]] = []
    for name in (None, "ssm"):
        one, two = (
            box.stack(web(policy_name=name, s3_log_encryption_enforced=more), project=project)
            for project, more in (("one", False), ("two", True))
        )
        one.up()
        two.up()
        both = len(inline_documents(box, ROLE))
        one.destroy()
        found.append([both, len(inline_documents(box, ROLE))])
        two.destroy()

    assert found == [[2, 1], [1, 0]]


@shows(PAGE, "Take the heartbeat out")
def test_the_heartbeat_goes_where_another_policy_has_it(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """The nodes of the role are listed; after the steps, the node is still there by the other policy."""
    look, write = shown
    instance = box.create_node(ROLE)
    other = json.dumps(policy(allow([HEARTBEAT])))
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName="patching", PolicyDocument=other)
    up(box, web(**GRANTS))
    # moto's EC2 has no such filter.
    [profile] = re.findall(r"--filters \S+ ", look.text)
    nodes = terminal(None).run(look.changed(profile, "").text)
    previewed, _ = terminal(box.stack(web())).run(write.text)
    [node] = box.client("ssm").describe_instance_information()["InstanceInformationList"]

    assert [line.split()[0] for line in nodes] == [instance] * 2
    assert "RolePolicy: (update)" in previewed
    assert node["PingStatus"] == "Online"
    assert OURS in inline_documents(box, ROLE)


def build_tools(folder: Path) -> str:
    """Return a folder with what builds the package, and nothing else: pip then needs no index."""
    folder.mkdir()
    for name in ("hatchling", "packaging", "pathspec", "pluggy", "trove_classifiers"):
        (folder / name).symlink_to(Path(sysconfig.get_path("purelib"), name))
    return str(folder)


@shows(PAGE, "Upgrade, and go back")
def test_another_commit_is_installed_and_the_first_one_again(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, tmp_path: Path
) -> None:
    """With a commit in `requirements.txt`, the page's lines install it, and neither commit changes a policy."""
    before, install, after = shown
    [requirement] = re.findall(r"pulumi-ssm-perms @ .*@COMMIT", (ROOT / "README.md").read_text())
    repository = git_server.Repository(tmp_path)
    (repository.folder / MARKED).write_text("of the same version")
    new = repository.commit()
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    (tmp_path / "pulumi").write_text(INSTALLS)
    (tmp_path / "pulumi").chmod(0o755)
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_CACHE_DIR": "1"}
    env = {**os.environ, **offline, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    env["PYTHONPATH"] = build_tools(tmp_path / "tools")

    def installed(commit: str) -> int:
        (sessions / "requirements.txt").write_text(git_server.at(requirement, commit))
        subprocess.run(["bash", "-euc", install.text], cwd=sessions, env=env, capture_output=True, check=True)
        return len([*sessions.glob(f"venv/lib/*/site-packages/{MARKED}")])

    with git_server.served(tmp_path) as found:
        env.update(found)
        marked = [installed(commit) for commit in (repository.first, new, repository.first)]
    terminal(up(box, web())).run(before.text + after.text)

    assert marked == [0, 1, 0]
    assert writes(box) == [NEW]


def lose(box: Sandbox, what: str) -> None:
    """Do what somebody may do by hand: delete the policy, detach it, or replace the role with an empty one."""
    iam = box.client("iam")
    for arn in box.attached_policies(ROLE):
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
    for name in box.role_policies(ROLE):
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
    if what == "role":
        iam.delete_role(RoleName=ROLE)
        box.create_role(ROLE)


@pytest.mark.parametrize("what", ["policy", "role", "attachment"])
@shows(PAGE, CHANGED)
def test_a_deletion_is_noticed_and_mended(box: Sandbox, shown: list[Block], terminal: OpenTerminal, what: str) -> None:
    """The commands see and mend that a policy, an attachment, or that of a role made again is gone; `up` doesn't."""
    notice, mend = shown
    stack = up(box, fleet([ROLE]) if what == "attachment" else web())
    console = terminal(stack)
    console.run(notice.text)
    lose(box, what)
    stack.up()
    unseen = held(box)
    refusal = console.fails(notice.text)
    console.run(mend.text)

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert unseen == []
    assert held(box) == [OURS]


def of_a_role(*, listed: bool) -> Program:
    """Return a program whose role has a policy of each kind of its own, listed in it or beside it, and one of ours."""
    own = json.dumps(OWN)

    def program() -> None:
        managed = aws.iam.Policy("own", name="own", policy=own).arn
        lists: Any = {"inline_policies": [{"name": "own", "policy": own}], "managed_policy_arns": [managed]}
        role = aws.iam.Role("app", name="app", assume_role_policy=TRUST, **(lists if listed else {}))
        if not listed:
            aws.iam.RolePolicy("own", role=role.name, name="own", policy=own)
            aws.iam.RolePolicyAttachment("own", role=role.name, policy_arn=managed)
        after = pulumi.ResourceOptions(depends_on=[role])
        SessionManagerPermissions("app", role="app", opts=after)
        SessionManagerManagedPolicy("fleet", roles=["app"], opts=after)

    return program


@pytest.mark.filterwarnings("ignore:.*(inline_policies|managed_policy_arns).*:DeprecationWarning")
def test_a_role_that_lists_its_policies(box: Sandbox) -> None:
    """It takes ours away at a refresh; resources of their own, in one update, take nothing away."""
    found: list[tuple[int, int]] = []
    for listed, refresh in ((True, False), (True, True), (True, True), (False, False), (False, True)):
        box.stack(of_a_role(listed=listed)).up(refresh=refresh)
        found.append((held(box, "app").count(OWN), held(box, "app").count(OURS)))

    assert found == [(2, 2), (2, 0), (2, 2), (2, 2), (2, 2)]


def test_exclusive_lists_leave_what_they_name(box: Sandbox) -> None:
    """What is in such a list by the components' outputs stays, at a refresh as well."""

    def program() -> None:
        ours = SessionManagerPermissions("web", role=ROLE)
        arn = SessionManagerManagedPolicy("fleet", roles=[ROLE]).policy_arn
        aws.iam.RolePoliciesExclusive("web", role_name=ROLE, policy_names=[ours.policy_name])
        aws.iam.RolePolicyAttachmentsExclusive("web", role_name=ROLE, policy_arns=[arn])

    up(box, program).up(refresh=True)

    assert held(box) == [OURS, OURS]
