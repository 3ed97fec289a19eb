"""The table of resources that the provider has, and the calls that each makes."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sandbox.aws import Aws, AwsError, saying
from sandbox.kinds import (
    DOCUMENT, Input, Properties, Resource, Tags, between, compact, lower, matching, named, wrong_arn,
)  # fmt: skip

_FIXED: Final = Input(required=True, replaces=True)
_PATH: Final = Input(replaces=True, default="/")


def _iam_name(longest_made: int, longest: int) -> Input:
    return named(longest_made, wrong=matching(r"[\w+=,.@-]*", 1, longest, r"must match [\w+=,.@-]"))


def _wrong_role(name: str, value: str) -> str:
    wrong = f'"{name}" must be the role\'s name not its ARN' if value.startswith("arn:") else ""
    return matching(".*", 1, 128, "")(name, value) or wrong


def _inline(id_: str) -> Properties:
    role, colon, name = id_.partition(":")
    if not colon:
        raise AwsError(f'role_policy id must be of the form <role name>:<policy name>, got "{id_}"', said=True)
    return {"RoleName": role, "PolicyName": name}


def _put_role_policy(aws: Aws, new: Properties) -> str:
    with saying(f"putting IAM Role ({new['role']}) Policy ({new['name']})"):
        aws.ask("iam:PutRolePolicy", RoleName=new["role"], PolicyName=new["name"], PolicyDocument=new["policy"])
    return f"{new['role']}:{new['name']}"


def _read_role_policy(aws: Aws, id_: str, _: Properties) -> Properties:
    # The names of the id: AWS takes a role's name in any case, and answers with its own.
    its = _inline(id_)
    policy = aws.ask("iam:GetRolePolicy", **its)["PolicyDocument"]
    return {"role": its["RoleName"], "name": its["PolicyName"], "policy": policy}


def _create_policy(aws: Aws, new: Properties) -> str:
    given = {"PolicyName": new["name"], "Path": new["path"], "Description": new.get("description")}
    tags = _POLICY_TAGS.sent(new.get("tags"))
    return str(aws.ask("iam:CreatePolicy", **given, PolicyDocument=new["policy"], Tags=tags)["Policy"]["Arn"])


def _read_policy(aws: Aws, id_: str, _: Properties) -> Properties:
    policy = aws.ask("iam:GetPolicy", PolicyArn=id_)["Policy"]
    version = aws.ask("iam:GetPolicyVersion", PolicyArn=id_, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {"description": "", **lower(policy), "name": policy["PolicyName"], "policy": version["Document"]}


def _update_policy(aws: Aws, id_: str, new: Properties, changed: Collection[str]) -> None:
    if "policy" in changed:
        if len(versions := _other_versions(aws, id_)) >= 4:  # noqa: PLR2004 - IAM keeps five with the default one
            _delete_version(aws, id_, min(versions, key=lambda each: each["CreateDate"]))
        aws.ask("iam:CreatePolicyVersion", PolicyArn=id_, PolicyDocument=new["policy"], SetAsDefault=True)


def _other_versions(aws: Aws, id_: str) -> list[Any]:
    versions = aws.all("iam:ListPolicyVersions", "Versions", PolicyArn=id_)
    return [each for each in versions if not each["IsDefaultVersion"]]


def _delete_version(aws: Aws, policy: str, version: Mapping[str, Any]) -> None:
    with saying(f"deleting IAM Policy ({policy}) version ({version['VersionId']})"):
        aws.ask("iam:DeletePolicyVersion", PolicyArn=policy, VersionId=version["VersionId"])


def _delete_policy(aws: Aws, id_: str, _: Properties) -> None:
    for each in _other_versions(aws, id_):
        _delete_version(aws, id_, each)
    aws.ask("iam:DeletePolicy", PolicyArn=id_)


def _attach(aws: Aws, new: Properties) -> str:
    role, arn = new["role"], new["policyArn"]
    with saying(f"attaching IAM Policy ({arn}) to IAM Role ({role})"):
        aws.ask("iam:AttachRolePolicy", insist="ConcurrentModification", RoleName=role, PolicyArn=arn)
    return f"{role}/{arn}"


def _read_attachment(aws: Aws, _: str, state: Properties) -> Properties | None:
    its = {"role": state["role"], "policyArn": state.get("policyArn")}
    return its if its["policyArn"] in _attached(aws, its["role"]) else None


def _attached(aws: Aws, role: str) -> list[str]:
    found = aws.all("iam:ListAttachedRolePolicies", "AttachedPolicies", RoleName=role)
    return [each["PolicyArn"] for each in found]


def _detach(aws: Aws, _: str, state: Properties) -> None:
    role, arn = state["role"], state["policyArn"]
    with saying(f"detaching IAM Policy ({arn}) from IAM Role ({role})", "NoSuchEntity"):
        aws.ask("iam:DetachRolePolicy", insist="ConcurrentModification", RoleName=role, PolicyArn=arn)


def _create_role(aws: Aws, new: Properties) -> str:
    keys = {"Description": "description", "MaxSessionDuration": "maxSessionDuration", "Path": "path"}
    given = {name: new.get(key) or None for name, key in keys.items()}
    given |= {"PermissionsBoundary": new.get("permissionsBoundary") or None, "Tags": _ROLE_TAGS.sent(new.get("tags"))}
    aws.ask("iam:CreateRole", RoleName=new["name"], AssumeRolePolicyDocument=new["assumeRolePolicy"], **given)
    return str(new["name"])


def read_role(aws: Aws, id_: str) -> Properties:
    """Return a role, also for the look-up of one."""
    role = aws.ask("iam:GetRole", RoleName=id_)["Role"]
    limit = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    more = {"assumeRolePolicy": role["AssumeRolePolicyDocument"], "uniqueId": role["RoleId"], "name": role["RoleName"]}
    return {"description": "", **lower(role), **more, "permissionsBoundary": limit}


def _read_role(aws: Aws, id_: str, _: Properties) -> Properties:
    inline = [
        {"name": name, "policy": compact(aws.ask("iam:GetRolePolicy", RoleName=id_, PolicyName=name)["PolicyDocument"])}
        for name in aws.all("iam:ListRolePolicies", "PolicyNames", RoleName=id_)
    ]
    return {**read_role(aws, id_), "inlinePolicies": inline, "managedPolicyArns": _attached(aws, id_)}


def _update_role(aws: Aws, id_: str, new: Properties, changed: Collection[str]) -> None:
    if "assumeRolePolicy" in changed:
        aws.ask("iam:UpdateAssumeRolePolicy", RoleName=id_, PolicyDocument=new["assumeRolePolicy"])
    if {"description", "maxSessionDuration"} & set(changed):
        settings = {"Description": new.get("description", ""), "MaxSessionDuration": new["maxSessionDuration"]}
        aws.ask("iam:UpdateRole", RoleName=id_, **settings)
    if "permissionsBoundary" in changed:
        limit = new.get("permissionsBoundary")
        aws.ask(f"iam:{'Put' if limit else 'Delete'}RolePermissionsBoundary", RoleName=id_, PermissionsBoundary=limit)


def _delete_role(aws: Aws, id_: str, state: Properties) -> None:
    for each in aws.all("iam:ListInstanceProfilesForRole", "InstanceProfiles", RoleName=id_):
        profile = each["InstanceProfileName"]
        aws.ask("iam:RemoveRoleFromInstanceProfile", RoleName=id_, InstanceProfileName=profile)
    if state.get("forceDetachPolicies"):
        for arn in _attached(aws, id_):
            aws.ask("iam:DetachRolePolicy", RoleName=id_, PolicyArn=arn)
        for name in aws.all("iam:ListRolePolicies", "PolicyNames", RoleName=id_):
            aws.ask("iam:DeleteRolePolicy", RoleName=id_, PolicyName=name)
    aws.ask("iam:DeleteRole", insist="DeleteConflict", RoleName=id_)


def _create_key(aws: Aws, new: Properties) -> str:
    given = {"Description": new.get("description"), "MultiRegion": new.get("multiRegion"), "Policy": new.get("policy")}
    made = aws.ask("kms:CreateKey", **given, Tags=_KEY_TAGS.sent(new.get("tags")))
    return str(made["KeyMetadata"]["KeyId"])


def _rotate(aws: Aws, id_: str, new: Properties) -> None:
    aws.ask(f"kms:{'Enable' if new.get('enableKeyRotation') else 'Disable'}KeyRotation", KeyId=id_)


def _read_key(aws: Aws, id_: str, _: Properties) -> Properties | None:
    key = aws.ask("kms:DescribeKey", KeyId=id_)["KeyMetadata"]
    if "DeletionDate" in key:
        return None
    rotates = aws.ask("kms:GetKeyRotationStatus", KeyId=id_)["KeyRotationEnabled"]
    policy = aws.ask("kms:GetKeyPolicy", KeyId=id_, PolicyName="default")["Policy"]
    tags = aws.ask("kms:ListResourceTags", KeyId=id_)["Tags"]
    return {"multiRegion": False, **lower(key), "enableKeyRotation": rotates, "policy": policy, "tags": tags}


def _update_key(aws: Aws, id_: str, new: Properties, changed: Collection[str]) -> None:
    if "description" in changed:
        aws.ask("kms:UpdateKeyDescription", KeyId=id_, Description=new["description"])
    if "policy" in changed:
        aws.ask("kms:PutKeyPolicy", KeyId=id_, PolicyName="default", Policy=new["policy"])
    if "enableKeyRotation" in changed:
        _rotate(aws, id_, new)


def _create_alias(aws: Aws, new: Properties) -> str:
    aws.ask("kms:CreateAlias", AliasName=new["name"], TargetKeyId=new["targetKeyId"])
    return str(new["name"])


def _read_alias(aws: Aws, id_: str, _: Properties) -> Properties | None:
    for each in aws.all("kms:ListAliases", "Aliases"):
        if each["AliasName"] == id_:
            arn, key = each["AliasArn"], each["TargetKeyId"]
            return {"name": id_, "targetKeyId": key, "arn": arn, "targetKeyArn": arn.replace(id_, f"key/{key}")}
    return None


def _create_bucket(aws: Aws, new: Properties) -> str:
    where = {"LocationConstraint": aws.region} if aws.region != "us-east-1" else None
    aws.ask("s3:CreateBucket", Bucket=new["bucket"], CreateBucketConfiguration=where)
    return str(new["bucket"])


def _tag_bucket(aws: Aws, id_: str, new: Properties, changed: Collection[str] = ("tags",)) -> None:
    if tags := _S3_TAGS.sent(new.get("tags")):
        aws.ask("s3:PutBucketTagging", Bucket=id_, Tagging={"TagSet": tags})
    elif "tags" in changed:
        aws.ask("s3:DeleteBucketTagging", Bucket=id_)


def _read_bucket(aws: Aws, id_: str, _: Properties) -> Properties:
    aws.ask("s3:HeadBucket", Bucket=id_)
    tags: list[Any] = []
    with saying("", "NoSuchTagSet"):
        tags = aws.ask("s3:GetBucketTagging", Bucket=id_)["TagSet"]
    domains = {"bucketDomainName": f"{id_}.s3.amazonaws.com"}
    domains["bucketRegionalDomainName"] = f"{id_}.s3.{aws.region}.amazonaws.com"
    return {"arn": f"arn:aws:s3:::{id_}", "bucket": id_, "bucketRegion": aws.region, "tags": tags, **domains}


_ENCRYPTION: Final = {"kmsMasterKeyId": "KMSMasterKeyID", "sseAlgorithm": "SSEAlgorithm"}


def _encrypt(aws: Aws, new: Properties) -> str:
    rules = {"Rules": _renamed(new["rules"], _ENCRYPTION, upper=True)}
    aws.ask("s3:PutBucketEncryption", Bucket=new["bucket"], ServerSideEncryptionConfiguration=rules)
    return str(new["bucket"])


def _read_encryption(aws: Aws, id_: str, _: Properties) -> Properties:
    rules = aws.ask("s3:GetBucketEncryption", Bucket=id_)["ServerSideEncryptionConfiguration"]["Rules"]
    return {"bucket": id_, "rules": _renamed(rules, {theirs: ours for ours, theirs in _ENCRYPTION.items()})}


def _renamed(value: Any, names: Mapping[str, str], *, upper: bool = False) -> Any:
    """Return blocks with AWS's names, or with a program's."""
    if isinstance(value, dict):
        first = str.upper if upper else str.lower
        named = {names.get(key) or first(key[0]) + key[1:]: value[key] for key in value if value[key] is not False}
        return {key: _renamed(each, names, upper=upper) for key, each in named.items()}
    return [_renamed(each, names, upper=upper) for each in value] if isinstance(value, list) else value


_EXEC: Final = {"s3BucketEncryptionEnabled": "s3EncryptionEnabled"}


def _configuration(new: Properties) -> Any:
    return _renamed(new.get("configuration"), _EXEC)


def _create_cluster(aws: Aws, new: Properties) -> str:
    given = {"configuration": _configuration(new), "tags": _ECS_TAGS.sent(new.get("tags"))}
    return str(aws.ask("ecs:CreateCluster", clusterName=new["name"], **given)["cluster"]["clusterArn"])


def _read_cluster(aws: Aws, id_: str, _: Properties) -> Properties | None:
    for each in aws.ask("ecs:DescribeClusters", clusters=[id_], include=["CONFIGURATIONS", "TAGS"])["clusters"]:
        if each["status"] != "INACTIVE":
            its = _renamed(each.get("configuration"), {theirs: ours for ours, theirs in _EXEC.items()})
            return {"name": each["clusterName"], "arn": id_, "configuration": its, "tags": each.get("tags")}
    return None


def _create_log_group(aws: Aws, new: Properties) -> str:
    aws.ask("logs:CreateLogGroup", logGroupName=new["name"], kmsKeyId=new.get("kmsKeyId"), tags=new.get("tags"))
    return str(new["name"])


def _read_log_group(aws: Aws, id_: str, _: Properties) -> Properties | None:
    for each in aws.all("logs:DescribeLogGroups", "logGroups", logGroupNamePrefix=id_):
        if each["logGroupName"] == id_:
            arn = each["arn"].removesuffix(":*")
            tags = aws.ask("logs:ListTagsForResource", resourceArn=arn).get("tags")
            return {"retentionInDays": 0, "kmsKeyId": "", **each, "name": id_, "arn": arn, "tags": tags}
    return None


def _keep_logs(aws: Aws, id_: str, new: Properties, changed: Collection[str] = ("retentionInDays",)) -> None:
    days, key = new.get("retentionInDays") or None, new.get("kmsKeyId") or None
    if "retentionInDays" in changed:
        aws.ask(f"logs:{'Put' if days else 'Delete'}RetentionPolicy", logGroupName=id_, retentionInDays=days)
    if "kmsKeyId" in changed:
        aws.ask(f"logs:{'Associate' if key else 'Disassociate'}KmsKey", logGroupName=id_, kmsKeyId=key)


def _create_document(aws: Aws, new: Properties) -> str:
    keys = {"Content": "content", "DocumentFormat": "documentFormat", "DocumentType": "documentType", "Name": "name"}
    given = {name: new[key] for name, key in keys.items()}
    aws.ask("ssm:CreateDocument", **given, Tags=_DOCUMENT_TAGS.sent(new.get("tags")))
    return str(new["name"])


def _read_document(aws: Aws, id_: str, _: Properties) -> Properties:
    known = aws.ask("ssm:DescribeDocument", Name=id_)["Document"]
    latest = {"DocumentVersion": "$LATEST", "DocumentFormat": known["DocumentFormat"]}
    content = aws.ask("ssm:GetDocument", Name=id_, **latest)["Content"]
    return {**lower(known), "arn": document_arn(aws, id_), "content": content}


def document_arn(aws: Aws, name: str) -> str:
    """Return the ARN of a document that is named by its name or its ARN."""
    return name if name.startswith("arn:") else f"arn:aws:ssm:{aws.region}:{aws.account}:document/{name}"


def _update_document(aws: Aws, id_: str, new: Properties, changed: Collection[str]) -> None:
    if "content" in changed or "documentFormat" in changed:
        given = {"Content": new["content"], "DocumentFormat": new["documentFormat"], "DocumentVersion": "$LATEST"}
        version = aws.ask("ssm:UpdateDocument", Name=id_, **given)["DocumentDescription"]["DocumentVersion"]
        aws.ask("ssm:UpdateDocumentDefaultVersion", Name=id_, DocumentVersion=version)


_POLICY_TAGS: Final = Tags("iam:TagPolicy", "iam:UntagPolicy", lambda id_, _: {"PolicyArn": id_})
_ROLE_TAGS: Final = Tags("iam:TagRole", "iam:UntagRole", lambda id_, _: {"RoleName": id_})
_KEY_TAGS: Final = Tags("kms:TagResource", "kms:UntagResource", lambda id_, _: {"KeyId": id_}, "TagKey", "TagValue")
_S3_TAGS: Final = Tags("", "", lambda id_, _: {"Bucket": id_})
_ECS_TAGS: Final = Tags(
    "ecs:TagResource", "ecs:UntagResource", lambda id_, _: {"resourceArn": id_}, "key", "value"
)
_LOG_TAGS: Final = Tags("logs:TagResource", "logs:UntagResource", lambda _, old: {"resourceArn": old["arn"]}, "")
_DOCUMENT_TAGS: Final = Tags(
    "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", lambda id_, _: {"ResourceId": id_, "ResourceType": "Document"}
)

RESOURCES: Final[Mapping[str, Resource]] = {
    "aws:iam/rolePolicy:RolePolicy": Resource(
        title="IAM Role Policy",
        inputs={
            "name": _iam_name(255, 128), "policy": Input(required=True, **DOCUMENT),
            "role": Input(required=True, replaces=True, wrong=_wrong_role),
        },
        create=_put_role_policy,
        read=_read_role_policy,
        delete=lambda aws, id_, _: aws.ask("iam:DeleteRolePolicy", **_inline(id_)),
        version_first=True,
    ),
    "aws:iam/policy:Policy": Resource(
        title="IAM Policy",
        inputs={
            "description": Input(replaces=True), "name": _iam_name(255, 128), "path": _PATH,
            "policy": Input(required=True, **DOCUMENT),
        },
        computed=("arn", "attachmentCount", "policyId"),
        create=_create_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        tags=_POLICY_TAGS,
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Resource(
        title="IAM Role Policy Attachment",
        inputs={"policyArn": Input(required=True, replaces=True, wrong=wrong_arn), "role": _FIXED},
        create=_attach,
        read=_read_attachment,
        delete=_detach,
        parse=lambda id_: dict(zip(("role", "policyArn"), id_.split("/", 1), strict=False)),
        deleted_first=True,  # two entries of a state can hold the same one
    ),
    "aws:iam/role:Role": Resource(
        title="IAM Role",
        inputs={
            "assumeRolePolicy": Input(required=True, **DOCUMENT), "description": Input(),
            "forceDetachPolicies": Input(default=False), "name": _iam_name(64, 64), "path": _PATH,
            "maxSessionDuration": Input(default=3600, wrong=between(3600, 43200)),
            "permissionsBoundary": Input(wrong=wrong_arn),
        },
        computed=("arn", "createDate", "inlinePolicies", "managedPolicyArns", "uniqueId"),
        sets=("managedPolicyArns",),
        create=_create_role,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
        tags=_ROLE_TAGS,
    ),
    "aws:kms/key:Key": Resource(
        title="KMS Key",
        called="",
        inputs={
            "deletionWindowInDays": Input(wrong=between(7, 30)), "description": Input(computed=True),
            "enableKeyRotation": Input(default=False), "multiRegion": Input(computed=True, replaces=True),
            "policy": Input(computed=True, plain=True, **DOCUMENT),
        },
        computed=("arn", "keyId"),
        create=_create_key,
        complete=lambda aws, id_, new: new.get("enableKeyRotation") and _rotate(aws, id_, new),
        read=_read_key,
        update=_update_key,
        delete=lambda aws, id_, state: aws.ask(
            "kms:ScheduleKeyDeletion", KeyId=id_, PendingWindowInDays=state.get("deletionWindowInDays")
        ),
        gone=("NotFoundException",),
        regional=True,
        tags=_KEY_TAGS,
    ),
    "aws:kms/alias:Alias": Resource(
        title="KMS Alias",
        inputs={
            "name": named(245, "alias/", wrong=matching(
                "alias/[a-zA-Z0-9/_-]+", 0, 999, "must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]"
            )),
            "targetKeyId": Input(required=True, same=lambda old, new: old.split("/")[-1] == new.split("/")[-1]),
        },
        computed=("arn", "targetKeyArn"),
        create=_create_alias,
        read=_read_alias,
        update=lambda aws, id_, new, _: aws.ask("kms:UpdateAlias", AliasName=id_, TargetKeyId=new["targetKeyId"]),
        delete=lambda aws, id_, _: aws.ask("kms:DeleteAlias", AliasName=id_),
        gone=("NotFoundException",),
        regional=True,
    ),
    "aws:s3/bucket:Bucket": Resource(
        title="S3 Bucket",
        called="bucket",
        inputs={"bucket": named(63, change=str.lower, wrong=matching(".*", 0, 63, ""))},
        computed=("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"),
        create=_create_bucket,
        complete=lambda aws, id_, new: _tag_bucket(aws, id_, new, ()),
        read=_read_bucket,
        update=_tag_bucket,
        delete=lambda aws, id_, _: aws.ask("s3:DeleteBucket", Bucket=id_),
        gone=("404", "NoSuchBucket"),
        regional=True,
        tags=_S3_TAGS,
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Resource(
        title="S3 Bucket Server-side Encryption Configuration",
        called="bucket",
        inputs={"bucket": _FIXED, "rules": Input(required=True)},
        create=_encrypt,
        read=_read_encryption,
        delete=lambda aws, id_, _: aws.ask("s3:DeleteBucketEncryption", Bucket=id_),
        gone=("NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError"),
        regional=True,
    ),
    "aws:cloudwatch/logGroup:LogGroup": Resource(
        title="CloudWatch Logs Log Group",
        inputs={"kmsKeyId": Input(wrong=wrong_arn), "name": named(255), "retentionInDays": Input(default=0)},
        computed=("arn",),
        create=_create_log_group,
        complete=lambda aws, id_, new: new.get("retentionInDays") and _keep_logs(aws, id_, new),
        read=_read_log_group,
        update=_keep_logs,
        delete=lambda aws, id_, _: aws.ask("logs:DeleteLogGroup", logGroupName=id_),
        gone=("ResourceNotFoundException",),
        regional=True,
        tags=_LOG_TAGS,
    ),
    "aws:ecs/cluster:Cluster": Resource(
        title="ECS Cluster",
        inputs={"configuration": Input(), "name": named(255)},
        computed=("arn",),
        create=_create_cluster,
        read=_read_cluster,
        update=lambda aws, id_, new, _: aws.ask("ecs:UpdateCluster", cluster=id_, configuration=_configuration(new)),
        delete=lambda aws, id_, _: aws.ask("ecs:DeleteCluster", cluster=id_),
        gone=("ClusterNotFoundException",),
        regional=True,
        tags=_ECS_TAGS,
    ),
    "aws:ssm/document:Document": Resource(
        title="SSM Document",
        inputs={
            "content": Input(required=True), "documentFormat": Input(default="JSON"), "documentType": _FIXED,
            "name": named(255),
        },
        computed=("arn", "latestVersion"),
        create=_create_document,
        read=_read_document,
        update=_update_document,
        delete=lambda aws, id_, _: aws.ask("ssm:DeleteDocument", Name=id_),
        gone=("InvalidDocument",),
        regional=True,
        tags=_DOCUMENT_TAGS,
    ),
}  # fmt: skip
