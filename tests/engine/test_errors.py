"""Wrong inputs as the engine prints them: lines from `pulumi up`, no traceback, and nothing of the component written.

Every rule is tried without the engine, in component/test_errors.py.
"""

from typing import Any

import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.on_engine import TRUST, errors, permissions, writes
from tests.wrong_inputs import refusal


def lines(**inputs: Any) -> list[str]:
    """Return the lines with which the component refuses plain inputs where no program runs."""
    return str(refusal(SessionManagerPermissions, "web", **{"role": "web", **inputs})).splitlines()


def made_role() -> aws.iam.Role:
    """Declare a role of the program."""
    return aws.iam.Role("made", name="made", assume_role_policy=TRUST)


def test_plain_values_stop_the_whole_run(box: Sandbox) -> None:
    """A user sees a line for each in the preview, and none else, so that nothing of the program is written."""
    wrong: dict[str, Any] = {"role": "we\nb", "kms_key_arns": ["alias/sessions"]}

    def program() -> None:
        made_role()
        permissions(**wrong)()

    [found] = errors(box.stack(program).preview)

    assert found.splitlines() == lines(**wrong)
    assert box.calls == []


def test_an_output_is_refused_in_the_same_line(box: Sandbox) -> None:
    """Half a character, which the engine cannot hold, is refused with the same words in `up`; no policy is written."""
    half = "\ud800"
    program = permissions(session_preferences=lambda: made_role().arn.apply(lambda _: half))

    assert set(errors(box.stack(program).up)) == set(lines(session_preferences=half))
    assert writes(box) == [("CreateRole", "made")]
