"""What the component asks of the engine: registrations, parents, options, outputs; in preview and in update."""

from collections.abc import Mapping
from typing import Any

import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from tests import documents
from tests.documents import CHANNELS, KEY, LOG_GROUP, OTHER_KEY, policy
from tests.mocks import policy_of, ran
from tests.permissions import COMPONENT, ROLE_POLICY, STACK, declared

PLAIN_JSON = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssmmessages:CreateControlChannel",'
    '"ssmmessages:CreateDataChannel","ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Resource":"*"}]}'
)
EVERYTHING: Mapping[str, Any] = {
    "kms_key_arns": [OTHER_KEY, KEY],
    "allow_update_instance_information": True,
    "s3_log_bucket_arn": documents.BUCKET,
    "s3_log_key_prefix": "team/web",
    "s3_log_cross_account": True,
    "s3_log_kms_key_arn": documents.BUCKET_KEY,
    "cloudwatch_log_group_arns": [LOG_GROUP],
}

in_preview_and_update = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


@in_preview_and_update
def test_makes_two_registrations_and_no_call(preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A component is two registrations beside the stack, itself and one inline policy, and asks AWS nothing."""
    record = declared(EVERYTHING, preview=preview)

    assert [(made.type, made.name) for made in record.registrations] == [
        ("pulumi:pulumi:Stack", "project-stack"),
        (COMPONENT, "web"),
        (ROLE_POLICY, "web-session-manager"),
    ]
    assert record.invokes == []


@in_preview_and_update
def test_the_policy_has_role_and_document(preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """With plain inputs the whole request is known in preview already: role and document, and no name."""
    record = declared({}, preview=preview)

    assert record.only(ROLE_POLICY).inputs == {"role": "web", "policy": PLAIN_JSON}


def test_the_component_itself_has_no_inputs() -> None:
    """The component registers no inputs: what it was given is in the policy."""
    record = declared(EVERYTHING)

    assert record.only(COMPONENT).inputs == {}


@pytest.mark.parametrize("inputs", list(documents.combinations())[::23], ids=str)
def test_writes_the_document_of_policy_document(inputs: dict[str, Any]) -> None:
    """The component writes what AWS documents for its inputs, which is what `policy_document` returns."""
    record = declared(inputs)

    assert policy_of(record.only(ROLE_POLICY)) == policy(*documents.wanted(inputs)) == policy_document(**inputs)


def test_everything_in_one_policy() -> None:
    """All grants together are one document, with AWS's statements in AWS's order."""
    record = declared(EVERYTHING)

    assert policy_of(record.only(ROLE_POLICY)) == policy(
        documents.CHANNELS_AND_HEARTBEAT,
        documents.FIND_LOG_GROUPS,
        documents.write_groups(f"{LOG_GROUP}:*"),
        documents.put(f"{documents.BUCKET}/team/web/*", cross_account=True),
        documents.BUCKET_ENCRYPTION,
        documents.decrypt([OTHER_KEY, KEY]),
        documents.encrypt_logs(documents.BUCKET_KEY),
    )


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


def test_a_given_policy_name_is_used_as_it_is() -> None:
    """With `policy_name` the policy has just that name, in IAM and together with its role in Pulumi."""
    record = declared({"role": "Web", "policy_name": "SessionManagerPermissions"})

    assert record.only(ROLE_POLICY).name == "/web/SessionManagerPermissions"
    assert record.only(ROLE_POLICY).inputs == {
        "role": "Web",
        "name": "SessionManagerPermissions",
        "policy": PLAIN_JSON,
    }


@pytest.mark.parametrize("name", ["a/b", "é", "a" * 105], ids=["slash", "non-ASCII", "long"])
def test_a_given_policy_name_frees_the_components_name(name: str) -> None:
    """With `policy_name` the component may be called what IAM would not take as a part of a policy's name."""
    record = declared({"policy_name": "fixed"}, name=name)

    assert record.only(ROLE_POLICY).name == "/web/fixed"


def test_the_longest_component_name() -> None:
    """A component's name of 104 characters leaves room for the rest of a generated policy name."""
    record = declared({}, name="a" * 104)

    assert record.only(ROLE_POLICY).name == "a" * 104 + "-session-manager"


def test_the_policy_is_the_components_child() -> None:
    """The policy stands below the component in the stack, and in its URN."""
    record = declared({})
    component, child = record.only(COMPONENT).request, record.only(ROLE_POLICY).request

    assert component.parent == f"{STACK}::project-stack"
    assert child.parent == f"{STACK}${COMPONENT}::web"


@pytest.mark.parametrize(
    ("inputs", "first"), [({}, False), ({"policy_name": "fixed"}, True)], ids=["generated", "exact"]
)
def test_only_an_exact_name_is_deleted_before_it_is_replaced(inputs: dict[str, str], *, first: bool) -> None:
    """A generated name is another one after a replacement and comes first; an exact one is the same and cannot."""
    child = declared(inputs).only(ROLE_POLICY).request

    assert (child.deleteBeforeReplace, child.deleteBeforeReplaceDefined) == (first, True)


@in_preview_and_update
def test_outputs(preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The outputs are the role's name, the policy's name as IAM has it, and the document as JSON."""
    record = declared({"role": "arn:aws:iam::123456789012:role/service-role/web"}, preview=preview)

    assert record.results == {
        "role_name": "web",
        "policy_name": "web-session-manager-1234567",
        "policy_json": PLAIN_JSON,
        "denied_actions": None,
    }


def test_registers_its_outputs() -> None:
    """The component registers its outputs with the engine; without `check_role` there is no `denied_actions`."""
    record = declared({})

    assert record.registered_outputs[f"{STACK}${COMPONENT}::web"] == {
        "role_name": "web",
        "policy_name": "web-session-manager-1234567",
        "policy_json": PLAIN_JSON,
    }


def test_the_same_inputs_make_the_same_bytes() -> None:
    """The document is the same text whatever the order of the inputs, so that a second run has nothing to do."""
    one = declared(EVERYTHING)
    two = declared(dict(reversed(list(EVERYTHING.items()))))

    assert one.results["policy_json"] == two.results["policy_json"]


def test_two_components_on_one_role() -> None:
    """Components of different names keep out of each other's way on one role."""

    def program() -> None:
        SessionManagerPermissions("eu", {"role": "web"})
        SessionManagerPermissions("us", {"role": "web", "kms_key_arns": [OTHER_KEY]})

    record = ran(program)
    written = {made.name: policy_of(made) for made in record.registrations if made.type == ROLE_POLICY}

    assert written == {
        "eu-session-manager": policy(CHANNELS),
        "us-session-manager": policy(CHANNELS, documents.decrypt(OTHER_KEY)),
    }


def test_the_callers_inputs_stay_as_they_are() -> None:
    """The caller's dict and lists are read and not changed."""
    inputs = {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}
    declared(inputs)

    assert inputs == {"role": "web", "kms_key_arns": [KEY, KEY], "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*"]}
