"""docs/options.md: what the options of a component and of its parent do to its policy, on the engine."""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up

PAGE: Final = "docs/options.md"
REACHES: Final = "What reaches the policy"
BY_A_TRANSFORM: Final = "Any option, by a transform"

OWN: Final = {"transforms": True, "transformations": True, "custom_timeouts": True, "deleted_with": False}
"""The options that a component is given, and whether each is seen at a policy with an exact name."""
OF_A_PARENT: Final = {"retain_on_delete": False, "transforms": False, "deleted_with": False}
"""The same of options that the component's parent alone has."""
SEEN: Final = {"retain_on_delete": "retainOnDelete", "deleted_with": "deletedWith", "custom_timeouts": "customTimeouts"}
"""Where the state has an option; what else there is protects the policy."""


def protect(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect whatever the transform is asked about."""
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


def protect_as_before(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Do the same in the older way."""
    args.opts.protect = True
    return pulumi.ResourceTransformationResult(args.props, args.opts)


def declare(role: str, opts: pulumi.ResourceOptions) -> None:
    """Declare a component with a generated name on a role, and one with an exact name."""
    SessionManagerPermissions(role, role=role, opts=opts)
    SessionManagerPermissions(f"{role}-exact", role=role, policy_name="ssm", opts=opts)


@pytest.fixture(scope="module")
def found(shared_box: Sandbox) -> Mapping[tuple[str, bool], Any]:
    """Deploy components with each option; return the policies in the state, by role and whether the name is exact."""
    shared_box.reset()
    for role in (*OWN, *(f"parents-{option}" for option in OF_A_PARENT)):
        shared_box.create_role(role)

    def program() -> None:
        values: Mapping[str, Any] = {
            "retain_on_delete": True,
            "transforms": [protect],
            "transformations": [protect_as_before],
            "custom_timeouts": pulumi.CustomTimeouts(create="9m"),
            "deleted_with": aws.iam.Policy("other", policy=json.dumps(policy_document())),
        }
        for option in OWN:
            declare(option, pulumi.ResourceOptions(**{option: values[option]}))
        for option in OF_A_PARENT:
            opts = pulumi.ResourceOptions(**{option: values[option]})
            above = pulumi.ComponentResource("app:index:Team", option, None, opts)
            declare(f"parents-{option}", pulumi.ResourceOptions(parent=above))

    resources = (up(shared_box, program).export_stack().deployment or {})["resources"]
    policies = [each for each in resources if each["type"] == "aws:iam/rolePolicy:RolePolicy"]
    return {(each["inputs"]["role"], each["inputs"]["name"] == "ssm"): each for each in policies}


@pytest.mark.parametrize("exact", [False, True], ids=["generated", "exact"])
def test_what_reaches_the_policy(found: Mapping[tuple[str, bool], Any], *, exact: bool) -> None:
    """As the page's tables say: a generated name inherits all, an exact one gets what the component can hand on."""
    own, of_a_parent = (
        {option: bool(found[f"{above}{option}", exact].get(SEEN.get(option, "protect"))) for option in options}
        for above, options in (("", OWN), ("parents-", OF_A_PARENT))
    )

    assert own == (OWN if exact else dict.fromkeys(OWN, True))
    assert of_a_parent == (OF_A_PARENT if exact else dict.fromkeys(OF_A_PARENT, True))


def test_the_tables_name_every_option() -> None:
    """An option of a newer SDK is missing there until the page says whether it reaches the policy."""
    named = {name for row in table(PAGE, REACHES) for name in re.findall(r"`(\w+)`", row[0])}

    # YAML's name of `import_`.
    assert named - {"import"} == {*inspect.signature(pulumi.ResourceOptions).parameters}


@shows(PAGE, BY_A_TRANSFORM)
def test_a_transform_sets_hooks_on_the_policy(box: Sandbox, shown: list[Block]) -> None:
    """The policy has the page's hook, and its component has none."""
    up(box, shown[0].program())
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    hooks = {each["type"]: each["resourceHooks"] for each in resources if each.get("resourceHooks")}

    assert hooks == {"aws:iam/rolePolicy:RolePolicy": {"BeforeDelete": ["announce"]}}


@shows(PAGE, REACHES)
def test_options_in_yaml(box: Sandbox, shown: list[Block]) -> None:
    """The page's options reach the policy."""
    in_yaml.up(box, shown[0])
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    [policy] = [each for each in resources if each["urn"].endswith("::/web-role/SessionManager")]

    assert (policy["protect"], policy["retainOnDelete"]) == (True, True)
