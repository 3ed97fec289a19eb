"""Each input's wrong values: the one table of what messages say about them, as plain values, Outputs and secrets."""

from collections import UserString
from enum import Enum
from pathlib import Path

import pytest
from documents import BUCKET, GROUP, KEY
from programs import (
    ACCOUNT,
    IAM,
    OUTPUT_TEXT,
    as_plain,
    in_each_form,
    session,
    unexpected_messages,
    wrong_inputs,
)

from pulumi_ssm_perms._grants import COMPONENT_GRANT_SPECS

TEMPLATE = "the agent replaces {{ … }} with the value of a parameter"
SPACE = "it begins or ends with white space"
NO_VALUE = "it has no value: a variable is not set, a StackReference lacks this output … give it a value"


def no_string(attribute, remedy):
    """Return the words about what is no string."""
    return {
        f"it is a number, not a string; put it in quotes; {remedy}": [
            7,
            12345.0,
        ],  # the other languages send each number as a float
        f"it is not a string; {remedy}": [
            True,
            b"web",
            UserString("web"),
            {"a": 1},
            Path("web"),
            Enum("Roles", {"WEB": "web"}).WEB,
        ],
        f"an Output was put into a string … pass {attribute} itself … pulumi.Output.format": [OUTPUT_TEXT],
    }


WRITE_ROLE = "write the name or the ARN of an existing role"
ROLES = {
    "it is an EC2 instance … the profile's role … Find the role": ["i-0123456789abcdef0", "i-1a2b3c4d"],
    "it is a hybrid node … the node's role … Find the role": ["mi-0123456789abcdef0"],
    "it is the ARN of an instance profile … the profile's role": [f"{IAM}:instance-profile/a/web"],
    "it is the ARN of a session … between assumed-role/ and the next /": [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/web/i-0123"
    ],
    f"it is not the ARN of a role … {WRITE_ROLE}": [
        *(f"{IAM}:role", f"{IAM}:role/a//web", f"{IAM}:role/a b/web", f"{IAM}:root", f"{IAM}:policy/web", "arn:"),
        *("arn:aws:iam::1234:role/web", "arn:aws:iam::*:role/web", "arn:azure:iam::123456789012:role/web"),
        *(f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0123456789abcdef0", f"{IAM}:user/alice"),
    ],
    f"{SPACE}; {WRITE_ROLE}": [f" {IAM}:role/web", f"{IAM}:role/web\n"],
    # What follows its last / may be the name of a role in the provider's account.
    f"an ARN begins with arn: in lower case; {WRITE_ROLE}": [f"{IAM}:role/web".upper()],
    "it is a role's name with its path; drop the path": ["/team/web", "service-role/hybrid", "role/web"],
    f"a role's name has 1 to 64 characters … {WRITE_ROLE}": [
        *("", " ", "web ", "web\n", "web prod", "rôle", "w\u0435b", "web*", "${aws:username}", "a" * 65, "a" * 121),
        *(f"{IAM}:role/", f"{IAM}:role/{'a' * 65}", f"{IAM}:role/we b", f"{IAM}:role/*"),
    ],
    "it is a service-linked role … another role": [
        *("AWSServiceRoleForX", "awsserviceroleforX", f"{IAM}:role/aws-service-role/ecs.amazonaws.com/Renamed")
    ],
    "it is a role of IAM Identity Center … another role": [
        *("AWSReservedSSO_Admin_01", "awsreservedsso_Admin", f"{IAM}:role/aws-reserved/sso.amazonaws.com/Renamed")
    ],
    **no_string("role.name", WRITE_ROLE),
    "put it in quotes": [10**5000],
}
ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}"
WRITE_KEY = "write the key's own ARN … describe-key"
KEYS = {
    f"it is an alias … {WRITE_KEY}": ["alias/sessions", f"{ARN}:alias/sessions"],
    f"it is a bare key id … pass key.arn, or {WRITE_KEY}": ["1234abcd-12ab", "MRK-1234abcd", "key/1234abcd-12ab"],
    f"a wildcard would let the role decrypt with other keys … {WRITE_KEY}": [
        *("*", f"{ARN}:key/*", f"{ARN}:*", f"{ARN}:key/1234abcd-????", "arn:aws:kms:eu-west-1:*:key/1234abcd"),
        *(f"arn:*:kms:eu-west-1:{ACCOUNT}:key/1234abcd", f"arn:aws:kms:*:{ACCOUNT}:key/1234abcd"),
    ],
    TEMPLATE: ["{{ssm:/team/key}}", "alias/{{ key }}"],
    SPACE: [f"{KEY}\n", f" {KEY}"],
    f"it is not an ARN … {WRITE_KEY}": [""],
    f"it is not the ARN of a KMS key … {WRITE_KEY}": [
        *(f"{ARN}:key/", f"{ARN}:key/${{aws:username}}", f"{ARN}:key/1234abcd/more", BUCKET),
        *(f"arn:aws:kms::{ACCOUNT}:key/1234abcd", "arn:aws:kms:eu-west-1::key/1234abcd"),
    ],
    **no_string("key.arn", WRITE_KEY),
}
WRITE_BUCKET = "write the bucket's ARN, arn:PARTITION:s3:::BUCKET"
BUCKETS = {
    SPACE: [f"{BUCKET}\n"],
    f"it is not an ARN … {WRITE_BUCKET}": ["", "s3://session-logs"],
    f"it is a name, not an ARN; pass bucket.arn, or {WRITE_BUCKET}": ["session-logs", "old_Bucket.logs"],
    f"it names objects, not the bucket … {WRITE_BUCKET}": [f"{BUCKET}/", f"{BUCKET}/team/web", f"{BUCKET}/team/*"],
    f"a wildcard would grant other buckets … {WRITE_BUCKET}": [
        *("*", "arn:aws:s3:::*", "arn:aws:s3:::session-log?", "arn:aws:s3:::*/team")
    ],
    TEMPLATE: ["arn:aws:s3:::{{ssm:/team/bucket}}"],
    f"it is not the ARN of an S3 bucket … {WRITE_BUCKET}": [
        *("arn:aws:s3:::", "arn:aws:s3:::lo", "arn:aws:s3:::a b", "arn:aws:s3:::${a}", KEY),
        f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/logs",
    ],
    **no_string("bucket.arn", WRITE_BUCKET),
}
PREFIXES = {
    f"{TEMPLATE} … write the prefix itself": ["{{ssm:/team/prefix}}", "team/{{ prefix }}/*"],
    "wildcards or variables in a policy; write a prefix without them": ["team/*", "te?m", "users/${aws:username}"],
    "printable characters up to U+00FF only; write a prefix of those": ["team\n", "team/\t", "\x7f", "\u0085", "世界"],
    "it cleans to an empty prefix … leave it out for the whole bucket": [
        *("", "/", "//", ".", "./", "..", "team/..", "../../team/../..", "é" * 60 + "/..")
    ],
    "it has no value, which would grant the whole bucket; write the S3 key prefix … or leave it out": [None],
    **no_string("the Output", "write the S3 key prefix of the preferences"),
}
LOGS = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group"
WRITE_GROUP = "write the log group's ARN, arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME"
GROUPS = {
    SPACE: [f"{GROUP}\n"],
    f"it is not an ARN … {WRITE_GROUP}": ["", "the sessions"],
    f"it is a name, not an ARN; pass log_group.arn, or {WRITE_GROUP}": ["/ssm/sessions", "sessions#2"],
    f"a wildcard would grant other log groups … {WRITE_GROUP}": [
        *("*", f"{LOGS}:*", f"{GROUP}:*:*", f"{LOGS}:/ssm/session?", f"arn:aws:logs:*:{ACCOUNT}:log-group:sessions")
    ],
    f"it is the ARN of a log stream … {WRITE_GROUP}": [f"{GROUP}:log-stream:web"],
    TEMPLATE: [f"{LOGS}:{{{{ssm:/team/group}}}}"],
    f"it is not the ARN of a CloudWatch log group … {WRITE_GROUP}": [
        *(f"{LOGS}:a b", f"{LOGS}:", f"{LOGS}:{'a' * 513}", KEY)
    ],
    **no_string("log_group.arn", WRITE_GROUP),
    NO_VALUE: [None],
}
WRITE_BOOLEAN = "it is not a boolean; write true or false (True or False in Python), without quotes"
BOOLEANS = {
    f"{WRITE_BOOLEAN}, or read it from the configuration with get_bool": ["true", "false", "", OUTPUT_TEXT],
    WRITE_BOOLEAN: [0, 1, []],
}
NO_LIST = "it is not a list; write a list, even for a single value: [ … ]"


PASS_PREFERENCES = "pass the JSON of a Session document"
PREFERENCES = {
    f"it is not the JSON of a Session document … {PASS_PREFERENCES}": [
        *("", "SSM-SessionManagerRunShell", "schemaVersion: '1.0'", '{"a": 1', "[" * 60_000, "1" * 5000, "\ud800"),
        *("[]", "null", '"1.0"', "{}", '{"schemaVersion": "2.2"}'),
    ],
    **no_string("document.content", PASS_PREFERENCES),
}
CORRECT = "correct the Session document"
FIELDS = {
    "s3BucketName": {f"it is not the name of a bucket; {CORRECT}": [BUCKET, "logs/*", "logs\n"]},
    "s3KeyPrefix": {
        f"wildcards or variables in a policy; {CORRECT}": ["team/*"],
        f"printable characters up to U+00FF only; {CORRECT}": ["\ud800", "世界"],
    },
    "cloudWatchLogGroupName": {f"it is not the name of a log group; {CORRECT}": [GROUP, "*"]},
    "kmsKeyId": {f"it is not a key id, an alias or an ARN of AWS KMS; {CORRECT}": ["*", f"{ARN}:key/*", BUCKET]},
}
FIELD = {
    f"it is not a string; {CORRECT}": [7, True, ["team"]],
    f"{TEMPLATE} … write the value itself in the Session document, or set the other inputs": [
        *("{{ssm:/team/value}}", "a-{{ value }}/b", "{{\tvalue}}")
    ],
}
# What the AWS provider would send to IAM as it is.
PASSED_ON = {"an Output was put into a string … pass the Output itself … pulumi.Output.format": [OUTPUT_TEXT]}
CASES = {
    "role": wrong_inputs("role", ROLES),
    "key": wrong_inputs("kms_key_arns[1]", {**KEYS, NO_VALUE: [None]}, lambda part: [KEY, part]),
    "keys": wrong_inputs("kms_key_arns", {NO_LIST: [KEY, 7, {"arn": KEY}]}),
    "bucket": wrong_inputs("s3_log_bucket_arn", BUCKETS),
    "prefix": wrong_inputs("s3_log_key_prefix", PREFIXES, s3_log_bucket_arn=BUCKET),
    "bucket's key": wrong_inputs("s3_log_kms_key_arn", KEYS, s3_log_bucket_arn=BUCKET),
    "bucket's account": wrong_inputs("s3_log_cross_account", BOOLEANS, s3_log_bucket_arn=BUCKET),
    "enforced encryption": wrong_inputs("s3_log_encryption_enforced", BOOLEANS),
    "heartbeat": wrong_inputs("allow_update_instance_information", BOOLEANS),
    "log group": wrong_inputs("cloudwatch_log_group_arns[1]", GROUPS, lambda part: [GROUP, part]),
    "log groups": wrong_inputs("cloudwatch_log_group_arns", {NO_LIST: [GROUP]}),
    "policy's name": wrong_inputs("policy_name", PASSED_ON),
    "description": wrong_inputs("description", PASSED_ON, roles=["web"]),
    "path": wrong_inputs("path", PASSED_ON, roles=["web"]),
    "tag": wrong_inputs("tags", PASSED_ON, lambda part: {"team": "web", "stack": part}, roles=["web"]),
    "name of a tag": wrong_inputs("tags", PASSED_ON, lambda part: {part: "web"}, roles=["web"]),
    "preferences": [
        *wrong_inputs("session_preferences", PREFERENCES),
        *wrong_inputs("session_preferences.inputs", {f"it is not an object; {CORRECT}": [None, [], "x"]}, session),
    ],
    **{
        name: wrong_inputs(
            f"session_preferences.inputs.{name}", {**words, **FIELD}, lambda part, name=name: session({name: part})
        )
        for name, words in FIELDS.items()
    },
}


def test_every_grant_has_wrong_values():
    assert {*COMPONENT_GRANT_SPECS} <= {
        name for cases in CASES.values() for case in cases for name in [*case.inputs][:1]
    }


@in_each_form
@pytest.mark.parametrize("cases", CASES.values(), ids=CASES)
def test_a_wrong_value_is_refused_with_its_rule_and_a_remedy(run, cases, form):
    assert unexpected_messages(run, form, cases) == []


PLAIN_CASES = {
    "roles of a fleet": wrong_inputs("roles[1]", ROLES, lambda part: ["web", part]),
    "roles": wrong_inputs("roles", {NO_LIST: ["web", {"web": 1}]}),
    "check": wrong_inputs("check", BOOLEANS),
}


@pytest.mark.parametrize("cases", PLAIN_CASES.values(), ids=PLAIN_CASES)
def test_a_wrong_value_of_a_plain_input_is_refused(run, cases):
    assert unexpected_messages(run, as_plain, cases) == []
