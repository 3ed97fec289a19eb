"""The look-ups that the provider has."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws import Aws, AwsError, saying
from sandbox.kinds import NO_SUCH, Properties, compact
from sandbox.resources import Role, document_arn, read_role


@dataclass(frozen=True)
class Function:
    """A look-up, the argument that says what it looks for, and AWS's codes if that isn't there."""

    look_up: Callable[[Aws, Properties], Properties]
    title: str
    named: str = ""
    gone: Sequence[str] = NO_SUCH


def _plain(answer: Mapping[str, Any]) -> Properties:
    named = {key[0].lower() + key[1:]: value for key, value in answer.items()}
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in named.items()}


def _get_caller_identity(aws: Aws, _: Properties) -> Properties:
    found = aws.ask("sts:GetCallerIdentity")
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def _get_role(aws: Aws, args: Properties) -> Properties:
    role = read_role(aws, args["name"])
    tags, trust = Role.tags.received(role.get("tags")), compact(role["assumeRolePolicy"])
    return {**role, "id": role["name"], "name": args["name"], "assumeRolePolicy": trust, "tags": tags}


def _get_roles(aws: Aws, args: Properties) -> Properties:
    prefix = {"PathPrefix": args["pathPrefix"]} if args.get("pathPrefix") else {}
    roles = aws.all("iam:ListRoles", "Roles", **prefix)
    found = [each for each in roles if re.search(args.get("nameRegex", ""), each["RoleName"])]
    return {"id": aws.region, "arns": [each["Arn"] for each in found], "names": [each["RoleName"] for each in found]}


def _get_instance_profile(aws: Aws, args: Properties) -> Properties:
    profile = aws.ask("iam:GetInstanceProfile", InstanceProfileName=args["name"])["InstanceProfile"]
    found = {**_plain(profile), "id": profile["InstanceProfileId"], "name": args["name"]}
    for each in found.pop("roles"):
        found.update(roleArn=each["Arn"], roleId=each["RoleId"], roleName=each["RoleName"])
    return found


def _get_simulation(aws: Aws, args: Properties) -> Properties:
    names = {
        "actionNames": "ActionNames", "policySourceArn": "PolicySourceArn", "resourceArns": "ResourceArns",
        "additionalPoliciesJsons": "PolicyInputList",
        "permissionsBoundaryPoliciesJsons": "PermissionsBoundaryPolicyInputList",
    }  # fmt: skip
    given: Properties = {name: args[key] for key, name in names.items() if args.get(key)}
    if contexts := args.get("contexts"):
        given["ContextEntries"] = [
            {f"ContextKey{key[0].upper()}{key[1:]}".replace("KeyKey", "KeyName"): value for key, value in each.items()}
            for each in contexts
        ]
    with saying("simulating IAM Principal Policy"):
        found = aws.all("iam:SimulatePrincipalPolicy", "EvaluationResults", MaxItems=1000, **given)
    return {**args, "results": [_result(each) for each in found]}


def _result(found: Mapping[str, Any]) -> Properties:
    return {
        "actionName": found["EvalActionName"],
        "allowed": found["EvalDecision"] == "allowed",
        "decision": found["EvalDecision"],
        "decisionDetails": {},
        "matchedStatements": [_plain(each) for each in found["MatchedStatements"]],
        "missingContextKeys": found["MissingContextValues"],
        "resourceArn": found["EvalResourceName"],
    }


def _get_key(aws: Aws, args: Properties) -> Properties:
    key = _plain(aws.ask("kms:DescribeKey", KeyId=args["keyId"])["KeyMetadata"])
    return {**key, "id": key["keyId"], "keyId": args["keyId"], "awsAccountId": aws.account, "region": aws.region}


def _get_document(aws: Aws, args: Properties) -> Properties:
    name = args["name"]
    found = _plain(aws.ask("ssm:GetDocument", Name=name, DocumentFormat=args.get("documentFormat", "JSON")))
    found.pop("responseMetadata")
    arn = name if name.startswith("AWS-") else document_arn(aws, name)
    return {**found, "id": name, "name": name, "arn": arn, "region": aws.region}


def _get_instance(aws: Aws, args: Properties) -> Properties:
    found = aws.ask("ec2:DescribeInstances", InstanceIds=[args["instanceId"]])["Reservations"]
    if not found:
        raise AwsError("your query returned no results")
    instance = found[0]["Instances"][0]
    profile = instance.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2]
    more = {"instanceState": instance["State"]["Name"], "instanceType": instance["InstanceType"]}
    return {"id": args["instanceId"], **args, "iamInstanceProfile": profile, **more}


FUNCTIONS: Final[Mapping[str, Function]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": Function(_get_caller_identity, "STS Caller Identity"),
    "aws:index/getPartition:getPartition": Function(
        lambda aws, _: {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}, "Partition"
    ),
    "aws:index/getRegion:getRegion": Function(
        lambda aws, _: {"id": aws.region, "name": aws.region, "region": aws.region}, "Region"
    ),
    "aws:ec2/getInstance:getInstance": Function(_get_instance, "EC2 Instance", "instanceId", ()),
    "aws:iam/getInstanceProfile:getInstanceProfile": Function(_get_instance_profile, "IAM Instance Profile", "name"),
    "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation": Function(
        _get_simulation, "IAM Principal Policy Simulation", gone=()
    ),
    "aws:iam/getRole:getRole": Function(_get_role, "IAM Role", "name"),
    "aws:iam/getRoles:getRoles": Function(_get_roles, "IAM roles"),
    "aws:kms/getKey:getKey": Function(_get_key, "KMS Key", "keyId", ("NotFoundException",)),
    "aws:ssm/getDocument:getDocument": Function(_get_document, "SSM Document", "name", ()),
}
