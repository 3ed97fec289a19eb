"""What `SessionManagerPermissions` asks of the engine: registrations, parents, outputs; in preview and in update."""

from typing import Any, Final

import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from tests.components import COMPONENT, PERMISSIONS, ROLE_POLICY, STACK, declare
from tests.documents import CHANNELS, KEY, LOG_GROUP, combinations, policy, wanted
from tests.fleets import compact
from tests.mocks import policy_of, run

in_preview_and_update: Final = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


@in_preview_and_update
def test_makes_two_registrations_and_no_call(*, preview: bool) -> None:
    """A component is itself and one inline policy as its child, and asks AWS nothing.

    With plain inputs the whole request is known in preview already: role and document, and no name.
    """
    record = declare({}, preview=preview)
    inputs = {"role": "web", "policy": compact(CHANNELS)}

    assert [(made.type, made.name, made.inputs, made.request.parent) for made in record.registrations[1:]] == [
        (COMPONENT, "web", {}, f"{STACK}::project-stack"),
        (ROLE_POLICY, "web-session-manager", inputs, f"{STACK}${COMPONENT}::web"),
    ]
    assert record.invokes == []


@pytest.mark.parametrize("inputs", list(combinations())[::23], ids=str)
def test_writes_the_document_of_policy_document(inputs: dict[str, Any]) -> None:
    """The component writes what AWS documents for its inputs, which is what `policy_document` returns."""
    record = declare(inputs)

    assert policy_of(record.only(ROLE_POLICY)) == policy(*wanted(inputs)) == policy_document(**inputs)


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("arn:aws:iam::123456789012:role/web", "web"),
        ("arn:aws:iam::123456789012:role/service-role/web", "web"),
        ("arn:aws-cn:iam::123456789012:role/a/b/web", "web"),
        ("a_+=,.@-Z", "a_+=,.@-Z"),
        ("a" * 64, "a" * 64),
    ],
)
def test_a_role_may_be_a_name_or_an_arn(role: str, name: str) -> None:
    """The policy goes to the role's name, whatever path and partition its ARN has."""
    assert PERMISSIONS.policy(declare({"role": role}))["role"] == name


def test_a_generated_name_is_made_before_the_old_one_is_deleted() -> None:
    """It is another one after a replacement, so that it can come first."""
    child = declare({}).only(ROLE_POLICY).request

    assert child.deleteBeforeReplace is False, "a generated name must be created first"
    assert child.deleteBeforeReplaceDefined is True, "the order must be said: the provider would delete first"


@in_preview_and_update
def test_outputs(*, preview: bool) -> None:
    """The outputs are the role's name, the policy's name as IAM has it, and the document as JSON.

    The component registers them with the engine, but for `denied_actions`, which it has with `check_role` alone.
    """
    record = declare({"role": "arn:aws:iam::123456789012:role/service-role/web"}, preview=preview)
    expected = {"role_name": "web", "policy_name": "web-session-manager-1234567", "policy_json": compact(CHANNELS)}

    assert record.results == {**expected, "denied_actions": None}
    assert record.registered_outputs[f"{STACK}${COMPONENT}::web"] == expected


def test_the_callers_inputs_stay_as_they_are() -> None:
    """The caller's dict and lists are read and not changed."""
    inputs: Any = {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}
    run(lambda: SessionManagerPermissions("web", inputs))

    assert inputs == {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}
