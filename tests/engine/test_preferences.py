"""Session preferences that name a key of the same run: unknown in a preview, and granted once the key exists."""

import pulumi_aws as aws
from documents import expected_document
from engine.runs import NOBODY, documents_of_program, preferences, run, writes
from programs import declare_permissions

NOT_KNOWN_YET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # as the engine's events have it


def test_a_key_of_the_same_run(box):
    """The sandbox has no keys as resources: the key comes with a role. Later, the alias is for another key."""
    box.create_role("web")
    kms, keys = box.client("kms"), []

    def make_key(_=None):
        keys.append(kms.create_key()["KeyMetadata"]["Arn"])
        if len(keys) == 1:
            kms.create_alias(AliasName="alias/sessions", TargetKeyId=keys[0])

    def program():
        role = aws.iam.Role("late", name="late", assume_role_policy=NOBODY)
        declare_permissions(session_preferences=role.arn.apply(lambda _: preferences(kmsKeyId="alias/sessions")))

    box.answer("CreateRole", make_key)
    planned = [inputs["policy"] for _, kind, inputs in run(box.stack(program), "preview").steps if kind == "RolePolicy"]
    first, granted = run(box.stack(program)), documents_of_program(box)
    make_key()
    kms.update_alias(AliasName="alias/sessions", TargetKeyId=keys[1])
    second = run(box.stack(program))

    assert (planned, first.failed, second.failed) == ([NOT_KNOWN_YET], False, False)
    assert [granted, documents_of_program(box)] == [[expected_document(kms_key_arns=[key])] for key in keys]
    assert writes(box) == ["CreateRole late", "PutRolePolicy web", "PutRolePolicy web"]
