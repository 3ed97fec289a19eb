"""The resources of IAM that the provider has."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sandbox.aws import AwsError, saying
from sandbox.kinds import DOCUMENT, Input, Op, Properties, Resource, Tags, between, compact, matching, named, wrong_arn

_PATH: Final = Input(replaces=True, default="/")
_KEPT_VERSIONS: Final = 5


def _name(longest_made: int, longest: int) -> Input:
    return named(longest_made, wrong=matching(r"[\w+=,.@-]*", 1, longest, r"must match [\w+=,.@-]"))


def _wrong_role(name: str, value: str) -> str:
    wrong = f'"{name}" must be the role\'s name not its ARN' if value.startswith("arn:") else ""
    return matching(".*", 1, 128, "")(name, value) or wrong


def _inline(id_: str) -> Properties:
    role, colon, name = id_.partition(":")
    if not colon:
        raise AwsError(f'role_policy id must be of the form <role name>:<policy name>, got "{id_}"', said=True)
    return {"RoleName": role, "PolicyName": name}


def _put_role_policy(op: Op) -> str:
    with saying(f"putting IAM Role ({op.its['role']}) Policy ({op.its['name']})"):
        op.make("iam:PutRolePolicy", "role", "name", "policy")
    return f"{op.its['role']}:{op.its['name']}"


def _read_policy(op: Op) -> Properties:
    policy = op.on("iam:GetPolicy")["Policy"]
    version = op.on("iam:GetPolicyVersion", VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {"Description": "", **policy, "PolicyDocument": version["Document"]}


def _other_versions(op: Op) -> list[Any]:
    return [each for each in op.all("iam:ListPolicyVersions", "Versions") if not each["IsDefaultVersion"]]


def _delete_version(op: Op, version: Mapping[str, Any]) -> None:
    with saying(f"deleting IAM Policy ({op.id}) version ({version['VersionId']})"):
        op.on("iam:DeletePolicyVersion", VersionId=version["VersionId"])


def _update_policy(op: Op, changed: Collection[str]) -> None:
    if "policy" in changed:
        if len(versions := _other_versions(op)) + 1 >= _KEPT_VERSIONS:
            _delete_version(op, min(versions, key=lambda each: each["CreateDate"]))
        op.on("iam:CreatePolicyVersion", "policy", SetAsDefault=True)


def _delete_policy(op: Op) -> None:
    for each in _other_versions(op):
        _delete_version(op, each)
    op.on("iam:DeletePolicy")


def _attach(op: Op) -> str:
    role, arn = op.its["role"], op.its["policyArn"]
    with saying(f"attaching IAM Policy ({arn}) to IAM Role ({role})"):
        op.aws.ask("iam:AttachRolePolicy", RoleName=role, PolicyArn=arn)
    return f"{role}/{arn}"


def _detach(op: Op) -> None:
    with saying(f"detaching IAM Policy ({op.its['policyArn']}) from IAM Role ({op.its['role']})", "NoSuchEntity"):
        op.on("iam:DetachRolePolicy")


def _parse_attachment(id_: str) -> Properties:
    role, _, arn = id_.partition("/")
    return {"role": role, "policyArn": arn}


def _attachment(id_: str) -> Properties:
    its = _parse_attachment(id_)
    return {"RoleName": its["role"], "PolicyArn": its["policyArn"]}


def _read_attachment(op: Op) -> Properties | None:
    its = _attachment(op.id)
    return its if its["PolicyArn"] in _attached(op, its["RoleName"]) else None


def _attached(op: Op, role: str) -> list[str]:
    found = op.aws.all("iam:ListAttachedRolePolicies", "AttachedPolicies", RoleName=role)
    return [each["PolicyArn"] for each in found]


def _create_role(op: Op) -> str:
    keys = ("name", "assumeRolePolicy", "description", "maxSessionDuration", "path", "permissionsBoundary", "tags")
    op.make("iam:CreateRole", *keys)
    return str(op.its["name"])


def role_of(answer: Mapping[str, Any]) -> Properties:
    """Return a role of an answer, with the ARN of its boundary; also for the look-up of one."""
    limit = answer["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    return {"Description": "", **answer["Role"], "PermissionsBoundary": limit}


def _read_role(op: Op) -> Properties:
    inline = [
        {"name": name, "policy": compact(op.on("iam:GetRolePolicy", PolicyName=name)["PolicyDocument"])}
        for name in op.all("iam:ListRolePolicies", "PolicyNames")
    ]
    found = role_of(op.on("iam:GetRole"))
    return {**found, "InlinePolicies": inline, "ManagedPolicyArns": _attached(op, op.id)}


def _update_role(op: Op, changed: Collection[str]) -> None:
    if "assumeRolePolicy" in changed:
        op.on("iam:UpdateAssumeRolePolicy", PolicyDocument=op.its["assumeRolePolicy"])
    if {"description", "maxSessionDuration"} & set(changed):
        op.on("iam:UpdateRole", "maxSessionDuration", Description=op.its.get("description", ""))
    if "permissionsBoundary" in changed:
        limited = op.its.get("permissionsBoundary")
        op.on(f"iam:{'Put' if limited else 'Delete'}RolePermissionsBoundary", "permissionsBoundary")


def _delete_role(op: Op) -> None:
    if op.its.get("forceDetachPolicies"):
        for arn in _attached(op, op.id):
            op.on("iam:DetachRolePolicy", PolicyArn=arn)
        for name in op.all("iam:ListRolePolicies", "PolicyNames"):
            op.on("iam:DeleteRolePolicy", PolicyName=name)
    op.on("iam:DeleteRole")


IAM: Final[Mapping[str, Resource]] = {
    "aws:iam/rolePolicy:RolePolicy": Resource(
        title="IAM Role Policy",
        inputs={
            "name": _name(255, 128),
            "policy": Input(required=True, **DOCUMENT),
            "role": Input(required=True, replaces=True, wrong=_wrong_role),
        },
        names={"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
        about=_inline,
        create=_put_role_policy,
        # The names of the id: AWS takes a role's name in any case, and answers with its own.
        read=lambda op: {**op.on("iam:GetRolePolicy"), **_inline(op.id)},
        delete=lambda op: op.on("iam:DeleteRolePolicy"),
        version_first=True,
    ),
    "aws:iam/policy:Policy": Resource(
        title="IAM Policy",
        inputs={
            "description": Input(replaces=True),
            "name": _name(255, 128),
            "path": _PATH,
            "policy": Input(required=True, **DOCUMENT),
        },
        computed=("arn", "attachmentCount", "policyId"),
        names={"name": "PolicyName", "policy": "PolicyDocument"},
        about=lambda id_: {"PolicyArn": id_},
        create=lambda op: op.make("iam:CreatePolicy", "name", "description", "path", "policy", "tags")["Policy"]["Arn"],
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        tags=Tags("iam:TagPolicy", "iam:UntagPolicy", lambda op: {"PolicyArn": op.id}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Resource(
        title="IAM Role Policy Attachment",
        inputs={
            "policyArn": Input(required=True, replaces=True, wrong=wrong_arn),
            "role": Input(required=True, replaces=True),
        },
        names={"role": "RoleName"},
        about=_attachment,
        create=_attach,
        read=_read_attachment,
        delete=_detach,
        parse=_parse_attachment,
        deleted_first=True,  # two entries of a state can hold the same one
    ),
    "aws:iam/role:Role": Resource(
        title="IAM Role",
        inputs={
            "assumeRolePolicy": Input(required=True, **DOCUMENT),
            "description": Input(),
            "forceDetachPolicies": Input(default=False),
            "maxSessionDuration": Input(default=3600, wrong=between(3600, 43200)),
            "name": _name(64, 64),
            "path": _PATH,
            "permissionsBoundary": Input(wrong=wrong_arn),
        },
        computed=("arn", "createDate", "inlinePolicies", "managedPolicyArns", "uniqueId"),
        sets=("managedPolicyArns",),
        names={"assumeRolePolicy": "AssumeRolePolicyDocument", "name": "RoleName", "uniqueId": "RoleId"},
        about=lambda id_: {"RoleName": id_},
        create=_create_role,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
        tags=Tags("iam:TagRole", "iam:UntagRole", lambda op: {"RoleName": op.id}),
    ),
}
