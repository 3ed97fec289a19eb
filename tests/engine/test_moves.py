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
from pulumi import Alias, Output, ResourceOptions

from engine.runs import NOBODY, OWN, own, run
from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document

ACTION = "ssmmessages:OpenControlChannel"
ROLES = ("api", "new", "old", "web")
WORDS = {
    "PutRolePolicy": "put", "DeleteRolePolicy": "delete", "AttachRolePolicy": "attach", "DetachRolePolicy": "detach",
    "CreatePolicy": "create", "CreatePolicyVersion": "version", "DeletePolicy": "destroy",
}  # fmt: skip
# How long a role lacks what it is to keep, or what it has too much.
MOMENT, MORE, LOST = "a moment", "too much", "for good"
WORSE = ("", MOMENT, MORE, LOST)
ROOT = "no parent"
one, fleet, made = (partial(methodcaller, kind) for kind in ("one", "fleet", "made"))


def late(text):
    """Return a text as the program gives it in an Output."""
    return lambda: Output.from_input(text)


class Row(NamedTuple):
    """Programs, one after the other; the component's writes after the first; how long a role lacks its permission.

    `bare` is how long it does with a bare resource. The last update makes anew what is of the type `tainted` or
    `replaced`.
    """

    programs: list
    writes: str = ""
    ours: str = ""
    bare: str = ""
    tainted: str = ""
    replaced: str = ""


class Lane:
    """Where a row declares components, or what is bare in their place. All its names end alike."""

    def __init__(self, row, number, *, ours, box):
        self.row, self.ours, self.box, self.end = row, ours, box, f"-{number:02}{'o' if ours else 'b'}"
        self.wanted = []  # by program: the document of each role

    def declare(self, step):
        self.wanted.append({})
        self.teams = {}
        program = self.row.programs[min(step, len(self.row.programs) - 1)]
        for declare in program if isinstance(program, list) else [program]:
            declare(self)

    def options(self, name, parent="", alias="", region="", tail=""):
        # An alias is a former name, or that there was no parent.
        former = {"name": (name if alias == ROOT else alias) + self.end + tail}
        former |= {"parent": pulumi.ROOT_STACK_RESOURCE} if alias == ROOT else {}
        if parent and parent not in self.teams:
            self.teams[parent] = pulumi.ComponentResource("app:index:Team", parent + self.end)
        provider = region and aws.Provider(region + self.end, **self.box.provider_args(region))
        return ResourceOptions(
            parent=self.teams.get(parent), provider=provider or None, aliases=[Alias(**former)] if alias else None
        )

    def made(self, path="/"):
        name, how = f"made{self.end}", {"assume_role_policy": NOBODY, "force_detach_policies": True}
        self.role = aws.iam.Role(name, name=name, path=path, **how)

    def one(self, name="web", role="web", policy_name=None, keys=(), **how):
        wanted = policy_document(kms_key_arns=[*keys])
        self.wanted[-1][role.partition(" ")[0].lower()] = wanted
        if role.startswith("made"):
            role = self.role.arn if self.ours and role.endswith("ARN") else self.role.name
        else:
            role += self.end
        name, opts = name + self.end, self.options(name, **how)
        exact = policy_name() if callable(policy_name) else policy_name
        if self.ours:
            inputs = {"role": role, "policy_name": exact, "kms_key_arns": [*keys]}
            return SessionManagerPermissions(name, inputs, opts)
        return aws.iam.RolePolicy(name, role=role, name=exact, policy=json.dumps(wanted), opts=opts)

    def fleet(self, name="fleet", roles=("api", "web"), policy_name=None, keys=(), how=None, **inputs):
        wanted, how = policy_document(kms_key_arns=[*keys]), how or {}
        self.wanted[-1] |= {role.lower(): wanted for role in roles}
        exact, roles = policy_name and policy_name + self.end, [role + self.end for role in roles]
        opts = self.options(name, **how)
        if self.ours:
            given = {"roles": roles, "policy_name": exact, "kms_key_arns": [*keys], **inputs}
            return SessionManagerManagedPolicy(name + self.end, given, opts)
        policy = aws.iam.Policy(name + self.end, name=exact, policy=json.dumps(wanted), opts=opts, **inputs)
        for role in roles:
            tail = f"/{role.lower()}"
            opts = self.options(name, tail=tail, **how)
            aws.iam.RolePolicyAttachment(name + self.end + tail, role=role, policy_arn=policy.arn, opts=opts)
        return policy

    def writes(self, since):
        """Return what was written for this lane: a word and a role for each. What is alike comes in any order."""
        ours = [call for call in self.box.calls[since:] if call.write and self.end in str(call.params).lower()]
        mine = [call for call in ours if call.action in WORDS]
        words = [(WORDS[call.action], call.params.get("RoleName", "").lower().removesuffix(self.end)) for call in mine]
        alike = [sorted(group) for _, group in groupby(words, lambda word: word[0])]
        return ", ".join(" ".join(filter(None, word)) for group in alike for word in group)

    def lacks(self, since):
        """Return how long a role lacked what both the program before and the one after give it."""
        kept = set.intersection(*map(set, self.wanted))
        held = {role: own(self.box, role + self.end) for role in self.wanted[-1]}
        if any(document not in held[role] for role, document in self.wanted[-1].items()):
            return LOST
        if any(len(documents) > 1 for documents in held.values()):
            return MORE
        later = self.box.calls[since:]
        return MOMENT if any(gap in later for role in kept for gap in self.box.gaps(role + self.end, ACTION)) else ""


def nodes(*roles, **how):
    """Return a program with a policy for each role of a list, named by its position."""
    return [one(f"node-{number}", role, **how) for number, role in enumerate(roles)]


SSM = {"policy_name": "ssm"}
FIRST_NEW = "create, attach api, attach web, detach api, detach web, destroy"
ROWS = {
    "another document": Row([one(), one(keys=[KEY])], "put web"),
    "another component name": Row([one(), one("app")], "put web, delete web"),
    "another component name, with an alias": Row([one(), one("app", alias="web")]),
    "another parent": Row([one(), one(parent="team")], "put web, delete web"),
    "another role": Row([one(), one(role="api")], "put api, delete web"),
    "a role at the front of a list": Row(
        [nodes("web", "api"), nodes("new", "web", "api")], "put api, put new, put web, delete api, delete web"
    ),
    "a provider of another Region": Row([one(), one(region="us-east-1")]),
    "tainted": Row([one()], "put web, delete web", tainted="RolePolicy"),
    "a role of the program is replaced": Row(
        [[made(), one(role="made")], [made("/a/"), one(role="made")]], "delete made, put made", MOMENT, MOMENT
    ),
    # An exact name costs what it costs with a bare resource.
    "exact: another document": Row([one(**SSM), one(keys=[KEY], **SSM)], "put web"),
    "exact: a first one, and none": Row([one(), one(**SSM), one()], "delete web, put web", MOMENT, MOMENT),
    "exact: another one": Row([one(policy_name="old"), one(**SSM)], "delete web, put web", MOMENT, MOMENT),
    "exact: another one, as an Output": Row(
        [one(policy_name=late("old")), one(policy_name=late("ssm"))], "delete web, put web", MOMENT, MOMENT
    ),
    "exact: as an Output, and plain again": Row([one(**SSM), one(policy_name=late("ssm")), one(**SSM)]),
    "exact: another component name": Row([one(**SSM), one("app", **SSM)], "put web, delete web", LOST, LOST),
    "exact: another component name, with an alias": Row([one(**SSM), one("app", alias="web", **SSM)]),
    "exact: another parent, with an alias": Row([one(**SSM), one(parent="team", alias=ROOT, **SSM)]),
    "exact: another role": Row([one(**SSM), one(role="api", **SSM)], "delete web, put api"),
    "exact: the first role of a list goes": Row(
        [nodes("web", "api", **SSM), nodes("api", **SSM)], "delete web, put api, delete api", LOST, LOST
    ),
    "exact: two swap their roles": Row(
        [nodes("web", "api", **SSM), nodes("api", "web", **SSM)], "delete web, put api, delete api, put web", LOST, LOST
    ),
    "exact: tainted": Row([one(**SSM)], "delete web, put web", MOMENT, LOST, tainted="RolePolicy"),
    "exact: replaced": Row([one(**SSM)], "delete web, put web", MOMENT, LOST, replaced="RolePolicy"),
    "exact: a role of the program, by its ARN, is replaced": Row(
        [[made(), one(role="made by ARN", **SSM)], [made("/a/"), one(role="made by ARN", **SSM)]],
        "delete made, put made",
        MOMENT,
        MOMENT,
    ),
    "many: another document": Row([fleet(), fleet(keys=[KEY])], "version"),
    # A managed policy is made and attached before the old one goes.
    "many: another description": Row([fleet(), fleet(description="b")], FIRST_NEW, "", MOMENT),
    "many: another exact name": Row([fleet(policy_name="a"), fleet(policy_name="b")], FIRST_NEW, "", MOMENT),
    "many: another component name": Row([fleet(), fleet("squad")], FIRST_NEW),
    "many: another component name, with an alias": Row([fleet(), fleet("squad", how={"alias": "fleet"})]),
    "many: roles in another case": Row([fleet(), fleet(roles=["API", "WEB"])], "", "", MOMENT),
    "many: a role more, a role less": Row([fleet(), fleet(roles=["new", "web"])], "attach new, detach api"),
    "many: tainted": Row([fleet()], FIRST_NEW, "", MOMENT, tainted="Policy"),
    "many: a tainted attachment": Row(
        [fleet()], "attach api, attach web, detach api, detach web", LOST, LOST, tainted="RolePolicyAttachment"
    ),
}


def lanes_of(box, rows, kinds=(True, False)):
    """Return the lanes of rows, ours and bare, whose roles are there."""
    lanes = [Lane(row, number, ours=ours, box=box) for number, row in enumerate(rows) for ours in kinds]
    for name in [role + lane.end for lane in lanes for role in ROLES]:
        box.create_role(name, policies={"own": OWN})
    return lanes


def update(lanes, step, **options):
    """Let each lane declare a program, resource by resource: a write and a deletion of one policy's name would race."""
    box = lanes[0].box

    def program():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        for lane in lanes:
            lane.declare(step)

    return run(box.stack(program), parallel=1, **options)


def anew(lanes, stack):
    """Taint what the rows say; return the option to replace what they say."""
    state, urns = stack.export_stack(), []
    for resource in state.deployment["resources"]:
        kind, urn = resource["type"].rpartition(":")[2], resource["urn"]
        rows = [lane.row for lane in lanes if lane.end in urn]
        resource["taint"] = kind in [row.tainted for row in rows]
        urns += [urn] if kind in [row.replaced for row in rows] else []
    stack.import_stack(state)
    return {"replace": urns}


@pytest.fixture(scope="module")
def table(module_box):
    """By row: its writes, how long a role lacks something, the same with a bare resource, and roles that are changed."""
    box = module_box
    box.reset()
    lanes = lanes_of(box, ROWS.values())
    assert not update(lanes, 0).failed
    since = len(box.calls)
    for step, options in enumerate([{}, anew(lanes, box.stack(lambda: None)), {}], 1):
        assert not update(lanes, step, **options).failed
    seen = [(lane.writes(since), lane.lacks(since)) for lane in lanes]
    box.stack(lambda: None).destroy()
    left = [[role for role in ROLES if box.role_policies(role + lane.end) != {"own": OWN}] for lane in lanes]
    return dict(zip(ROWS, zip(seen[::2], seen[1::2], left[::2], strict=True), strict=True))


@pytest.mark.parametrize("title", ROWS)
def test_a_move(table, title):
    """It writes just this, once, costs a role no more than with a bare resource, and `destroy` leaves other policies."""
    row = ROWS[title]
    (writes, ours), (bare_writes, bare), left = table[title]

    assert (writes, ours, bare) == (row.writes, row.ours, row.bare)
    assert WORSE.index(ours) <= WORSE.index(bare)
    assert len(writes) <= len(bare_writes)
    assert left == []


def test_only_the_old_policy_is_a_target(box):
    """It goes, although the new one is not made yet, as with a bare resource."""
    lanes = lanes_of(box, [Row([one(), one("app")])])
    update(lanes, 0)
    since = len(box.calls)
    update(lanes, 1, target=["**::web-*"])

    assert [(lane.writes(since), lane.lacks(since)) for lane in lanes] == [("delete web", LOST)] * 2


def test_another_description_needs_another_exact_name(box):
    """IAM refuses a second policy of that name, and the first stays attached; back, there is nothing to write."""
    lanes = lanes_of(
        box, [Row([fleet(policy_name="a"), fleet(policy_name="a", description="b"), fleet(policy_name="a")])], [True]
    )
    update(lanes, 0)
    since = len(box.calls)
    refused, back = update(lanes, 1), update(lanes, 2)

    assert refused.failed
    assert "EntityAlreadyExists" in str(refused.lines)
    assert not back.failed
    assert (lanes[0].writes(since), lanes[0].lacks(since)) == ("", "")


def test_a_sixth_document(box):
    """A policy has five versions: the oldest one goes."""
    lanes = lanes_of(box, [Row([fleet(keys=[f"{KEY[:-1]}{number}"]) for number in range(6)])], [True])
    for step in range(6):
        update(lanes, step)

    assert [call.action for call in box.writes if "Version" in call.action][4:] == [
        "DeletePolicyVersion",
        "CreatePolicyVersion",
    ]
