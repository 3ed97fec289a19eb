"""Wrong inputs as a user meets them: one line from `pulumi up`, no traceback, and nothing of the component written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests.bad_inputs import BAD_INPUTS, Bad
from tests.documents import BUCKET, KEY
from tests.on_engine import Program, errors, permissions, pulumi_up, writes

WEB: Final = "SessionManagerPermissions 'web'"
ROLE_WAY_OUT: Final = "write the name or the ARN of an existing role"
NO_ROLE: Final = f"{WEB}: role '': it names no role; {ROLE_WAY_OUT}"
NO_BUCKET: Final = (
    f"{WEB}: s3_log_bucket_arn 'logs': it is a name or an id, not an ARN; pass bucket.arn, or write the bucket's ARN, "
    "arn:PARTITION:s3:::BUCKET"
)
TRUST: Final = '{"Version":"2012-10-17","Statement":[]}'

# One wrong value of each input; every other one is refused in the same way, which is tested without the engine.
ONE_OF_EACH: Final = tuple({bad.name: bad for bad in reversed(BAD_INPUTS)}.values())
BROKEN_LINE: Final = next(bad for bad in BAD_INPUTS if bad.value == "we\nb")
KEYS: Final = [f"arn:aws:kms:eu-west-1:123456789012:key/{number:036}" for number in range(128)]
OVERSIZE: Final = (
    f"{WEB}: the policy document: it has 10,254 characters without white space, and IAM takes 10,240 for all inline "
    "policies of a role; use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
)


def trusted_role() -> aws.iam.Role:
    """Declare a role of the same program."""
    return aws.iam.Role("made", name="made", assume_role_policy=TRUST)


@pytest.mark.parametrize("bad", [*ONE_OF_EACH, BROKEN_LINE], ids=lambda bad: f"{bad.name}={bad.value!r}"[:40])
def test_a_plain_value_is_refused_in_one_line(box: Sandbox, bad: Bad) -> None:
    """A user sees one line, with the component, the input, its value, the rule and the way out; AWS sees nothing."""
    stack = box.stack(permissions(**bad.inputs))

    assert errors(stack.up) == [f"{WEB}: {bad.line}"]
    assert box.calls == []


@pytest.mark.parametrize("bad", [*ONE_OF_EACH, BROKEN_LINE], ids=lambda bad: f"{bad.name}={bad.value!r}"[:40])
def test_an_output_is_refused_in_the_same_line(box: Sandbox, bad: Bad) -> None:
    """What turns out to be wrong only in `up` is refused with the same words, and no policy is written."""

    def late() -> pulumi.Output[Any]:
        return trusted_role().arn.apply(lambda _: bad.value)

    stack = box.stack(permissions(**{**bad.inputs, bad.name: late}))

    assert errors(stack.up) == [f"{WEB}: {bad.line}"]
    assert writes(box) == [("CreateRole", "made")]


def test_an_output_that_is_not_known_yet_is_not_refused(box: Sandbox) -> None:
    """A preview that cannot know the value has nothing to say of it."""
    stack = box.stack(permissions(role=lambda: trusted_role().arn.apply(lambda _: "")))
    result = stack.preview()

    assert result.change_summary == {auto.OpType.CREATE: 4}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (permissions(role=None), f"{WEB}: role None: it is required; {ROLE_WAY_OUT}"),
        (
            permissions(kms_key_arn=KEY),
            f"{WEB}: 'kms_key_arn': there is no such input; did you mean kms_key_arns?",
        ),
        (
            permissions("a b"),
            (
                "SessionManagerPermissions 'a b': name 'a b': the policy is named after it, "
                "NAME-session-manager-1234567, and IAM takes at most 128 letters, digits and _+=,.@-, which leaves 104 "
                "for the component's name; choose another component name, or give policy_name, which then has to be "
                "unique on the role"
            ),
        ),
        (permissions(kms_key_arns=KEYS), OVERSIZE),
        (permissions(role="", s3_log_bucket_arn="logs"), f"{NO_ROLE}\n{NO_BUCKET}"),
    ],
    ids=["no role", "unknown input", "component name", "too many keys", "two of them"],
)
def test_what_is_wrong_as_a_whole(box: Sandbox, program: Program, expected: str) -> None:
    """A missing and an unknown input, a name, a size and several wrong inputs are told as plainly, a line for each."""
    assert errors(box.stack(program).up) == [expected]
    assert box.calls == []


def test_a_role_object_is_told_what_to_pass(box: Sandbox) -> None:
    """Somebody who passes the role itself reads which attribute to pass."""
    stack = box.stack(permissions(role=trusted_role))

    assert errors(stack.preview) == [f"{WEB}: role (Role): it is a resource, not a string; pass role.name"]


@pytest.mark.parametrize("first", [True, False], ids=["declared first", "declared last"])
def test_a_plain_value_stops_the_whole_run(box: Sandbox, *, first: bool) -> None:
    """`pulumi up` fails in its preview: nothing else that the program declares is written either."""

    def program() -> None:
        declarations: Sequence[Callable[[], Any]] = [permissions(role=""), trusted_role]
        for declare in declarations if first else reversed(declarations):
            declare()

    stack = box.stack(program)

    assert errors(lambda: pulumi_up(stack)) == [NO_ROLE]
    assert box.calls == []


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


@pytest.mark.parametrize(
    "given",
    [
        {"s3_log_bucket_arn": lambda: pulumi.Output.secret("hidden")},
        {"kms_key_arns": lambda: [KEY, pulumi.Output.secret("hidden")]},
        {"role": lambda: pulumi.Output.secret("hidden role")},
    ],
    ids=["a value", "an element", "the role"],
)
def test_a_secret_is_never_shown(box: Sandbox, given: Mapping[str, Any]) -> None:
    """An error about a secret says `[secret]` where the value would be."""
    [found] = errors(box.stack(permissions(**given)).up)

    assert found.split(": ")[1].split(" ")[1] == "[secret]"
    assert "hidden" not in found
