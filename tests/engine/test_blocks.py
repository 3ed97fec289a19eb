"""README's block and those of docs/install.md, run as written with Pulumi's own host for Python projects."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from documents import BUCKET, KEY, expected_document
from engine.runs import HEARTBEAT_POLICY, ROOT, documents_of_program

HOST = "pulumi-language-python"
DOCUMENT = expected_document(allow_update_instance_information=True)


def blocks(page, language):
    """Return the blocks of a language on a page."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", (ROOT / page).read_text())


def commands(block):
    """Return the commands of a block that shows a terminal."""
    return re.findall(r"(?m)^\$ (.*)$", block)


@pytest.fixture
def shell(request, box):
    """Run a script in a folder, with a home of the test's own and a role in AWS; return what it prints."""
    path, home = box.env["PATH"], box.folder / f"{request.node.name}/home"
    beside = Path(shutil.which("pulumi", path=path)).resolve().parent
    if not shutil.which(HOST, path=f"{beside}{os.pathsep}{path}"):
        reason = f"{request.node.name} was not run: {HOST} is neither beside Pulumi's CLI nor on PATH"
        (pytest.fail if request.config.getoption("host", "") else pytest.skip)(reason)
    box.create_role("web-role", policies={"own": HEARTBEAT_POLICY})
    of_others = ("PULUMI_", "PYTHONPATH", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(of_others)}
    env |= {**box.env, "HOME": str(home), "PULUMI_HOME": str(home / ".pulumi")}
    del env["PULUMI_BACKEND_URL"]  # the blocks log in
    home.mkdir(parents=True)

    def shell(script, folder, **names):
        for name, value in names.items():
            script = re.sub(rf"(?m)^{name}=$", f"{name}={value}", script)
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(["bash", "-ec", script], cwd=folder, env=env, **options, text=True, check=False)
        assert done.returncode == 0, done.stdout
        return done.stdout

    yield shell
    shutil.rmtree(home.parent)


@pytest.fixture
def clone(request, shell, box, git):
    """Return a repository of one commit, with the files that this one tracks."""
    folder = box.folder / request.node.name / "clone"
    for name in git("-c", "safe.directory=*", "ls-files", folder=ROOT).splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for command in ("init -q", "add --force .", "commit -q -m one"):
        git(*command.split(), folder=folder)
    return folder


def documents_of_runs(box, shell, folder):
    """Return the documents that the role has after an update, of which a second one changes nothing, and after a destroy."""
    assert box.writes == []
    shell("pulumi up --yes; pulumi up --yes --expect-no-changes", folder)
    documents = documents_of_program(box, "web-role")
    shell("pulumi destroy --yes", folder)
    return documents, documents_of_program(box, "web-role")


def test_the_block_of_readme(box, shell, clone):
    """It previews the policy, and the settings that README shows below are in the policy that an update writes."""
    [use], [settings] = blocks("README.md", "bash")[1:], blocks("README.md", "console")
    printed = shell(use, clone, ROLE="web-role")
    shell("\n".join(commands(settings)), clone)
    document = expected_document(allow_update_instance_information=True, s3_log_bucket_arn=BUCKET, kms_key_arns=[KEY])

    assert "+ 3 to create" in printed
    assert documents_of_runs(box, shell, clone) == ([document], [])


def test_the_python_block_of_install(box, shell, clone):
    """It writes a project that takes the package from a commit."""
    [block] = blocks("docs/install.md", "bash")
    printed = shell(block, clone.parent, REPO=f"file://{clone}", ROLE="web-role", REGION=box.region)

    assert "+ 3 to create" in printed
    assert documents_of_runs(box, shell, clone.parent / "sessions") == ([DOCUMENT], [])


def test_the_yaml_blocks_of_install(box, shell, clone):
    """A project in YAML takes the plugin from a path. `pulumi new` is left out, because it downloads a template."""
    (new, *others), [program] = commands(blocks("docs/install.md", "console")[0]), blocks("docs/install.md", "yaml")
    project = clone.parent / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: project\nruntime: yaml\n")
    add = re.sub(r"https://\S+", f"{clone}/plugin", "\n".join(others))
    shell(f"pulumi login --local; pulumi stack select --create dev\n{add}", project)
    (project / "Pulumi.yaml").write_text((project / "Pulumi.yaml").read_text() + program)
    shell("pulumi install", project)

    assert new == "pulumi new typescript"
    assert documents_of_runs(box, shell, project) == ([DOCUMENT], [])
