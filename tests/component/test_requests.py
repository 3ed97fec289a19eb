"""What the component asks of the engine: registrations, parents, options, outputs; in preview and in update."""

from typing import Any

import pytest

from pulumi_ssm_perms import policy_document
from tests import documents
from tests.documents import KEY, LOG_GROUP, policy
from tests.mocks import policy_of
from tests.permissions import COMPONENT, ROLE_POLICY, STACK, declared

PLAIN_JSON = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssmmessages:CreateControlChannel",'
    '"ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"}]}'
)

in_preview_and_update = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


@in_preview_and_update
def test_makes_two_registrations_and_no_call(preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A component is itself and one inline policy as its child, and asks AWS nothing.

    With plain inputs the whole request is known in preview already: role and document, and no name.
    """
    record = declared({}, preview=preview)

    assert [(made.type, made.name, made.inputs, made.request.parent) for made in record.registrations[1:]] == [
        (COMPONENT, "web", {}, f"{STACK}::project-stack"),
        (ROLE_POLICY, "web-session-manager", {"role": "web", "policy": PLAIN_JSON}, f"{STACK}${COMPONENT}::web"),
    ]
    assert record.invokes == []


@pytest.mark.parametrize("inputs", list(documents.combinations())[::23], ids=str)
def test_writes_the_document_of_policy_document(inputs: dict[str, Any]) -> None:
    """The component writes what AWS documents for its inputs, which is what `policy_document` returns."""
    record = declared(inputs)

    assert policy_of(record.only(ROLE_POLICY)) == policy(*documents.wanted(inputs)) == policy_document(**inputs)


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("web", "web"),
        ("arn:aws:iam::123456789012:role/web", "web"),
        ("arn:aws:iam::123456789012:role/service-role/web", "web"),
        ("arn:aws-cn:iam::123456789012:role/a/b/web", "web"),
        ("arn:aws-us-gov:iam::123456789012:role/web", "web"),
        ("a_+=,.@-Z", "a_+=,.@-Z"),
        ("a" * 64, "a" * 64),
    ],
)
def test_a_role_may_be_a_name_or_an_arn(role: str, name: str) -> None:
    """The policy goes to the role's name, whatever path and partition its ARN has."""
    record = declared({"role": role})

    assert record.only(ROLE_POLICY).inputs == {"role": name, "policy": PLAIN_JSON}


@pytest.mark.parametrize("name", ["a/b", "é", "a" * 105], ids=["slash", "non-ASCII", "long"])
def test_a_given_policy_name_frees_the_components_name(name: str) -> None:
    """With `policy_name` the component may be called what IAM would not take as a part of a policy's name."""
    record = declared({"policy_name": "fixed"}, name=name)

    assert record.only(ROLE_POLICY).name == "/web/fixed"


def test_the_longest_component_name() -> None:
    """A component's name of 104 characters leaves room for the rest of a generated policy name."""
    record = declared({}, name="a" * 104)

    assert record.only(ROLE_POLICY).name == "a" * 104 + "-session-manager"


@pytest.mark.parametrize(
    ("inputs", "first"), [({}, False), ({"policy_name": "fixed"}, True)], ids=["generated", "exact"]
)
def test_only_an_exact_name_is_deleted_before_it_is_replaced(inputs: dict[str, str], *, first: bool) -> None:
    """A generated name is another one after a replacement and comes first; an exact one is the same and cannot."""
    child = declared(inputs).only(ROLE_POLICY).request

    assert (child.deleteBeforeReplace, child.deleteBeforeReplaceDefined) == (first, True)


@in_preview_and_update
def test_outputs(preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The outputs are the role's name, the policy's name as IAM has it, and the document as JSON.

    The component registers them with the engine, but for `denied_actions`, which it has with `check_role` alone.
    """
    record = declared({"role": "arn:aws:iam::123456789012:role/service-role/web"}, preview=preview)
    expected = {"role_name": "web", "policy_name": "web-session-manager-1234567", "policy_json": PLAIN_JSON}

    assert record.results == {**expected, "denied_actions": None}
    assert record.registered_outputs[f"{STACK}${COMPONENT}::web"] == expected


def test_the_callers_inputs_stay_as_they_are() -> None:
    """The caller's dict and lists are read and not changed."""
    inputs = {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}
    declared(inputs)

    assert inputs == {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}
