"""Wrong inputs as a user meets them: lines from `pulumi up`, no traceback, and nothing of the component written.

Every wrong value has its line in `tests/bad_inputs.py` and `tests/bad_fleets.py`, and is tried without the engine.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy
from sandbox import Sandbox
from tests.bad_fleets import NO_OUTPUT, PATH, PLAIN
from tests.bad_inputs import BAD_INPUTS, NO_LIST, Bad
from tests.documents import BUCKET
from tests.on_engine import TRUST, errors, permissions, pulumi_up, writes

WEB: Final = "SessionManagerPermissions 'web': "
FLEET: Final = "SessionManagerManagedPolicy 'fleet': "

# One wrong value of each input; that of the role is two lines if it is printed as it is.
ONE_OF_EACH: Final[Mapping[str, Bad]] = {
    **{bad.name: bad for bad in reversed(BAD_INPUTS)},
    "role": next(bad for bad in BAD_INPUTS if bad.value == "we\nb"),
}
NO_BUCKET: Final = (
    f"{WEB}s3_log_bucket_arn 'logs': it is a name or an id, not an ARN; pass bucket.arn, or write the bucket's ARN, "
    "arn:PARTITION:s3:::BUCKET"
)


def trusted_role() -> aws.iam.Role:
    """Declare a role of the same program."""
    return aws.iam.Role("made", name="made", assume_role_policy=TRUST)


def test_plain_values_are_refused_in_a_line_each(box: Sandbox) -> None:
    """A user sees a line for each, with component, input, value, rule and way out, and none else; AWS sees nothing."""
    wrong = {name: bad.value for name, bad in ONE_OF_EACH.items()}
    [found] = errors(box.stack(permissions(**wrong)).up)

    assert sorted(found.splitlines()) == sorted(f"{WEB}{bad.line}" for bad in ONE_OF_EACH.values())
    assert box.calls == []


@pytest.mark.parametrize("name", ["role", "policy_name", "kms_key_arns", "s3_log_cross_account"])
def test_an_output_is_refused_in_the_same_line(box: Sandbox, name: str) -> None:
    """What turns out to be wrong only in `up` is refused with the same words, and no policy is written."""
    bad = ONE_OF_EACH[name]

    def as_output() -> pulumi.Output[Any]:
        return trusted_role().arn.apply(lambda _: bad.value)

    stack = box.stack(permissions(**{**bad.inputs, name: as_output}))

    assert errors(stack.up) == [f"{WEB}{bad.line}"]
    assert writes(box) == [("CreateRole", "made")]


def fleet(args: Mapping[str, Any]) -> None:
    """Declare a component for many roles; what is callable, the program makes."""
    made: Any = {name: value() if callable(value) else value for name, value in args.items()}
    SessionManagerManagedPolicy("fleet", made)


WRONG_FLEETS: Final[Mapping[str, tuple[Mapping[str, Any], str]]] = {
    "an Output as list": ({"roles": lambda: pulumi.Output.from_input(["web"])}, f"{FLEET}roles: {NO_OUTPUT}; {PLAIN}"),
    "two inputs": (
        {"roles": "web", "path": "team"},
        f"{FLEET}roles 'web': {NO_LIST}\n{FLEET}path 'team': {PATH}",
    ),
}


@pytest.mark.parametrize(
    ("declare", "line"),
    [
        (permissions(s3_log_bucket_arn="logs"), NO_BUCKET),
        *((lambda args=args: fleet(args), line) for args, line in WRONG_FLEETS.values()),
    ],
    ids=["one role", *WRONG_FLEETS],
)
def test_a_plain_value_stops_the_whole_run(box: Sandbox, declare: Callable[[], None], line: str) -> None:
    """`pulumi up` fails in its preview: nothing that the program has declared before is written either."""

    def program() -> None:
        trusted_role()
        declare()

    stack = box.stack(program)

    assert errors(lambda: pulumi_up(stack)) == [line]
    assert box.calls == []


def test_an_output_of_a_fleet_is_refused_as_it_resolves(box: Sandbox) -> None:
    """It is refused in the same words, and nothing of the component is written."""
    path = pulumi.Output.from_input
    said = errors(box.stack(lambda: fleet({"roles": ["web"], "path": path("team")})).up)

    assert (set(said), box.writes) == ({f"{FLEET}path 'team': {PATH}"}, [])


def test_a_wrong_input_of_an_update_leaves_the_policy(box: Sandbox) -> None:
    """A component that was right and becomes wrong keeps its policy as it is, and can be corrected."""
    box.create_role("web")
    box.stack(permissions()).up()
    before = box.role_policies("web")
    found = errors(box.stack(permissions(s3_log_bucket_arn="logs")).up)
    between = box.role_policies("web")
    box.stack(permissions(s3_log_bucket_arn=BUCKET)).up()

    assert (found, between) == ([NO_BUCKET], before)
    assert list(box.role_policies("web")) == list(before)
