"""README.md: its programs run on the engine, its documents and errors are the real ones, its commands are there."""

import re
import shutil
import subprocess
import sys
from inspect import get_annotations
from pathlib import Path

import pytest
import yaml

from pulumi_ssm_perms import (
    InvalidInputError,
    SessionManagerManagedPolicyArgs,
    SessionManagerPermissions,
    SessionManagerPermissionsArgs,
    policy_document,
)
from sandbox import Sandbox
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows, table
from tests.documents import ALL_GRANTS, KEY, granted
from tests.on_engine import inline_documents
from tests.permissions import company

PAGE = "README.md"
SYMPTOM = "From `TargetNotConnected` to a session"
INPUTS = "Inputs and outputs"
MANY_ROLES = "Many roles: `SessionManagerManagedPolicy`"


@shows(PAGE, (SYMPTOM, 2), (SYMPTOM, 3))
def test_from_the_symptom_to_the_policy(box: Sandbox, shown: list[Block]) -> None:
    """The program grants the heartbeat until it is destroyed; the page's document is AWS's."""
    program, document = shown
    stack = box.stack(program.program())
    stack.up()
    written = inline_documents(box)
    stack.destroy()

    assert written == [policy_document(allow_update_instance_information=True)]
    assert inline_documents(box) == []
    assert document.changed("KEY", KEY).json == policy_document(s3_log_encryption_enforced=True, kms_key_arns=[KEY])


@shows(PAGE, "Install")
def test_the_package_installs_and_the_stack_is_configured(box: Sandbox, shown: list[Block], tmp_path: Path) -> None:
    """The clone installs; the root is a project that takes the configuration, and the example runs with it."""
    install, console = shown
    [(pip, _)] = commands(install.text)
    (tmp_path / "pulumi-ssm-perms").symlink_to(ROOT)
    offline = [*pip.split(), "--no-deps", "--no-build-isolation", "--quiet", "--target", str(tmp_path / "installed")]
    subprocess.run([sys.executable, "-m", *offline], cwd=tmp_path, check=True)
    project = tmp_path / "root"
    project.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", project)
    told = [command.split()[1:] for command, _ in commands(console.text)]
    done = [box.pulumi(*args, cwd=project).returncode for args in told[1:-1]]
    config = yaml.safe_load((project / "Pulumi.dev.yaml").read_text())["config"]

    assert (tmp_path / "installed/pulumi_ssm_perms/pulumi-plugin.json").is_file()
    assert told[0] == ["install"]
    assert told[-1] == ["up"]
    assert set(done) == {0}
    assert config == {"aws:region": "eu-west-1", "pulumi-ssm-perms:role": "NAME-OR-ARN-OF-YOUR-ROLE"}


@shows("examples/existing_role")
def test_the_root_project_runs_the_first_example(box: Sandbox) -> None:
    """The project in the root points at the example, which takes the configuration that the project declares."""
    example = ROOT / "examples/existing_role"
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    config = {"role": "web", "kmsKeyArns": [KEY], "s3LogEncryptionEnforced": True}
    stack = box.stack(box.example(example), project=project["name"], config=config)
    stack.up()

    assert ROOT / project["main"] == example
    assert set(config) == set(project["config"])
    assert inline_documents(box) == [
        policy_document(allow_update_instance_information=True, kms_key_arns=[KEY], s3_log_encryption_enforced=True)
    ]


@shows(PAGE, INPUTS)
def test_the_error_is_the_real_one(shown: list[Block]) -> None:
    """The line is what a wrong key gets."""
    [error] = shown
    with pytest.raises(InvalidInputError) as refused:
        SessionManagerPermissions("web", {"role": "web", "kms_key_arns": ["alias/sessions"]})

    assert error.text == f"{refused.value}\n"


@shows(PAGE, MANY_ROLES)
def test_the_fleet_has_one_policy(box: Sandbox, shown: list[Block]) -> None:
    """The program attaches one policy to every role."""
    [program] = shown
    box.create_role("worker")
    box.stack(program.program()).up()
    attached = [box.attached_policies(role) for role in ("web", "worker")]
    [arn] = attached[0]

    assert attached == [{arn: policy_document(allow_update_instance_information=True)}] * 2


def test_the_page_is_short() -> None:
    """A reader gets through it: what is not needed at first has a page of its own."""
    assert len((ROOT / PAGE).read_text().splitlines()) <= 200


def test_the_tables_name_every_input_and_output() -> None:
    """The README's tables have the inputs and outputs that the components have, no more and no fewer."""
    inputs, outputs = SessionManagerPermissionsArgs.__annotations__, get_annotations(SessionManagerPermissions)
    fleets = SessionManagerManagedPolicyArgs.__annotations__
    named = {cell.strip("`") for cell, *_ in table(PAGE, INPUTS)}
    own = {cell.strip("`") for cell, *_ in table(PAGE, MANY_ROLES)}

    assert named == {*inputs, *outputs}
    assert own == {*fleets} - {*inputs} | {"policy_name"}


@pytest.mark.parametrize("name", ALL_GRANTS)
def test_an_input_grants_what_its_row_says(name: str) -> None:
    """With the input the document has the actions that its row names, and without it none of them."""
    effects = {cell.strip("`"): effect for cell, *_, effect in table(PAGE, INPUTS)}
    beside = company(name)
    without, with_it = (
        {action for action, _ in granted(policy_document(**inputs))}
        for inputs in (beside, {**beside, name: ALL_GRANTS[name]})
    )

    assert with_it - without == set(re.findall(r"`(\w+:\w+)`", effects[name]))
