"""A project in Python without Pulumi's host for it: run as `pulumi up` would run it."""

from pathlib import Path

import pytest

from sandbox import Sandbox, ToolError, program
from sandbox.__main__ import main

POLICY = """
import json
import pulumi_aws as aws
document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
for name in ("other", "own"):
    aws.iam.RolePolicy(name, role="web", name=name, policy=json.dumps(document))
"""
PROJECT = "name: own\nmain: program\nruntime:\n  name: python\n  options: {toolchain: pip, virtualenv: venv}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose program lies in a folder of it."""
    (tmp_path / "program").mkdir()
    (tmp_path / "program/__main__.py").write_text("import pulumi\npulumi.Config().require('role')\n")
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    return tmp_path


@pytest.fixture(autouse=True)
def inside(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a shell in the sandbox."""
    for name, value in box.env.items():
        monkeypatch.setenv(name, value)


def test_a_program_that_fails_shows_pulumis_words(
    box: Sandbox, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 1, without a traceback of the Automation API; the project's file stays as it was."""
    box.pulumi("stack", "init", "dev", cwd=project)

    assert program.run("preview", project) == 1
    assert "Missing required configuration variable 'own:role'" in capfd.readouterr().out
    assert (project / "Pulumi.yaml").read_text() == PROJECT


def test_without_a_stack_the_error_says_how_to_make_one(project: Path) -> None:
    """Nothing is chosen for the user."""
    with pytest.raises(ToolError, match=r"^No stack is selected: make one with `pulumi stack init NAME`\.$"):
        program.run("up", project)


def test_without_a_project_the_error_says_where_to_go(tmp_path: Path) -> None:
    """A folder without Pulumi.yaml is named."""
    with pytest.raises(ToolError, match=rf"^{tmp_path} has no Pulumi\.yaml: run this in the folder of a project\.$"):
        program.run("up", tmp_path)


def test_it_takes_the_options_of_pulumis_commands(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`--refresh` sees that a policy was deleted, and `--target` leaves out what it doesn't name; `--yes` is known."""
    box.create_role("web")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    Path("Pulumi.yaml").write_text(PROJECT.replace("main: program\n", ""))
    Path("__main__.py").write_text(POLICY)
    box.pulumi("stack", "init", "dev", cwd=tmp_path)
    found = []
    for line in (
        "up --yes --target urn:pulumi:dev::own::aws:iam/rolePolicy:RolePolicy::own",
        "up --yes",
        "preview --expect-no-changes",
        "preview --expect-no-changes --refresh",
    ):
        if "--refresh" in line:
            box.client("iam").delete_role_policy(RoleName="web", PolicyName="own")
        monkeypatch.setattr("sys.argv", ["sandbox", "program", *line.split()])
        found.append((main(), sorted(box.role_policies("web"))))

    assert found == [(0, ["own"]), (0, ["other", "own"]), (0, ["other", "own"]), (1, ["other"])]
    assert "no changes were expected" in capfd.readouterr().err


def test_another_passphrase_is_explained(
    box: Sandbox, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """After Pulumi's own words, one line says what to do; another error gets no such line."""
    box.pulumi("stack", "init", "dev", cwd=project)
    program.run("preview", project)
    without = capfd.readouterr().err
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")

    assert program.run("preview", project) == 1
    assert program.OTHER_PASSPHRASE in capfd.readouterr().err
    assert program.OTHER_PASSPHRASE not in without
