"""The table of look-ups that the provider has."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws import Aws, saying
from sandbox.iam import role_of
from sandbox.kinds import Properties, lower
from sandbox.resources import document_arn


@dataclass(frozen=True)
class LookUp:
    """A look-up: the argument that says what it looks for, its own properties, and AWS's codes if that isn't there."""

    ask: Callable[[Aws, Properties], Properties]
    title: str
    named: str
    properties: str
    gone: Sequence[str] = ("NoSuchEntity",)


def _caller(aws: Aws, _: Properties) -> Properties:
    found = aws.ask("sts:GetCallerIdentity")
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def _role(aws: Aws, args: Properties) -> Properties:
    role = role_of(aws.ask("iam:GetRole", RoleName=args["name"]))
    tags = {each["Key"]: each["Value"] for each in role.get("Tags", [])}
    trust = json.dumps(role["AssumeRolePolicyDocument"])
    return {**lower(role), "assumeRolePolicy": trust, "tags": tags, "uniqueId": role["RoleId"]}


def _roles(aws: Aws, args: Properties) -> Properties:
    roles = aws.all("iam:ListRoles", "Roles", PathPrefix=args.get("pathPrefix") or None)
    found = [each for each in roles if re.search(args.get("nameRegex", ""), each["RoleName"])]
    return {"arns": [each["Arn"] for each in found], "names": [each["RoleName"] for each in found]}


def _simulation(aws: Aws, args: Properties) -> Properties:
    entries = [
        {"ContextKeyName": each["key"], "ContextKeyType": each["type"], "ContextKeyValues": each["values"]}
        for each in args.get("contexts", [])
    ]
    with saying("simulating IAM Principal Policy"):
        found = aws.all(
            "iam:SimulatePrincipalPolicy",
            "EvaluationResults",
            MaxItems=1000,
            ActionNames=args["actionNames"],
            PolicySourceArn=args["policySourceArn"],
            ResourceArns=args.get("resourceArns") or None,
            PolicyInputList=args.get("additionalPoliciesJsons") or None,
            PermissionsBoundaryPolicyInputList=args.get("permissionsBoundaryPoliciesJsons") or None,
            ContextEntries=entries or None,
        )
    return {"results": [_result(each) for each in found]}


def _result(found: Mapping[str, Any]) -> Properties:
    return {
        "actionName": found["EvalActionName"],
        "allowed": found["EvalDecision"] == "allowed",
        "decision": found["EvalDecision"],
        "decisionDetails": {},
        "matchedStatements": [lower(each) for each in found["MatchedStatements"]],
        "missingContextKeys": found["MissingContextValues"],
        "resourceArn": found["EvalResourceName"],
    }


def _key(aws: Aws, args: Properties) -> Properties:
    key = aws.ask("kms:DescribeKey", KeyId=args["keyId"])["KeyMetadata"]
    absent = {"deletionDate": "", "keyUsage": "", "multiRegion": False}
    return {**absent, **lower(key), "id": key["KeyId"], "awsAccountId": key["AWSAccountId"]}


def _document(aws: Aws, args: Properties) -> Properties:
    name = args["name"]
    found = aws.ask("ssm:GetDocument", Name=name, DocumentFormat=args.get("documentFormat", "JSON"))
    return {**lower(found), "arn": name if name.startswith("AWS-") else document_arn(aws, name)}


_ROLE: Final = (
    "arn assumeRolePolicy createDate description maxSessionDuration name path permissionsBoundary tags uniqueId"
)
_KEY: Final = (
    "id arn awsAccountId creationDate deletionDate description enabled keyManager keySpec keyState keyUsage "
    "multiRegion origin region"
)

LOOK_UPS: Final[Mapping[str, LookUp]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": LookUp(
        _caller, "STS Caller Identity", "", "id accountId arn userId"
    ),
    "aws:index/getPartition:getPartition": LookUp(
        lambda _, __: {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"},
        "Partition",
        "",
        "id partition dnsSuffix",
    ),
    "aws:index/getRegion:getRegion": LookUp(
        lambda aws, _: {"id": aws.region, "name": aws.region}, "Region", "", "id name region"
    ),
    "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation": LookUp(
        _simulation, "IAM Principal Policy Simulation", "", "results", ()
    ),
    "aws:iam/getRole:getRole": LookUp(_role, "IAM Role", "name", _ROLE),
    "aws:iam/getRoles:getRoles": LookUp(_roles, "IAM roles", "", "arns names"),
    "aws:kms/getKey:getKey": LookUp(_key, "KMS Key", "keyId", _KEY, ("NotFoundException",)),
    "aws:ssm/getDocument:getDocument": LookUp(
        _document, "SSM Document", "name", "arn content documentFormat documentType region", ()
    ),
}
