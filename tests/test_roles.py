"""`role` and `roles`: by name or ARN, and not a resource. tests/test_accounts.py has which roles go together."""

import pulumi_aws as aws
import pytest
from programs import (
    ACCOUNT,
    IAM,
    as_output,
    as_secret,
    aws_answers,
    declare_either,
    declare_permissions,
    has_words,
)


@pytest.mark.parametrize("name", ["web", "a" * 64, "9_+=,.@-", "i-0123456789abcdef0"])
def test_a_role_is_the_same_by_name_and_by_arn(run, name):
    """Of any partition and path. A role may be named like an id, which only its ARN can say."""
    prefixes = [f"{IAM}:role/", f"arn:aws-cn:iam::{ACCOUNT}:role/a/b/", f"arn:aws-us-gov:iam::{ACCOUNT}:role/!x~/"]
    result = run(lambda: [declare_permissions(prefix, role=f"{prefix}{name}") for prefix in prefixes], **aws_answers())

    assert [inputs["role"] for inputs in result.inputs("RolePolicy").values()] == [name, name, name]


PLAIN_ONLY = (
    "it can be neither an Output nor a secret … each attachment is named after its role; call aws.iam.getRoles instead of "
    "getRolesOutput (in Python, get_roles instead of get_roles_output) … a SessionManagerPermissions"
)
NO_STRING = "it is a resource, not a string"
# How the message about an input begins, its words, and the input, in a program that has a role.
PASSED = [
    ("roles[1]: ", PLAIN_ONLY, lambda _: {"roles": ["web", as_output("api")]}),
    ("roles: ", PLAIN_ONLY, lambda _: {"roles": as_output(["web"])}),
    ("roles: ", PLAIN_ONLY, lambda _: {"roles": as_secret(["web"])}),
    ("roles[0] (Role): ", "it is a resource … get_roles", lambda role: {"roles": [role]}),
    ("role (Role): ", f"{NO_STRING}; pass role.name", lambda role: {"role": role}),
    ("s3_log_bucket_arn (Role): ", f"{NO_STRING}; pass bucket.arn", lambda role: {"s3_log_bucket_arn": role}),
    ("s3_log_key_prefix (Role): ", f"{NO_STRING}; write the S3 key prefix", lambda role: {"s3_log_key_prefix": role}),
    ("session_preferences (Role): ", f"{NO_STRING}; pass document.content", lambda role: {"session_preferences": role}),
    ("kms_key_arns[0] (Role): ", f"{NO_STRING}; pass key.arn", lambda role: {"kms_key_arns": [role]}),
    ("role (AwaitableGetRoleResult): ", "pass its .name", lambda _: {"role": aws.iam.get_role(name="a")}),
    ("role None: ", "it has no value … mocks … write the name", lambda _: {"role": as_output(None)}),
    ("role (str): ", "put into a string … pass role.name itself", lambda role: {"role": f"{role.name}"}),
]


@pytest.mark.parametrize(("beginning", "words", "inputs"), PASSED)
def test_a_resource_or_an_output_in_place_of_a_string_is_refused(run, beginning, words, inputs):
    def program():
        declare_either(**inputs(aws.iam.Role("app", assume_role_policy="{}")))

    assert has_words(str(run(program, fails=True).error).partition(": ")[2], beginning, words)
