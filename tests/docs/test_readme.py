"""README.md: its projects and programs run on the engine, its commands are there, its picture says what is granted."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import yaml
from packaging.requirements import Requirement

from development.agreement import repository
from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal, commands
from tests.docs.pages import ROOT, Block, headings, shows
from tests.documents import ALL_GRANTS, KEY, granted, wanted
from tests.on_engine import Run, errors, inline_documents, try_run

PAGE: Final = "README.md"
CURE: Final = "Cure TargetNotConnected"
LOGS: Final = "Logs and keys that exist already"
LANGUAGES: Final = "In YAML, TypeScript and Go"
NODE: Final = "i-0123456789abcdef0"
HEARTBEAT: Final = policy_document(allow_update_instance_information=True)


@shows(PAGE, "Install")
def test_the_package_installs(shown: list[Block], tmp_path: Path) -> None:
    """The first command names the repository, and the second one installs a clone."""
    [console] = shown
    (of_repository, _), (of_clone, _) = commands(console.text)
    (tmp_path / "pulumi-ssm-perms").symlink_to(ROOT)
    offline = ["--no-deps", "--no-build-isolation", "--quiet", "--target", str(tmp_path / "installed")]
    subprocess.run([sys.executable, "-m", *of_clone.split(), *offline], cwd=tmp_path, check=True)

    assert of_repository == f"pip install git+{repository(ROOT)}@COMMIT"
    assert (tmp_path / "installed/pulumi_ssm_perms/pulumi-plugin.json").is_file()


@shows(PAGE, (CURE, 1), (CURE, 2), (CURE, 4))
def test_the_project_is_one(box: Sandbox, shown: list[Block], tmp_path: Path) -> None:
    """Pulumi takes the project, which has its Region; the requirement is this package; three commands run it."""
    project, requirements, console = shown
    (tmp_path / "Pulumi.yaml").write_text(project.text)
    required = Requirement(requirements.text.strip())
    install, init, up = (command.split()[1:] for command, _ in commands(console.text))
    begun = box.pulumi(*init, cwd=tmp_path)
    region = box.pulumi("config", "get", "aws:region", cwd=tmp_path)

    assert required.name == "pulumi-ssm-perms"
    assert required.url == f"git+{repository(ROOT)}@COMMIT"
    assert [install, init[:2], up] == [["install"], ["stack", "init"], ["up"]]
    assert begun.returncode == 0
    assert region.stdout.strip() == "eu-west-1"


@shows(PAGE, (CURE, 3))
def test_the_program_cures_the_role(box: Sandbox, shown: list[Block]) -> None:
    """It grants channels and heartbeat until it is destroyed, and warns of nothing."""
    [program] = shown
    stack = box.stack(program.program())
    said = [try_run(stack, "preview"), try_run(stack, "up")]
    written = inline_documents(box)
    stack.destroy()

    assert said == [Run(), Run()]
    assert written == [HEARTBEAT]
    assert inline_documents(box) == []


@shows(PAGE, (CURE, 3))
def test_the_check_finds_a_role_that_does_not_exist(box: Sandbox, shown: list[Block]) -> None:
    """The preview ends with one line, and asks for the two permissions that the comment names."""
    [program] = shown
    asked = {f"iam:{call.action}" for call in box.calls if call.service == "iam"}
    box.stack(program.program()).preview()
    asked = {f"iam:{call.action}" for call in box.calls} - asked
    [said] = errors(box.stack(program.changed('role="web"', 'role="nobody"').program()).preview)

    assert asked == {"iam:GetRole", "iam:SimulatePrincipalPolicy"}
    assert said.startswith("SessionManagerPermissions 'web': role 'nobody': IAM has no such role")


@shows(PAGE, (CURE, 5))
def test_the_agent_is_started_again(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The instance is rebooted; AWS's command line knows the second command, which is not sent without its plugin."""
    [console] = shown
    (reboot, _), (session, _) = commands(console.text)
    started = box.client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
    node = started["Instances"][0]["InstanceId"]
    _, skeleton = terminal(None).run(f"$ {reboot.replace(NODE, node)}\n$ {session} --generate-cli-skeleton output")

    assert [call.action for call in box.calls if call.action == "RebootInstances"] == ["RebootInstances"]
    assert set(json.loads(skeleton)) == {"SessionId", "TokenValue", "StreamUrl"}


@shows(PAGE, LOGS)
def test_logs_and_keys_that_exist_are_granted(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the preferences; each line of the program names one that they can have, and grants it."""
    console, program = shown
    keys = {}
    for alias in ("session-data", "session-logs"):
        key = box.client("kms").create_key()["KeyMetadata"]
        box.client("kms").create_alias(AliasName=f"alias/{alias}", TargetKeyId=key["KeyId"])
        keys[alias] = key["Arn"]
    inputs = {"kmsKeyId": "", "s3BucketName": "", "s3KeyPrefix": "", "cloudWatchLogGroupName": ""}
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    ssm = box.client("ssm")
    ssm.create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=json.dumps(content))
    [printed] = terminal(None).run(console.text)
    box.stack(program.program()).up()

    assert json.loads(printed) == content
    assert [each for each in inputs if not re.search(rf",  # {each}$", program.text, re.MULTILINE)] == []
    assert [document["Statement"] for document in inline_documents(box)] == [
        wanted(
            {
                "allow_update_instance_information": True,
                "kms_key_arns": [keys["session-data"]],
                "s3_log_bucket_arn": "arn:aws:s3:::example-session-logs",
                "s3_log_key_prefix": "web",
                "s3_log_kms_key_arn": keys["session-logs"],
                "cloudwatch_log_group_arns": ["arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions"],
            }
        )
    ]


@shows(PAGE, (LANGUAGES, 1))
def test_the_project_in_yaml_runs(box: Sandbox, shown: list[Block]) -> None:
    """It gives the role what the program in Python does."""
    in_yaml.up(box, shown[0])

    assert inline_documents(box) == [HEARTBEAT]


def strange(excerpt: Block, example: str, role: str) -> list[str]:
    """Return the lines of an excerpt that its example does not have in this order, with `role` in place of "web"."""
    lines = iter([line.strip() for line in (ROOT / example).read_text().replace(role, '"web"').splitlines()])
    wanted_lines = [line.strip().removeprefix('import "') for line in excerpt.text.splitlines() if line.strip()]
    return [line for line in wanted_lines if not any(line in each for each in lines)]


@shows(PAGE, (LANGUAGES, 2))
def test_typescript_is_an_excerpt_of_the_example(shown: list[Block]) -> None:
    """The lines are those of the example that the languages' tests run; only the role is another."""
    assert strange(shown[0], "examples/typescript/index.ts", 'config.require("role")') == []


@shows(PAGE, (LANGUAGES, 3))
def test_go_is_an_excerpt_of_the_example(shown: list[Block]) -> None:
    """The lines are those of the example that the languages' tests run; only the role is another."""
    assert strange(shown[0], "examples/go/declare.go", 'cfg.Require("role")') == []


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


def test_the_order_is_that_of_a_reader() -> None:
    """Who installs comes first, who repairs comes later, and what was tested comes last."""
    found = headings(PAGE)[1:]
    order = ["Install", CURE, "Find the role", LOGS, LANGUAGES, "When it still fails", "Pages by task"]

    assert found[: len(order)] == order
    assert found[-1] == "What was tested"


def test_the_picture_names_every_granted_action() -> None:
    """Its description has what the role needs and what the person needs, and no other action."""
    picture = ET.parse(ROOT / "docs/who-needs-what.svg").getroot()
    described = picture.findtext("{http://www.w3.org/2000/svg}desc") or ""
    actions = {action for action, _ in granted(policy_document(**ALL_GRANTS))}

    assert set(re.findall(r"\w+:\w+", described)) == {*actions, "ssm:StartSession"}


def test_the_commands_of_a_clone_are_there() -> None:
    """Each target of make that the page names is listed by `make`."""
    make = shutil.which("make") or "make"
    listed = subprocess.run([make, "-C", ROOT, "help"], capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"`make (\w+)`", (ROOT / PAGE).read_text()))

    assert named == {"demo", "shell", "test", "verify"}
    assert [target for target in named if f"make {target} " not in listed] == []
