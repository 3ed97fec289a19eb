"""docs/find-the-role.md: each command, and each look-up, leads from what the reader has to the role."""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.docs.scripted import script
from tests.on_engine import documents

PAGE: Final = "docs/find-the-role.md"
NODE: Final = "i-0123456789abcdef0"
TEMPLATE: Final = "lt-0123456789abcdef0"
EMPTY: Final = "An empty answer"
OURS: Final = policy_document(allow_update_instance_information=True)

# To load pulumi_aws.ec2 is to be warned of an old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:aws\.ec2/encryptioncontrol:DeprecationWarning")


@pytest.fixture(autouse=True)
def without_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare moto the images of every Region, which it reads for seconds and nobody uses here."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


def profile(box: Sandbox, role: str | None = "web", name: str = "web-nodes") -> None:
    """Make the page's instance profile, with its role or without one."""
    iam = box.client("iam")
    iam.create_instance_profile(InstanceProfileName=name, Path="/team/")
    if role:
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)


def instance(box: Sandbox, *, with_profile: bool = True) -> str:
    """Start an instance; return its id."""
    given = {"IamInstanceProfile": {"Name": "web-nodes"}} if with_profile else {}
    started = box.client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, **given)
    return str(started["Instances"][0]["InstanceId"])


def template(box: Sandbox, name: str, **data: Any) -> str:
    """Make a launch template; return its id."""
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", **data}
    made = box.client("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def subnet(box: Sandbox) -> str:
    """Return the id of one of the account's subnets."""
    return str(box.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"])


@shows(PAGE, "An EC2 instance")
def test_from_an_instance_to_its_role(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands print the profile's ARN, with its path, and the role's name, as the page says."""
    [look] = shown
    profile(box)
    printed = terminal(None).run(look.changed(NODE, instance(box)).text)

    assert [text.strip() for text in printed] == ["arn:aws:iam::123456789012:instance-profile/team/web-nodes", "web"]


@shows(PAGE, "An EC2 instance")
def test_an_instance_without_a_profile_prints_nothing(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Nor does, in the second command, a profile without a role."""
    [look] = shown
    profile(box, role=None)
    first, second = re.sub(r"^(?!\$|    ).*\n", "", look.text, flags=re.MULTILINE).split("$ ")[1:]
    console = terminal(None)
    without = console.run("$ " + first.replace(NODE, instance(box, with_profile=False)))

    assert (without, console.run(f"$ {second}")) == ([""], [""])
    assert [row[0] for row in table(PAGE, EMPTY)][:2] == [
        f"nothing, by the {which} command" for which in ("first", "second")
    ]


@shows(PAGE, "An EC2 instance")
def test_what_is_not_there_is_an_error(shown: list[Block], terminal: OpenTerminal) -> None:
    """The errors are those that the page names."""
    [look] = shown
    first, second = re.sub(r"^(?!\$|    ).*\n", "", look.text, flags=re.MULTILINE).split("$ ")[1:]
    console = terminal(None)
    errors = [console.fails(f"$ {first}"), console.fails(f"$ {second}")]

    assert [f"({row[0].strip('`')})" in error for row, error in zip(table(PAGE, EMPTY)[2:], errors, strict=True)] == [
        True,
        True,
    ]


@shows(PAGE, "An Auto Scaling group", "A launch template")
def test_from_a_group_with_several_templates_to_its_profiles(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """Its instances are listed, and the template of the policy and that of an override; each names its profile."""
    group, look = shown
    profile(box)
    profile(box, name="arm-nodes")
    arn = "arn:aws:iam::123456789012:instance-profile/team/arm-nodes"
    first = template(box, "web", IamInstanceProfile={"Name": "web-nodes"})
    other = template(box, "arm", IamInstanceProfile={"Arn": arn})
    specification = {"LaunchTemplateSpecification": {"LaunchTemplateId": first, "Version": "$Default"}}
    override = {"InstanceType": "t4g.small", "LaunchTemplateSpecification": {"LaunchTemplateId": other}}
    box.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=2,
        MaxSize=2,
        VPCZoneIdentifier=subnet(box),
        MixedInstancesPolicy={"LaunchTemplate": {**specification, "Overrides": [override]}},
    )
    console = terminal(None)
    instances, templates = console.run(group.text)
    [[none, mixed]] = json.loads(templates)
    printed = console.run(look.changed(TEMPLATE, first).text)
    [of_override] = console.run(look.changed(TEMPLATE, other).text.rpartition("web-nodes")[0])

    assert [name[:2] for name in instances.split()] == ["i-", "i-"]
    assert (none, mixed["LaunchTemplateSpecification"]["LaunchTemplateId"]) == (None, first)
    assert [each["LaunchTemplateSpecification"]["LaunchTemplateId"] for each in mixed["Overrides"]] == [other]
    assert (printed[0].split(), of_override.split()) == (["web-nodes", "None"], ["None", arn])


@shows(PAGE, "A launch template")
def test_a_template_without_a_profile_prints_nothing(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command succeeds, and its answer is empty."""
    [look] = shown
    command = look.changed(TEMPLATE, template(box, "web")).text.rpartition("web-nodes")[0]

    assert terminal(None).run(command) == [""]


@shows(PAGE, "An EKS node group")
def test_from_a_node_group_to_its_role(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the role's ARN, which the component takes as it is."""
    [look] = shown
    arn = "arn:aws:iam::123456789012:role/team/web"
    eks = box.client("eks")
    eks.create_cluster(name="prod", roleArn=arn, resourcesVpcConfig={})
    eks.create_nodegroup(clusterName="prod", nodegroupName="web", subnets=[subnet(box)], nodeRole=arn)
    [printed] = terminal(None).run(look.text)
    box.stack(lambda: _declare(printed.strip())).up()

    assert documents(box) == [OURS]


def _declare(role: str) -> None:
    SessionManagerPermissions("web", {"role": role, "allow_update_instance_information": True})


@pytest.mark.parametrize(
    ("node", "printed"), [({"IamRole": "service-role/hybrid"}, "service-role/hybrid"), (None, "")], ids=str
)
@shows(PAGE, "A hybrid node")
def test_from_a_hybrid_node_to_its_role(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, node: Mapping[str, str] | None, printed: str
) -> None:
    """The command prints the role of the node, or nothing where the node is not registered."""
    [look] = shown
    script(box, {"DescribeInstanceInformation": {"InstanceInformationList": [node] if node else []}})
    command = look.text.rpartition("service-role")[0]

    assert terminal(None).run(look.text if node else command) == [printed]
    assert box.calls[-1].params == {"Filters": [{"Key": "InstanceIds", "Values": ["mi-0123456789abcdef0"]}]}


def task_definition(box: Sandbox) -> None:
    """Register the seventh revision of the page's task definition."""
    for _ in range(7):
        box.client("ecs").register_task_definition(
            family="web",
            taskRoleArn="arn:aws:iam::123456789012:role/tasks",
            executionRoleArn="arn:aws:iam::123456789012:role/starts",
            containerDefinitions=[{"name": "web", "image": "web", "memory": 128}],
        )


@shows(PAGE, "An ECS task")
def test_from_a_task_to_its_role(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The task names its definition and no role of its own; the definition names the task role."""
    [look] = shown
    task_definition(box)
    task = {"taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7", "overrides": {}}
    script(box, {"DescribeTasks": {"tasks": [task]}})
    printed = terminal(None).run(look.text)

    assert printed[1].strip() == "arn:aws:iam::123456789012:role/tasks"


@shows(PAGE, "In a program")
def test_a_program_finds_the_role_of_an_instance(box: Sandbox, shown: list[Block]) -> None:
    """On the engine, the look-ups lead to the role, which gets the policy."""
    [program] = shown
    profile(box)
    box.stack(program.changed(NODE, instance(box)).program()).up()

    assert documents(box) == [OURS]


@shows(PAGE, "In a program")
def test_a_program_ends_where_there_is_no_profile(box: Sandbox, shown: list[Block]) -> None:
    """The second look-up fails, in preview already, and nothing is written."""
    [program] = shown
    stack = box.stack(program.changed(NODE, instance(box, with_profile=False)).program())
    box.forget()
    with pytest.raises(auto.CommandError, match="getInstanceProfile"):
        stack.preview()
    with pytest.raises(auto.CommandError, match="getInstanceProfile"):
        stack.up()

    assert box.writes == []


def test_a_program_finds_the_role_of_a_task_definition(box: Sandbox) -> None:
    """On the engine, the look-up has the task role, and not the one that starts the container."""
    box.create_role("tasks")
    task_definition(box)
    box.stack(lambda: _declare(aws.ecs.get_task_definition(task_definition="web").task_role_arn)).up()

    assert documents(box, "tasks") == [OURS]


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
    [give] = shown
    node = instance(box, with_profile=False)
    terminal(None).run(give.changed(NODE, node).text)
    [associated] = box.client("ec2").describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    [role] = box.client("iam").get_instance_profile(InstanceProfileName="web-nodes")["InstanceProfile"]["Roles"]

    assert (associated["InstanceId"], role["RoleName"]) == (node, "web")


@shows(PAGE, "The role of Default Host Management")
def test_the_role_of_default_host_management(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command asks for the setting, and prints the role with its path."""
    [look] = shown
    role = "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"
    script(box, {"GetServiceSetting": {"ServiceSetting": {"SettingValue": role}}})

    assert terminal(None).run(look.text) == [role]
    assert box.calls[-1].params == {"SettingId": "/ssm/managed-instance/default-ec2-instance-management-role"}
