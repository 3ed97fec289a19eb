"""Session preferences on the engine that name what the same program makes.

What each field grants and asks for is a table of `tests/component`, and `test_examples.py` has names that are there.
"""

import asyncio

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.answers import session
from tests.components import ROLE_POLICY
from tests.documents import CHANNELS, decrypt, policy
from tests.mocks import Program
from tests.on_engine import NOT_KNOWN_YET, inline_documents, steps, writes


def made_in_the_same_run(key_name: str) -> Program:
    """Return a program that makes a key, its alias and the Session document, and grants what the document names."""

    def program() -> None:
        key = aws.kms.Key(key_name)
        alias = aws.kms.Alias("sessions", name="alias/sessions", target_key_id=key.key_id)
        content = alias.name.apply(lambda found: session({"kmsKeyId": found}))
        name = "SSM-SessionManagerRunShell"
        document = aws.ssm.Document("preferences", name=name, document_type="Session", content=content)
        SessionManagerPermissions("web", {"role": "web", "session_preferences": document.content})
        pulumi.export("key", key.arn)

    return program


def test_a_key_of_the_same_run(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not known in preview, granted after one `up`, and another one that the alias gets is in the same `up`.

    The engine is asked without a thread of those in which resources are registered.
    """
    monkeypatch.setattr(asyncio, "to_thread", None)
    box.create_role("web")
    stack = box.stack(made_in_the_same_run("old"))
    previewed = [step.inputs["policy"] for step in steps(stack.preview) if step.type == ROLE_POLICY]
    old = stack.up().outputs["key"].value
    granted = inline_documents(box)
    new = box.stack(made_in_the_same_run("new")).up().outputs["key"].value

    assert previewed == [NOT_KNOWN_YET]
    assert granted == [policy(CHANNELS, decrypt(old))]
    assert inline_documents(box) == [policy(CHANNELS, decrypt(new))]
    assert [call for call in writes(box) if call[1] == "web"] == [("PutRolePolicy", "web")] * 2
