"""docs/change-it-safely.md: each procedure runs from top to bottom, and no role loses more than the page says."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import HEARTBEAT
from tests.docs.console import OpenTerminal
from tests.docs.pages import ROLE, ROOT, Block, shows
from tests.docs.runs import nothing, up
from tests.documents import allow, policy
from tests.fleets import fleet
from tests.on_engine import errors, inline_documents, permissions, writes

PAGE: Final = "docs/change-it-safely.md"
GOES: Final = "If the component goes"
SEARCH: Final = "Which stacks and roles use it"
GRANTS: Final[dict[str, Any]] = {"allow_update_instance_information": True}
READY: Final = policy_document(**GRANTS)
INSTALLS: Final = f"""#!/bin/bash
set -eu
[ "$1" = install ] && {sys.executable} -m venv venv && venv/bin/pip install --quiet --requirement requirements.txt
"""
"""What Pulumi's host for Python does on `pulumi install`, with the settings of the page's Pulumi.yaml."""


@shows(PAGE, GOES)
def test_protect_stops_it(box: Sandbox, shown: list[Block]) -> None:
    """The preview without the component fails, and the role keeps its policy."""
    up(box, shown[0].program())
    said = "\n".join(errors(box.stack(nothing).preview))

    assert "because it is protected" in said
    assert inline_documents(box, ROLE) == [policy_document()]


def test_two_teams_on_one_role(box: Sandbox) -> None:
    """With generated names each deletes its own policy; with one exact name each overwrites, and the first deletes."""
    found: list[list[int]] = []
    for name in (None, "ssm"):
        one, two = (
            box.stack(permissions(role=ROLE, policy_name=name, s3_log_encryption_enforced=more), project=project)
            for project, more in (("one", False), ("two", True))
        )
        one.up()
        two.up()
        both = len(inline_documents(box, ROLE))
        one.destroy()
        found.append([both, len(inline_documents(box, ROLE))])
        two.destroy()

    assert found == [[2, 1], [1, 0]]


@shows(PAGE, "Roll out to some roles first")
def test_a_change_reaches_the_first_roles_alone(box: Sandbox, shown: list[Block]) -> None:
    """With the page's key in one component, one policy is written, and only its role may use the key."""
    [program] = shown
    for role in ("canary-role", "worker-role"):
        box.create_role(role)
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/session-data", TargetKeyId=key)
    box.stack(program.changed(", kms_key_arns=[key]", "").program()).up()
    box.forget()
    box.stack(program.program()).up()
    held = {role: list(box.attached_policies(role).values()) for role in ("canary-role", ROLE, "worker-role")}

    assert [action for action, _ in writes(box)] == ["CreatePolicyVersion"]
    assert held == {
        "canary-role": [policy_document(**GRANTS, kms_key_arns=[key])],
        ROLE: [READY],
        "worker-role": [READY],
    }


@shows(PAGE, "Take the heartbeat out")
def test_the_heartbeat_goes_where_another_policy_has_it(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """IAM names both policies; after the steps, the node is still there by the other one."""
    ask, preview, write = shown
    box.create_node(ROLE)
    other = json.dumps(policy(allow([HEARTBEAT])))
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName="patching", PolicyDocument=other)
    up(box, permissions(role=ROLE, **GRANTS))
    [asked] = terminal(None).run(ask.text)
    console = terminal(box.stack(permissions(role=ROLE)))
    [previewed] = console.run(preview.text)
    console.run(write.text)
    [node] = box.client("ssm").describe_instance_information()["InstanceInformationList"]

    assert sum("patching" in name for name in json.loads(asked)) == 1
    assert "RolePolicy: (update)" in previewed
    assert node["PingStatus"] == "Online"
    assert policy_document() in inline_documents(box, ROLE)


def commits(folder: Path) -> list[str]:
    """Make a clone with two commits of one version; return them."""
    git = ["git", "-C", str(folder), "-c", "user.name=one", "-c", "user.email=one@example.com"]
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    found = []
    for text in ("one", "two"):
        (folder / "CHANGELOG.md").write_text(text)
        subprocess.run([*git, "commit", "--quiet", "--all", "--message", text], check=True)
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        found.append(head.stdout.strip())
    return found


def build_tools(folder: Path) -> str:
    """Return a folder with what builds the package, and nothing else: pip then needs no index."""
    folder.mkdir()
    for name in ("hatchling", "packaging", "pathspec", "pluggy", "trove_classifiers"):
        (folder / name).symlink_to(Path(sysconfig.get_path("purelib"), name))
    return str(folder)


@shows(PAGE, "Upgrade thirty stacks, and go back")
def test_another_commit_is_installed_and_the_first_one_again(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, tmp_path: Path
) -> None:
    """An equal version is kept by pip; the page's lines install each commit, and neither changes a policy."""
    before, install, after = shown
    old, new = commits(tmp_path / "clone")
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    (tmp_path / "pulumi").write_text(INSTALLS)
    (tmp_path / "pulumi").chmod(0o755)
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_CACHE_DIR": "1"}
    env = {**os.environ, **offline, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    env["PYTHONPATH"] = build_tools(tmp_path / "tools")

    def lines(commit: str, script: str) -> str:
        url = f"git+file://{tmp_path}/clone@{commit}"  # pip takes no name before an address without a host
        (sessions / "requirements.txt").write_text(url)
        done = subprocess.run(
            ["bash", "-euc", script], cwd=sessions, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip().rpartition("@")[2]

    kept = [lines(old, install.text), lines(new, install.text.replace("rm -rf venv\n", ""))]
    installed = [lines(commit, install.text) for commit in (new, old)]
    console = terminal(up(box, permissions(role=ROLE)))
    console.run(before.text + after.text)

    assert kept == [old, old]
    assert installed == [new, old]
    assert len(writes(box)) == 1


@shows(PAGE, "Stop")
def test_the_policy_is_kept_if_that_is_wanted(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """After the steps Pulumi knows nothing, and the role still has the policy; without them it has none."""
    keep, write, forget = shown
    found = []
    for program in (keep.program(), keep.changed("retain_on_delete=True", "").program()):
        terminal(box.stack(program)).run(write.text)
        terminal(box.stack(nothing)).run(forget.text)
        found.append(inline_documents(box, ROLE))
        for name in box.role_policies(ROLE):
            box.client("iam").delete_role_policy(RoleName=ROLE, PolicyName=name)

    assert found == [[policy_document()], []]


@shows(PAGE, (SEARCH, 1))
def test_the_stacks_are_found(box: Sandbox, shown: list[Block]) -> None:
    """Of several stacks, the lines print those that have a component, and no other."""
    up(box, permissions(role=ROLE))
    box.stack(fleet([ROLE]), project="two").up()
    stack = box.stack(nothing, project="three")
    stack.up()
    env = box.env_in(stack.workspace.work_dir)
    command = ["bash", "-c", shown[0].text]
    done = subprocess.run(
        command, cwd=stack.workspace.work_dir, env=env, capture_output=True, text=True, check=False, timeout=60
    )

    assert sorted(done.stdout.split()) == ["organization/app/dev", "organization/two/dev"], done.stderr
