"""Updates with changed programs: what is written, in order, and whether a role ever lacks its permission.

Each case runs with a component and with a bare resource in its place: a component is never worse.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from operator import methodcaller
from typing import NamedTuple

import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY
from engine.runs import HEARTBEAT_POLICY, NOBODY, documents_of_program, gaps, run
from pulumi import Alias, Output, ResourceOptions

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document

ROLES = ("api", "new", "old", "web")
SHORT_NAMES = {
    "PutRolePolicy": "put", "DeleteRolePolicy": "delete", "AttachRolePolicy": "attach", "DetachRolePolicy": "detach",
    "CreatePolicy": "create", "CreatePolicyVersion": "version", "DeletePolicy": "destroy", "TagPolicy": "tag", "UntagPolicy": "untag",
}  # fmt: skip
# How long a role lacks what it is to keep.
MOMENT, LOST = "a moment", "for good"
WORSE = ("", MOMENT, LOST)
ROOT = "no parent"
declare_permissions, declare_managed_policy, declared_role = (
    partial(methodcaller, kind) for kind in ("declare_permissions", "declare_managed_policy", "declared_role")
)


def nodes(*roles, **how):
    """Return a program with a policy for each role of a list, named by its position."""
    return [declare_permissions(f"node-{number}", role, **how) for number, role in enumerate(roles)]


def late(text):
    """Return a text as the program gives it in an Output."""
    return lambda: Output.from_input(text)


class Updates(NamedTuple):
    """Programs, one after the other; the component's writes after the first; how long a role lacks its permission.

    `bare` is how long it does with a bare resource. The last program's update makes a `tainted` type anew.
    """

    programs: list
    writes: str = ""
    ours: str = ""
    bare: str = ""
    tainted: str = ""


SSM, OF_ROLE = {"policy_name": "ssm"}, {"role": "declared", "policy_name": "ssm"}
FIRST_NEW = "create, attach api, attach web, detach api, detach web, destroy"
# fmt: off
CASES = {
    "another document": Updates([declare_permissions(), declare_permissions(keys=[KEY])], "put web"),
    "another component name": Updates([declare_permissions(), declare_permissions("app")], "put web, delete web"),
    "another component name, with an alias": Updates([declare_permissions(), declare_permissions("app", alias="web")]),
    "another role": Updates([declare_permissions(), declare_permissions(role="api")], "put api, delete web"),
    "a role at the front of a list": Updates(
        [nodes("web", "api"), nodes("new", "web", "api")], "put api, put new, put web, delete api, delete web"
    ),
    "tainted": Updates([declare_permissions()], "put web, delete web", tainted="RolePolicy"),
    # An exact name costs what it costs with a bare resource.
    "exact: a first one, and none": Updates([declare_permissions(), declare_permissions(**SSM), declare_permissions()], "delete web, put web", MOMENT, MOMENT),
    "exact: another one": Updates([declare_permissions(policy_name="old"), declare_permissions(**SSM)], "delete web, put web", MOMENT, MOMENT),
    "exact: another one, as an Output": Updates(
        [declare_permissions(policy_name=late("old")), declare_permissions(policy_name=late("ssm"))], "delete web, put web", MOMENT, MOMENT
    ),
    "exact: as an Output, and plain again": Updates([declare_permissions(**SSM), declare_permissions(policy_name=late("ssm")), declare_permissions(**SSM)]),
    "exact: another component name": Updates([declare_permissions(**SSM), declare_permissions("app", **SSM)], "put web, delete web", LOST, LOST),
    "exact: another parent, with an alias": Updates([declare_permissions(**SSM), declare_permissions(parent="team", alias=ROOT, **SSM)]),
    "exact: another role": Updates([declare_permissions(**SSM), declare_permissions(role="api", **SSM)], "delete web, put api"),
    "exact: the first role of a list goes": Updates(
        [nodes("web", "api", **SSM), nodes("api", **SSM)], "delete web, put api, delete api", LOST, LOST
    ),
    "exact: tainted": Updates([declare_permissions(**SSM)], "delete web, put web", MOMENT, LOST, tainted="RolePolicy"),
    "exact: a role of the program, by its ARN, is replaced": Updates(
        [[declared_role(), declare_permissions(**OF_ROLE)], [declared_role("/a/"), declare_permissions(**OF_ROLE)]],
        "delete declared, put declared", MOMENT, MOMENT,
    ),
    # A managed policy is created and attached before the old one goes.
    "managed: another document": Updates([declare_managed_policy(), declare_managed_policy(keys=[KEY])], "version"),
    "managed: other tags": Updates([declare_managed_policy(tags={"a": "b"}), declare_managed_policy(tags={"c": "d"})], "untag, tag"),
    "managed: another description": Updates([declare_managed_policy(), declare_managed_policy(description="b")], FIRST_NEW, "", MOMENT),
    "managed: another component name": Updates([declare_managed_policy(), declare_managed_policy("squad")], FIRST_NEW),
    "managed: another component name, with an alias": Updates([declare_managed_policy(), declare_managed_policy("squad", alias="fleet")]),
    "managed: roles in another case": Updates([declare_managed_policy(), declare_managed_policy(roles=["API", "WEB"])], "", "", MOMENT),
    "managed: a role more, a role less": Updates([declare_managed_policy(), declare_managed_policy(roles=["new", "web"])], "attach new, detach api"),
    "managed: tainted": Updates([declare_managed_policy()], FIRST_NEW, "", MOMENT, tainted="Policy"),
    "managed: tainted attachments": Updates(
        [declare_managed_policy()], "attach api, attach web, detach api, detach web", LOST, LOST, tainted="RolePolicyAttachment"
    ),
}
# fmt: on


class Side:
    """Where a case declares components, or what is bare in their place. All its names end alike."""

    def __init__(self, case, number, *, ours, box):
        self.case, self.ours, self.box, self.end = case, ours, box, f"-{number:02}{'o' if ours else 'b'}"
        self.wanted = []  # by program: the document of each role
        for role in ROLES:
            box.create_role(role + self.end, policies={"own": HEARTBEAT_POLICY})

    def declare(self, step):
        self.wanted.append({})
        program = self.case.programs[min(step, len(self.case.programs) - 1)]
        for declare in program if isinstance(program, list) else [program]:
            declare(self)

    def options(self, name, parent="", alias="", tail=""):
        # An alias is a former name, or that there was no parent.
        former = {"parent": pulumi.ROOT_STACK_RESOURCE} if alias == ROOT else {"name": alias + self.end + tail}
        options = {"aliases": [Alias(**{"name": name + self.end, **former})]} if alias else {}
        if parent:
            options["parent"] = pulumi.ComponentResource("app:index:Team", parent + self.end)
        return ResourceOptions(**options)

    def declared_role(self, path="/"):
        name, inputs = f"declared{self.end}", {"assume_role_policy": NOBODY, "force_detach_policies": True}
        self.role = aws.iam.Role(name, name=name, path=path, **inputs)

    def declare_permissions(self, name="web", role="web", policy_name=None, keys=(), **how):
        self.wanted[-1][role] = document = policy_document(kms_key_arns=[*keys])
        opts, name = self.options(name, **how), name + self.end
        role = role + self.end if role != "declared" else self.role.arn if self.ours else self.role.name
        exact = policy_name() if callable(policy_name) else policy_name
        if self.ours:
            return SessionManagerPermissions(name, role=role, policy_name=exact, kms_key_arns=[*keys], opts=opts)
        return aws.iam.RolePolicy(name, role=role, name=exact, policy=json.dumps(document), opts=opts)

    def declare_managed_policy(self, name="fleet", roles=("api", "web"), policy_name=None, keys=(), alias="", **inputs):
        document = policy_document(kms_key_arns=[*keys])
        self.wanted[-1] |= {role.lower(): document for role in roles}
        exact, roles = policy_name and policy_name + self.end, [role + self.end for role in roles]
        opts = self.options(name, alias=alias)
        if self.ours:
            inputs |= {"policy_name": exact, "kms_key_arns": [*keys]}
            return SessionManagerManagedPolicy(name + self.end, roles=roles, opts=opts, **inputs)
        policy = aws.iam.Policy(name + self.end, name=exact, policy=json.dumps(document), opts=opts, **inputs)
        for role in roles:
            tail = f"/{role.lower()}"
            how = {"policy_arn": policy.arn, "opts": self.options(name, alias=alias, tail=tail)}
            aws.iam.RolePolicyAttachment(name + self.end + tail, role=role, **how)
        return policy

    def writes(self, since):
        """Return what was written for this side: a word and a role for each. What is alike comes in any order."""
        mine = [call for call in self.box.calls[since:] if call.changed and self.end in str(call.params).lower()]
        words = [
            (SHORT_NAMES[call.action], call.params.get("RoleName", "")) for call in mine if call.action in SHORT_NAMES
        ]
        alike = [sorted(group) for _, group in groupby(words, lambda word: word[0])]
        return ", ".join(" ".join(word).lower().replace(self.end, "").strip() for group in alike for word in group)

    def lacks(self, since):
        """Return how long a role lacked what both the program before and the one after give it."""
        kept, wanted = set.intersection(*map(set, self.wanted)), self.wanted[-1]
        if any(document not in documents_of_program(self.box, role + self.end) for role, document in wanted.items()):
            return LOST
        return MOMENT if gaps(self.box, *(role + self.end for role in kept), since=since) else ""


def update(sides, step):
    """Let each side declare a program, resource by resource: a write and a deletion of one policy's name would race."""
    box = sides[0].box

    def program():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        for side in sides:
            side.declare(step)

    return run(box.stack(program), parallel=1)


def taint(sides, stack):
    """Taint what the cases say."""
    state = stack.export_stack()
    for resource in state.deployment["resources"]:
        tainted = [side.case.tainted for side in sides if side.end in resource["urn"]]
        resource["taint"] = resource["type"].rpartition(":")[2] in tainted
    stack.import_stack(state)


@pytest.fixture(scope="module")
def table(module_box):
    """By case: its writes, how long a role lacks something, the same with a bare resource, and roles that are changed."""
    box = module_box
    box.reset()
    sides = [
        Side(case, number, ours=ours, box=box) for number, case in enumerate(CASES.values()) for ours in (True, False)
    ]
    for step in range(4):
        if step == 1:
            since = len(box.calls)
        if step == 2:
            taint(sides, box.stack(lambda: None))
        ran = update(sides, step)
        assert not ran.failed, ran.lines
    seen = [(side.writes(since), side.lacks(since)) for side in sides]
    box.stack(lambda: None).destroy()
    changed = [
        [role for role in ROLES if box.role_policies(role + side.end) != {"own": HEARTBEAT_POLICY}] for side in sides
    ]
    return dict(zip(CASES, zip(seen[::2], seen[1::2], changed[::2], strict=True), strict=True))


@pytest.mark.parametrize("title", CASES)
def test_updates_of_a_component_and_of_a_bare_resource(table, title):
    """A component writes just this, once, costs a role no more than with a bare resource, and `destroy` leaves other policies."""
    case = CASES[title]
    (writes, ours), (bare_writes, bare), changed_roles = table[title]

    assert (writes, ours, bare) == (case.writes, case.ours, case.bare)
    assert WORSE.index(ours) <= WORSE.index(bare)
    assert len(writes) <= len(bare_writes)
    assert changed_roles == []
