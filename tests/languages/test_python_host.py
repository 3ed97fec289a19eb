"""Pulumi's own language hosts, from `pulumi install` to `pulumi destroy`: what users do, where these hosts are here.

Each test names the languages whose hosts it needs. Without them it is not run, and named in the end as well as on
docs/what-is-tested.md.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from sandbox import Sandbox
from tests import git_server
from tests.documents import CHANNELS_AND_HEARTBEAT, KEY, decrypt, policy
from tests.languages import kits
from tests.languages.printed import warnings
from tests.on_engine import inline_documents
from tests.plugin import ROOT

# A virtual environment is made, and Go compiles Pulumi's SDK.
pytestmark = pytest.mark.timeout(900)

SECONDS: Final = 600.0
LANGUAGES: Final = [pytest.param(name, marks=pytest.mark.hosts(name)) for name in ("yaml", "typescript", "go")]
PROJECT: Final = "name: app\nruntime: {name: python, options: {toolchain: pip, virtualenv: venv}}\n"
SDK: Final = """\
import pulumi
import session_manager_ssm_perms as ssm_perms

web = ssm_perms.SessionManagerPermissions("web", role="web", allow_update_instance_information=True)
pulumi.export("role_name", web.role_name)
"""
YAML: Final = """\
name: app
runtime: yaml
resources:
  web: {type: "ssm-perms:SessionManagerPermissions", properties: {role: web, allowUpdateInstanceInformation: true}}
"""
GRANTED: Final = [policy(CHANNELS_AND_HEARTBEAT)]


@pytest.fixture
def machine(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox on a machine with Pulumi's own hosts, and with nothing of the repository on PATH."""
    for name, value in kits.host_settings():
        monkeypatch.setitem(box.env, name, value)
    return box


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone of the repository, which holds all that the tests install, a gigabyte."""
    folder = git_server.clone(tmp_path_factory.mktemp("clone"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def root(machine: Sandbox, clone: Path) -> Path:
    """The clone, with what `pulumi install` makes for its root."""
    if not (clone / "venv").is_dir():
        pulumi(machine, clone, "install")
    (clone / "Pulumi.dev.yaml").unlink(missing_ok=True)
    return clone


@pytest.fixture
def example(request: pytest.FixtureRequest, clone: Path, tmp_path: Path) -> Path:
    """The example of a language, in a new folder that is as far from the plugin as the example's."""
    folder = clone / "examples" / tmp_path.name
    kits.copy(kits.EXAMPLES / request.param, folder)
    return folder


@pytest.fixture
def project(clone: Path, tmp_path: Path) -> Path:
    """An empty project in Python."""
    folder = clone / "projects" / tmp_path.name
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(PROJECT)
    return folder


def pulumi(machine: Sandbox, folder: Path, *command: str) -> str:
    """Run a command of Pulumi's, which has to succeed; return all that it prints."""
    done = machine.pulumi(*command, cwd=folder, timeout=SECONDS)
    printed = done.stdout + done.stderr

    assert done.returncode == 0, printed

    return printed


def start(machine: Sandbox, folder: Path, config: Mapping[str, Any]) -> None:
    """Make a stack of a project, and configure it for the sandbox."""
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())["name"]
    machine.configure(folder, config, project)
    pulumi(machine, folder, "stack", "init", "dev")


def up_and_destroy(machine: Sandbox, folder: Path, role: str = "web") -> list[dict[str, Any]]:
    """Run `pulumi up` and `pulumi destroy`, after which nothing is left; return what the role had in between."""
    pulumi(machine, folder, "up", "--yes", "--skip-preview")
    given = inline_documents(machine, role)
    pulumi(machine, folder, "destroy", "--yes", "--skip-preview")

    assert inline_documents(machine, role) == []
    return given


def contents(folder: Path) -> dict[str, Any]:
    """Return what a folder's own files say, of Pulumi.yaml without its comments."""
    found = {str(file.relative_to(folder)): file.read_text() for file in kits.own_files(folder)}
    return {**found, "Pulumi.yaml": yaml.safe_load(found["Pulumi.yaml"])}


@pytest.mark.hosts("python")
def test_the_root_project_runs_the_first_example(machine: Sandbox, root: Path) -> None:
    """Once it knows the role, the project in the root of a clone gives it the policy, and warns of nothing."""
    start(machine, root, {"role": "web"})

    assert warnings(pulumi(machine, root, "preview")) == []
    assert up_and_destroy(machine, root) == GRANTED


@pytest.mark.hosts("python")
@pytest.mark.parametrize("command", ["install", "package add ../../plugin"])
@pytest.mark.parametrize("example", LANGUAGES, indirect=True)
def test_an_example_runs_as_it_stands(command: str, example: Path, machine: Sandbox) -> None:
    """After `pulumi install`, or what the page says for a project without the plugin, an example gives the policy.

    Neither changes a file of the example, so that it is what Pulumi makes of a project.
    """
    committed = contents(example)
    if command != "install":
        project = example / "Pulumi.yaml"
        project.write_text(project.read_text().replace("packages:\n  ssm-perms: ../../plugin\n", ""))
    printed = pulumi(machine, example, *command.split())
    start(machine, example, {"role": "web", "kmsKeyArns": [KEY]})
    previewed = pulumi(machine, example, "preview")
    given = up_and_destroy(machine, example)

    assert contents(example) == committed
    assert [path for path in re.findall(r'"(github.*/sdk/go/\w+)"', printed) if path not in str(committed)] == []
    assert warnings(printed) == []
    assert warnings(previewed) == []
    assert given == [policy(CHANNELS_AND_HEARTBEAT, decrypt(KEY))]


@pytest.mark.hosts("python")
def test_a_python_project_can_have_the_sdk(machine: Sandbox, clone: Path, project: Path) -> None:
    """`pulumi package add` makes an SDK for Python as well, with which a program gives the policy."""
    (project / "__main__.py").write_text(SDK)
    (project / "requirements.txt").write_text("pulumi\n")
    pulumi(machine, project, "package", "add", str(clone / "plugin"))
    start(machine, project, {})

    assert [made.name for made in (project / "sdks").iterdir()] == ["session-manager-ssm-perms"]
    assert up_and_destroy(machine, project) == GRANTED


@pytest.mark.skipif(sys.platform == "darwin", reason="on macOS, Go trusts no certificate that a variable names")
@pytest.mark.hosts("python", "yaml")
def test_a_commit_is_pinned_for_the_whole_team(
    machine: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`pulumi package add` writes a commit into a project; whoever has the project gets it with `pulumi install`."""
    [add] = re.findall(r"(?m)^\$ pulumi (package add .*@COMMIT)$", (ROOT / "docs/other-languages.md").read_text())
    commit = git_server.Repository(tmp_path).first
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.mkdir()
    (mine / "Pulumi.yaml").write_text(YAML)
    plugins = Path(machine.env["PULUMI_HOME"], "plugins")

    def run(folder: Path, command: str) -> list[dict[str, Any]]:
        # A Pulumi home with nothing but the sandbox's plugins, which would be downloaded.
        home = machine.folder / f"home-{folder.name}"
        shutil.copytree(plugins, home / "plugins", symlinks=True)
        monkeypatch.setitem(machine.env, "PULUMI_HOME", str(home))
        pulumi(machine, folder, *command.split())
        start(machine, folder, {})
        given = up_and_destroy(machine, folder)
        pulumi(machine, folder, "stack", "rm", "--yes")
        return given

    with git_server.served(tmp_path) as env:
        for name, value in env.items():
            monkeypatch.setitem(machine.env, name, value)
        given = [run(mine, git_server.at(add, commit))]
        kits.copy(mine, theirs)
        given.append(run(theirs, "install"))
    project = yaml.safe_load((theirs / "Pulumi.yaml").read_text())

    assert project["packages"] == {"ssm-perms": f"git.test/own/pulumi-ssm-perms.git/plugin@{commit}"}
    assert given == [GRANTED, GRANTED]
