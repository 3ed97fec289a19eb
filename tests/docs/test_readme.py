"""README.md: its programs run on the engine, its documents and errors are the real ones, its commands are there."""

import contextlib
import io
import json
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows, table

PAGE = "README.md"
TITLE = "pulumi-ssm-perms"
INLINE = "`SessionManagerPermissions`: one inline policy on one role"
EXAMPLES = {"YAML": "yaml/Pulumi.yaml", "TypeScript": "typescript/index.ts", "Go": "go/declare.go"}


def documents(box: Sandbox, role: str = "web") -> list[dict[str, Any]]:
    """Return what the role's inline policies say."""
    return list(box.role_policies(role).values())


@shows(PAGE, TITLE)
def test_the_first_program_writes_the_policy_beside_it(box: Sandbox, shown: list[Block]) -> None:
    """The ten lines write exactly the document that follows them, and destroy takes it away."""
    program, document = shown
    stack = box.stack(program.program())
    stack.up()
    written = documents(box)
    stack.destroy()

    assert written == [document.json]
    assert documents(box) == []


@shows(PAGE, "Try it without an AWS account")
def test_the_two_commands_are_targets_of_the_makefile(shown: list[Block]) -> None:
    """What a newcomer is told to run is there to be run."""
    [console] = shown
    targets = [command.split() for command, _ in commands(console.text)]
    listed = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout

    assert targets == [["make", "demo"], ["make", "test"]]
    assert all(f"make {target} " in listed for _, target in targets)


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
    assert (told[0], told[-1], set(done)) == (["install"], ["up"], {0})
    assert config == {"aws:region": "eu-west-1", "pulumi-ssm-perms:role": "NAME-OR-ARN-OF-YOUR-ROLE"}
    assert box.pulumi("install", "--help", cwd=project).returncode == 0


@shows("examples/existing_role")
def test_the_root_project_runs_the_first_example(box: Sandbox, shown: list[Block]) -> None:
    """The project in the root points at the example, which takes the configuration that the project declares."""
    [example] = shown
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    config = {"role": "web", "kmsKeyArns": [key], "s3LogEncryptionEnforced": True}
    stack = box.stack(box.example(example.folder), project=project["name"], config=config)
    stack.up()

    assert (ROOT / project["main"], set(config)) == (example.folder, set(project["config"]))
    assert documents(box) == [policy_document(kms_key_arns=[key], s3_log_encryption_enforced=True)]


@shows(PAGE, INLINE)
def test_the_document_without_pulumi_and_the_error_are_the_real_ones(shown: list[Block]) -> None:
    """The program prints the document, and the line under it is what a wrong key gets."""
    program, error = shown
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        program.program()()
    with pytest.raises(InvalidInputError) as refused:
        SessionManagerPermissions("web", {"role": "web", "kms_key_arns": ["alias/sessions"]})

    assert json.loads(printed.getvalue()) == policy_document(allow_update_instance_information=True)
    assert error.text == f"{refused.value}\n"


@shows(PAGE, "KMS")
def test_an_alias_becomes_the_keys_arn(box: Sandbox, shown: list[Block]) -> None:
    """The program gets from the alias to the key that it names."""
    [program] = shown
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])
    box.stack(program.program()).up()

    assert documents(box) == [policy_document(kms_key_arns=[key["Arn"]])]


@shows(PAGE, "Session logs, and the preferences themselves")
def test_the_policy_follows_the_preferences(box: Sandbox, shown: list[Block]) -> None:
    """The program reads the account's Session document, and grants what it names."""
    [program] = shown
    inputs = {"s3BucketName": "logs", "s3KeyPrefix": "sessions", "cloudWatchLogGroupName": "/sessions"}
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    box.client("ssm").create_document(
        Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=json.dumps(content)
    )
    box.stack(program.program()).up()

    assert documents(box) == [
        policy_document(
            s3_log_bucket_arn="arn:aws:s3:::logs",
            s3_log_key_prefix="sessions",
            cloudwatch_log_group_arns=["arn:aws:logs:eu-west-1:123456789012:log-group:/sessions"],
        )
    ]


@shows(PAGE, "One policy for a fleet")
def test_the_fleet_has_one_policy(box: Sandbox, shown: list[Block]) -> None:
    """The program attaches one described and tagged policy to every role, by name or by ARN."""
    [program] = shown
    box.create_role("worker")
    box.create_role("nightly", path="/batch/")
    box.stack(program.program()).up()
    attached = [box.attached_policies(role) for role in ("web", "worker", "nightly")]
    [arn] = attached[0]
    policy = box.client("iam").get_policy(PolicyArn=arn)["Policy"]

    assert attached == [{arn: policy_document(allow_update_instance_information=True)}] * 3
    assert policy["Description"] == "What Session Manager needs on a node"
    assert policy["Tags"] == [{"Key": "team", "Value": "platform"}]


@shows(PAGE, "In YAML, TypeScript and Go")
def test_the_plugin_is_where_the_command_says(shown: list[Block]) -> None:
    """The address is the repository's own, the folder is a plugin, and the version is that of the package."""
    [console] = shown
    [(command, _)] = commands(console.text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    repository = project["urls"]["Repository"].removeprefix("https://")

    assert command == f"pulumi package add {repository}/plugin@v{project['version']}"
    assert (ROOT / "plugin/PulumiPlugin.yaml").is_file()


def lines(text: str) -> Iterator[str]:
    """Yield the lines of a program that say something, without their indentation."""
    return (line.strip() for line in textwrap.dedent(text).splitlines() if line.strip())


@shows(PAGE, *EXAMPLES)
def test_the_other_languages_are_excerpts_of_the_examples(shown: list[Block]) -> None:
    """Each block is made of lines of the example that the languages' tests run, in their order."""
    for block in shown:
        example = lines((ROOT / "examples" / EXAMPLES[block.heading]).read_text())

        assert [line for line in lines(block.text) if line not in example] == []


def test_the_tables_name_every_input_and_output() -> None:
    """The README's tables have the inputs and outputs that the components have, no more and no fewer."""
    schema = json.loads((ROOT / "plugin/schema.json").read_text())["resources"]
    inline, managed = (
        schema[f"ssm-perms:index:{name}"] for name in ("SessionManagerPermissions", "SessionManagerManagedPolicy")
    )
    named = {cell.strip("`") for cell, *_ in table(PAGE, INLINE)}
    own = {cell.strip("`") for cell, *_ in table(PAGE, "One policy for a fleet")}

    assert named == {python(name) for name in (*inline["inputProperties"], *inline["properties"])}
    assert own == {python(name) for name in managed["inputProperties"] if name not in inline["inputProperties"]} | {
        "policy_name"
    }


def python(name: str) -> str:
    """Return the Python name of an input or output of the schema."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
