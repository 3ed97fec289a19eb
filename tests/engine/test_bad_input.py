"""Wrong inputs as a user meets them: lines from `pulumi up`, no traceback, and nothing of the component written.

Every wrong value has its line in `tests/messages.txt`, and is tried without the engine.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests.bad_inputs import BAD_INPUTS, Bad
from tests.bad_preferences import BAD_PREFERENCES
from tests.components import PERMISSIONS
from tests.documents import BUCKET
from tests.fleets import FLEET, fleet
from tests.messages import sentence
from tests.on_engine import TRUST, Program, errors, permissions, writes
from tests.wrong_inputs import CASES, message

# One wrong value of each input; that of the role is two lines if it is printed as it is.
ONE_OF_EACH: Final[Mapping[str, Bad]] = {
    **{bad.name: bad for bad in reversed(BAD_INPUTS)},
    "role": next(bad for bad in BAD_INPUTS if bad.value == "we\nb"),
}


ROLES, PATH = (
    next(bad for _, bad in CASES if (bad.name, bad.value) == wrong) for wrong in (("roles", "web"), ("path", "team"))
)
[HALF] = [bad for bad in BAD_PREFERENCES if bad.value == "\ud800"]


def as_output(value: Any) -> Callable[[], pulumi.Output[Any]]:
    """Return what makes an Output that is known in `up` alone."""
    return lambda: aws.iam.Role("made", name="made", assume_role_policy=TRUST).arn.apply(lambda _: value)


PLAIN_VALUES: Final[Mapping[str, tuple[Program, Sequence[str]]]] = {
    "every input": (
        permissions(**{name: bad.value for name, bad in ONE_OF_EACH.items()}),
        [message(PERMISSIONS, bad) for bad in ONE_OF_EACH.values()],
    ),
    "an Output as list": (
        fleet(lambda: pulumi.Output.from_input(["web"])),
        [f"{FLEET.owner}: roles: {sentence('an Output where a plain value is needed', 'roles')}"],
    ),
    "two inputs of a fleet": (
        fleet("web", path="team"),
        [message(FLEET, ROLES), message(FLEET, PATH)],
    ),
}


@pytest.mark.parametrize(("declare", "lines"), PLAIN_VALUES.values(), ids=PLAIN_VALUES)
def test_plain_values_stop_the_whole_run(box: Sandbox, declare: Program, lines: Sequence[str]) -> None:
    """A user sees a line for each in the preview, and none else, so that nothing of the program is written."""

    def program() -> None:
        aws.iam.Role("made", name="made", assume_role_policy=TRUST)
        declare()

    [found] = errors(box.stack(program).preview)

    assert sorted(found.splitlines()) == sorted(lines)
    assert box.calls == []


OUTPUTS: Final[Mapping[str, tuple[Program, str]]] = {
    **{
        name: (permissions(**{**bad.inputs, name: as_output(bad.value)}), message(PERMISSIONS, bad))
        for name, bad in ONE_OF_EACH.items()
        if name in ("role", "policy_name", "kms_key_arns", "s3_log_cross_account")
    },
    "session_preferences": (
        permissions(session_preferences=as_output("\ud800")),
        message(PERMISSIONS, HALF),
    ),
    "path": (fleet(["web"], path=as_output("team")), message(FLEET, PATH)),
}


@pytest.mark.parametrize(("program", "line"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_is_refused_in_the_same_line(box: Sandbox, program: Program, line: str) -> None:
    """What turns out to be wrong only in `up` is refused with the same words, and no policy is written."""
    assert set(errors(box.stack(program).up)) == {line}
    assert writes(box) == [("CreateRole", "made")]


def test_a_wrong_input_of_an_update_leaves_the_policy(box: Sandbox) -> None:
    """A component that was right and becomes wrong keeps its policy as it is, and can be corrected."""
    wrong = ONE_OF_EACH["s3_log_bucket_arn"]
    box.create_role("web")
    box.stack(permissions()).up()
    before = box.role_policies("web")
    found = errors(box.stack(permissions(s3_log_bucket_arn=wrong.value)).up)
    between = box.role_policies("web")
    box.stack(permissions(s3_log_bucket_arn=BUCKET)).up()

    assert found == [message(PERMISSIONS, wrong)]
    assert between == before
    assert list(box.role_policies("web")) == list(before)
