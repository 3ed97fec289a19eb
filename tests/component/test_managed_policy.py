"""What SessionManagerManagedPolicy asks of the engine: one policy, and an attachment for each role."""

import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy
from tests.components import STACK
from tests.documents import ALL_GRANTS, CHANNELS, KEY, wanted
from tests.fleets import ATTACHMENT, FLEET, POLICY, POLICY_ARN, attachments, children, compact
from tests.fleets import COMPONENT as FLEET_COMPONENT
from tests.mocks import UNKNOWN, run, unknown

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


# Other digests or names of resources would detach the policy of a stack that is upgraded.
DIGESTS = {"policy_name": ("a", "aff173f"), "description": ("a", "c0470b9"), "path": ("/a/", "7ea53ee")}


@pytest.mark.parametrize(("name", "value", "digest"), [(name, *of) for name, of in DIGESTS.items()], ids=DIGESTS)
def test_what_iam_cannot_change_is_a_part_of_the_names(name: str, value: str, digest: str) -> None:
    """Another name, description or path makes other resources, so that none of them has to be replaced."""
    made = children(FLEET.declare({name: value}))

    assert [child.name for child in made] == [f"fleet-session-manager-{digest}", f"fleet/web/{digest}"]


def test_the_defaults_of_path_and_description_are_no_part_of_the_names() -> None:
    """The path / and an empty description make what none makes."""
    made = FLEET.declare({"path": "/", "description": ""})

    assert [child.name for child in children(made)] == ["fleet-session-manager", "fleet/web"]
    assert FLEET.policy(made) == {"policy": compact(CHANNELS)}


def test_a_preview_knows_each_role_whatever_the_key() -> None:
    """A key that is made in the same run leaves the document unknown, and the roles as they are."""
    record = FLEET.declare({"kms_key_arns": lambda: [KEY, unknown()]}, preview=True)

    assert FLEET.policy(record) == {"policy": UNKNOWN}
    assert attachments(record) == [("fleet/web", {"role": "web", "policyArn": POLICY_ARN})]


def test_mocks_that_return_just_the_inputs_are_enough() -> None:
    """In a user's own unit test, whose mocks may know no ARN, the component still declares everything."""
    assert attachments(FLEET.declare({}, bare=True)) == [("fleet/web", {"role": "web"})]
