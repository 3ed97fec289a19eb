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
from tests.components import OWNER
from tests.fleets import fleet
from tests.messages import sentence
from tests.on_engine import TRUST, Program, errors, permissions, writes

ALIAS: Final = ["alias/sessions"]
TWO_LINES: Final = "we\nb"
HALF_A_CHARACTER: Final = "\ud800"
ELSEWHERE: Final = "arn:aws:logs:eu-west-1:999999999999:log-group:/sessions"
UNREACHABLE: Final = sentence("AWS's answers", "a log group of another account")


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
    "a log group that the role cannot reach": (
        permissions(role="arn:aws:iam::123456789012:role/made", cloudwatch_log_group_arns=as_output([ELSEWHERE])),
        [f"{OWNER}: cloudwatch_log_group_arns[0] {ELSEWHERE!r}: {UNREACHABLE}"],
    ),
}


@pytest.mark.parametrize(("program", "lines"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_is_refused_in_the_same_line(box: Sandbox, program: Program, lines: Sequence[str]) -> None:
    """What turns out to be wrong only in `up` is refused with the same words, and no policy is written."""
    assert set(errors(box.stack(program).up)) == set(lines)
    assert writes(box) == [("CreateRole", "made")]
