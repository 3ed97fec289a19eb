"""Policies with exact names on roles of the same program: a role that is replaced passes its policy on."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.moves import TEAM, Wrapper, deleted, put, wrap
from tests.on_engine import TRUST, Program, errors, steps, writes

OURS: Final = policy(CHANNELS)
SQUAD: Final = Wrapper("Squad", "team", was="Team")
GIVEN: Final[Mapping[str, Callable[[aws.iam.Role], pulumi.Output[str]]]] = {
    "its name": lambda role: role.name,
    "its ARN": lambda role: role.arn,
    "a text made of its name": lambda role: role.name.apply(str.upper),
    "its name as a secret": lambda role: pulumi.Output.secret(role.name),
}
REPLACED: Final[Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]] = {
    "another path": ({"name": "{}"}, {"name": "{}", "path": "/team/"}),
    "another path of a generated name": ({}, {"path": "/team/"}),
    "another name": ({"name": "{}"}, {"name": "{}-new"}),
}


class Case(NamedTuple):
    """How the component gets its role, what replaces that, and whether the role lets go of its policies itself."""

    given: str
    replaced: str
    force: bool

    def __str__(self) -> str:
        """Return what the test is called."""
        return f"{self.given}, {self.replaced}{', forced' if self.force else ''}"

    @property
    def name(self) -> str:
        """What its role is called, and all else of it."""
        return f"case-{CASES.index(self):02}"


CASES: Final = list(itertools.starmap(Case, itertools.product(GIVEN, REPLACED, [True, False])))


def declare(case: Case, when: int) -> None:
    """Declare the role of a case as it was or as it becomes, and a component for it.

    A component for a role of a generated name or of another name is under a parent, which then gets another type while
    the component gets another name.
    """
    wrapper = None if case.replaced == "another path" else (TEAM, SQUAD)[when]
    fixed: Any = {key: value.format(case.name) for key, value in REPLACED[case.replaced][when].items()}
    role = aws.iam.Role(case.name, assume_role_policy=TRUST, force_detach_policies=case.force, **fixed)
    opts = pulumi.ResourceOptions(parent=wrap(wrapper, case.name) if wrapper else None)
    args: Any = {"role": GIVEN[case.given](role), "policy_name": "ssm"}
    SessionManagerPermissions(case.name if when == 0 or not wrapper else f"new-{case.name}", args, opts)


def all_cases(when: int) -> None:
    """Declare all of them."""
    for case in CASES:
        declare(case, when)


def held(box: Sandbox) -> dict[str, list[Mapping[str, Any]]]:
    """Return what each role has, by its name without what is random."""
    found = [role["RoleName"] for role in box.client("iam").list_roles()["Roles"]]
    return {name[: len("case-00")]: [box.role_policies(name)] for name in sorted(found)}


@pytest.fixture(scope="module")
def replaced(shared_box: Sandbox) -> tuple[dict[str, Any], Sequence[Any]]:
    """Replace every role in one run; return what each has then, and what the next run would do."""
    shared_box.reset()
    for when in (0, 1):
        stack = shared_box.stack(partial(all_cases, when))
        stack.up()
    found, left = held(shared_box), steps(stack.preview)
    stack.refresh(expect_no_changes=True)
    stack.destroy()
    return found, left


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_role_that_is_replaced_has_its_policy(replaced: tuple[dict[str, Any], Sequence[Any]], case: Case) -> None:
    """The new role has the policy after one run, whether the old one let go of its own, and nothing is left to do."""
    found, left = replaced

    assert found[case.name] == [{"ssm": OURS}]
    assert left == []


Policy = Callable[[pulumi.Input[str], pulumi.ResourceOptions | None], object]


def bare(role: pulumi.Input[str], opts: pulumi.ResourceOptions | None) -> None:
    """Declare an ordinary policy of a role."""
    aws.iam.RolePolicy("web", role=role, name="ssm", policy=json.dumps(OURS), opts=opts)


def ours(role: pulumi.Input[str], opts: pulumi.ResourceOptions | None) -> None:
    """Declare a component for a role."""
    SessionManagerPermissions("web", {"role": role, "policy_name": "ssm"}, opts)


either: Final = pytest.mark.parametrize("declare", [bare, ours], ids=["RolePolicy", "component"])


def of(declare: Policy, path: str, *, plain: bool = True, force: bool = False) -> Program:
    """Return a program with a role, and a policy that is given its plain name and depends on it, or its Output."""

    def program() -> None:
        role = aws.iam.Role("web", name="web", path=path, assume_role_policy=TRUST, force_detach_policies=force)
        declare("web" if plain else role.name, pulumi.ResourceOptions(depends_on=[role]) if plain else None)

    return program


@either
@pytest.mark.parametrize("plain", [True, False], ids=["still plain", "an Output from then on"])
def test_a_plain_role_that_is_replaced_has_nothing_until_a_refresh(
    box: Sandbox, declare: Policy, *, plain: bool
) -> None:
    """Pulumi doesn't know that the policy went with the role: the next `up --refresh` writes it, for anybody's policy.

    The Output of the role helps with the next replacement, and not with the one that comes together with it.
    """
    box.stack(of(declare, "/", force=True)).up()
    stack = box.stack(of(declare, "/team/", plain=plain, force=True))
    stack.up()
    lost, seen = box.role_policies("web"), steps(stack.preview)
    stack.up(refresh=True)

    assert lost == {}
    assert seen == []
    assert box.role_policies("web") == {"ssm": OURS}


@either
def test_a_plain_role_that_holds_its_policies_cannot_be_replaced(box: Sandbox, declare: Policy) -> None:
    """IAM refuses to delete it, also when the Output comes with the replacement; in a run before, the Output helps."""
    box.stack(of(declare, "/")).up()
    said = [errors(box.stack(of(declare, "/team/", plain=plain)).up) for plain in (True, False)]
    kept = box.role_policies("web")
    for path in ("/", "/team/"):
        stack = box.stack(of(declare, path, plain=False))
        stack.up()

    assert [any("DeleteConflict" in line for line in found) for found in said] == [True, True]
    assert kept == {"ssm": OURS}
    assert box.role_policies("web") == {"ssm": OURS}
    assert steps(stack.preview) == []


def changed(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Return the options and the inputs as they are, in which the SDK loses what they come from."""
    return pulumi.ResourceTransformResult(args.props, args.opts)


@either
def test_a_role_that_is_replaced_under_a_transform_has_nothing_until_a_refresh(box: Sandbox, declare: Policy) -> None:
    """A transform that returns something hides from Pulumi that the policy is of the role, for anybody's policy."""

    def program(path: str) -> None:
        role = aws.iam.Role("web", name="web", path=path, assume_role_policy=TRUST, force_detach_policies=True)
        declare(role.name, pulumi.ResourceOptions(transforms=[changed]))

    box.stack(partial(program, "/")).up()
    stack = box.stack(partial(program, "/team/"))
    stack.up()
    lost, seen = box.role_policies("web"), steps(stack.preview)
    stack.up(refresh=True)

    assert lost == {}
    assert seen == []
    assert box.role_policies("web") == {"ssm": OURS}


def test_another_case_than_the_role_resources_is_a_moment_without(box: Sandbox) -> None:
    """From another spelling of the role to a resource's name, the policy is deleted and written: it is one of IAM's."""
    box.create_role("web")

    def program(*, resource: bool) -> None:
        role = aws.iam.Role.get("web", "web").name if resource else "WEB"
        SessionManagerPermissions("web", {"role": role, "policy_name": "ssm"})

    box.stack(partial(program, resource=False)).up()
    stack = box.stack(partial(program, resource=True))
    stack.up()

    assert writes(box) == [put("WEB"), deleted("WEB"), put("web")]
    assert box.role_policies("web") == {"ssm": OURS}
