"""The look-ups (Pulumi's functions, Terraform's data sources) that the provider has."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sandbox.aws import Aws
from sandbox.bridge import Properties
from sandbox.iam import RESOURCES


class LookUp(NamedTuple):
    """A look-up: what answers it, its title in errors, and the argument that names what it looks for."""

    answer: Callable[[Aws, Properties], Properties]
    title: str
    key: str = ""


def _caller(aws: Aws, _: Properties) -> Properties:
    caller = aws.call("sts", "GetCallerIdentity")
    return {"id": caller["Account"], "accountId": caller["Account"], "arn": caller["Arn"], "userId": caller["UserId"]}


def _role(aws: Aws, args: Properties) -> Properties:
    role = RESOURCES["aws:iam/role:Role"].read(aws, args["name"]) or {}
    return {"id": args["name"], **{key: value for key, value in role.items() if key != "tagsAll"}}


def _key(aws: Aws, args: Properties) -> Properties:
    key = aws.call("kms", "DescribeKey", KeyId=args["keyId"])["KeyMetadata"]
    return {"id": key["KeyId"], "arn": key["Arn"]}


def _simulation(aws: Aws, args: Properties) -> Properties:
    context = [
        {"ContextKeyName": each["key"], "ContextKeyType": each["type"], "ContextKeyValues": each["values"]}
        for each in args.get("contexts", [])
    ]
    answer = aws.iam(
        "SimulatePrincipalPolicy",
        ActionNames=args["actionNames"],
        PolicySourceArn=args["policySourceArn"],
        ResourceArns=args.get("resourceArns"),
        PolicyInputList=args.get("additionalPoliciesJsons"),
        ContextEntries=context or None,
    )
    return {"id": "-", "results": [_result(each) for each in answer["EvaluationResults"]]}


def _result(result: Mapping[str, Any]) -> Properties:
    statements = [
        {"sourcePolicyId": each["SourcePolicyId"], "sourcePolicyType": each["SourcePolicyType"]}
        for each in result["MatchedStatements"]
    ]
    return {
        "actionName": result["EvalActionName"],
        "allowed": result["EvalDecision"] == "allowed",
        "decision": result["EvalDecision"],
        "decisionDetails": {},
        "matchedStatements": statements,
        "missingContextKeys": result["MissingContextValues"],
        "resourceArn": result["EvalResourceName"],
    }


LOOK_UPS: Final[Mapping[str, LookUp]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": LookUp(_caller, "STS Caller Identity"),
    "aws:index/getPartition:getPartition": LookUp(
        lambda _, __: {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}, "Partition"
    ),
    "aws:index/getRegion:getRegion": LookUp(
        lambda aws, _: {"id": aws.region, "name": aws.region, "region": aws.region}, "Region"
    ),
    "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation": LookUp(
        _simulation, "IAM Principal Policy Simulation"
    ),
    "aws:iam/getRole:getRole": LookUp(_role, "IAM Role", "name"),
    "aws:kms/getKey:getKey": LookUp(_key, "KMS Key", "keyId"),
}
