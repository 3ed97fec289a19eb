"""Moves of a program: what is written, in order, and whether a role ever lacks its permission.

Each row runs with a component and with a bare resource in its place: a component is never worse.
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
from engine.runs import NOBODY, OWN, gaps, own, run
from pulumi import Alias, Output, ResourceOptions

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document

ROLES = ("api", "new", "old", "web")
WORDS = {
    "PutRolePolicy": "put", "DeleteRolePolicy": "delete", "AttachRolePolicy": "attach", "DetachRolePolicy": "detach",
    "CreatePolicy": "create", "CreatePolicyVersion": "version", "DeletePolicy": "destroy",
}  # fmt: skip
# How long a role lacks what it is to keep.
MOMENT, LOST = "a moment", "for good"
WORSE = ("", MOMENT, LOST)
ROOT = "no parent"
one, fleet, declared_role = (partial(methodcaller, kind) for kind in ("one", "fleet", "declared_role"))


def nodes(*roles, **how):
    """Return a program with a policy for each role of a list, named by its position."""
    return [one(f"node-{number}", role, **how) for number, role in enumerate(roles)]


def late(text):
    """Return a text as the program gives it in an Output."""
    return lambda: Output.from_input(text)


class Row(NamedTuple):
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
ROWS = {
    "another document": Row([one(), one(keys=[KEY])], "put web"),
    "another component name": Row([one(), one("app")], "put web, delete web"),
    "another component name, with an alias": Row([one(), one("app", alias="web")]),
    "another role": Row([one(), one(role="api")], "put api, delete web"),
    "a role at the front of a list": Row(
        [nodes("web", "api"), nodes("new", "web", "api")], "put api, put new, put web, delete api, delete web"
    ),
    "tainted": Row([one()], "put web, delete web", tainted="RolePolicy"),
    # An exact name costs what it costs with a bare resource.
    "exact: a first one, and none": Row([one(), one(**SSM), one()], "delete web, put web", MOMENT, MOMENT),
    "exact: another one": Row([one(policy_name="old"), one(**SSM)], "delete web, put web", MOMENT, MOMENT),
    "exact: another one, as an Output": Row(
        [one(policy_name=late("old")), one(policy_name=late("ssm"))], "delete web, put web", MOMENT, MOMENT
    ),
    "exact: as an Output, and plain again": Row([one(**SSM), one(policy_name=late("ssm")), one(**SSM)]),
    "exact: another component name": Row([one(**SSM), one("app", **SSM)], "put web, delete web", LOST, LOST),
    "exact: another parent, with an alias": Row([one(**SSM), one(parent="team", alias=ROOT, **SSM)]),
    "exact: another role": Row([one(**SSM), one(role="api", **SSM)], "delete web, put api"),
    "exact: the first role of a list goes": Row(
        [nodes("web", "api", **SSM), nodes("api", **SSM)], "delete web, put api, delete api", LOST, LOST
    ),
    "exact: tainted": Row([one(**SSM)], "delete web, put web", MOMENT, LOST, tainted="RolePolicy"),
    "exact: a role of the program, by its ARN, is replaced": Row(
        [[declared_role(), one(**OF_ROLE)], [declared_role("/a/"), one(**OF_ROLE)]],
        "delete declared, put declared", MOMENT, MOMENT,
    ),
    # A managed policy is created and attached before the old one goes.
    "managed: another document": Row([fleet(), fleet(keys=[KEY])], "version"),
    "managed: another description": Row([fleet(), fleet(description="b")], FIRST_NEW, "", MOMENT),
    "managed: another component name": Row([fleet(), fleet("squad")], FIRST_NEW),
    "managed: another component name, with an alias": Row([fleet(), fleet("squad", alias="fleet")]),
    "managed: roles in another case": Row([fleet(), fleet(roles=["API", "WEB"])], "", "", MOMENT),
    "managed: a role more, a role less": Row([fleet(), fleet(roles=["new", "web"])], "attach new, detach api"),
    "managed: tainted": Row([fleet()], FIRST_NEW, "", MOMENT, tainted="Policy"),
    "managed: tainted attachments": Row(
        [fleet()], "attach api, attach web, detach api, detach web", LOST, LOST, tainted="RolePolicyAttachment"
    ),
}
# fmt: on


class Lane:
    """Where a row declares components, or what is bare in their place. All its names end alike."""

    def __init__(self, row, number, *, ours, box):
        self.row, self.ours, self.box, self.end = row, ours, box, f"-{number:02}{'o' if ours else 'b'}"
        self.wanted = []  # by program: the document of each role
        for role in ROLES:
            box.create_role(role + self.end, policies={"own": OWN})

    def declare(self, step):
        self.wanted.append({})
        program = self.row.programs[min(step, len(self.row.programs) - 1)]
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

    def one(self, name="web", role="web", policy_name=None, keys=(), **how):
        self.wanted[-1][role] = document = policy_document(kms_key_arns=[*keys])
        opts, name = self.options(name, **how), name + self.end
        role = role + self.end if role != "declared" else self.role.arn if self.ours else self.role.name
        exact = policy_name() if callable(policy_name) else policy_name
        if self.ours:
            return SessionManagerPermissions(name, role=role, policy_name=exact, kms_key_arns=[*keys], opts=opts)
        return aws.iam.RolePolicy(name, role=role, name=exact, policy=json.dumps(document), opts=opts)

    def fleet(self, name="fleet", roles=("api", "web"), policy_name=None, keys=(), alias="", **inputs):
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
        """Return what was written for this lane: a word and a role for each. What is alike comes in any order."""
        mine = [call for call in self.box.calls[since:] if call.write and self.end in str(call.params).lower()]
        words = [(WORDS[call.action], call.params.get("RoleName", "")) for call in mine if call.action in WORDS]
        alike = [sorted(group) for _, group in groupby(words, lambda word: word[0])]
        return ", ".join(" ".join(word).lower().replace(self.end, "").strip() for group in alike for word in group)

    def lacks(self, since):
        """Return how long a role lacked what both the program before and the one after give it."""
        kept, wanted = set.intersection(*map(set, self.wanted)), self.wanted[-1]
        if any(document not in own(self.box, role + self.end) for role, document in wanted.items()):
            return LOST
        return MOMENT if gaps(self.box, *(role + self.end for role in kept), since=since) else ""


def update(lanes, step, **options):
    """Let each lane declare a program, resource by resource: a write and a deletion of one policy's name would race."""
    box = lanes[0].box

    def program():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        for lane in lanes:
            lane.declare(step)

    return run(box.stack(program), parallel=1, **options)


def taint(lanes, stack):
    """Taint what the rows say."""
    state = stack.export_stack()
    for resource in state.deployment["resources"]:
        tainted = [lane.row.tainted for lane in lanes if lane.end in resource["urn"]]
        resource["taint"] = resource["type"].rpartition(":")[2] in tainted
    stack.import_stack(state)


@pytest.fixture(scope="module")
def table(module_box):
    """By row: its writes, how long a role lacks something, the same with a bare resource, and roles that are changed."""
    box = module_box
    box.reset()
    lanes = [
        Lane(row, number, ours=ours, box=box) for number, row in enumerate(ROWS.values()) for ours in (True, False)
    ]
    for step in range(4):
        if step == 1:
            since = len(box.calls)
        if step == 2:
            taint(lanes, box.stack(lambda: None))
        ran = update(lanes, step)
        assert not ran.failed, ran.lines
    seen = [(lane.writes(since), lane.lacks(since)) for lane in lanes]
    box.stack(lambda: None).destroy()
    changed = [[role for role in ROLES if box.role_policies(role + lane.end) != {"own": OWN}] for lane in lanes]
    return dict(zip(ROWS, zip(seen[::2], seen[1::2], changed[::2], strict=True), strict=True))


@pytest.mark.parametrize("title", ROWS)
def test_a_move(table, title):
    """It writes just this, once, costs a role no more than with a bare resource, and `destroy` leaves other policies."""
    row = ROWS[title]
    (writes, ours), (bare_writes, bare), changed_roles = table[title]

    assert (writes, ours, bare) == (row.writes, row.ours, row.bare)
    assert WORSE.index(ours) <= WORSE.index(bare)
    assert len(writes) <= len(bare_writes)
    assert changed_roles == []


def test_only_the_old_policy_is_a_target(box):
    """It goes, although the new one does not exist yet, as with a bare resource."""
    lanes = [Lane(Row([one(), one("app")]), 0, ours=ours, box=box) for ours in (True, False)]
    update(lanes, 0)
    since = len(box.calls)
    update(lanes, 1, target=["**::web-*"])

    assert [(lane.writes(since), lane.lacks(since)) for lane in lanes] == [("delete web", LOST)] * 2


def test_another_description_needs_another_exact_name(box):
    """IAM refuses a second policy of that name, and the first stays attached; back, there is nothing to write."""
    programs = [fleet(policy_name="a", description="a"), fleet(policy_name="a", description="b")]
    lane = Lane(Row([*programs, programs[0]]), 0, ours=True, box=box)
    update([lane], 0)
    since = len(box.calls)
    refused, back = update([lane], 1), update([lane], 2)

    assert "EntityAlreadyExists" in str(refused.lines)
    assert (refused.failed, back.failed, lane.writes(since), lane.lacks(since)) == (True, False, "", "")
