"""Wrong inputs as a user meets them: lines from `pulumi up`, no traceback, and nothing of the component written.

Every rule has its line in `tests/messages.txt`, and is tried without the engine.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import BUCKET
from tests.fleets import fleet
from tests.on_engine import TRUST, Program, errors, permissions, writes

ALIAS: Final = ["alias/sessions"]
TWO_LINES: Final = "we\nb"
HALF_A_CHARACTER: Final = "\ud800"


def refused(component: Callable[..., object], name: str, **inputs: Any) -> list[str]:
    """Return the lines with which a component refuses plain inputs where no program runs."""
    with pytest.raises(InvalidInputError) as caught:
        component(name, **inputs)
    return str(caught.value).splitlines()


def made_role() -> aws.iam.Role:
    """Declare a role of the program."""
    return aws.iam.Role("made", name="made", assume_role_policy=TRUST)


def test_plain_values_stop_the_whole_run(box: Sandbox) -> None:
    """A user sees a line for each in the preview, and none else, so that nothing of the program is written."""

    def program() -> None:
        made_role()
        permissions(role=TWO_LINES, kms_key_arns=ALIAS)()

    [found] = errors(box.stack(program).preview)

    assert found.splitlines() == refused(SessionManagerPermissions, "web", role=TWO_LINES, kms_key_arns=ALIAS)
    assert box.calls == []


def as_output(value: Any) -> Callable[[], pulumi.Output[Any]]:
    """Return what makes an Output that is known in `up` alone."""
    return lambda: made_role().arn.apply(lambda _: value)


ONE: Final = partial(refused, SessionManagerPermissions, "web", role="web")
OUTPUTS: Final[Mapping[str, tuple[Program, Sequence[str]]]] = {
    "a list": (permissions(kms_key_arns=as_output(ALIAS)), ONE(kms_key_arns=ALIAS)),
    "a text that the engine cannot hold": (
        permissions(session_preferences=as_output(HALF_A_CHARACTER)),
        ONE(session_preferences=HALF_A_CHARACTER),
    ),
    "an input of a fleet": (
        fleet(["web"], path=as_output("team")),
        refused(SessionManagerManagedPolicy, "fleet", roles=["web"], path="team"),
    ),
}


@pytest.mark.parametrize(("program", "lines"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_is_refused_in_the_same_line(box: Sandbox, program: Program, lines: Sequence[str]) -> None:
    """What turns out to be wrong only in `up` is refused with the same words, and no policy is written."""
    assert set(errors(box.stack(program).up)) == set(lines)
    assert writes(box) == [("CreateRole", "made")]


def test_a_wrong_input_of_an_update_leaves_the_policy(box: Sandbox) -> None:
    """A component that was right and becomes wrong keeps its policy as it is, and can be corrected."""
    box.create_role("web")
    box.stack(permissions()).up()
    before = box.role_policies("web")
    found = errors(box.stack(permissions(kms_key_arns=ALIAS)).up)
    between = box.role_policies("web")
    box.stack(permissions(s3_log_bucket_arn=BUCKET)).up()

    assert found == ONE(kms_key_arns=ALIAS)
    assert between == before
    assert list(box.role_policies("web")) == list(before)
