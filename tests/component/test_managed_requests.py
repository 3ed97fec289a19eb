"""Which resources `SessionManagerManagedPolicy` asks the engine for, and how they hang together."""

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerManagedPolicyArgs
from tests import permissions
from tests.documents import ALL_GRANTS, CHANNELS
from tests.fleets import ATTACHMENT, COMPONENT, POLICY, POLICY_ARN, attachments, children, compact, declared
from tests.mocks import ran

STACK_URN = "urn:pulumi:stack::project::pulumi:pulumi:Stack::project-stack"
FLEET_URN = f"urn:pulumi:stack::project::pulumi:pulumi:Stack${COMPONENT}::fleet"


def test_one_policy_and_one_attachment_for_each_role() -> None:
    """The component holds a policy and an attachment for each role, called after it, and all are its children."""
    record = declared({"roles": ["web", "arn:aws:iam::123456789012:role/team/blue/api", "batch"]})

    assert [(made.type, made.name, made.inputs, made.request.parent) for made in record.registrations[1:]] == [
        (COMPONENT, "fleet", {}, STACK_URN),
        (POLICY, "fleet-session-manager", {"policy": compact(CHANNELS)}, FLEET_URN),
        (ATTACHMENT, "fleet/web", {"role": "web", "policyArn": POLICY_ARN}, FLEET_URN),
        (ATTACHMENT, "fleet/api", {"role": "api", "policyArn": POLICY_ARN}, FLEET_URN),
        (ATTACHMENT, "fleet/batch", {"role": "batch", "policyArn": POLICY_ARN}, FLEET_URN),
    ]


def test_an_empty_list_is_a_policy_for_others_to_attach() -> None:
    """Without roles there is the policy alone, with its ARN as output."""
    record = declared({"roles": []})

    assert [made.type for made in record.registrations[1:]] == [COMPONENT, POLICY]
    assert record.results["policy_arn"] == POLICY_ARN


@pytest.mark.parametrize(
    "roles",
    [
        ("web", "api"),
        ["arn:aws:iam::123456789012:role/web", "api"],
        ["arn:aws-us-gov:iam::123456789012:role/a/b/web", "arn:aws-us-gov:iam::123456789012:role/api"],
    ],
    ids=["a tuple", "a name and an ARN", "ARNs with and without a path"],
)
def test_a_role_is_its_name_however_it_is_given(roles: list[str]) -> None:
    """Name and ARN, in any partition and with any path, make the same attachments."""
    record = declared({"roles": roles})

    assert attachments(record) == [
        ("fleet/web", {"role": "web", "policyArn": POLICY_ARN}),
        ("fleet/api", {"role": "api", "policyArn": POLICY_ARN}),
    ]


def test_names_that_concatenate_to_the_same_text_are_different_resources() -> None:
    """Component `web` with role `api-prod` and component `web-api` with role `prod` do not collide."""

    def program() -> None:
        SessionManagerManagedPolicy("web", {"roles": ["api-prod"]})
        SessionManagerManagedPolicy("web-api", SessionManagerManagedPolicyArgs(roles=["prod"]))

    assert [name for name, _ in attachments(ran(program))] == ["web/api-prod", "web-api/prod"]


def test_a_policy_is_replaced_before_it_is_deleted_and_an_attachment_after() -> None:
    """A replaced policy has another name; a replaced attachment is the same one, which the old one's end would take."""
    asked = children(declared({"roles": ["web"]}))

    assert [(child.deleteBeforeReplaceDefined, child.deleteBeforeReplace) for child in asked] == [
        (True, False),
        (True, True),
    ]


IDENTITIES = {"policy_name": ("a", "b"), "description": ("a", "b"), "path": ("/a/", "/b/")}


@pytest.mark.parametrize(("name", "values"), IDENTITIES.items(), ids=IDENTITIES)
def test_what_iam_cannot_change_is_a_part_of_the_names(name: str, values: tuple[str, str]) -> None:
    """Another name, description or path makes other resources, so that none of them has to be replaced."""
    one, other = ({child.name for child in children(declared({"roles": ["web"], name: value}))} for value in values)

    assert one.isdisjoint(other)


@pytest.mark.parametrize(("name", "values"), IDENTITIES.items(), ids=IDENTITIES)
def test_an_output_cannot_be_a_part_of_the_names(name: str, values: tuple[str, str]) -> None:
    """An Output has no value when the resources are named: they may be replaced, the new ones first."""
    asked = children(declared({"roles": ["web"], name: lambda: pulumi.Output.from_input(values[0])}))

    assert [(child.name, child.deleteBeforeReplace) for child in asked] == [
        ("fleet-session-manager", False),
        ("fleet/web", False),
    ]


def test_a_protected_component_protects_its_children() -> None:
    """`protect` on the component holds for policy and attachments."""
    asked = children(declared({"roles": ["web"]}, pulumi.ResourceOptions(protect=True)))

    assert [child.protect for child in asked] == [True, True]


def test_the_components_provider_is_the_childrens() -> None:
    """An explicit provider of the component serves policy and attachments."""

    def program() -> None:
        provider = aws.Provider("other", region="eu-central-1")
        SessionManagerManagedPolicy("fleet", {"roles": ["web"]}, pulumi.ResourceOptions(provider=provider))

    asked = children(ran(program))

    assert [child.provider.rpartition("::")[0] for child in asked] == [
        "urn:pulumi:stack::project::pulumi:pulumi:Stack$pulumi:providers:aws::other"
    ] * 2


def test_the_outputs() -> None:
    """The component gives ARN and name of the policy and its document, and registers the same."""
    record = declared({"roles": ["web"]})
    expected = {
        "policy_arn": POLICY_ARN,
        "policy_name": "fleet-session-manager-1234567",
        "policy_json": compact(CHANNELS),
    }

    assert record.results == {**expected, "denied_actions": None}
    assert record.registered_outputs[FLEET_URN] == expected


def test_mocks_that_return_just_the_inputs_are_enough() -> None:
    """In a user's own unit test, whose mocks may know no ARN, the component still declares everything."""
    record = declared({"roles": ["web"]}, bare=True)

    assert attachments(record) == [("fleet/web", {"role": "web"})]


def test_both_components_write_the_same_document() -> None:
    """The same grants make the same bytes, inline or managed."""
    inline = permissions.declared(ALL_GRANTS).only(permissions.ROLE_POLICY)
    managed = declared({"roles": ["web"], **ALL_GRANTS}).only(POLICY)

    assert managed.inputs["policy"] == inline.inputs["policy"]
