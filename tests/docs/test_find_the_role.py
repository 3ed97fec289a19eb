"""docs/find-the-role.md: each command, and each look-up, leads from what the reader has to the role.

So does what an error says of the way, and the README's first step.
"""

import inspect
import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal, commands, script
from tests.docs.pages import ROOT, Block, shows, table
from tests.on_engine import errors, inline_documents

PAGE: Final = "docs/find-the-role.md"
NODE: Final = "i-0123456789abcdef0"
TEMPLATE: Final = "lt-0123456789abcdef0"

# To load pulumi_aws.ec2 is to be warned of an old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:aws\.ec2/encryptioncontrol:DeprecationWarning")


@pytest.fixture(autouse=True)
def without_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare moto the images of every Region, which it reads for seconds and nobody uses here."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


def profile(box: Sandbox, name: str = "web-nodes", path: str = "/team/", role: str | None = "web") -> str:
    """Make an instance profile, with the role or without one; return its name."""
    iam = box.client("iam")
    iam.create_instance_profile(InstanceProfileName=name, Path=path)
    if role:
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    return name


def instance(box: Sandbox, profile: str = "") -> str:
    """Start an instance, with this profile or without one; return its id."""
    given = {"IamInstanceProfile": {"Name": profile}} if profile else {}
    started = box.client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, **given)
    return str(started["Instances"][0]["InstanceId"])


def template(box: Sandbox, name: str, **data: Any) -> str:
    """Make a launch template; return its id."""
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", **data}
    made = box.client("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def task_definition(box: Sandbox) -> None:
    """Register the seventh revision of the page's task definition."""
    for _ in range(7):
        box.client("ecs").register_task_definition(
            family="web",
            taskRoleArn="arn:aws:iam::123456789012:role/tasks",
            executionRoleArn="arn:aws:iam::123456789012:role/starts",
            containerDefinitions=[{"name": "web", "image": "web", "memory": 128}],
        )


@shows("README.md", "Find the role")
@shows(PAGE, "An EC2 instance")
def test_from_an_instance_to_its_role(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands print the profile's ARN, also with a path, and the role's name."""
    readmes, look = shown
    nodes = [instance(box, profile(box)), instance(box, profile(box, "web-profile", "/"))]

    terminal(None).run(look.changed(NODE, nodes[0]).text)
    terminal(None).run(readmes.changed(NODE, nodes[1]).text)


@shows(PAGE, "An EC2 instance")
def test_nothing_is_printed_where_there_is_no_profile_or_no_role(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """The first command prints nothing of an instance without a profile, the second of a profile without a role."""
    profile(box, role=None)
    look = "\n".join(f"$ {command}" for command, _ in commands(shown[0].text))

    assert terminal(None).run(look.replace(NODE, instance(box))) == ["", ""]


@shows(PAGE, ("An Auto Scaling group", 1))
def test_from_a_group_to_its_instances_and_templates(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Its instances are listed, and the template of the policy and that of an override."""
    first, other = template(box, "web"), template(box, "arm")
    specification = {"LaunchTemplateSpecification": {"LaunchTemplateId": first, "Version": "$Default"}}
    override = {"InstanceType": "t4g.small", "LaunchTemplateSpecification": {"LaunchTemplateId": other}}
    box.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=["eu-west-1a"],
        MixedInstancesPolicy={"LaunchTemplate": {**specification, "Overrides": [override]}},
    )
    instances, templates = terminal(None).run(shown[0].text)
    [[none, mixed]] = json.loads(templates)

    assert [name[:2] for name in instances.split()] == ["i-", "i-"]
    assert none is None
    assert mixed["LaunchTemplateSpecification"]["LaunchTemplateId"] == first
    assert [each["LaunchTemplateSpecification"]["LaunchTemplateId"] for each in mixed["Overrides"]] == [other]


@shows(PAGE, ("An Auto Scaling group", 2))
def test_from_a_template_to_its_profile(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the profile by its name or by its ARN, and nothing where there is none."""
    [look] = shown
    [(command, _)] = commands(look.text)
    arn = "arn:aws:iam::123456789012:instance-profile/team/web-nodes"
    by_arn, without = template(box, "arn", IamInstanceProfile={"Arn": arn}), template(box, "none")
    console = terminal(None)
    console.run(look.changed(TEMPLATE, template(box, "name", IamInstanceProfile={"Name": "web-nodes"})).text)
    others = [console.run(f"$ {command.replace(TEMPLATE, made)}") for made in (by_arn, without)]

    assert others == [[f"None\t{arn}"], [""]]


@shows(PAGE, "An EKS node group")
def test_from_a_node_group_to_its_role(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the role's ARN, with its path."""
    arn = "arn:aws:iam::123456789012:role/team/web"
    eks = box.client("eks")
    eks.create_cluster(name="prod", roleArn=arn, resourcesVpcConfig={})
    eks.create_nodegroup(clusterName="prod", nodegroupName="web", subnets=["subnet-12345678"], nodeRole=arn)

    terminal(None).run(shown[0].text)


@pytest.mark.parametrize("nodes", [[{"IamRole": "service-role/hybrid"}], []], ids=["registered", "not registered"])
@shows(PAGE, "A hybrid node")
def test_from_a_hybrid_node_to_its_role(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, nodes: list[dict[str, str]]
) -> None:
    """The command prints the role of the node, or nothing where the node is not registered."""
    [(command, printed)] = commands(shown[0].text)
    script(box, {"DescribeInstanceInformation": {"InstanceInformationList": nodes}})

    assert terminal(None).run(f"$ {command}") == [printed.strip() if nodes else ""]
    assert box.calls[-1].params == {"Filters": [{"Key": "InstanceIds", "Values": ["mi-0123456789abcdef0"]}]}


@shows(PAGE, "An ECS task")
def test_from_a_task_to_its_role(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The task names its definition and no role of its own; the definition names the task role."""
    task_definition(box)
    task = {"taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7", "overrides": {}}
    script(box, {"DescribeTasks": {"tasks": [task]}})

    terminal(None).run(shown[0].text)


@shows(PAGE, ("In a program", 1))
def test_a_program_finds_the_role(box: Sandbox, shown: list[Block]) -> None:
    """On the engine, the look-ups lead from an instance to its role, and from a task definition to the task role."""
    [look] = shown
    box.create_role("tasks")
    task_definition(box)
    of_instance = look.changed(NODE, instance(box, profile(box))).program()

    def program() -> None:
        of_instance()
        SessionManagerPermissions("tasks", role=aws.ecs.get_task_definition(task_definition="web").task_role_arn)

    box.stack(program).up()

    assert inline_documents(box) == [policy_document(allow_update_instance_information=True)]
    assert inline_documents(box, "tasks") == [policy_document()]


@shows(PAGE, ("In a program", 1))
def test_a_program_ends_where_there_is_no_profile(box: Sandbox, shown: list[Block]) -> None:
    """The preview ends with the program's own line."""
    [look] = shown
    node = instance(box)

    assert errors(box.stack(look.changed(NODE, node).program()).preview) == [f"{node} has no instance profile"]


@shows(PAGE, ("In a program", 2))
def test_a_program_in_yaml_finds_the_role(box: Sandbox, shown: list[Block]) -> None:
    """Its look-ups lead from an instance to its role, as those in Python do."""
    in_yaml.up(box, shown[0].changed(NODE, instance(box, profile(box))))

    assert inline_documents(box) == [policy_document(allow_update_instance_information=True)]


@shows(PAGE, ("In a program", 2))
def test_a_program_in_yaml_fails_where_there_is_no_profile(box: Sandbox, shown: list[Block]) -> None:
    """The second look-up fails, and nothing is written."""
    done = in_yaml.run(box, shown[0].changed(NODE, instance(box)))

    assert done.returncode != 0
    assert "getInstanceProfile" in done.stdout + done.stderr
    assert inline_documents(box) == []


@pytest.mark.parametrize("row", table(PAGE, "In a program"), ids=lambda row: row[0])
def test_the_other_look_ups_are_there(row: list[str]) -> None:
    """Each function of the table has its arguments, and its result has what the table names first."""
    [(module, function, given)] = re.findall(r"aws\.(\w+)\.(\w+)\((.*)\)", row[1])
    look_up = getattr(getattr(aws, module), function)
    result = inspect.get_annotations(look_up, eval_str=True)["return"]
    attributes = [name for name in re.findall(r"`(\w+)`", row[2]) if name not in ("name", "arn")]

    assert set(re.findall(r"(\w+)=", given)) <= set(inspect.signature(look_up).parameters)
    assert [name for name in attributes if not hasattr(result, name)] == []


@shows(PAGE, "An instance without a profile")
def test_an_instance_gets_a_profile(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """After the commands, the instance has a profile with the existing role."""
    node = instance(box)
    terminal(None).run(shown[0].changed(NODE, node).text)
    [associated] = box.client("ec2").describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    [role] = box.client("iam").get_instance_profile(InstanceProfileName="web-nodes")["InstanceProfile"]["Roles"]

    assert associated["InstanceId"] == node
    assert role["RoleName"] == "web"


@shows(PAGE, "Default Host Management")
def test_the_role_of_default_host_management(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command asks for the setting, and prints the role with its path."""
    role = "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"
    script(box, {"GetServiceSetting": {"ServiceSetting": {"SettingValue": role}}})
    terminal(None).run(shown[0].text)

    assert box.calls[-1].params == {"SettingId": "/ssm/managed-instance/default-ec2-instance-management-role"}


@pytest.mark.parametrize(
    "given",
    [
        NODE,
        "mi-0123456789abcdef0",
        "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1a2b:autoScalingGroupName/web",
        "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef",
    ],
)
def test_an_error_leads_where_the_page_does(given: str) -> None:
    """Each command of an error is on the page, and each of its look-ups is pulumi-aws's, which has a file for it."""
    with pytest.raises(InvalidInputError, match='the page "Find the role" has more') as refused:
        SessionManagerPermissions("web", {"role": given})
    why = str(refused.value)
    page = " ".join((ROOT / PAGE).read_text().replace("\\\n", " ").split())
    asked = re.findall(r'`(aws \S+ \S+) [^`]*--query ("[^"]*"|\S+)', why)
    named = re.findall(r"aws\.(\w+)\.((?:get)?\w+)", why)
    package = Path(str(distribution("pulumi-aws").locate_file("pulumi_aws")))
    files = [package / module / re.sub(r"(?<!^)([A-Z])", r"_\1", f"{name}.py").lower() for module, name in named]

    assert asked
    assert named
    assert [command for command, query in asked if not re.search(f"{command} [^$]*{re.escape(query)}", page)] == []
    assert [file for file in files if not file.is_file()] == []
    assert "iam_role" not in why or hasattr(aws.ssm.Activation, "iam_role")
