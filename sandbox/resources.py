"""The table of resources that the provider has: IAM's, and those that sessions use: keys, buckets, logs, documents."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sandbox.aws import Aws, saying
from sandbox.iam import IAM
from sandbox.kinds import DOCUMENT, Input, Op, Properties, Resource, Tags, between, matching, named, wrong_arn

_FIXED: Final = Input(required=True, replaces=True)
_ALIAS: Final = matching(
    "alias/[a-zA-Z0-9/_-]+", 0, 999, "must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]"
)
# AWS's names of parts of blocks.
_ENCRYPTION: Final = {"kmsMasterKeyId": "KMSMasterKeyID", "sseAlgorithm": "SSEAlgorithm"}


def _read_key(op: Op) -> Properties | None:
    key = op.on("kms:DescribeKey")["KeyMetadata"]
    if "DeletionDate" in key:
        return None
    more = {**op.on("kms:GetKeyRotationStatus"), **op.on("kms:ListResourceTags")}
    return {"MultiRegion": False, **more, **op.on("kms:GetKeyPolicy", PolicyName="default"), **key}


def _update_key(op: Op, changed: Collection[str]) -> None:
    if "description" in changed:
        op.on("kms:UpdateKeyDescription", Description=op.its["description"])
    if "policy" in changed:
        op.on("kms:PutKeyPolicy", "policy", PolicyName="default")
    if "enableKeyRotation" in changed:
        op.on(f"kms:{'Enable' if op.its.get('enableKeyRotation') else 'Disable'}KeyRotation")


def _create_alias(op: Op) -> str:
    op.make("kms:CreateAlias", "name", "targetKeyId")
    return str(op.its["name"])


def _read_alias(op: Op) -> Properties | None:
    for each in op.aws.all("kms:ListAliases", "Aliases"):
        if each["AliasName"] == op.id:
            key = each["AliasArn"].replace(op.id, f"key/{each['TargetKeyId']}")
            return {**each, "TargetKeyArn": key}
    return None


def _create_bucket(op: Op) -> str:
    where = {"LocationConstraint": op.aws.region} if op.aws.region != "us-east-1" else None
    op.aws.ask("s3:CreateBucket", **op.given("bucket"), CreateBucketConfiguration=where)
    return str(op.its["bucket"])


def _tag_bucket(op: Op, changed: Collection[str] = ()) -> None:
    if tags := op.given("tags"):
        op.on("s3:PutBucketTagging", Tagging={"TagSet": tags["Tags"]})
    elif "tags" in changed:
        op.on("s3:DeleteBucketTagging")


def _read_bucket(op: Op) -> Properties:
    op.on("s3:HeadBucket")
    tags: list[Any] = []
    with saying("", "NoSuchTagSet"):
        tags = op.on("s3:GetBucketTagging")["TagSet"]
    return {
        "Arn": f"arn:aws:s3:::{op.id}",
        "Bucket": op.id,
        "BucketDomainName": f"{op.id}.s3.amazonaws.com",
        "BucketRegion": op.aws.region,
        "BucketRegionalDomainName": f"{op.id}.s3.{op.aws.region}.amazonaws.com",
        "Tags": tags,
    }


def _renamed(value: Any, names: Mapping[str, str], first: Callable[[str], str]) -> Any:
    """Return blocks with AWS's names, or with a program's, without what is off."""
    if isinstance(value, dict):
        named = {names.get(key) or first(key[0]) + key[1:]: each for key, each in value.items() if each is not False}
        return {key: _renamed(each, names, first) for key, each in named.items()}
    return [_renamed(each, names, first) for each in value] if isinstance(value, list) else value


def _encrypt(op: Op) -> str:
    rules = {"Rules": _renamed(op.its["rules"], _ENCRYPTION, str.upper)}
    op.aws.ask("s3:PutBucketEncryption", **op.given("bucket"), ServerSideEncryptionConfiguration=rules)
    return str(op.its["bucket"])


def _read_encryption(op: Op) -> Properties:
    found = op.on("s3:GetBucketEncryption")["ServerSideEncryptionConfiguration"]["Rules"]
    return {
        "Bucket": op.id,
        "Rules": _renamed(found, {theirs: ours for ours, theirs in _ENCRYPTION.items()}, str.lower),
    }


def _create_log_group(op: Op) -> str:
    op.make("logs:CreateLogGroup", "name", "kmsKeyId", "tags")
    return str(op.its["name"])


def _read_log_group(op: Op) -> Properties | None:
    for each in op.aws.all("logs:DescribeLogGroups", "logGroups", logGroupNamePrefix=op.id):
        if each["logGroupName"] == op.id:
            arn = each["arn"].removesuffix(":*")
            tags = op.aws.ask("logs:ListTagsForResource", resourceArn=arn)
            return {"retentionInDays": 0, "kmsKeyId": "", **each, **tags, "arn": arn}
    return None


def _update_log_group(op: Op, changed: Collection[str]) -> None:
    if "retentionInDays" in changed:
        kept = op.its.get("retentionInDays")
        op.on(f"logs:{'Put' if kept else 'Delete'}RetentionPolicy", "retentionInDays")
    if "kmsKeyId" in changed:
        op.on(f"logs:{'Associate' if op.its.get('kmsKeyId') else 'Disassociate'}KmsKey", "kmsKeyId")


def _create_document(op: Op) -> str:
    op.make("ssm:CreateDocument", "name", "content", "documentFormat", "documentType", "tags")
    return str(op.its["name"])


def _read_document(op: Op) -> Properties:
    known = op.on("ssm:DescribeDocument")["Document"]
    latest = {"DocumentVersion": "$LATEST", "DocumentFormat": known["DocumentFormat"]}
    content = op.on("ssm:GetDocument", **latest)["Content"]
    return {**known, "Arn": document_arn(op.aws, op.id), "Content": content}


def document_arn(aws: Aws, name: str) -> str:
    """Return the ARN of a document that is named by its name or its ARN."""
    return name if name.startswith("arn:") else f"arn:aws:ssm:{aws.region}:{aws.account}:document/{name}"


def _update_document(op: Op, changed: Collection[str]) -> None:
    if "content" in changed or "documentFormat" in changed:
        made = op.on("ssm:UpdateDocument", "content", "documentFormat", DocumentVersion="$LATEST")
        version = made["DocumentDescription"]["DocumentVersion"]
        op.on("ssm:UpdateDocumentDefaultVersion", DocumentVersion=version)


_KMS: Final[Mapping[str, Any]] = {"gone": ("NotFoundException",), "regional": True}
_S3: Final[Mapping[str, Any]] = {"called": "bucket", "about": lambda id_: {"Bucket": id_}, "regional": True}

RESOURCES: Final[Mapping[str, Resource]] = {
    **IAM,
    "aws:kms/key:Key": Resource(
        title="KMS Key",
        called="",
        inputs={
            "deletionWindowInDays": Input(wrong=between(7, 30)),
            "description": Input(computed=True),
            "enableKeyRotation": Input(default=False),
            "multiRegion": Input(computed=True, replaces=True),
            "policy": Input(computed=True, plain=True, **DOCUMENT),
        },
        computed=("arn", "keyId"),
        names={"deletionWindowInDays": "PendingWindowInDays", "enableKeyRotation": "KeyRotationEnabled"},
        about=lambda id_: {"KeyId": id_},
        create=lambda op: op.make("kms:CreateKey", "description", "multiRegion", "policy", "tags")["KeyMetadata"][
            "KeyId"
        ],
        complete=lambda op: _update_key(op, ["enableKeyRotation"] if op.its.get("enableKeyRotation") else []),
        read=_read_key,
        update=_update_key,
        delete=lambda op: op.on("kms:ScheduleKeyDeletion", "deletionWindowInDays"),
        tags=Tags("kms:TagResource", "kms:UntagResource", lambda op: {"KeyId": op.id}, "TagKey", "TagValue"),
        **_KMS,
    ),
    "aws:kms/alias:Alias": Resource(
        title="KMS Alias",
        inputs={
            "name": named(245, "alias/", wrong=_ALIAS),
            "targetKeyId": Input(required=True, same=lambda old, new: old.split("/")[-1] == new.split("/")[-1]),
        },
        computed=("arn", "targetKeyArn"),
        names={"name": "AliasName", "arn": "AliasArn"},
        about=lambda id_: {"AliasName": id_},
        create=_create_alias,
        read=_read_alias,
        update=lambda op, _: op.on("kms:UpdateAlias", "targetKeyId"),
        delete=lambda op: op.on("kms:DeleteAlias"),
        **_KMS,
    ),
    "aws:s3/bucket:Bucket": Resource(
        title="S3 Bucket",
        inputs={"bucket": named(63, change=str.lower, wrong=matching(".*", 0, 63, ""))},
        computed=("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"),
        create=_create_bucket,
        complete=_tag_bucket,
        read=_read_bucket,
        update=_tag_bucket,
        delete=lambda op: op.on("s3:DeleteBucket"),
        gone=("404", "NoSuchBucket"),
        tags=Tags("", "", lambda op: {"Bucket": op.id}),
        **_S3,
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Resource(
        title="S3 Bucket Server-side Encryption Configuration",
        inputs={"bucket": _FIXED, "rules": Input(required=True)},
        create=_encrypt,
        read=_read_encryption,
        delete=lambda op: op.on("s3:DeleteBucketEncryption"),
        gone=("NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError"),
        **_S3,
    ),
    "aws:cloudwatch/logGroup:LogGroup": Resource(
        title="CloudWatch Logs Log Group",
        inputs={"kmsKeyId": Input(wrong=wrong_arn), "name": named(255), "retentionInDays": Input(default=0)},
        computed=("arn",),
        names={"name": "logGroupName"},
        camel=True,
        about=lambda id_: {"logGroupName": id_},
        create=_create_log_group,
        complete=lambda op: _update_log_group(op, ["retentionInDays"] if op.its.get("retentionInDays") else []),
        read=_read_log_group,
        update=_update_log_group,
        delete=lambda op: op.on("logs:DeleteLogGroup"),
        gone=("ResourceNotFoundException",),
        regional=True,
        tags=Tags("logs:TagResource", "logs:UntagResource", lambda op: {"resourceArn": op.its["arn"]}, ""),
    ),
    "aws:ssm/document:Document": Resource(
        title="SSM Document",
        inputs={
            "content": Input(required=True),
            "documentFormat": Input(default="JSON"),
            "documentType": _FIXED,
            "name": named(255),
        },
        computed=("arn", "latestVersion"),
        about=lambda id_: {"Name": id_},
        create=_create_document,
        read=_read_document,
        update=_update_document,
        delete=lambda op: op.on("ssm:DeleteDocument"),
        gone=("InvalidDocument",),
        regional=True,
        tags=Tags(
            "ssm:AddTagsToResource",
            "ssm:RemoveTagsFromResource",
            lambda op: {"ResourceId": op.id, "ResourceType": "Document"},
        ),
    ),
}
