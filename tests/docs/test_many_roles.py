"""docs/many-roles.md: its programs find the roles that they say, and what may go wrong goes wrong as it says."""

from typing import Final

from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal
from tests.docs.pages import ROLE, Block, shows
from tests.on_engine import errors, try_run

PAGE: Final = "docs/many-roles.md"
PATH: Final = "Roles of a path"
ELSEWHERE: Final = "210987654321"


def nodes(box: Sandbox, *names: str, path: str = "/nodes/") -> None:
    """Make roles; those that a page is about are in one folder."""
    for name in names:
        box.create_role(name, path=path)


def attached(box: Sandbox) -> dict[str, int]:
    """Return how many managed policies each role has, where it has some."""
    names = [role["RoleName"] for role in box.client("iam").list_roles()["Roles"]]
    return {name: count for name in sorted(names) if (count := len(box.attached_policies(name)))}


@shows(PAGE, "Roles that you can name")
def test_named_roles(box: Sandbox, shown: list[Block]) -> None:
    """In Python and in YAML each role gets the policy."""
    python, block = shown
    nodes(box, "worker-role")
    box.stack(python.program()).up()
    in_python = attached(box)
    in_yaml.up(box, block)

    assert [in_python, attached(box)] == [{ROLE: 1, "worker-role": 1}] * 2


@shows(PAGE, (PATH, 1))
@shows(PAGE, (PATH, 2))
def test_roles_of_a_path_and_a_pattern(box: Sandbox, shown: list[Block]) -> None:
    """The roles of the folder whose names match get the policy; a new one gets it next; YAML finds them as well."""
    python, block = shown
    nodes(box, "web-1", "worker", "batch")
    up = box.stack(python.program()).up()
    nodes(box, "web-2")
    before, _ = attached(box), in_yaml.up(box, block)

    assert up.outputs["denied_actions"].value == {}
    assert before == {"web-1": 1, "worker": 1}
    assert attached(box) == {"web-1": 1, "web-2": 1, "worker": 1}


@shows(PAGE, (PATH, 1))
def test_a_search_that_finds_nothing_ends_the_run(box: Sandbox, shown: list[Block]) -> None:
    """With the assertion the roles keep the policy; without it, the preview warns of an empty list."""
    [block] = shown
    nodes(box, "web-1")
    box.stack(block.program()).up()
    mistyped = block.changed('path_prefix="/nodes/"', 'path_prefix="/node/"')
    said = errors(box.stack(mistyped.program()).up)
    unasserted = mistyped.changed('assert found.arns, "no role has the path /nodes/"\n', "")
    warned = try_run(box.stack(unasserted.program()), "preview").said

    assert any("no role has the path /nodes/" in line for line in said), f"the empty path must be named: {said}"
    assert [line for line in warned if line.startswith("warning: roles is empty")] != []
    assert attached(box) == {"web-1": 1}


@shows(PAGE, "Roles with a tag")
def test_roles_with_a_tag(box: Sandbox, shown: list[Block]) -> None:
    """Only tagged roles get the policy and are checked, at the price of a call for each role that is searched."""
    [block] = shown
    nodes(box, "web-1", "worker")
    for name, value in {"web-1": "true", "worker": "no"}.items():
        box.client("iam").tag_role(RoleName=name, Tags=[{"Key": "ssm", "Value": value}])
    searched = len(box.client("iam").list_roles()["Roles"])
    box.forget()
    box.stack(block.program()).preview()
    asked = [call.action for call in box.calls]
    box.stack(block.program()).up()

    assert sorted(asked) == ["GetRole"] * (searched + 1) + ["ListRoles", "SimulatePrincipalPolicy"]
    assert attached(box) == {"web-1": 1}


@shows(PAGE, (PATH, 4))
def test_roles_of_aws_are_left_out(box: Sandbox, shown: list[Block]) -> None:
    """A search that finds them is refused with one line for each kind of them; with the comprehension it is not."""
    [program] = shown
    nodes(box, "AWSServiceRoleForAmazonSSM", path="/aws-service-role/ssm.amazonaws.com/")
    nodes(box, "AWSReservedSSO_Admin_0123456789abcdef", path="/aws-reserved/sso.amazonaws.com/eu-west-1/")
    every = program.changed(' if not {"aws-service-role", "aws-reserved"} & set(arn.split("/"))', "")
    [said] = errors(box.stack(every.program()).preview)
    box.stack(program.program()).up()

    assert len(said.splitlines()) == 2
    assert attached(box) == {"web": 1, ROLE: 1}


@shows(PAGE, "Several Regions or accounts")
def test_roles_of_two_accounts(box: Sandbox, shown: list[Block]) -> None:
    """Each account has a policy of its own on its own roles."""
    nodes(box, "worker")
    box.create_role("batch", path="/nodes/", account=ELSEWHERE)
    block = shown[0].changed('profile=account, region="eu-west-1"', "**provider_args(account=account)")
    box.stack(block.program(provider_args=box.provider_args)).up()

    assert attached(box) == {"worker": 1}
    assert len(box.attached_policies("batch", ELSEWHERE)) == 1


@shows(PAGE, "When a role leaves the list")
def test_a_role_that_leaves_the_list_is_noticed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Preview and up fail, and the role keeps the policy, until the protection of its attachment is gone."""
    program, console = shown
    nodes(box, "web-1", "worker-role")
    box.stack(program.program()).up()
    without = program.changed("sorted(found.names)", "sorted(found.names)[:1]")
    stack = box.stack(without.program())
    said = ["\n".join(errors(operation)) for operation in (stack.preview, stack.up)]
    kept = attached(box)
    terminal(stack).run(console.text)

    assert all("nodes/worker-role" in line and "protect" in line for line in said), f"protection must stop it: {said}"
    assert kept == {"web-1": 1, "worker-role": 1}
    assert attached(box) == {"web-1": 1}
