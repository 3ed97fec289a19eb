"""Session preferences that are not known yet, name what is not there or may not be asked for, or are none."""

import json
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import CHANNELS, FIND_LOG_GROUPS, allow, decrypt, policy, put, write_groups
from tests.on_engine import UNKNOWN, Program, documents, errors, permissions, steps, writes

WEB: Final = "SessionManagerPermissions 'web'"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
DOCUMENT: Final = {"schemaVersion": "1.0", "sessionType": "Standard_Stream"}
MISSING: Final = json.dumps({**DOCUMENT, "inputs": {"kmsKeyId": "alias/missing"}})
NOT_THERE: Final = (
    f"{WEB}: session_preferences.inputs.kmsKeyId 'alias/missing': AWS KMS has no such key or alias in the account and "
    "Region of the provider; correct it in the Session document, or give the component the provider of the document's "
    "Region"
)


def planned(stack: Any) -> list[tuple[str, str, str]]:
    """Return what a preview shows of each policy: the step, the role and the document."""
    found = [step for step in steps(stack.preview) if step.type == ROLE_POLICY]
    return [(step.op, step.inputs["role"], step.inputs["policy"]) for step in found]


def made_in_the_same_run(key_name: str) -> Program:
    """Return a program that makes a key, its alias and the Session document, and grants what the document names."""

    def program() -> None:
        key = aws.kms.Key(key_name)
        alias = aws.kms.Alias("sessions", name="alias/sessions", target_key_id=key.key_id)
        document = aws.ssm.Document(
            "preferences",
            name="SSM-SessionManagerRunShell",
            document_type="Session",
            content=pulumi.Output.json_dumps({**DOCUMENT, "inputs": {"kmsKeyId": alias.name}}),
        )
        SessionManagerPermissions("web", {"role": "web", "session_preferences": document.content})
        pulumi.export("key", key.arn)

    return program


def test_a_key_of_the_same_run(box: Sandbox) -> None:
    """It is not known in preview, granted after one `up`, and another one that the alias gets is in the same `up`."""
    box.create_role("web")
    stack = box.stack(made_in_the_same_run("old"))
    previewed = planned(stack)
    old = stack.up().outputs["key"].value
    granted = documents(box)
    unchanged = steps(stack.up)
    new = box.stack(made_in_the_same_run("new")).up().outputs["key"].value

    assert (previewed, unchanged) == ([("create", "web", UNKNOWN)], [])
    assert (granted, documents(box)) == ([policy(CHANNELS, decrypt(old))], [policy(CHANNELS, decrypt(new))])
    assert [call for call in writes(box) if call[1] == "web"] == [("PutRolePolicy", "web")] * 2


def test_a_region_of_the_same_run(box: Sandbox) -> None:
    """A provider whose Region is not known yet cannot be asked in preview, whatever is named; `up` asks it."""
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])
    named = {"bucket": {"s3BucketName": "logs"}, "group": {"cloudWatchLogGroupName": "/logs"}}
    named["key"] = {"kmsKeyId": "alias/sessions"}

    def program() -> None:
        region = aws.kms.Key("key").arn.apply(lambda arn: str(arn).split(":")[3])
        later = pulumi.ResourceOptions(provider=aws.Provider("later", **{**box.provider_args(), "region": region}))
        for role, inputs in named.items():
            content = json.dumps({**DOCUMENT, "inputs": inputs})
            SessionManagerPermissions(role, {"role": role, "session_preferences": content}, later)

    for role in named:
        box.create_role(role)
    stack = box.stack(program)
    previewed = planned(stack)
    stack.up()
    logs = "arn:aws:s3:::logs"

    assert sorted(previewed) == [("create", role, UNKNOWN) for role in ("bucket", "group", "key")]
    assert {role: documents(box, role) for role in named} == {
        "bucket": [policy(CHANNELS, put(f"{logs}/*"), allow(["s3:GetEncryptionConfiguration"], logs))],
        "group": [
            policy(CHANNELS, FIND_LOG_GROUPS, write_groups("arn:aws:logs:eu-west-1:123456789012:log-group:/logs:*"))
        ],
        "key": [policy(CHANNELS, decrypt(key["Arn"]))],
    }


def test_a_plain_alias_that_is_not_there_is_an_error_in_preview(box: Sandbox) -> None:
    """Nothing that is written down in the program can still be made."""
    assert errors(box.stack(permissions(session_preferences=MISSING)).preview) == [NOT_THERE]


def test_an_alias_that_never_comes_is_an_error_in_up(box: Sandbox) -> None:
    """An Output's alias may still be made, says preview; `up` says that it was not."""
    box.create_role("web")
    stack = box.stack(permissions(session_preferences=lambda: pulumi.Output.from_input(MISSING)))

    assert planned(stack) == [("create", "web", UNKNOWN)]
    assert (errors(stack.up), box.writes) == ([NOT_THERE], [])


def test_a_key_that_may_not_be_described(box: Sandbox) -> None:
    """Where KMS refuses to answer, AWS's message and the missing permission are told, and the next `up` converges."""
    key = box.client("kms").create_key()["KeyMetadata"]
    box.create_role("web")
    content = json.dumps({**DOCUMENT, "inputs": {"kmsKeyId": key["KeyId"]}})
    stack = box.stack(permissions(session_preferences=content))
    box.forget()
    box.fail("DescribeKey", Fault.denied(), times=1)
    [found] = errors(stack.up)
    written = writes(box)
    stack.up()

    assert found == (
        f"{WEB}: session_preferences.inputs.kmsKeyId '{key['KeyId']}': AWS KMS could not be asked for its ARN "
        "(invoke of aws:kms/getKey:getKey failed: invocation of aws:kms/getKey:getKey returned an error: invoking "
        f"aws:kms/getKey:getKey: 1 error occurred: * reading KMS Key ({key['KeyId']}): operation error KMS: "
        "DescribeKey, https response error StatusCode: 403, RequestID: , api error AccessDeniedException: User: "
        "arn:aws:iam::123456789012:user/sandbox is not authorized to perform: kms:DescribeKey on resource: "
        f"{key['KeyId']} because no identity-based policy allows the kms:DescribeKey action); let the deploying "
        "identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
    )
    assert (written, documents(box)) == ([], [policy(CHANNELS, decrypt(key["Arn"]))])


REFUSED: Final = {
    "no JSON": ("bucket: logs", "'bucket: logs': it is not JSON"),
    "an Output with half of a surrogate pair": (
        lambda: pulumi.Output.from_input("\ud800"),
        "'\\ud800': it contains half of a surrogate pair, which is not a character",
    ),
}


@pytest.mark.parametrize(("content", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_session_document(box: Sandbox, content: Any, line: str) -> None:
    """What cannot be the preferences is refused in one line, plain or as an Output, and AWS is not asked."""
    found = errors(box.stack(permissions(session_preferences=content)).up)
    way_out = "pass the content of a Session document, such as aws.ssm.get_document(…).content"

    assert (found, box.calls) == ([f"{WEB}: session_preferences {line}; {way_out}"], [])
