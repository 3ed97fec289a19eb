"""The functions of the provider (Terraform's data sources): what the package asks AWS."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sandbox.aws_client import AwsClient
from sandbox.bridge import Properties
from sandbox.resources import RESOURCES


class ProviderFunction(NamedTuple):
    """A function: what answers it, what it does in errors, and the argument that names what it looks for.

    `is_framework`: it is one of Terraform's newer ones, whose errors nobody counts.
    """

    answer: Callable[[AwsClient, Properties], Properties]
    doing: str
    key: str = ""
    is_framework: bool = False


def _get_caller_identity(aws: AwsClient, _: Properties) -> Properties:
    caller = aws.call("sts", "GetCallerIdentity")
    return {"id": caller["Account"], "accountId": caller["Account"], "arn": caller["Arn"], "userId": caller["UserId"]}


def _get_role(aws: AwsClient, args: Properties) -> Properties:
    role = RESOURCES["aws:iam/role:Role"].read(aws, args["name"]) or {}
    return {"id": args["name"], **{key: value for key, value in role.items() if key != "tagsAll"}}


def _get_key(aws: AwsClient, args: Properties) -> Properties:
    key = aws.call("kms", "DescribeKey", KeyId=args["keyId"])["KeyMetadata"]
    return {"id": key["KeyId"], "arn": key["Arn"]}


def _get_principal_policy_simulation(aws: AwsClient, args: Properties) -> Properties:
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
    results = [_simulation_result(result) for result in answer["EvaluationResults"]]
    all_allowed = bool(results) and all(result["allowed"] for result in results)
    # A set: in no order.
    return {**args, "id": "-", "allAllowed": all_allowed, "results": results[::-1]}


def _simulation_result(result: Mapping[str, Any]) -> Properties:
    """Return what the function passes on: neither results by resource, nor what the boundary decided."""
    statements = [
        {"sourcePolicyId": statement["SourcePolicyId"], "sourcePolicyType": statement["SourcePolicyType"]}
        for statement in result["MatchedStatements"]
    ]
    return {
        "actionName": result["EvalActionName"],
        "allowed": result["EvalDecision"] == "allowed",
        "decision": result["EvalDecision"],
        "decisionDetails": result.get("EvalDecisionDetails", {}),
        "matchedStatements": statements,
        "missingContextKeys": result["MissingContextValues"],
        "resourceArn": result["EvalResourceName"],
    }


def refused_arguments(args: Properties) -> list[str]:
    """Return what is wrong with a function's arguments: none of a simulation's resources may be "*"."""
    text = '[resource_arns] "resource_arns.{}" ({}) is an invalid ARN: arn: invalid prefix'
    arns = enumerate(args.get("resourceArns", []))
    return [text.format(number, arn) for number, arn in arns if not arn.startswith("arn:")]


FUNCTIONS: Final[Mapping[str, ProviderFunction]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": ProviderFunction(
        _get_caller_identity, "reading STS Caller Identity", is_framework=True
    ),
    "aws:index/getPartition:getPartition": ProviderFunction(
        lambda _aws, _args: {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}, "reading Partition"
    ),
    "aws:index/getRegion:getRegion": ProviderFunction(
        lambda aws, _args: {"id": aws.region, "name": aws.region, "region": aws.region}, "reading Region"
    ),
    "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation": ProviderFunction(
        _get_principal_policy_simulation, "simulating IAM Principal Policy"
    ),
    "aws:iam/getRole:getRole": ProviderFunction(_get_role, "reading IAM Role", "name"),
    "aws:kms/getKey:getKey": ProviderFunction(_get_key, "reading KMS Key", "keyId"),
}
