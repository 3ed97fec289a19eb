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
from tests.moves import TEAM, Wrapper, wrap
from tests.on_engine import TRUST, errors, steps

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


def declare(case: Case, when: int, wrapper: Wrapper | None = None) -> None:
    """Declare the role of a case as it was or as it becomes, and a component for it."""
    fixed: Any = {key: value.format(case.name) for key, value in REPLACED[case.replaced][when].items()}
    role = aws.iam.Role(case.name, assume_role_policy=TRUST, force_detach_policies=case.force, **fixed)
    opts = pulumi.ResourceOptions(parent=wrap(wrapper, case.name) if wrapper else None)
    args: Any = {"role": GIVEN[case.given](role), "policy_name": "ssm"}
    SessionManagerPermissions(case.name if when == 0 or not wrapper else f"new-{case.name}", args, opts)


def all_cases(when: int, wrapper: Wrapper | None = None) -> None:
    """Declare all of them."""
    for case in CASES:
        declare(case, when, wrapper)


def held(box: Sandbox) -> dict[str, list[Mapping[str, Any]]]:
    """Return what each role has, by its name without what is random."""
    found = [role["RoleName"] for role in box.client("iam").list_roles()["Roles"]]
    return {name[: len("case-00")]: [box.role_policies(name)] for name in sorted(found)}


@pytest.fixture(scope="module", params=[(None, None), (TEAM, SQUAD)], ids=["alone", "under a retyped parent"])
def replaced(request: pytest.FixtureRequest, shared_box: Sandbox) -> tuple[dict[str, Any], Sequence[Any]]:
    """Replace every role in one run; return what each has then, and what the next run would do."""
    shared_box.reset()
    for when, wrapper in enumerate(request.param):
        stack = shared_box.stack(partial(all_cases, when, wrapper))
        stack.up()
    found, left = held(shared_box), steps(stack.preview)
    stack.refresh(expect_no_changes=True)
    stack.destroy()
    return found, left


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_role_that_is_replaced_has_its_policy(replaced: tuple[dict[str, Any], Sequence[Any]], case: Case) -> None:
    """The new role has the policy after one run, whether the old one let go of its own, and nothing is left to do."""
    found, left = replaced

    assert (found[case.name], left) == ([{"ssm": OURS}], [])


def depending(path: str, *, force: bool, bare: bool) -> None:
    """Declare a role, and a policy that is given the plain name of it and depends on it."""
    role = aws.iam.Role("web", name="web", path=path, assume_role_policy=TRUST, force_detach_policies=force)
    opts = pulumi.ResourceOptions(depends_on=[role])
    if bare:
        aws.iam.RolePolicy("web", role="web", name="ssm", policy=json.dumps(OURS), opts=opts)
    else:
        SessionManagerPermissions("web", {"role": "web", "policy_name": "ssm"}, opts)


@pytest.mark.parametrize("bare", [True, False], ids=["RolePolicy", "component"])
def test_a_plain_role_that_is_replaced_has_nothing_until_a_refresh(box: Sandbox, *, bare: bool) -> None:
    """Pulumi cannot see that the policy went with the role: the next `up --refresh` writes it, for anybody's policy."""
    box.stack(partial(depending, "/", force=True, bare=bare)).up()
    stack = box.stack(partial(depending, "/team/", force=True, bare=bare))
    stack.up()
    lost, seen = box.role_policies("web"), steps(stack.preview)
    stack.up(refresh=True)

    assert (lost, seen, box.role_policies("web")) == ({}, [], {"ssm": OURS})


@pytest.mark.parametrize("bare", [True, False], ids=["RolePolicy", "component"])
def test_a_plain_role_that_holds_its_policies_cannot_be_replaced(box: Sandbox, *, bare: bool) -> None:
    """IAM refuses to delete the role; with the role's Output in the place of the plain name, the next run works."""
    box.stack(partial(depending, "/", force=False, bare=bare)).up()
    said = errors(box.stack(partial(depending, "/team/", force=False, bare=bare)).up)

    assert "DeleteConflict" in said[0]
    assert box.role_policies("web") == {"ssm": OURS}
