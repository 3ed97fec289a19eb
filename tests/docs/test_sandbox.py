"""sandbox/README.md: its example passes, and its commands run."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.docs.console import commands
from tests.documents import CHANNELS, policy
from tests.pages import ROOT, Block, shows

PAGE = "sandbox/README.md"
PROJECT = """\
name: mine
runtime: yaml
resources:
  web:
    type: ssm-perms:SessionManagerPermissions
    properties: {role: web, policyName: ssm}
"""


@shows(PAGE, "In a test")
def test_the_example_passes(tmp_path: Path, shown: list[Block]) -> None:
    """The test runs as it stands, and counts what the provider made of the fault."""
    (tmp_path / "test_example.py").write_text(shown[0].text)
    how = [sys.executable, "-P", "-m", "pytest", "--color=no", "-p", "no:cacheprovider", "-c", "/dev/null"]
    done = subprocess.run([*how, "test_example.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@shows(PAGE, "Its programs")
def test_the_command_says_where_each_program_is(shown: list[Block]) -> None:
    """Each of the three programs has a line with the path to it."""
    [(command, _)] = commands(shown[0].text)
    _, *arguments = shlex.split(command)
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    found = dict(line.split() for line in done.stdout.splitlines())

    assert list(found) == ["pulumi", "pulumi-resource-aws", "pulumi-language-yaml"]
    assert all(Path(path).is_file() for path in found.values()), f"each path must be a file: {found}"


@shows(PAGE, ("In a shell", 1))
def test_make_opens_the_shell(shown: list[Block]) -> None:
    """The command starts the sandbox's shell with these roles, and with the plugin of the repository."""
    [(command, _)] = commands(shown[0].text)
    make, *arguments = shlex.split(command)
    options = ["--no-print-directory", "--dry-run", "--directory", str(ROOT)]
    done = subprocess.run([make, *options, *arguments], capture_output=True, text=True, check=True)

    assert shlex.split(done.stdout.partition(" -m ")[2].replace("\\\n", "")) == [
        "sandbox",
        "shell",
        "--plugin=ssm-perms=plugin/__main__.py",
        "--role=web",
        "--role=api",
    ]


@shows(PAGE, ("In a shell", 2))
def test_a_project_in_yaml_runs_in_the_shell(tmp_path: Path, shown: list[Block]) -> None:
    """The commands give the role the policy of a project, as `aws` sees it, and warn of nothing."""
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    script = shown[0].changed("../my-project", str(tmp_path)).text
    seen = "aws iam get-role-policy --role-name web --policy-name ssm --query PolicyDocument > document.json"
    env = {**os.environ, "AWS_PROFILE": "production", "AWS_PAGER": ""}
    shell = [sys.executable, "-m", "sandbox", "shell", "--role", "web", "--plugin", "ssm-perms=plugin/__main__.py"]
    command = [*shell, "--", "bash", "-euo", "pipefail", "-c", f"{script}\n{seen}"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=240)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    assert json.loads((tmp_path / "document.json").read_text()) == policy(CHANNELS)
    assert '"Account": "210987654321"' in done.stdout
