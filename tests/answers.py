"""What AWS answers under mocks, about a Session document and about a role, and the warnings of `check_role`."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pulumi.runtime.mocks import MockCallArgs

from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY, Answer, Record

GET_PARTITION: Final = "aws:index/getPartition:getPartition"
GET_REGION: Final = "aws:index/getRegion:getRegion"
GET_KEY: Final = "aws:kms/getKey:getKey"

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


def session(inputs: Any, **document: Any) -> str:
    """Return the JSON text of a Session document, of a standard session unless the fields say otherwise."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs, **document})


def answer(args: MockCallArgs) -> Mapping[str, str]:
    """Answer as AWS does in a partition of its own."""
    return ANSWERS[args.token]


def not_found(_: MockCallArgs) -> str:
    """Answer as the AWS provider does where there is no such key."""
    return "reading KMS Key (alias/sessions): couldn't find resource"


def denied(_: MockCallArgs) -> str:
    """Answer as the AWS provider does where the deploying identity may not ask; over several lines, as it does."""
    return "operation error KMS: DescribeKey,\n\tAccessDeniedException: no kms:DescribeKey on alias/sessions"


def but_for_the_key(failure: Callable[[MockCallArgs], str]) -> Callable[[MockCallArgs], Mapping[str, str] | str]:
    """Answer everything but the question for the key."""
    return lambda args: failure(args) if args.token == GET_KEY else answer(args)


def account(found: Any) -> Callable[[MockCallArgs], Mapping[str, Any]]:
    """Return an AWS whose only answer is which account the provider is of."""

    def answer(call: MockCallArgs) -> Mapping[str, Any]:
        assert call.token == CALLER_IDENTITY
        return {"accountId": found}

    return answer


# A check of a role.
GET_ROLE: Final = "aws:iam/getRole:getRole"
SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
TRUST: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
TASK_TRUST: Final = TRUST.replace("ec2.", "ecs-tasks.")
ARN: Final = "arn:aws:iam::123456789012:role/team/web"
LIMIT: Final = "arn:aws:iam::123456789012:policy/limit"
BOUND: Final = {"arn": ARN, "permissionsBoundary": LIMIT}
"""What IAM says of a role with a permissions boundary."""
ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
AWS_SAID: Final = (
    "reading IAM Role (web): operation error IAM: GetRole, https response error StatusCode: 400, RequestID: 1"
)
NO_SUCH_ROLE: Final = "reading IAM Role (web): couldn't find resource"
DENIED: Final = f"{AWS_SAID}, api error AccessDenied: User: me is not authorized on web"

HEARTBEAT: Final = "ssm:UpdateInstanceInformation"


def warning(cause: str, roles: str = "role 'web'", **facts: object) -> str:
    """Return the warning of a check, by its name in messages.txt, about these roles."""
    return sentence("warnings", cause, roles=roles, **{"boundary": "", "answer": "", "option": OPTION, **facts})


def not_asked(answer: str, roles: str = "role 'web'", **facts: object) -> str:
    """Return the warning that IAM could not be asked, with its answer."""
    return warning("MAY_NOT_ASK" if "AccessDenied" in answer else "NOT_ASKED", roles, answer=f" ({answer})", **facts)


OPTION: Final = "checkRole (check_role in Python)"
OPTION_OF_FLEET: Final = "checkRoles (check_roles in Python)"

# Parts of warnings, after whom and what they are about.
UNSEEN: Final = sentence("warnings", "UNSEEN")
EMPTY: Final = sentence("warnings", "NO_ROLES")


class Verdict(NamedTuple):
    """What the simulator says of an action, on one resource or on any: it denies it, unless the decision is another."""

    action: str
    resource: str | None = None
    decision: str = "implicitDeny"
    missing: Sequence[str] = ()
    policies: Sequence[str] = ()

    def result(self) -> Mapping[str, Any]:
        """Return it as a result. IAM may tell a resource by a template of its ARN, so the real one is not here."""
        matched = [{"sourcePolicyId": policy, "sourcePolicyType": "IAM Policy"} for policy in self.policies]
        return {
            "actionName": self.action,
            "resourceName": "arn:aws:kms:*:*:key/*",
            "allowed": self.decision == "allowed",
            "decision": self.decision,
            **({"matchedStatements": matched} if matched else {}),
            **({"missingContextKeys": self.missing} if self.missing else {}),
        }


def iam(
    *,
    role: Mapping[str, Any] | str | None = None,
    denied: Sequence[str | Verdict] = (),
    by_boundary: bool = False,
    missing: Sequence[str] = (),
    fails: Mapping[str, Any] | str | None = None,
) -> Answer:
    """Return a provider's answers about one role, which may do all but what is denied, perhaps by its boundary.

    The results come in another order than the actions, as those of a provider's set do. Context keys that are missing
    are so for what is denied. A text is an error; the mocks add to it that it is about `aws`.
    """
    verdicts = [each if isinstance(each, Verdict) else Verdict(each, missing=missing) for each in denied]

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        if call.token == GET_PARTITION:
            return {"partition": "aws"}
        if call.token == CALLER_IDENTITY:
            return {"accountId": "123456789012"}
        if call.token == GET_ROLE:
            return {"arn": ARN, "assumeRolePolicy": TRUST} if role is None else role
        if fails is not None:
            return fails
        lifted = by_boundary and "permissionsBoundaryPoliciesJsons" in call.args
        # The result for an action is as strict as that for the strictest of the resources.
        asked = [None, *call.args.get("resourceArns", ["*"])]
        said = {each.action: each for each in verdicts if each.resource in asked and not lifted}
        actions = call.args["actionNames"][::-1]
        return {"results": [said.get(action, Verdict(action, decision="allowed")).result() for action in actions]}

    return answer


def simulated(record: Record) -> list[tuple[Sequence[str], Sequence[str] | None]]:
    """Return the actions and resources of each simulation."""
    asked = [call.args for call in record.invokes if call.token == SIMULATE]
    return [(args["actionNames"], args.get("resourceArns")) for args in asked]
