"""A provider that answers `check_role` about one role, in mocks, and what tests look at in the record of such a run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import InvalidInputError
from tests.declared import ROLE_POLICY
from tests.mocked import CALLER_IDENTITY, Record

GET_ROLE: Final = "aws:iam/getRole:getRole"
SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
TRUST: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
PARTITION: Final = "aws:index/getPartition:getPartition"
ARN: Final = "arn:aws:iam::123456789012:role/team/web"
ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
AWS_SAID: Final = (
    "reading IAM Role (web): operation error IAM: GetRole, https response error StatusCode: 400, RequestID: 1"
)
NO_SUCH_ROLE: Final = f"{AWS_SAID}, NoSuchEntity: The role with name web cannot be found."
DENIED: Final = f"{AWS_SAID}, api error AccessDenied: User: me is not authorized on web"

Answer = Callable[[MockCallArgs], Mapping[str, Any] | str]


def iam(
    *,
    role: Mapping[str, Any] | str | None = None,
    denied: Sequence[str] = (),
    by_boundary: bool = False,
    missing: Sequence[str] = (),
    fails: Mapping[str, Any] | str | None = None,
) -> Answer:
    """Return a provider's answers about one role, which may do all but what is denied, perhaps by its boundary.

    Context keys that are missing are so for what is denied. A text is an error; the mocks add to it that it is about
    `aws`.
    """

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        if call.token == PARTITION:
            return {"partition": "aws"}
        if call.token == CALLER_IDENTITY:
            return {"accountId": "123456789012"}
        if call.token == GET_ROLE:
            return {"arn": ARN, "assumeRolePolicy": TRUST} if role is None else role
        if fails is not None:
            return fails
        lifted = by_boundary and "permissionsBoundaryPoliciesJsons" in call.args
        return {"results": [_result(each, lifted or each not in denied, missing) for each in call.args["actionNames"]]}

    return answer


def _result(action: str, allowed: bool, missing: Sequence[str]) -> Mapping[str, Any]:  # noqa: FBT001 - the answer itself
    decision = "allowed" if allowed else "implicitDeny"
    keys = {} if allowed or not missing else {"missingContextKeys": missing}
    return {"actionName": action, "resourceArn": "a template", "allowed": allowed, "decision": decision, **keys}


def messages(record: Record) -> list[str]:
    """Return the lines of the error that the program ended with."""
    assert isinstance(record.error, InvalidInputError)
    return str(record.error).splitlines()


def role_of(record: Record) -> object:
    """Return the role in the request for the policy."""
    return record.only(ROLE_POLICY).inputs["role"]
