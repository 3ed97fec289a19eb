"""docs/default-host-management.md: its picture leads to one role or to none; its program adds a key to the role."""

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import HEARTBEAT
from tests.docs.pages import Block, arrows, shows

PAGE = "docs/default-host-management.md"
DECIDE = "First decide which role the nodes use"


@shows(PAGE, (DECIDE, 1))
def test_every_question_of_the_picture_has_both_answers(shown: list[Block]) -> None:
    """Each question leads on with yes and no; only the heartbeat decides whether the role of the profile is used."""
    found = arrows(shown[0])
    answers: dict[str, set[str]] = {}
    for start, label, _ in found:
        answers.setdefault(start, set()).add(label)
    [asked] = [start for start, label, end in found if end.startswith("The node uses the role of its profile.")]

    assert answers == {question: {"yes", "no"} for question in answers}
    assert {end for _, _, end in found if end.endswith("?")} < {*answers}
    assert HEARTBEAT in asked


@shows(PAGE, (DECIDE, 2))
def test_the_role_gets_the_key(box: Sandbox, shown: list[Block]) -> None:
    """By the name that follows the last slash, without the heartbeat."""
    role = "AWSSystemsManagerDefaultEC2InstanceManagementRole"
    box.create_role(role, path="/service-role/")
    key = box.client("kms").create_key()["KeyMetadata"]["Arn"]
    box.client("kms").create_alias(AliasName="alias/session-data", TargetKeyId=key)
    box.stack(shown[0].program()).up()

    assert list(box.role_policies(role).values()) == [policy_document(kms_key_arns=[key])]
