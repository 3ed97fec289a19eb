"""What AWS answers under mocks, about an account, a Session document and a role, and the warnings of `check_role`."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pulumi.runtime.mocks import MockCallArgs

from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY, Answer

GET_PARTITION: Final = "aws:index/getPartition:getPartition"
GET_REGION: Final = "aws:index/getRegion:getRegion"
GET_KEY: Final = "aws:kms/getKey:getKey"
GET_ROLE: Final = "aws:iam/getRole:getRole"
SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"

# The provider's account, and what is in another one.
ACCOUNT: Final = "123456789012"
HERE: Final = f"arn:aws:iam::{ACCOUNT}:role/team/web"
THERE: Final = "arn:aws:iam::999999999999:role/team/web"
GROUP_THERE: Final = "arn:aws:logs:eu-west-1:999999999999:log-group:/ssm/sessions"


def rule_for(case: str) -> str:
    """Return what messages.txt has for one of AWS's answers."""
    return sentence("AWS's answers", case)


def account(found: Any) -> Answer:
    """Return an AWS whose only answer is which account the provider is of."""
    return lambda call: {CALLER_IDENTITY: {"accountId": found}}[call.token]


def expired(_: MockCallArgs) -> str:
    """Answer as the AWS provider does whose credentials are no longer valid."""
    said = "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1, "
    return f"{said}ExpiredToken: The security token included in the request is expired"


# Session preferences.
BUCKET: Final = "arn:aws-cn:s3:::session-logs"
GROUP: Final = "arn:aws-cn:logs:cn-north-1:210987654321:log-group:/ssm/sessions"
FOUND_KEY: Final = "arn:aws-cn:kms:cn-north-1:210987654321:key/1234abcd"
ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    GET_PARTITION: {"id": "aws-cn", "partition": "aws-cn", "dnsSuffix": "amazonaws.com.cn"},
    GET_REGION: {"id": "cn-north-1", "region": "cn-north-1", "name": "cn-north-1"},
    CALLER_IDENTITY: {"id": "210987654321", "accountId": "210987654321", "arn": "arn:aws-cn:iam::210987654321:user/ci"},
    GET_KEY: {"id": "1234abcd", "arn": FOUND_KEY, "keyId": "alias/sessions"},
}
LOGGING: Final[Mapping[str, Any]] = {
    "s3BucketName": "session-logs",
    "s3KeyPrefix": "/team//web/",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "/ssm/sessions",
    "kmsKeyId": "alias/sessions",
}
# As the AWS provider says it, over several lines.
KEY_DENIED: Final = "operation error KMS: DescribeKey,\n\tAccessDeniedException: no kms:DescribeKey on alias/sessions"
NO_ACCOUNT: Final = "ExpiredToken: the security token is expired"
KEY_NOT_FOUND: Final = "reading KMS Key (alias/sessions): couldn't find resource"


def session(inputs: Any, **document: Any) -> str:
    """Return the JSON text of a Session document, of a standard session unless the fields say otherwise."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs, **document})


def answering(failures: Mapping[str, str] | None = None) -> Answer:
    """Return an AWS with a partition of its own, where some questions fail with a text."""
    answers: Mapping[str, Mapping[str, Any] | str] = {**ANSWERS, **(failures or {})}
    return lambda call: answers[call.token]


# A check of a role.
TRUST: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
TASK_TRUST: Final = TRUST.replace("ec2.", "ecs-tasks.")
ARN: Final = "arn:aws:iam::123456789012:role/team/web"
LIMIT: Final = "arn:aws:iam::123456789012:policy/team/limit"
BOUND: Final = {"arn": ARN, "permissionsBoundary": LIMIT}
"""What IAM says of a role with a permissions boundary."""
AWS_SAID: Final = (
    "reading IAM Role (web): operation error IAM: GetRole, https response error StatusCode: 400, RequestID: 1"
)
NO_SUCH_ROLE: Final = "reading IAM Role (web): couldn't find resource"
HEARTBEAT: Final = "ssm:UpdateInstanceInformation"

OPTION: Final = "check_role"
OPTION_OF_FLEET: Final = "check_roles"
NO_FACTS: Final[Mapping[str, object]] = {"boundary": "", "answer": "", "grantors": "", "option": OPTION}


def warning(cause: str, roles: str = "role 'web'", **facts: object) -> str:
    """Return the warning of a check, by its name in messages.txt, about these roles."""
    return sentence("warnings", cause, roles=roles, **{**NO_FACTS, **facts})


def not_asked(answer: str, roles: str = "role 'web'", **facts: object) -> str:
    """Return the warning that IAM could not be asked, with its answer."""
    return warning("MAY_NOT_ASK" if "AccessDenied" in answer else "NOT_ASKED", roles, answer=f" ({answer})", **facts)


class Verdict(NamedTuple):
    """What the simulator says of an action, on one resource or on any: it denies it, unless the decision is another."""

    action: str
    resource: str | None = None
    decision: str = "implicitDeny"
    missing: Sequence[str] = ()
    policies: Sequence[str] = ()

    def result(self, resource: str) -> Mapping[str, Any]:
        """Return it as a result about a resource."""
        matched = [{"sourcePolicyId": policy, "sourcePolicyType": "IAM Policy"} for policy in self.policies]
        return {
            "actionName": self.action,
            "resourceArn": resource,
            "allowed": self.decision == "allowed",
            "decision": self.decision,
            **({"matchedStatements": matched} if matched else {}),
            **({"missingContextKeys": self.missing} if self.missing else {}),
        }


Said = Mapping[str, Any] | str | None


def iam(
    *,
    role: Said | Callable[[str], Said] = None,
    denied: Sequence[str | Verdict] = (),
    by_boundary: bool = False,
    lacking: str | None = None,
    fails: Said = None,
) -> Answer:
    """Return a provider's answers about a role, or each by its name, that may do all but what is denied.

    The results come in another order than the actions, as those of a provider's set do. With `lacking` there is a
    result for each resource, but for this action or resource. A text is an error; the mocks add that it is about `aws`.
    """
    verdicts = [each if isinstance(each, Verdict) else Verdict(each) for each in denied]

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        if call.token == GET_ROLE:
            said = role(call.args["name"]) if callable(role) else role
            return {"arn": ARN, "assumeRolePolicy": TRUST} if said is None else said
        if call.token != SIMULATE:
            return {
                GET_PARTITION: {"partition": "aws"},
                GET_REGION: {"region": "eu-west-1"},
                CALLER_IDENTITY: {"accountId": ACCOUNT},
            }[call.token]
        return {"results": results(call.args)} if fails is None else fails

    def results(asked: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        resources = asked.get("resourceArns", ["*"])
        lifted = by_boundary and "permissionsBoundaryPoliciesJsons" in asked
        strict = [] if lifted else verdicts

        def verdict(action: str, *among: str) -> Verdict:
            found = [each for each in strict if each.action == action and each.resource in (None, *among)]
            return found[0] if found else Verdict(action, decision="allowed")

        if lacking is not None:
            pairs = [(action, arn) for action in asked["actionNames"] for arn in resources]
            return [verdict(*pair).result(pair[1]) for pair in pairs if lacking not in pair]
        # Such a result is as strict as that for the strictest resource, and may tell the resource by a template.
        return [verdict(action, *resources).result("arn:aws:kms:*:*:key/*") for action in asked["actionNames"][::-1]]

    return answer
