"""What SessionManagerManagedPolicy asks of the engine: one policy, and an attachment for each role."""

from pulumi_ssm_perms import SessionManagerManagedPolicy
from tests.components import STACK
from tests.documents import ALL_GRANTS, CHANNELS, wanted
from tests.fleets import ATTACHMENT, FLEET, POLICY, POLICY_ARN, attachments, compact
from tests.fleets import COMPONENT as FLEET_COMPONENT
from tests.mocks import run

FLEET_URN = f"{STACK}${FLEET_COMPONENT}::fleet"


def test_a_fleet_is_one_policy_and_one_attachment_for_each_role() -> None:
    """The component holds a policy and an attachment for each role, called after its name, and all are its children."""
    record = FLEET.declare({"roles": ("web", "arn:aws-us-gov:iam::123456789012:role/team/blue/api"), **ALL_GRANTS})

    assert [(made.type, made.name, made.inputs, made.request.parent) for made in record.registrations[1:]] == [
        (FLEET_COMPONENT, "fleet", {}, f"{STACK}::project-stack"),
        (POLICY, "fleet-session-manager", {"policy": compact(*wanted(ALL_GRANTS))}, FLEET_URN),
        (ATTACHMENT, "fleet/web", {"role": "web", "policyArn": POLICY_ARN}, FLEET_URN),
        (ATTACHMENT, "fleet/api", {"role": "api", "policyArn": POLICY_ARN}, FLEET_URN),
    ]


def test_an_attachment_is_that_of_the_component_and_the_role() -> None:
    """Names that concatenate to the same text are different resources; IAM ignores the case of a role's name."""

    def program() -> None:
        SessionManagerManagedPolicy("web", {"roles": ["api-prod"]})
        SessionManagerManagedPolicy("web-api", {"roles": ["Prod"]})

    made = [made for made in run(program).registrations if made.type == ATTACHMENT]

    assert [(each.name, each.inputs["role"], list(each.request.ignoreChanges)) for each in made] == [
        ("web/api-prod", "api-prod", ["role"]),
        ("web-api/prod", "Prod", ["role"]),
    ]


def test_the_defaults_of_path_and_description_are_what_none_makes() -> None:
    """IAM answers no description for an empty one, and cannot change either: a difference would be a replacement."""
    assert FLEET.policy(FLEET.declare({"path": "/", "description": ""})) == {"policy": compact(CHANNELS)}


def test_mocks_that_return_just_the_inputs_are_enough() -> None:
    """In a user's own unit test, whose mocks may know no ARN, the component still declares everything."""
    assert attachments(FLEET.declare({}, bare=True)) == [("fleet/web", {"role": "web"})]
