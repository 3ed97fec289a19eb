"""The functions of the provider (Terraform's data sources): what the package asks AWS."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sandbox.bridge import Properties
from sandbox.resources import RESOURCES
from sandbox.sdk import Aws


class ProviderFunction(NamedTuple):
    """A function: what answers it, its title in errors, and the argument that names what it looks for."""

    answer: Callable[[Aws, Properties], Properties]
    title: str
    key: str = ""


def _get_caller_identity(aws: Aws, _: Properties) -> Properties:
    caller = aws.call("sts", "GetCallerIdentity")
    return {"id": caller["Account"], "accountId": caller["Account"], "arn": caller["Arn"], "userId": caller["UserId"]}


def _get_role(aws: Aws, args: Properties) -> Properties:
    role = RESOURCES["aws:iam/role:Role"].read(aws, args["name"]) or {}
    return {"id": args["name"], **{key: value for key, value in role.items() if key != "tagsAll"}}


def _get_key(aws: Aws, args: Properties) -> Properties:
    key = aws.call("kms", "DescribeKey", KeyId=args["keyId"])["KeyMetadata"]
    return {"id": key["KeyId"], "arn": key["Arn"]}


def _get_principal_policy_simulation(aws: Aws, args: Properties) -> Properties:
    context = [
        {"ContextKeyName": entry["key"], "ContextKeyType": entry["type"], "ContextKeyValues": entry["values"]}
        for entry in args.get("contexts", [])
    ]
    answer = aws.iam(
        "SimulatePrincipalPolicy",
        ActionNames=args["actionNames"],
        PolicySourceArn=args["policySourceArn"],
        ResourceArns=args.get("resourceArns"),
        PolicyInputList=args.get("additionalPoliciesJsons"),
        ContextEntries=context or None,
    )
    return {"id": "-", "results": [_simulation_result(result) for result in answer["EvaluationResults"]]}


def _simulation_result(result: Mapping[str, Any]) -> Properties:
    """Return what the function passes on: neither results by resource, nor what boundary and organization decided."""
    statements = [
        {"sourcePolicyId": statement["SourcePolicyId"], "sourcePolicyType": statement["SourcePolicyType"]}
        for statement in result["MatchedStatements"]
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


FUNCTIONS: Final[Mapping[str, ProviderFunction]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": ProviderFunction(_get_caller_identity, "STS Caller Identity"),
    "aws:index/getPartition:getPartition": ProviderFunction(
        lambda _aws, _args: {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}, "Partition"
    ),
    "aws:index/getRegion:getRegion": ProviderFunction(
        lambda aws, _args: {"id": aws.region, "name": aws.region, "region": aws.region}, "Region"
    ),
    "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation": ProviderFunction(
        _get_principal_policy_simulation, "IAM Principal Policy Simulation"
    ),
    "aws:iam/getRole:getRole": ProviderFunction(_get_role, "IAM Role", "name"),
    "aws:kms/getKey:getKey": ProviderFunction(_get_key, "KMS Key", "keyId"),
}
