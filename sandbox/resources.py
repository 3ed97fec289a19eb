"""The types of resources that the provider has."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.aws import Aws, AwsError, saying
from sandbox.kinds import (
    NO_SUCH, PATH, REQUIRED, Input, Properties, Resource, Tags, between, document, fixed, matching, named, same_document,
    wrong_arn,
)  # fmt: skip


_IAM_NAME: Final = r"[\w+=,.@-]*"


def _iam_name(longest_made: int, longest: int, api: str) -> Input:
    return named(longest_made, api, wrong=matching(_IAM_NAME, 1, longest))


def _not_an_arn(name: str, value: str) -> str:
    return f'"{name}" must be the role\'s name not its ARN' if value.startswith("arn:") else ""


class RolePolicy(Resource):
    type, title = "aws:iam/rolePolicy:RolePolicy", "IAM Role Policy"
    inputs = {
        "name": _iam_name(255, 128, "PolicyName"), "policy": document("PolicyDocument"),
        "role": fixed("RoleName", wrong=_not_an_arn),
    }  # fmt: skip
    version_first = True

    def create(self, aws: Aws, new: Properties) -> str:
        with saying(f"putting IAM Role ({new['role']}) Policy ({new['name']})"):
            aws.ask("iam:PutRolePolicy", **self.given(new))
        return f"{new['role']}:{new['name']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties:
        # The names of the id: AWS takes a role's name in any case, and answers with its own.
        return self.of({**aws.ask("iam:GetRolePolicy", **_inline(id_)), **_inline(id_)})

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("iam:DeleteRolePolicy", **_inline(id_))


def _inline(id_: str) -> Properties:
    role, colon, name = id_.partition(":")
    if not colon:
        raise AwsError(f"role_policy id must be of the form <role name>:<policy name>, got \"{id_}\"", said=True)
    return {"RoleName": role, "PolicyName": name}


class Policy(Resource):
    type, title = "aws:iam/policy:Policy", "IAM Policy"
    inputs = {
        "description": Input(replaces=True), "name": _iam_name(255, 128, "PolicyName"), "path": PATH,
        "policy": document("PolicyDocument"),
    }  # fmt: skip
    computed = ("arn", "attachmentCount", "policyId")
    tags = Tags("iam:TagPolicy", "iam:UntagPolicy", "PolicyArn")

    def create(self, aws: Aws, new: Properties) -> str:
        return str(aws.ask("iam:CreatePolicy", **self.given(new))["Policy"]["Arn"])

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties:
        policy = aws.ask("iam:GetPolicy", PolicyArn=id_)["Policy"]
        version = aws.ask("iam:GetPolicyVersion", PolicyArn=id_, VersionId=policy["DefaultVersionId"])
        return {**self.of(policy), "policy": version["PolicyVersion"]["Document"]}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        versions = aws.all("iam:ListPolicyVersions", "Versions", PolicyArn=id_)
        if len(versions) >= 5:
            others = [each for each in versions if not each["IsDefaultVersion"]]
            _delete_version(aws, id_, min(others, key=lambda each: each["CreateDate"])["VersionId"])
        aws.ask("iam:CreatePolicyVersion", PolicyArn=id_, SetAsDefault=True, **self.given(new, "policy"))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        for each in aws.all("iam:ListPolicyVersions", "Versions", PolicyArn=id_):
            if not each["IsDefaultVersion"]:
                _delete_version(aws, id_, each["VersionId"])
        aws.ask("iam:DeletePolicy", PolicyArn=id_)


def _delete_version(aws: Aws, policy: str, version: str) -> None:
    with saying(f"deleting IAM Policy ({policy}) version ({version})"):
        aws.ask("iam:DeletePolicyVersion", PolicyArn=policy, VersionId=version)


class RolePolicyAttachment(Resource):
    type, title = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "IAM Role Policy Attachment"
    inputs = {"policyArn": fixed(wrong=wrong_arn), "role": fixed("RoleName")}
    deleted_first = True  # two entries of a state can hold the same one

    def parse(self, id_: str) -> Properties:
        role, _, arn = id_.partition("/")
        if not role or not arn:
            raise ValueError(f"unexpected format for Import ID (\"{id_}\"), expected <role-name>/<policy_arn>")
        return {"role": role, "policyArn": arn}

    def create(self, aws: Aws, new: Properties) -> str:
        with saying(f"attaching IAM Policy ({new['policyArn']}) to IAM Role ({new['role']})"):
            aws.ask("iam:AttachRolePolicy", insist="ConcurrentModification", **self.given(new))
        return f"{new['role']}/{new['policyArn']}"

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        attached = aws.all("iam:ListAttachedRolePolicies", "AttachedPolicies", RoleName=state["role"])
        there = state["policyArn"] in [each["PolicyArn"] for each in attached]
        return {key: state[key] for key in self.inputs} if there else None

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        with saying(f"detaching IAM Policy ({state['policyArn']}) from IAM Role ({state['role']})", *NO_SUCH):
            aws.ask("iam:DetachRolePolicy", insist="ConcurrentModification", **self.given(state))


class Role(Resource):
    type, title = "aws:iam/role:Role", "IAM Role"
    inputs = {
        "assumeRolePolicy": document("AssumeRolePolicyDocument"), "description": Input(), "forceDetachPolicies": Input(),
        "maxSessionDuration": Input(default=3600, wrong=between(3600, 43200)), "name": _iam_name(64, 64, "RoleName"),
        "path": PATH, "permissionsBoundary": Input(wrong=wrong_arn),
    }  # fmt: skip
    computed = ("arn", "createDate")
    tags = Tags("iam:TagRole", "iam:UntagRole", "RoleName")

    def create(self, aws: Aws, new: Properties) -> str:
        aws.ask("iam:CreateRole", **self.given({**new, "forceDetachPolicies": None}))
        return str(new["name"])

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties:
        return read_role(aws, id_)

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        if "assumeRolePolicy" in changed:
            aws.ask("iam:UpdateAssumeRolePolicy", RoleName=id_, PolicyDocument=new["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            aws.ask("iam:UpdateRole", RoleName=id_, **self.given(new, "description", "maxSessionDuration"))
        if "permissionsBoundary" in changed:
            limit = self.given(new, "permissionsBoundary")
            aws.ask(f"iam:{'Put' if limit else 'Delete'}RolePermissionsBoundary", RoleName=id_, **limit)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        for each in aws.all("iam:ListInstanceProfilesForRole", "InstanceProfiles", RoleName=id_):
            profile = each["InstanceProfileName"]
            aws.ask("iam:RemoveRoleFromInstanceProfile", RoleName=id_, InstanceProfileName=profile)
        if state.get("forceDetachPolicies"):
            for each in aws.all("iam:ListAttachedRolePolicies", "AttachedPolicies", RoleName=id_):
                aws.ask("iam:DetachRolePolicy", RoleName=id_, PolicyArn=each["PolicyArn"])
            for name in aws.all("iam:ListRolePolicies", "PolicyNames", RoleName=id_):
                aws.ask("iam:DeleteRolePolicy", RoleName=id_, PolicyName=name)
        aws.ask("iam:DeleteRole", insist="DeleteConflict", RoleName=id_)


def read_role(aws: Aws, name: str) -> Properties:
    """Return a role, also for the look-up of one."""
    role = aws.ask("iam:GetRole", RoleName=name)["Role"]
    limit = role.pop("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return {**RESOURCES[Role.type].of(role), "uniqueId": role["RoleId"], "permissionsBoundary": limit}


class Key(Resource):
    type, title, called, regional = "aws:kms/key:Key", "KMS Key", "", True
    inputs = {
        "deletionWindowInDays": Input("PendingWindowInDays", wrong=between(7, 30)), "description": Input(computed=True),
        "enableKeyRotation": Input("KeyRotationEnabled"), "multiRegion": Input(computed=True, replaces=True),
        "policy": Input(computed=True, document=True, same=same_document),
    }  # fmt: skip
    computed, gone = ("arn", "keyId"), ("NotFoundException",)
    tags = Tags("kms:TagResource", "kms:UntagResource", "KeyId", "TagKey", "TagValue")

    def create(self, aws: Aws, new: Properties) -> str:
        chosen = {**new, "deletionWindowInDays": None, "enableKeyRotation": None}
        return str(aws.ask("kms:CreateKey", **self.given(chosen))["KeyMetadata"]["KeyId"])

    def complete(self, aws: Aws, id_: str, new: Properties) -> None:
        if new.get("enableKeyRotation"):
            aws.ask("kms:EnableKeyRotation", KeyId=id_)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        key = aws.ask("kms:DescribeKey", KeyId=id_)["KeyMetadata"]
        if "DeletionDate" in key:
            return None
        more = [aws.ask(f"kms:{each}", KeyId=id_) for each in ("GetKeyRotationStatus", "ListResourceTags")]
        policy = aws.ask("kms:GetKeyPolicy", KeyId=id_, PolicyName="default")
        return self.of({**more[0], **more[1], **policy, **key})

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        if "description" in changed:
            aws.ask("kms:UpdateKeyDescription", KeyId=id_, Description=new["description"])
        if "policy" in changed:
            aws.ask("kms:PutKeyPolicy", KeyId=id_, PolicyName="default", Policy=new["policy"])
        if "enableKeyRotation" in changed:
            aws.ask(f"kms:{'Enable' if new.get('enableKeyRotation') else 'Disable'}KeyRotation", KeyId=id_)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("kms:ScheduleKeyDeletion", KeyId=id_, **self.given(state, "deletionWindowInDays"))


class Alias(Resource):
    type, title, regional = "aws:kms/alias:Alias", "KMS Alias", True
    inputs = {
        "name": named(
            244, "AliasName", "alias/",
            wrong=matching("alias/[a-zA-Z0-9/_-]+", 1, 256, "must begin with 'alias/' and be comprised of only [0-9A-Za-z_/-]"),
        ),
        "targetKeyId": Input(required=True, same=lambda old, new: old.split("/")[-1] == new.split("/")[-1]),
    }
    computed, gone = ("arn", "targetKeyArn"), ("NotFoundException",)

    def create(self, aws: Aws, new: Properties) -> str:
        aws.ask("kms:CreateAlias", **self.given(new))
        return str(new["name"])

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        for each in aws.all("kms:ListAliases", "Aliases"):
            if each["AliasName"] == id_:
                arn, key = each["AliasArn"], each["TargetKeyId"]
                return {**self.of(each), "arn": arn, "targetKeyArn": arn.replace(id_, f"key/{key}")}
        return None

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        aws.ask("kms:UpdateAlias", **self.given(new))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("kms:DeleteAlias", AliasName=id_)


class Bucket(Resource):
    type, title, called, regional = "aws:s3/bucket:Bucket", "S3 Bucket", "bucket", True
    inputs = {"bucket": named(63, change=str.lower)}
    computed = ("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName")
    gone = ("404", "NoSuchBucket")

    def create(self, aws: Aws, new: Properties) -> str:
        where = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
        aws.ask("s3:CreateBucket", Bucket=new["bucket"], **({} if aws.region == "us-east-1" else where))
        return str(new["bucket"])

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties:
        aws.ask("s3:HeadBucket", Bucket=id_)
        domain, regional = f"{id_}.s3.amazonaws.com", f"{id_}.s3.{aws.region}.amazonaws.com"
        names = {"bucketDomainName": domain, "bucketRegionalDomainName": regional, "bucketRegion": aws.region}
        return {"arn": f"arn:aws:s3:::{id_}", "bucket": id_, **names}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        """Do nothing: every input replaces it."""

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("s3:DeleteBucket", Bucket=id_)


class BucketEncryption(Resource):
    type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    title, called, regional = "S3 Bucket Server-side Encryption Configuration", "bucket", True
    inputs = {"bucket": fixed(), "rules": REQUIRED}
    gone = ("NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError")
    _names = {
        "applyServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault", "sseAlgorithm": "SSEAlgorithm",
        "kmsMasterKeyId": "KMSMasterKeyID", "bucketKeyEnabled": "BucketKeyEnabled",
    }  # fmt: skip

    def create(self, aws: Aws, new: Properties) -> str:
        rules = {"Rules": _renamed(new["rules"], self._names)}
        aws.ask("s3:PutBucketEncryption", Bucket=new["bucket"], ServerSideEncryptionConfiguration=rules)
        return str(new["bucket"])

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties:
        rules = aws.ask("s3:GetBucketEncryption", Bucket=id_)["ServerSideEncryptionConfiguration"]["Rules"]
        return {"bucket": id_, "rules": _renamed(rules, {theirs: ours for ours, theirs in self._names.items()})}

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("s3:DeleteBucketEncryption", Bucket=id_)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(each, names) for key, each in value.items() if each is not False}
    return [_renamed(each, names) for each in value] if isinstance(value, list) else value


class LogGroup(Resource):
    type, title, regional, camel = "aws:cloudwatch/logGroup:LogGroup", "CloudWatch Logs Log Group", True, True
    inputs = {"kmsKeyId": Input(), "name": named(255, "logGroupName"), "retentionInDays": Input()}
    computed, gone = ("arn",), ("ResourceNotFoundException",)
    tags = Tags("logs:TagResource", "logs:UntagResource", "resourceArn", "")

    def create(self, aws: Aws, new: Properties) -> str:
        aws.ask("logs:CreateLogGroup", **self.given({**new, "retentionInDays": None}))
        return str(new["name"])

    def complete(self, aws: Aws, id_: str, new: Properties) -> None:
        if days := self.given(new, "retentionInDays"):
            aws.ask("logs:PutRetentionPolicy", logGroupName=id_, **days)

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        for each in aws.all("logs:DescribeLogGroups", "logGroups", logGroupNamePrefix=id_):
            if each["logGroupName"] == id_:
                arn = each["arn"].removesuffix(":*")
                tags = aws.ask("logs:ListTagsForResource", resourceArn=arn).get("tags")
                return self.of({**each, "arn": arn, "tags": tags})
        return None

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        for key, put, remove in (
            ("retentionInDays", "PutRetentionPolicy", "DeleteRetentionPolicy"),
            ("kmsKeyId", "AssociateKmsKey", "DisassociateKmsKey"),
        ):
            if key in changed:
                aws.ask(f"logs:{put if new.get(key) else remove}", logGroupName=id_, **self.given(new, key))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("logs:DeleteLogGroup", logGroupName=id_)

    def tagged(self, id_: str, state: Properties) -> Any:
        return state["arn"]


class Cluster(Resource):
    type, title, regional, camel = "aws:ecs/cluster:Cluster", "ECS Cluster", True, True
    inputs = {"configuration": Input(), "name": named(255, "clusterName")}
    computed, gone = ("arn",), ("ClusterNotFoundException",)
    tags = Tags("ecs:TagResource", "ecs:UntagResource", "resourceArn", "key", "value")

    def create(self, aws: Aws, new: Properties) -> str:
        given = {**self.given({**new, "configuration": None}), **self._theirs(new)}
        return str(aws.ask("ecs:CreateCluster", **given)["cluster"]["clusterArn"])

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        for each in aws.ask("ecs:DescribeClusters", clusters=[id_], include=["CONFIGURATIONS", "TAGS"])["clusters"]:
            if each["status"] != "INACTIVE":
                return {**self.of(_renamed(each, {"s3EncryptionEnabled": "s3BucketEncryptionEnabled"})), "arn": id_}
        return None

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        aws.ask("ecs:UpdateCluster", cluster=id_, **self._theirs(new))

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("ecs:DeleteCluster", cluster=id_)

    def _theirs(self, new: Properties) -> Any:
        return _renamed(self.given(new, "configuration"), {"s3BucketEncryptionEnabled": "s3EncryptionEnabled"})


class Document(Resource):
    type, title, regional = "aws:ssm/document:Document", "SSM Document", True
    inputs = {
        "content": REQUIRED, "documentFormat": Input(default="JSON"), "documentType": fixed(), "name": named(255),
    }  # fmt: skip
    computed, gone = ("arn", "latestVersion"), ("InvalidDocument",)
    tags = Tags(
        "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", "ResourceId", more={"ResourceType": "Document"}
    )  # fmt: skip

    def create(self, aws: Aws, new: Properties) -> str:
        aws.ask("ssm:CreateDocument", **self.given(new))
        return str(new["name"])

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties:
        known = self.of(aws.ask("ssm:DescribeDocument", Name=id_)["Document"])
        latest = {"DocumentVersion": "$LATEST", "DocumentFormat": known["documentFormat"]}
        content = aws.ask("ssm:GetDocument", Name=id_, **latest)["Content"]
        return {**known, "arn": document_arn(aws, id_), "content": content}

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        version = new.get("latestVersion")
        try:
            given = self.given(new, "content", "documentFormat")
            answer = aws.ask("ssm:UpdateDocument", Name=id_, DocumentVersion="$LATEST", **given)
            version = answer["DocumentDescription"]["DocumentVersion"]
        except AwsError as error:
            if error.code != "DuplicateDocumentContent":
                raise
        aws.ask("ssm:UpdateDocumentDefaultVersion", Name=id_, DocumentVersion=version)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        aws.ask("ssm:DeleteDocument", Name=id_)


def document_arn(aws: Aws, name: str) -> str:
    """Return the ARN of a document that is named by its name or its ARN."""
    return name if name.startswith("arn:") else f"arn:aws:ssm:{aws.region}:{aws.account}:document/{name}"


_ALL: Final = (
    RolePolicy, Policy, RolePolicyAttachment, Role, Key, Alias, Bucket, BucketEncryption, LogGroup, Cluster, Document,
)  # fmt: skip
RESOURCES: Final[Mapping[str, Resource]] = {kind.type: kind() for kind in _ALL}
