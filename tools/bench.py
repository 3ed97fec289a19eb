"""`make bench`: compares what a component takes in the sandbox's engine with what other ways take, and has limits.

A row's figure is the median of rounds, in each of which all ways are measured one after the other. Without a limit are
times that follow from Pulumi: the engine writes the whole state at each step, so its time grows with the square of the
number of resources; and from YAML it starts the plugin twice, which costs half a second with any plugin in Python.
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import yaml

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from pulumi_ssm_perms._document import to_json
from sandbox import Sandbox
from tests.languages import plugin

Way = Callable[..., None]
Seconds = Mapping[Any, float]

UP, CHANGED, PREVIEW, YAML = "up", "changed document", "preview", "up from YAML"
BEFORE: Final[Mapping[str, Any]] = {"s3_log_encryption_enforced": True}
AFTER: Final[Mapping[str, Any]] = {**BEFORE, "allow_update_instance_information": True}
_KEYS: Final = [f"arn:aws:kms:{region}:123456789012:key/1234abcd" for region in ("eu-west-1", "us-east-1")]
CHECKED: Final[Mapping[str, Any]] = {"kms_key_arns": _KEYS, "allow_update_instance_information": True}


def raw(roles: Sequence[str], **grants: Any) -> None:
    """Declare a RolePolicy for each role."""
    for role in roles:
        aws.iam.RolePolicy(role, role=role, policy=to_json(policy_document(**grants)))


def component(roles: Sequence[str], **grants: Any) -> None:
    """Declare a component for each role."""
    for role in roles:
        SessionManagerPermissions(role, role=role, **grants)


class Empty(pulumi.ComponentResource):
    """A component that does nothing but declare a RolePolicy: what any component costs."""

    def __init__(self, name: str, document: str) -> None:
        """Declare the policy."""
        super().__init__("bench:index:Empty", name)
        policy = aws.iam.RolePolicy(name, role=name, policy=document, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"role_name": name, "policy_name": policy.name, "policy_json": document})


def empty(roles: Sequence[str], **grants: Any) -> None:
    """Declare an empty component for each role."""
    for role in roles:
        Empty(role, to_json(policy_document(**grants)))


def attachments(roles: Sequence[str], **grants: Any) -> None:
    """Declare a Policy, and an attachment for each role."""
    policy = aws.iam.Policy("fleet", policy=to_json(policy_document(**grants)))
    for role in roles:
        aws.iam.RolePolicyAttachment(role, role=role, policy_arn=policy.arn)


def fleet(roles: Sequence[str], **inputs: Any) -> None:
    """Declare one component for all roles."""
    SessionManagerManagedPolicy("fleet", roles=roles, **inputs)


def questions(roles: Sequence[str], **grants: Any) -> None:
    """Ask what `check_roles` asks, one question after the other, and declare the fleet without a check."""
    document = policy_document(**grants)
    for role in roles:
        arn = aws.iam.get_role(name=role).arn
        for statement in document["Statement"]:
            resources = statement["Resource"]
            aws.iam.get_principal_policy_simulation(
                policy_source_arn=arn,
                action_names=statement["Action"],
                resource_arns=None if resources == "*" else resources,
                additional_policies_jsons=[to_json(document)],
            )
    fleet(roles, **grants)


class Row(NamedTuple):
    """What is compared, how many times as long it took, and how many times as long it may take."""

    what: str
    times: float
    limit: float = math.inf

    def __str__(self) -> str:
        """The row of the table; a figure over its limit is bold."""
        bold = "**" if self.times > self.limit else ""
        return f"| {self.what} | {bold}{self.times:.2f}{bold} | {'' if math.isinf(self.limit) else f'{self.limit:g}'} |"


COMPARED: Final[Sequence[tuple[int, str, Way, Way, float]]] = [
    (1, UP, component, raw, 1.1),
    (50, UP, empty, raw, math.inf),
    (50, UP, component, raw, math.inf),
    (300, UP, component, fleet, math.inf),
    (300, UP, fleet, attachments, 1.15),
    (300, UP, fleet, raw, 1.1),
    (300, CHANGED, fleet, raw, 0.5),
]
"""How many roles, the command, the way that is judged, the one that it is compared with, and the limit."""


def main() -> int:
    """Print a row as soon as it is known; return 1 if a figure is over its limit."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--roles", type=int, default=300, help="no more roles than these")
    asked = parser.parse_args()
    print("| command, roles: what is compared | times | limit |\n|---|---|---|", flush=True)
    missed = 0
    with Sandbox(timeout=600, yaml=True) as box:
        for measured in (engine, checks, from_yaml):
            for row in measured(box, asked.rounds, asked.roles):
                print(row, flush=True)
                missed += row.times > row.limit
    return 1 if missed else 0


def engine(box: Sandbox, rounds: int, most: int) -> Iterator[Row]:
    """Compare `pulumi up` of a new stack, and of another document, of a program in Python."""
    _ups(box, raw, 1)  # the first one loads what all need
    for size in sorted({row[0] for row in COMPARED}):
        rows = [row for row in COMPARED if row[0] == size]
        ways = dict.fromkeys(way for row in rows for way in row[2:4])
        number = min(size, most)
        found: list[Seconds] = [
            {(way, command): taken for way in ways for command, taken in _ups(box, way, number).items()}
            for _ in range(rounds)
        ]
        for _, command, way, other, limit in rows:
            times = median(each[way, command] / each[other, command] for each in found)
            yield Row(f"{command}, {number}: {way.__name__} to {other.__name__}", times, limit)


def _ups(box: Sandbox, way: Way, number: int) -> dict[str, float]:
    roles = _roles(box, number)
    return {
        command: _seconds(box.stack(partial(way, roles, **grants)).up)
        for command, grants in ((UP, BEFORE), (CHANGED, AFTER))
        # The document of a component for each role is compared nowhere, and takes longest.
        if (command, way) != (CHANGED, component)
    }


def checks(box: Sandbox, rounds: int, most: int) -> Iterator[Row]:
    """Compare a preview that asks IAM about a fleet with one that doesn't, and with the same questions one by one."""
    number = min(120, most)
    roles = _roles(box, number)
    ways: Mapping[str, Way] = {"not": fleet, "checked": partial(fleet, check_roles=True), "questions": questions}
    found: list[Seconds] = [
        {name: _seconds(box.stack(partial(way, roles, **CHECKED), name).preview) for name, way in ways.items()}
        for _ in range(rounds)
    ]
    asked = median((each["checked"] - each["not"]) / (each["questions"] - each["not"]) for each in found)
    yield Row(f"{PREVIEW}, {number}: check_roles to its questions in turn", asked, 1)
    without = median(each["checked"] / each["not"] for each in found)
    yield Row(f"{PREVIEW}, {number}: with check_roles to without", without)


BARE: Final = '''\
"""A plugin whose component does nothing but declare a Policy and its attachments: what any plugin in Python costs."""
from collections.abc import Sequence
from typing import TypedDict
import pulumi
from pulumi.provider.experimental import component_provider_host
from pulumi_aws import iam

class AttachedArgs(TypedDict):
    roles: Sequence[str]
    document: str

class Attached(pulumi.ComponentResource):
    def __init__(self, name: str, args: AttachedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("bare:index:Attached", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        policy = iam.Policy(name, policy=args["document"], opts=child)
        for role in args["roles"]:
            iam.RolePolicyAttachment(f"{name}/{role}", role=role, policy_arn=policy.arn, opts=child)
        self.register_outputs({})

component_provider_host([Attached], name="bare", version="0.1.0")
'''


def from_yaml(box: Sandbox, rounds: int, most: int) -> Iterator[Row]:
    """Compare a fleet through the plugin with an empty component through an empty plugin, and with no plugin."""
    number = min(300, most)
    (box.folder / "bare.py").write_text(BARE)
    plugin.install(box.folder)
    plugin.install(box.folder, "pulumi-resource-bare", (sys.executable, "-P", str(box.folder / "bare.py")))
    box.env["PATH"] = os.pathsep.join([str(box.folder), box.env["PATH"]])
    programs = _in_yaml(_roles(box, number), to_json(policy_document()))
    found: list[Seconds] = [
        {name: _up_from_yaml(box, number, program) for name, program in programs.items()} for _ in range(rounds)
    ]
    for one, other in (("fleet", "attachments"), ("fleet", "empty"), ("empty", "attachments")):
        limit = 1.15 if (one, other) == ("fleet", "empty") else math.inf
        yield Row(f"{YAML}, {number}: {one} to {other}", median(each[one] / each[other] for each in found), limit)


def _in_yaml(roles: Sequence[str], document: str) -> Mapping[str, Any]:
    policy = {"type": "aws:iam:Policy", "properties": {"policy": document}}
    attached = {
        role: {"type": "aws:iam:RolePolicyAttachment", "properties": {"role": role, "policyArn": "${policy.arn}"}}
        for role in roles
    }
    fleet_of = {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": {"roles": roles}}
    empty_of = {"type": "bare:Attached", "properties": {"roles": roles, "document": document}}
    return {"attachments": {"policy": policy, **attached}, "fleet": {"fleet": fleet_of}, "empty": {"fleet": empty_of}}


def _up_from_yaml(box: Sandbox, number: int, resources: Mapping[str, Any]) -> float:
    _roles(box, number)
    folder = Path(box.folder, "program")
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "app", "runtime": "yaml", "resources": resources}))
    box.configure(folder)
    box.pulumi("stack", "init", "dev", cwd=folder)
    begin = time.perf_counter()
    done = box.pulumi("up", "--yes", "--skip-preview", cwd=folder)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(done.stdout)
    return seconds


def _roles(box: Sandbox, number: int) -> list[str]:
    """Return the names of so many roles, in an AWS and a backend that have nothing else."""
    box.reset()
    roles = [f"role-{position:03}" for position in range(number)]
    for role in roles:
        box.create_role(role)
    return roles


def _seconds(command: Callable[[], object]) -> float:
    begin = time.perf_counter()
    command()
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
