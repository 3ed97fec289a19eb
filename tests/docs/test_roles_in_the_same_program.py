"""docs/roles-in-the-same-program.md: an instance waits for the policy of its role, and a check for other policies."""

from typing import Any, Final

import pytest
import yaml

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.pages import Block, shows
from tests.mocks import run
from tests.on_engine import Run, inline_documents, try_run

PAGE: Final = "docs/roles-in-the-same-program.md"
WAIT: Final = "An instance must wait for the policy"

# To load pulumi_aws.ec2 is to be warned of an old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:aws\.ec2/encryptioncontrol:DeprecationWarning")


@pytest.mark.parametrize("exact", ["", ', policy_name="ssm"'], ids=["generated name", "exact name"])
@shows(PAGE, (WAIT, 1))
def test_the_instance_waits_for_the_policy(shown: list[Block], exact: str) -> None:
    """The engine is told that the instance depends on the policy, whatever its name."""
    [program] = shown
    record = run(program.changed("role=role.name, allow", f"role=role.name{exact}, allow").program())
    waits_for = [urn.rpartition("::")[2] for urn in record.only("aws:ec2/instance:Instance").request.dependencies]
    policy = record.only("aws:iam/rolePolicy:RolePolicy").name

    assert policy in waits_for


@shows(PAGE, (WAIT, 1))
@shows(PAGE, (WAIT, 2))
def test_the_yaml_declares_the_same(shown: list[Block]) -> None:
    """Its resources are those of the program in Python, and the instance depends on the component."""
    python, block = shown
    record = run(python.program())
    resources: dict[str, Any] = yaml.safe_load(block.text)["resources"]
    types = [each["type"] for each in resources.values()]
    component = {"role": "${role.name}", "allowUpdateInstanceInformation": True}
    made = {made.type for made in record.registrations} - {"pulumi:pulumi:Stack", "aws:iam/rolePolicy:RolePolicy"}

    assert {token.replace("index:", "").rpartition(":")[2] for token in made} == {
        token.rpartition(":")[2] for token in types
    }
    assert resources["sessions"]["properties"] == component
    assert resources["web"]["options"] == {"dependsOn": ["${sessions}"]}


@shows(PAGE, "Several policies of the role")
def test_the_check_counts_a_policy_that_it_waits_for(box: Sandbox, shown: list[Block]) -> None:
    """Preview and up warn of nothing, although the heartbeat is granted by the program's other policy."""
    stack = box.stack(shown[0].program())
    said = [try_run(stack, "preview"), try_run(stack, "up")]

    assert said == [Run(), Run()]
    assert policy_document() in inline_documents(box)
