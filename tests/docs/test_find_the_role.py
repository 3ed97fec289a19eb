"""docs/find-the-role.md: commands, look-ups and errors lead from what the reader has to the role."""

from typing import Final

import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal, commands
from tests.mocks import run
from tests.on_engine import errors, inline_documents
from tests.pages import ROLE, ROOT, Block, shows

PAGE: Final = "docs/find-the-role.md"
NODE: Final = "i-0123456789abcdef0"

# To load pulumi_aws.ec2 is to be warned of an old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:aws\.ec2/encryptioncontrol:DeprecationWarning")


@pytest.fixture(autouse=True)
def without_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare moto the images of every Region, which it reads for seconds and nobody uses here."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


def profile(box: Sandbox) -> str:
    """Make an instance profile with the role; return its name."""
    iam = box.client("iam")
    iam.create_instance_profile(InstanceProfileName="web-nodes", Path="/team/")
    iam.add_role_to_instance_profile(InstanceProfileName="web-nodes", RoleName=ROLE)
    return "web-nodes"


def instance(box: Sandbox, profile: str = "") -> str:
    """Start an instance, with this profile or without one; return its id."""
    given = {"IamInstanceProfile": {"Name": profile}} if profile else {}
    started = box.client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, **given)
    return str(started["Instances"][0]["InstanceId"])


@shows(PAGE, ("An EC2 instance", 1))
def test_from_an_instance_to_its_role(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands print the ARN of a profile with a path, and the role's name; nothing where there is no profile."""
    [look] = shown
    terminal(None).run(look.changed(NODE, instance(box, profile(box))).text)
    [(command, _), _] = commands(look.text)

    assert terminal(None).run(f"$ {command.replace(NODE, instance(box))}") == [""]


@shows(PAGE, "In a program")
def test_a_program_finds_the_role(box: Sandbox, shown: list[Block]) -> None:
    """The look-ups lead from an instance to its role, and end where there is no profile."""
    [program] = shown
    node, bare = instance(box, profile(box)), instance(box)
    box.stack(program.changed(NODE, node).program()).up()
    [said] = errors(box.stack(program.changed(NODE, bare).program()).preview)

    assert said == f"{bare} has no instance profile"
    assert inline_documents(box, ROLE) == [policy_document(allow_update_instance_information=True)]


@shows(PAGE, "A role of the same program")
def test_the_instance_waits_for_the_policy(shown: list[Block]) -> None:
    """The engine is told that the instance depends on the policy."""
    [program] = shown
    record = run(program.program())
    waits_for = [urn.rpartition("::")[2] for urn in record.only("aws:ec2/instance:Instance").request.dependencies]
    policy = record.only("aws:iam/rolePolicy:RolePolicy").name

    assert policy in waits_for


@pytest.mark.parametrize(
    ("given", "section"),
    [
        (NODE, "An EC2 instance"),
        ("arn:aws:iam::123456789012:instance-profile/web", "An EC2 instance"),
        ("mi-0123456789abcdef0", "A hybrid node"),
        ("arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:1a2b:autoScalingGroupName/web", "An Auto Scaling group"),
        ("arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef", "An ECS task"),
    ],
)
def test_an_error_leads_to_the_page(given: str, section: str) -> None:
    """The error names the page, which has a section with a command for it."""
    with pytest.raises(InvalidInputError, match='the page "Find the role" shows how to find it'):
        SessionManagerPermissions("web", {"role": given})
    _, _, below = (ROOT / PAGE).read_text().partition(f"\n## {section}\n")

    assert "$ aws " in below.partition("\n## ")[0]
