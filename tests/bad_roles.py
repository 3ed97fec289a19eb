"""What people give in place of a role, and what they are told: the rule and the remedy."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_IAM: Final = "arn:aws:iam::123456789012"

NAME_RULE: Final = "letters A-Z and a-z, digits and _+=,.@- only"
ROLE: Final = "write the name or the ARN of an existing role"
NO_STRING: Final = "it is not a string"

Table = Mapping[str, Sequence[Any]]
"""Wrong values, by what is said of them."""

NO_ROLES: Final[Table] = {
    "it is an EC2 instance, not a role; write the role of its instance profile: `aws ec2 describe-instances "
    '--instance-ids ID --query "Reservations[].Instances[].IamInstanceProfile.Arn" --output text` prints the ARN of '
    "the profile, and `aws iam get-instance-profile --instance-profile-name PROFILE --query "
    '"InstanceProfile.Roles[].RoleName" --output text` the name of the role; in a program, aws.ec2.getInstance and '
    "aws.iam.getInstanceProfile find it (get_instance and get_instance_profile in Python); docs/find-the-role.md has "
    "more": [
        *("i-0123456789abcdef0", "i-1a2b3c4d", "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0"),
    ],
    "it is a hybrid node, not a role; write the role of its activation: `aws ssm describe-instance-information "
    '--filters Key=InstanceIds,Values=ID --query "InstanceInformationList[].IamRole" --output text` prints it, and its '
    "name is what follows the last /; in the program that declares the aws.ssm.Activation, pass activation.iamRole "
    "(iam_role in Python); docs/find-the-role.md has more": [
        *("mi-0123456789abcdef0", "arn:aws-cn:ssm:cn-north-1:123456789012:managed-instance/mi-0123456789abcdef0"),
    ],
    "it is the id of a role, not its name; write the role's name, which `aws iam list-roles --query "
    "\"Roles[?RoleId=='ID'].RoleName\" --output text` prints; in the program that declares the role, pass role.name": [
        *("AROAEXAMPLE0123456789", "AROAEXAMPLE0123456789:i-0123456789abcdef0"),
    ],
    "it is the id of an instance profile, which holds a role and is not one; write the name of its role, which `aws "
    "iam list-instance-profiles --query \"InstanceProfiles[?InstanceProfileId=='ID'].Roles[].RoleName\" --output text` "
    "prints; in the program that declares the profile, pass profile.role": ["AIPAEXAMPLE0123456789"],
    "it is an Auto Scaling group, not a role; write the role of its instances: `aws autoscaling "
    "describe-auto-scaling-groups --auto-scaling-group-names NAME --query "
    '"AutoScalingGroups[].Instances[].InstanceId" --output text` prints their ids; in a program, '
    "aws.autoscaling.getGroup finds the launch template (get_group in Python); docs/find-the-role.md leads from either "
    "to the role": [
        "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1a2b:autoScalingGroupName/web",
    ],
    "it is an ECS task, not a role; write its task role: `aws ecs describe-tasks --cluster CLUSTER --tasks TASK "
    '--query "tasks[].[overrides.taskRoleArn, taskDefinitionArn]" --output text` prints it, or None and the task '
    "definition, whose role `aws ecs describe-task-definition --task-definition DEFINITION --query "
    "taskDefinition.taskRoleArn --output text` prints; in a program, aws.ecs.getTaskDefinition finds it "
    "(get_task_definition in Python); docs/find-the-role.md has more": [
        "arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef",
        "arn:aws:ecs:eu-west-1:123456789012:task/0123456789abcdef0123456789abcdef",
    ],
}
"""What is something else in AWS."""

BAD_ROLES: Final[Table] = {
    **NO_ROLES,
    f"it names no role; {ROLE}": ["", f"{_IAM}:role/", f"{_IAM}:role/service-role/"],
    f"a role's name has 1 to 64 characters: {NAME_RULE}; {ROLE}": [
        *(" ", "web prod", "web ", "rôle", "w\u0435b", "web\n", "we\nb", "role/web", "web*", "${aws:username}"),
        *("a" * 65, "a" * 120, "a" * 121, f"{_IAM}:role/{'a' * 65}"),
        *(f"{_IAM}:role/we b", f"{_IAM}:role/web\n", f"{_IAM}:role/*"),
    ],
    f"it is not the ARN of a role, arn:PARTITION:iam::ACCOUNT:role/NAME; {ROLE}": [
        *(f"{_IAM}:role", f"{_IAM}:role/a//web", f"{_IAM}:role/a b/web", f"{_IAM}:root", f"{_IAM}:group/web"),
        *(f"{_IAM}:policy/web", "arn:aws:iam::1234:role/web", "arn:aws:iam::*:role/web", "arn:aws:s3:::web", "arn:"),
        "arn:azure:iam::123456789012:role/web",
    ],
    f"it is the ARN of a user, not of a role; {ROLE}": [f"{_IAM}:user/alice"],
    "it is the ARN of an instance profile, which holds a role and is not one; write the name of its role, which `aws "
    "iam get-instance-profile` prints": [f"{_IAM}:instance-profile/web"],
    "it is the ARN of a session that assumed the role, not of the role; write the role's name: the part between "
    "assumed-role/ and the next /": ["arn:aws:sts::123456789012:assumed-role/web/i-0123"],
    f"it is a service-linked role, which only its AWS service can change; {ROLE}": [
        *("AWSServiceRoleForAutoScaling", "awsserviceroleforautoscaling"),
        f"{_IAM}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        f"{_IAM}:role/aws-service-role/ecs.amazonaws.com/Renamed",
    ],
    f"it is a role of IAM Identity Center, which nobody else can change; {ROLE}": [
        *("AWSReservedSSO_Admin_0123456789abcdef", "awsreservedsso_admin_0123456789abcdef"),
        f"{_IAM}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef",
        f"{_IAM}:role/aws-reserved/sso.amazonaws.com/Renamed",
    ],
    f"{NO_STRING}; {ROLE}": [7, True, ["web"], {"name": "web"}, b"web"],
}
"""All that is refused, by what is said of it."""
