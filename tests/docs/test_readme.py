"""README.md: its project and programs run on the engine, and the role then has what the page shows."""

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests import git_server, hosts
from tests.docs.console import commands
from tests.documents import ALL_GRANTS, KEY, granted
from tests.on_engine import EngineRun, inline_documents, try_run
from tests.pages import ROLE, ROOT, Block, blocks, shows, table
from tools import demo

PAGE: Final = "README.md"
ADDS: Final = "What it adds"
TRY: Final = "Try it without an account"
USE: Final = "Use it on a role of yours"


def in_the_shell(command: str) -> str:
    """Return a command that asks nothing and then says how it ended; the shell may lack Pulumi's host for Python."""
    program, verb, *_ = command.split()
    if program == "pulumi" and verb in {"install", "preview", "up"} and hosts.missing("python"):
        command = "true" if verb == "install" else command.replace("pulumi", "sandbox-python")
    yes = "--yes" if command in ("pulumi up", "pulumi destroy") else ""
    return f"{command} {yes} 2>&1; printf '\\0%s\\0' $?"


@shows(PAGE, (ADDS, 1), USE)
def test_the_steps_run_in_the_shell_from_top_to_bottom(tmp_path: Path, shown: list[Block]) -> None:
    """The role is found; after `pulumi up` the node is there, and only a shell is missing."""
    program, *_ = (block.text for block in shown)
    project = "\n".join(block.text for block in shown if block.language == "bash")
    (tmp_path / "pulumi-ssm-perms").symlink_to(ROOT)
    subprocess.run(["bash", "-euc", project], cwd=tmp_path, check=True)
    sessions = tmp_path / "sessions"
    asked = [each for block in blocks(PAGE) if block.language == "console" for each in commands(block.content)]
    asked = [(command, wanted) for command, wanted in asked if command.startswith(("aws ", "pulumi "))]
    shell = [sys.executable, "-P", "-m", "sandbox", "shell", "--", "bash", "-c"]
    script = "\n".join(in_the_shell(command) for command, _ in asked)
    done = subprocess.run([*shell, script], cwd=sessions, capture_output=True, text=True, check=True, timeout=240)
    *ends, _ = done.stdout.split("\0")
    said = [(command, *end) for (command, _), *end in zip(asked, ends[::2], ends[1::2], strict=True)]
    failed = {" ".join(command.split()[1:3]): out.strip() for command, out, code in said if code != "0"}

    assert ast.unparse(ast.parse((sessions / "__main__.py").read_text())) == ast.unparse(ast.parse(program))
    assert [
        out for (_, wanted), out in zip(asked, ends[::2], strict=True) if wanted and out.split() != wanted.split()
    ] == []
    assert [out.count("ssmmessages:CreateControlChannel") for command, out, _ in said if "preview" in command] == [1]
    assert set(failed) == {"ssm start-session"}, done.stdout
    assert "i-0123456789abcdef0 is connected; there is no shell here" in failed["ssm start-session"]


@pytest.mark.parametrize("by", ["commit", "path"])
def test_the_requirement_installs_the_package(tmp_path: Path, by: str) -> None:
    """From a server at a commit, or from a clone beside the project, pip installs what can be imported and is whole."""
    written = re.findall(r"(?m)^ *echo (\S+|\".+\") > requirements.txt$", (ROOT / PAGE).read_text())
    requirement = dict(zip(("commit", "path"), written, strict=True))[by].strip('"')
    commit = git_server.Repository(tmp_path).first
    (tmp_path / "pulumi-ssm-perms").symlink_to(ROOT)
    (tmp_path / "project").mkdir()
    (tmp_path / "project/requirements.txt").write_text(git_server.at(requirement, commit))
    # With a cache, the second run would ask no server.
    offline = ["--no-cache-dir", "--no-index", "--no-deps", "--no-build-isolation", "--target", "installed"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "-r", "requirements.txt", *offline]
    with git_server.served(tmp_path) as env:
        subprocess.run(pip, cwd=tmp_path / "project", env={**os.environ, **env}, check=True)
    installed = tmp_path / "project/installed"
    imported = "import pulumi_ssm_perms; print(pulumi_ssm_perms.__file__)"
    here = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run([sys.executable, "-P", "-c", imported], env=here, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(installed / "pulumi_ssm_perms/__init__.py")
    assert (installed / "pulumi_ssm_perms/pulumi-plugin.json").is_file()


@shows(PAGE, ADDS)
def test_the_role_has_what_the_page_shows(box: Sandbox, shown: list[Block]) -> None:
    """The program grants that document until it is destroyed, and warns of nothing."""
    program, document = shown
    stack = box.stack(program.program())
    said = [try_run(stack, "preview"), try_run(stack, "up")]
    written = box.role_policies(ROLE)
    stack.destroy()

    assert said == [EngineRun(), EngineRun()]
    assert list(written.values()) == [document.json] == [policy_document(allow_update_instance_information=True)]
    assert [name.startswith("web-session-manager-") for name in written] == [True]
    assert box.role_policies(ROLE) == {}


def test_each_row_names_what_grants_it() -> None:
    """A row's input grants what the row says, which the policy otherwise lacks."""
    always = granted(policy_document())
    rows = [
        (re.findall(r"`(\w+)=", write), re.findall(r"`(\w+:\w+)`", grants)) for _, write, grants in table(PAGE, ADDS)
    ]
    lacking = {
        name: {*actions} - {action for action, _ in granted(policy_document(**{name: ALL_GRANTS[name]})) - always}
        for [name], actions in rows
    }

    assert lacking == {name: set() for [name], _ in rows}
    assert all(actions for _, actions in rows)


@shows("examples/existing_role")
def test_the_root_project_runs_the_first_example(box: Sandbox) -> None:
    """The project in the root points at the example, which takes the configuration that the project declares."""
    example = ROOT / "examples/existing_role"
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    config = {"role": "web", "kmsKeyArns": [KEY], "s3LogEncryptionEnforced": True}
    ran = try_run(box.stack(box.example(example), project=project["name"], config=config), "up")

    assert ran == EngineRun()
    assert ROOT / project["main"] == example
    assert set(config) == set(project["config"])
    assert inline_documents(box) == [
        policy_document(allow_update_instance_information=True, kms_key_arns=[KEY], s3_log_encryption_enforced=True)
    ]


def test_the_policy_comes_first() -> None:
    """A reader sees the whole policy within the first 40 lines."""
    assert '"Resource": "*"' in "\n".join((ROOT / PAGE).read_text().splitlines()[:40])


@shows(PAGE, TRY)
def test_the_commands_of_a_clone_are_there(shown: list[Block]) -> None:
    """Each target of make that the page names is listed by `make`, and the demo says the page's lines in this order."""
    make = shutil.which("make") or "make"
    listed = subprocess.run([make, "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"[`$] ?make (\w+)", (ROOT / PAGE).read_text()))
    [(_, said), *_] = commands(shown[0].text)
    claims = re.findall(r'_claim\(.*, "(.*)"\)', inspect.getsource(demo))

    assert named == {"demo", "shell", "test"}
    assert [claim for claim in claims if f"  ✓ {claim}\n" in said] == re.findall(r"(?m)^  ✓ (.*)$", said)
    assert [target for target in named if f"make {target} " not in listed] == []
