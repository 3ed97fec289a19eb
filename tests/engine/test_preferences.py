"""Session preferences that name what the same program makes: unknown in a preview, granted by one update."""

import pulumi_aws as aws
from documents import wanted
from engine.runs import own, preferences, run, writes
from programs import one

NOT_KNOWN_YET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # as the engine's events have it


def naming(key_name):
    """Return a program with a key, its alias and a Session document that names the alias."""

    def program():
        key = aws.kms.Key(key_name)
        alias = aws.kms.Alias("sessions", name="alias/sessions", target_key_id=key.key_id)
        content = alias.name.apply(lambda name: preferences(kmsKeyId=name))
        one(session_preferences=aws.ssm.Document("made", document_type="Session", content=content).content)

    return program


def keys(box):
    """Return the ARNs of the keys that there are."""
    return {key["KeyArn"] for key in box.client("kms").list_keys()["Keys"]}


def test_a_key_of_the_same_run(box):
    box.create_role("web")
    planned = [
        inputs["policy"] for _, kind, inputs in run(box.stack(naming("old")), "preview").steps if kind == "RolePolicy"
    ]
    before = keys(box)
    first = run(box.stack(naming("old")))
    [old] = keys(box) - before
    granted = own(box)
    second = run(box.stack(naming("new")))
    [new] = keys(box) - before - {old}

    assert (planned, first.failed, second.failed) == ([NOT_KNOWN_YET], False, False)
    assert (granted, own(box)) == ([wanted(kms_key_arns=[old])], [wanted(kms_key_arns=[new])])
    assert [each for each in writes(box) if "RolePolicy" in each] == ["PutRolePolicy web"] * 2
