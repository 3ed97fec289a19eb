"""What is no role's name or ARN, such as a role by its path, each with the rule that it breaks."""

from typing import Final

from tests.bad_inputs import HUGE, OUTPUT_TEXT, Table, rows

_IAM: Final = "arn:aws:iam::123456789012"
_EC2: Final = "arn:aws:ec2:eu-west-1:123456789012"

_ROLES: Final[Table] = {
    "an EC2 instance": ["i-0123456789abcdef0", "i-1a2b3c4d", f"{_EC2}:instance/i-0123456789abcdef0"],
    "a hybrid node": ["mi-0123456789abcdef0", "arn:aws-cn:ssm:cn-north-1:1:managed-instance/mi-0123456789abcdef0"],
    "the id of a role": ["AROAEXAMPLE0123456789", "AROAEXAMPLE0123456789:i-0123456789abcdef0"],
    "the id of an instance profile": ["AIPAEXAMPLE0123456789"],
    "an Auto Scaling group": ["arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:1a2b:autoScalingGroupName/web"],
    "an ECS task": ["arn:aws:ecs:eu-west-1:123456789012:task/prod/0123456789abcdef0123456789abcdef"],
    "white space": [" ", "web ", "web\n", f"{_IAM}:role/web\n", f" {_IAM}:role/web"],
    "no name": ["", f"{_IAM}:role/", f"{_IAM}:role/service-role/"],
    "a path": ["/team/web", "service-role/hybrid", "role/web"],
    "not a name": [
        *(
            "web prod",
            "rôle",
            "w\u0435b",
            "we\nb",
            "web*",
            "${aws:username}",
            "a" * 65,
            "a" * 120,
        ),
        *("a" * 121, f"{_IAM}:role/{'a' * 65}", f"{_IAM}:role/we b", f"{_IAM}:role/*"),
    ],
    "another ARN": [
        *(f"{_IAM}:role", f"{_IAM}:role/a//web", f"{_IAM}:role/a b/web", f"{_IAM}:root", f"{_IAM}:policy/web", "arn:"),
        *("arn:aws:iam::1234:role/web", "arn:aws:iam::*:role/web", "arn:azure:iam::123456789012:role/web"),
    ],
    "a user": [f"{_IAM}:user/alice"],
    "an instance profile": [f"{_IAM}:instance-profile/web"],
    "a session of a role": ["arn:aws:sts::123456789012:assumed-role/web/i-0123"],
    "a service-linked role": ["awsserviceroleforX", f"{_IAM}:role/aws-service-role/ecs.amazonaws.com/Renamed"],
    "a role of IAM Identity Center": [
        *("awsreservedsso_Admin_0123456789abcdef", f"{_IAM}:role/aws-reserved/sso.amazonaws.com/Renamed")
    ],
    "a number": [7, 12345.0, 0.5, 1 - HUGE[0], *HUGE],
    "not a string": [True, ["web"], {"name": "web"}, b"web"],
    "an Output in a string": [OUTPUT_TEXT, f"arn:aws:iam::123456789012:role/{OUTPUT_TEXT}"],
}

BAD_ROLES: Final = tuple(rows("a role", "role", _ROLES))
