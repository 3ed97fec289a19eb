"""docs/default-host-management.md: its program adds a key to the role that is registered."""

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.pages import Block, shows


@shows("docs/default-host-management.md", "First decide which role the nodes use")
def test_the_role_gets_the_key(box: Sandbox, shown: list[Block]) -> None:
    """By the name that follows the last slash, without the heartbeat."""
    role = "AWSSystemsManagerDefaultEC2InstanceManagementRole"
    box.create_role(role, path="/service-role/")
    key = box.client("kms").create_key()["KeyMetadata"]["Arn"]
    box.client("kms").create_alias(AliasName="alias/session-data", TargetKeyId=key)
    box.stack(shown[0].program()).up()

    assert list(box.role_policies(role).values()) == [policy_document(kms_key_arns=[key])]
