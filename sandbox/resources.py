"""The types of resources of the provider: IAM's roles and policies, with AWS's calls and limits."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from sandbox.aws_client import AwsClient, AwsError
from sandbox.bridge import Input, Properties, Resource

_VERSIONS_LIMIT: Final = 5
_DOCUMENT: Final = Input(required=True, document=True)
_NAME: Final = Input(replaces=True, autoname=128)
_PATH: Final = Input(replaces=True, default="/")
_TAGS: Final = {"tags": Input(), "tagsAll": Input()}


def _tags(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())] if tags else None


def _tags_of(answer: Mapping[str, Any]) -> Properties:
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}
    return {"tags": tags, "tagsAll": tags}


def _update_tags(aws: AwsClient, kind: str, owner: Properties, old: Properties, state: Properties) -> None:
    before, after = old.get("tags") or {}, state.get("tags") or {}
    if removed := sorted(before.keys() - after.keys()):
        aws.iam(f"Untag{kind}", **owner, TagKeys=removed)
    if written := {key: value for key, value in after.items() if before.get(key) != value}:
        aws.iam(f"Tag{kind}", **owner, Tags=_tags(written))


class RolePolicy(Resource):
    """An inline policy of a role. Its id is ROLE:NAME."""

    title = "IAM Role Policy"
    writing, waiting = "putting IAM Role ({role}) Policy ({name})", "waiting for IAM Role Policy ({id}) create"
    inputs: ClassVar = {
        "name": _NAME,
        "policy": _DOCUMENT,
        "role": Input(required=True, replaces=True),
    }

    def create(self, aws: AwsClient, state: Properties) -> str:
        role, name = state["role"], state["name"]
        aws.iam("PutRolePolicy", RoleName=role, PolicyName=name, PolicyDocument=state["policy"])
        return f"{role}:{name}"

    def read(self, aws: AwsClient, id_: str) -> Properties:
        role, colon, name = id_.partition(":")
        if not colon:
            raise AwsError("role_policy id must be of the form <role name>:<policy name>", "InvalidId")
        answer = aws.iam("GetRolePolicy", RoleName=role, PolicyName=name)
        # AWS takes a role's name in any case, and answers with the one that it has.
        return {"role": role, "name": name, "policy": json.dumps(answer["PolicyDocument"])}

    def update(self, aws: AwsClient, id_: str, old: Properties, state: Properties) -> None:
        self.create(aws, state)

    def delete(self, aws: AwsClient, id_: str, state: Properties) -> None:
        aws.iam("DeleteRolePolicy", RoleName=state["role"], PolicyName=state["name"])


class Policy(Resource):
    """A managed policy. Its id is its ARN."""

    title = "IAM Policy"
    inputs: ClassVar = {
        "description": Input(replaces=True),
        "name": _NAME,
        "path": _PATH,
        "policy": _DOCUMENT,
        **_TAGS,
    }
    outputs = ("arn", "attachmentCount", "policyId")

    def create(self, aws: AwsClient, state: Properties) -> str:
        answer = aws.iam(
            "CreatePolicy",
            PolicyName=state["name"],
            Path=state["path"],
            PolicyDocument=state["policy"],
            Description=state.get("description"),
            Tags=_tags(state.get("tags")),
        )
        return str(answer["Policy"]["Arn"])

    def read(self, aws: AwsClient, id_: str) -> Properties:
        policy = aws.iam("GetPolicy", PolicyArn=id_)["Policy"]
        version = aws.iam("GetPolicyVersion", PolicyArn=id_, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        return {
            "arn": id_,
            "attachmentCount": policy["AttachmentCount"],
            "description": policy.get("Description", ""),
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "policy": json.dumps(version["Document"]),
            "policyId": policy["PolicyId"],
            **_tags_of(policy),
        }

    def update(self, aws: AwsClient, id_: str, old: Properties, state: Properties) -> None:
        _update_tags(aws, "Policy", {"PolicyArn": id_}, old, state)
        if "policy" in self.changes(old, state):
            if len(others := self._other_versions(aws, id_)) + 1 >= _VERSIONS_LIMIT:
                aws.iam("DeletePolicyVersion", PolicyArn=id_, VersionId=others[-1])
            aws.iam("CreatePolicyVersion", PolicyArn=id_, PolicyDocument=state["policy"], SetAsDefault=True)

    def delete(self, aws: AwsClient, id_: str, state: Properties) -> None:
        for version in self._other_versions(aws, id_):
            aws.iam("DeletePolicyVersion", PolicyArn=id_, VersionId=version)
        aws.iam("DeletePolicy", PolicyArn=id_)

    def _other_versions(self, aws: AwsClient, arn: str) -> list[str]:
        """Return the ids of the versions but the default one, the oldest last."""
        versions = aws.iam("ListPolicyVersions", PolicyArn=arn)["Versions"]
        newest_first = sorted(versions, key=lambda version: version["CreateDate"], reverse=True)
        return [version["VersionId"] for version in newest_first if not version["IsDefaultVersion"]]


class RolePolicyAttachment(Resource):
    """A managed policy of a role. Its id is ROLE/ARN."""

    title = "IAM Role Policy Attachment"
    writing = "attaching IAM Policy ({policyArn}) to IAM Role ({role})"
    inputs: ClassVar = {
        "policyArn": Input(required=True, replaces=True),
        "role": Input(required=True, replaces=True),
    }
    deleted_first = True  # two entries of a state can hold the same attachment

    def create(self, aws: AwsClient, state: Properties) -> str:
        aws.iam("AttachRolePolicy", RoleName=state["role"], PolicyArn=state["policyArn"])
        return f"{state['role']}/{state['policyArn']}"

    def read(self, aws: AwsClient, id_: str) -> Properties | None:
        role, slash, arn = id_.partition("/")
        return {"role": role, "policyArn": arn} if slash and arn in _attached_arns(aws, role) else None

    def delete(self, aws: AwsClient, id_: str, state: Properties) -> None:
        aws.iam("DetachRolePolicy", RoleName=state["role"], PolicyArn=state["policyArn"])


def _attached_arns(aws: AwsClient, role: str) -> list[str]:
    answer = aws.iam("ListAttachedRolePolicies", RoleName=role)
    return [policy["PolicyArn"] for policy in answer["AttachedPolicies"]]


class Role(Resource):
    """A role. Its id is its name."""

    title = "IAM Role"
    inputs: ClassVar = {
        "assumeRolePolicy": _DOCUMENT,
        "description": Input(),
        "forceDetachPolicies": Input(default=False),
        "name": Input(replaces=True, autoname=64),
        "path": _PATH,
        **_TAGS,
    }
    outputs = ("arn", "createDate", "maxSessionDuration", "permissionsBoundary", "uniqueId")

    def create(self, aws: AwsClient, state: Properties) -> str:
        aws.iam(
            "CreateRole",
            RoleName=state["name"],
            Path=state["path"],
            AssumeRolePolicyDocument=state["assumeRolePolicy"],
            Description=state.get("description"),
            Tags=_tags(state.get("tags")),
        )
        return str(state["name"])

    def read(self, aws: AwsClient, id_: str) -> Properties:
        role = aws.iam("GetRole", RoleName=id_)["Role"]
        return {
            "arn": role["Arn"],
            "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
            "createDate": role["CreateDate"].isoformat(),
            "description": role.get("Description", ""),
            "maxSessionDuration": role["MaxSessionDuration"],
            "name": role["RoleName"],
            "path": role["Path"],
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "uniqueId": role["RoleId"],
            **_tags_of(role),
        }

    def update(self, aws: AwsClient, id_: str, old: Properties, state: Properties) -> None:
        role, changes = {"RoleName": id_}, self.changes(old, state)
        _update_tags(aws, "Role", role, old, state)
        if "assumeRolePolicy" in changes:
            aws.iam("UpdateAssumeRolePolicy", **role, PolicyDocument=state["assumeRolePolicy"])
        if "description" in changes:
            aws.iam("UpdateRoleDescription", **role, Description=state.get("description", ""))

    def delete(self, aws: AwsClient, id_: str, state: Properties) -> None:
        if state.get("forceDetachPolicies"):
            for arn in _attached_arns(aws, id_):
                aws.iam("DetachRolePolicy", RoleName=id_, PolicyArn=arn)
            for name in aws.iam("ListRolePolicies", RoleName=id_)["PolicyNames"]:
                aws.iam("DeleteRolePolicy", RoleName=id_, PolicyName=name)
        aws.iam("DeleteRole", RoleName=id_)


RESOURCES: Final[Mapping[str, Resource]] = {
    "aws:iam/policy:Policy": Policy(),
    "aws:iam/role:Role": Role(),
    "aws:iam/rolePolicy:RolePolicy": RolePolicy(),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": RolePolicyAttachment(),
}
