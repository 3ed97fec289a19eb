"""A role that is given by its ARN, on the engine: of the account that AWS says, or refused.

What each answer means is tested in `tests/component/test_account.py`, the way out in `tests/docs`.
"""

from sandbox import Fault, Sandbox
from tests.answers import HERE, THERE, rule_for
from tests.components import OWNER
from tests.on_engine import errors, permissions


def test_a_role_is_of_the_account_that_aws_says(box: Sandbox) -> None:
    """Of another account, or without AWS's answer, preview and up end in one line, and no role gets anything."""
    box.create_role("web", path="/team/")
    box.forget()
    elsewhere = box.stack(permissions(role=THERE, policy_name="ssm"))
    said = [errors(elsewhere.preview), errors(elsewhere.up)]
    box.fail("GetCallerIdentity", Fault.error("ExpiredToken", "The security token included in the request is expired"))
    unanswered = box.stack(permissions(role=HERE))
    said += [errors(unanswered.preview), errors(unanswered.up)]
    refused = {f"{OWNER}: role {THERE!r}: {rule_for('a role of another account')}"}
    # Mocks add to an error what the question was about.
    silence = {f"{OWNER}: role {HERE!r}: {rule_for('no account for a role').replace(' (aws)', '')}"}

    assert [set(found) for found in said] == [refused, refused, silence, silence]
    assert box.writes == []
