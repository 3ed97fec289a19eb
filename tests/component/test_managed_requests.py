"""Which resources `SessionManagerManagedPolicy` asks the engine for, and how they hang together."""

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerManagedPolicyArgs
from tests.components import STACK
from tests.documents import ALL_GRANTS, CHANNELS, wanted
from tests.fleets import ATTACHMENT, COMPONENT, FLEET, POLICY, POLICY_ARN, attachments, children, compact, declare
from tests.mocks import UNKNOWN, run, unknown

FLEET_URN = f"{STACK}${COMPONENT}::fleet"


def test_one_policy_and_one_attachment_for_each_role() -> None:
    """The component holds a policy and an attachment for each role, called after it, and all are its children."""
    record = declare({"roles": ["web", "arn:aws:iam::123456789012:role/team/blue/api"], **ALL_GRANTS})

    assert [(made.type, made.name, made.inputs, made.request.parent) for made in record.registrations[1:]] == [
        (COMPONENT, "fleet", {}, f"{STACK}::project-stack"),
        (POLICY, "fleet-session-manager", {"policy": compact(*wanted(ALL_GRANTS))}, FLEET_URN),
        (ATTACHMENT, "fleet/web", {"role": "web", "policyArn": POLICY_ARN}, FLEET_URN),
        (ATTACHMENT, "fleet/api", {"role": "api", "policyArn": POLICY_ARN}, FLEET_URN),
    ]


def test_an_empty_list_is_a_policy_for_others_to_attach() -> None:
    """Without roles there is the policy alone, with its ARN as output."""
    record = declare({"roles": []})

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
    record = declare({"roles": roles})

    assert attachments(record) == [
        ("fleet/web", {"role": "web", "policyArn": POLICY_ARN}),
        ("fleet/api", {"role": "api", "policyArn": POLICY_ARN}),
    ]


def test_names_that_concatenate_to_the_same_text_are_different_resources() -> None:
    """Component `web` with role `api-prod` and component `web-api` with role `prod` do not collide."""

    def program() -> None:
        SessionManagerManagedPolicy("web", {"roles": ["api-prod"]})
        SessionManagerManagedPolicy("web-api", SessionManagerManagedPolicyArgs(roles=["prod"]))

    assert [name for name, _ in attachments(run(program))] == ["web/api-prod", "web-api/prod"]


def test_a_policy_is_replaced_before_it_is_deleted_and_an_attachment_after() -> None:
    """A replaced policy has another name; a replaced attachment is the same one, which the old one's end would take."""
    asked = children(declare({}))

    assert [(child.deleteBeforeReplaceDefined, child.deleteBeforeReplace) for child in asked] == [
        (True, False),
        (True, True),
    ]


def test_an_attachment_is_that_of_the_role_whatever_its_case() -> None:
    """IAM ignores the case of a role's name, and so does the name of the attachment."""
    made = declare({"roles": ["Web"]}).only(ATTACHMENT)
    child = made.request

    assert made.name == "fleet/web"
    assert made.inputs["role"] == "Web"
    assert list(child.ignoreChanges) == ["role"]


IDENTITIES = {"policy_name": ("a", "b"), "description": ("a", "b"), "path": ("/a/", "/b/")}


@pytest.mark.parametrize(("name", "values"), IDENTITIES.items(), ids=IDENTITIES)
def test_what_iam_cannot_change_is_a_part_of_the_names(name: str, values: tuple[str, str]) -> None:
    """Another name, description or path makes other resources, so that none of them has to be replaced."""
    one, other = ({child.name for child in children(declare({name: value}))} for value in values)

    assert one.isdisjoint(other)


@pytest.mark.parametrize(("name", "values"), IDENTITIES.items(), ids=IDENTITIES)
def test_an_output_cannot_be_a_part_of_the_names(name: str, values: tuple[str, str]) -> None:
    """An Output has no value when the resources are named: they may be replaced, the new ones first."""
    asked = children(declare({name: lambda: pulumi.Output.from_input(values[0])}))

    assert [child.name for child in asked] == ["fleet-session-manager", "fleet/web"]
    assert [child.deleteBeforeReplace for child in asked] == [False, False]


def test_a_preview_knows_each_role_whatever_the_key() -> None:
    """A key that is made in the same run leaves the document unknown, and the roles as they are."""
    record = declare({"kms_key_arns": lambda: [unknown()]}, preview=True)

    assert FLEET.policy(record) == {"policy": UNKNOWN}
    assert attachments(record) == [("fleet/web", {"role": "web", "policyArn": POLICY_ARN})]


def test_the_outputs() -> None:
    """The component gives ARN and name of the policy and its document, and registers the same."""
    record = declare({})
    expected = {
        "policy_arn": POLICY_ARN,
        "policy_name": "fleet-session-manager-1234567",
        "policy_json": compact(CHANNELS),
    }

    assert record.results == {**expected, "denied_actions": None}
    assert record.registered_outputs[FLEET_URN] == expected


def test_mocks_that_return_just_the_inputs_are_enough() -> None:
    """In a user's own unit test, whose mocks may know no ARN, the component still declares everything."""
    assert attachments(declare({}, bare=True)) == [("fleet/web", {"role": "web"})]
