"""docs/names-and-replacement.md: what a policy does whose inputs come from a resource that Pulumi replaces."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, held, up
from tests.documents import KEY
from tests.fleets import fleet
from tests.on_engine import TRUST, Program, gaps, inline_documents, permissions, writes

PAGE: Final = "docs/names-and-replacement.md"
OF_THE_PROGRAM: Final = "A role of the same program"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
OURS: Final = policy_document()
# A role takes its name and its policies to the grave, in this order.
WITH_THE_ROLE: Final = [
    ("DeleteRolePolicy", "app"),
    ("DeleteRole", "app"),
    ("CreateRole", "app"),
    ("PutRolePolicy", "app"),
]


@shows(PAGE, OF_THE_PROGRAM)
def test_a_role_of_the_program_is_replaced(box: Sandbox, shown: list[Block]) -> None:
    """The policy goes and comes with its role, in Python and in YAML."""
    program, in_yaml_too = shown
    up(box, program.program(), program.changed("/nodes/", "/servers/").program())
    in_python = writes(box)[2:]
    box.forget()
    renamed = in_yaml_too.changed("  permissions:\n", "  app-permissions:\n    name: app\n")
    in_yaml.up(box, renamed)

    assert in_python == WITH_THE_ROLE
    assert writes(box) == WITH_THE_ROLE
    assert inline_documents(box, "app") == [OURS]


def of_text(path: str, *, force: bool, bare: bool) -> Program:
    """Return a program with a role and a policy that knows its name as plain text, a component's or a bare one."""

    def program() -> None:
        args: Any = {"path": path, "assume_role_policy": TRUST, "force_detach_policies": force}
        opts = pulumi.ResourceOptions(depends_on=[aws.iam.Role("app", name="app", **args)])
        if bare:
            aws.iam.RolePolicy("app", role="app", policy=json.dumps(OURS), opts=opts)
        else:
            permissions("app", lambda: opts, role="app", **EXACT)()

    return program


@pytest.mark.parametrize("bare", [False, True], ids=["", "a bare RolePolicy"])
def test_a_new_role_has_nothing(box: Sandbox, *, bare: bool) -> None:
    """With the role's name as text, the policy goes with the old role, and no later preview misses it."""
    stack = up(box, of_text("/a/", force=True, bare=bare), of_text("/b/", force=True, bare=bare))
    stack.preview(expect_no_changes=True)

    assert inline_documents(box, "app") == []


@pytest.mark.parametrize("bare", [False, True], ids=["", "a bare RolePolicy"])
def test_a_role_cannot_be_replaced(box: Sandbox, *, bare: bool) -> None:
    """Without `force_detach_policies` each update fails, because the policy is still there."""
    up(box, of_text("/a/", force=False, bare=bare))
    stack = box.stack(of_text("/b/", force=False, bare=bare))
    for _ in range(2):
        with pytest.raises(auto.CommandError, match="DeleteConflict"):
            stack.up()

    assert inline_documents(box, "app") == [OURS]


From = Callable[[str, "pulumi.Output[Any]"], object]
"""Declares a component of this name on the role of the same name, with something from the Output."""


def single(name: str, **args: Any) -> None:
    """Declare an inline policy on the role of the same name."""
    permissions(name, **{"role": name, **args})()


AWAY: Final[Mapping[str, From]] = {
    "exact": lambda role, out: single(role, role=out.apply(lambda _: role), **EXACT),
    "generated": lambda role, out: single(role, role=out.apply(lambda _: role)),
    "bare": lambda role, out: aws.iam.RolePolicy(role, role=out.apply(lambda _: role), policy=json.dumps(OURS)),
}
THERE: Final[Mapping[str, From]] = {
    "policy_name": lambda role, out: single(role, policy_name=out.apply(lambda _: "ssm")),
    "document": lambda role, out: single(role, kms_key_arns=[out.apply(lambda _: KEY)], **EXACT),
    "generated-document": lambda role, out: single(role, kms_key_arns=[out.apply(lambda _: KEY)]),
    "fleet-name": lambda role, out: fleet([role], role, policy_name=out.apply(lambda _: "fleet"))(),
    "fleet-description": lambda role, out: fleet([role], role, description=out.apply(lambda _: "a"))(),
    "fleet-path": lambda role, out: fleet([role], role, path=out.apply(lambda _: "/a/"))(),
    "fleet-tags": lambda role, out: fleet([role], role, tags={"a": out.apply(lambda _: "a")})(),
    "fleet-document": lambda role, out: fleet([role], role, kms_key_arns=[out.apply(lambda _: KEY)])(),
    "another-name": lambda role, out: single(role, policy_name=out.apply(lambda path: f"ssm-{path.strip('/')}")),
    "fleet-another-name": lambda role, out: fleet(
        [role], role, policy_name=out.apply(lambda path: f"f-{path.strip('/')}")
    )(),
    "fleet-another-description": lambda role, out: fleet([role], role, description=out)(),
}


def deployed(path: str) -> Program:
    """Return a program with all of these; another path replaces the resource that they get something from."""
    args: Any = {"assume_role_policy": TRUST, "force_detach_policies": True}

    def program() -> None:
        out = aws.iam.Role("source", name="source", path=path, **args).path
        for role, declare in {**AWAY, **THERE}.items():
            declare(role, out)

    return program


def test_outputs_of_a_resource_that_is_deleted_first(box: Sandbox) -> None:
    """Its policy is away for a moment where `role` is such an Output, and nowhere else."""
    for role in (*AWAY, *THERE):
        box.create_role(role)
    up(box, deployed("/a/"), deployed("/b/"))

    assert [role for role in (*AWAY, *THERE) if gaps(box, [role])] == [*AWAY]
    assert [role for role in (*AWAY, *THERE) if len(held(box, role)) != 1] == []


def naming(name: str) -> Program:
    """Return a program with a component of each kind, whose policy gets this name by a transform."""

    def named(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ not in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"):
            return None
        return pulumi.ResourceTransformResult({**args.props, "name": name}, args.opts)

    def opts() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(transforms=[named])

    return all_of(
        [
            permissions("generated", opts, role="generated"),
            permissions("exact", opts, role="exact", **EXACT),
            fleet(["fleet"], opts=opts),
        ]
    )


def test_a_name_set_by_a_transform_is_deleted_first(box: Sandbox) -> None:
    """Another name then leaves each role without the policy for a moment."""
    roles = ("generated", "exact", "fleet")
    for role in roles:
        box.create_role(role)
    up(box, naming("one"), naming("two"))

    assert [role for role in roles if gaps(box, [role])] == [*roles]
    assert [len(held(box, role)) for role in roles] == [1, 1, 1]
