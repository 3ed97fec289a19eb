"""What IAM's policy simulator answered on AWS, by the titles of the public sources, with policies of the same meaning.

Answers about users are here as answers about a role. Where an answer's id, keys or decision was not shown, or AWS said
that it was wrong, it is `None`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sandbox.evaluation import BOUNDARY, IDENTITY, Decision, Document
from sandbox.tests.policies import ALLOW_ALL, allow, policy

ROLE: Final = "web"
CHANNELS: Final = tuple(
    f"ssmmessages:{verb}{channel}Channel" for verb in ("Create", "Open") for channel in ("Control", "Data")
)


class Golden(NamedTuple):
    """A question to the simulator, and its answer about each action.

    `matched` are id and type of a policy. `missing` are the keys of the result or, if resources are listed, of each
    single result. `boundary` and `scps` are whether these allow it.
    """

    source: str
    actions: Sequence[str]
    decision: Decision | None
    matched: Sequence[tuple[str, str]] | None
    missing: Sequence[str] | None
    inline: Mapping[str, Document] = {}
    attached: Mapping[str, Document] = {}
    inputs: Sequence[Document] = ()
    boundary_document: Document | None = None
    scp_documents: Sequence[Document] = ()
    resources: Sequence[str] = ("*",)
    context: Mapping[str, Sequence[str]] = {}
    boundary: bool | None = None
    scps: bool | None = None


def _limited(key: str, *values: str, operator: str = "StringEquals", actions: Sequence[str] = ("*",)) -> dict[str, Any]:
    return dict(allow(actions, Condition={operator: {key: [*values]}}))


_REGION: Final = "aws:RequestedRegion"
_IN_ONE_REGION: Final = policy(_limited(_REGION, "us-east-1"))
_OTHER_REGIONS: Final = policy({**_limited(_REGION, "us-east-1", operator="StringNotEquals"), "Effect": "Deny"})
_FULL: Final = policy(allow(["*"]))
_VPC: Final = "arn:aws:ec2:us-west-2:123456789012:vpc/vpc-1"
_TAGGED: Final = policy(
    allow(["ec2:AssociateVpcCidrBlock"], _VPC),
    {**allow(["ec2:AttachClassicLinkVpc"], _VPC), "Effect": "Deny"},
    allow(["ec2:AttachInternetGateway"], _VPC, Condition={"StringEquals": {"ec2:ResourceTag/Foo": "bar"}}),
)
_CHECKER_44: Final = (
    "aws-containers/amazon-ecs-exec-checker, issue 44: "
    "Task Role Permissions check fails if policies use aws:RequestedRegion key"
)
_SECRETS: Final = "A public answer about the role ecs-task-execution-role-ce-grp-4r"
_SCP_102: Final = (
    "aws/aws-sdk, issue 102: "
    "The CLI IAM Policy Simulate options does not allow the user to uncheck SCP evaluations like the console"
)
_SCP_10525: Final = (
    "aws/aws-cli, issue 10525: SimulateCustomPolicy does not report MissingContextValues "
    "for condition keys in OrderedOrganizationPolicyInputList"
)

_TAGS: Final[Sequence[tuple[str, str, Decision]]] = (
    ("ec2:AssociateVpcCidrBlock", "", "allowed"),
    ("ec2:AttachClassicLinkVpc", "", "explicitDeny"),
    ("ec2:AttachVpnGateway", "", "implicitDeny"),
    ("ec2:AttachInternetGateway", "bar", "allowed"),
    ("ec2:AttachInternetGateway", "baz", "implicitDeny"),
)


def _tagged(action: str, tag: str, decision: Decision) -> Golden:
    """Return what the acceptance test of the AWS provider's data source expects of AWS."""
    return Golden(
        "hashicorp/terraform-provider-aws: TestAccIAMPrincipalPolicySimulationDataSource",
        [action],
        decision=decision,
        matched=[(f"role_{ROLE}_test", IDENTITY)] if action == "ec2:AssociateVpcCidrBlock" else None,
        missing=None,
        inline={"test": _TAGGED},
        resources=[_VPC],
        context={"ec2:ResourceTag/Foo": [tag]} if tag else {},
    )


GOLDEN: Final[Sequence[Golden]] = (
    Golden(
        # The answer's decision was reported as a fault.
        "aws/aws-sdk-java-v2, issue 1751: "
        "SimulatePrincipalPolicyRequest returns different results than online policy simulator",
        ["ec2:DeleteVolume"],
        decision=None,
        matched=None,
        missing=["aws:RequestTag/other_tag"],
        inline={
            "own": policy(
                _limited("ec2:ResourceTag/some_tag", "true", actions=["ec2:DeleteVolume"]),
                _limited("aws:RequestTag/other_tag", "true", actions=["elasticfilesystem:CreateFileSystem"]),
            )
        },
        resources=["arn:aws:ec2:us-west-2:123456789012:volume/*"],
        context={"ec2:ResourceTag/some_tag": ["true"]},
    ),
    Golden(
        "boto/boto3, issue 3111: IAM simulate_custom_policy() response with wrong MissingContextValues",
        ["s3:ListBucket"],
        decision=None,
        matched=None,
        missing=["aws:PrincipalTag/allowed_service", "aws:username"],
        inputs=[
            policy(
                _limited("aws:PrincipalTag/allowed_service", "s3", operator="StringLike", actions=["s3:ListBucket"]),
                allow(["s3:GetObject"], "arn:aws:s3:::example-bucket/${aws:username}"),
            )
        ],
        resources=["arn:aws:s3:::example-bucket"],
    ),
    Golden(
        "openshift/installer, issue 1322: AWS Credentials Validation Fails in 0.13",
        ["ec2:AllocateAddress"],
        decision="implicitDeny",
        matched=[],
        missing=[_REGION],
        inline={"own": _IN_ONE_REGION},
    ),
    Golden(
        _CHECKER_44,
        CHANNELS,
        decision="implicitDeny",
        matched=[],
        missing=None,
        inline={"own": policy(allow(CHANNELS))},
        boundary_document=_IN_ONE_REGION,
        boundary=False,
    ),
    Golden(
        _CHECKER_44,
        CHANNELS,
        decision="allowed",
        matched=None,
        missing=[],
        inline={"own": policy(allow(CHANNELS))},
        boundary_document=_IN_ONE_REGION,
        context={_REGION: ["us-east-1"]},
        boundary=True,
    ),
    Golden(
        _SCP_102,
        ["ec2:DescribeInstances"],
        decision="implicitDeny",
        matched=None,
        missing=None,
        attached={"AdministratorAccess": ALLOW_ALL},
        scp_documents=[_FULL, _OTHER_REGIONS],
    ),
    Golden(
        _SCP_10525,
        ["ec2:RunInstances"],
        decision="implicitDeny",
        matched=None,
        missing=[],
        inputs=[ALLOW_ALL],
        scp_documents=[_FULL, _OTHER_REGIONS],
    ),
    Golden(
        _SCP_10525,
        ["ec2:RunInstances"],
        decision="allowed",
        matched=None,
        missing=[],
        inputs=[ALLOW_ALL],
        scp_documents=[_FULL, _OTHER_REGIONS],
        context={_REGION: ["us-east-1"]},
    ),
    Golden(
        "aws-containers/amazon-ecs-exec-checker, issue 70: Checker IAM evaluation is not correct",
        ["ecs:ExecuteCommand"],
        decision="implicitDeny",
        matched=[],
        missing=[],
        attached={"AdministratorAccess": ALLOW_ALL},
        scp_documents=[_FULL, _OTHER_REGIONS],
        resources=["arn:aws:ecs:eu-west-3:123456789012:task/one"],
        scps=False,
    ),
    Golden(
        "A public answer about AmazonS3ReadOnlyAccess",
        ["s3:ListBucket"],
        decision="allowed",
        matched=[("AmazonS3ReadOnlyAccess", IDENTITY)],
        missing=[],
        attached={"AmazonS3ReadOnlyAccess": policy(allow(["s3:Get*", "s3:List*"]))},
        scp_documents=[_FULL],
        scps=True,
    ),
    Golden(
        _SECRETS,
        ["ssm:GetParameters"],
        decision="explicitDeny",
        matched=[(f"role_{ROLE}_ecs_execution_secrets", IDENTITY)],
        missing=[],
        inline={"ecs_execution_secrets": policy({**allow(["ssm:*"]), "Effect": "Deny"})},
    ),
    Golden(
        _SECRETS,
        ["secretsmanager:GetSecretValue"],
        decision="implicitDeny",
        matched=[],
        missing=[],
        inline={"ecs_execution_secrets": policy({**allow(["ssm:*"]), "Effect": "Deny"})},
    ),
    Golden(
        "A public answer of SimulateCustomPolicy of 2020-03-02",
        ["s3:GetObject"],
        decision="allowed",
        matched=[("PolicyInputList.1", IDENTITY)],
        missing=[],
        inputs=[policy(allow(["s3:GetObject"], "arn:aws:s3:::a-bucket/*"))],
        resources=["arn:aws:s3:::a-bucket/*"],
    ),
    Golden(
        "A public answer about writ-broker-boundary",
        ["iam:CreateUser"],
        decision="explicitDeny",
        matched=[("writ-broker-boundary", BOUNDARY)],
        missing=None,
        boundary_document=policy({**allow(["iam:CreateUser"]), "Effect": "Deny"}),
        boundary=False,
    ),
    *(_tagged(*each) for each in _TAGS),
)
