"""`make bench`: compares what a component takes in the sandbox's engine with what other ways take, and has limits.

A row's figure is the median of rounds, in each of which all ways are measured one after the other. Without a limit are
times that follow from Pulumi: the engine writes the whole state at each step, so its time grows with the square of the
number of resources.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Any, Final, NamedTuple

import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox

Way = Callable[..., None]
Seconds = Mapping[Any, float]

UP, CHANGED, PREVIEW = "up", "changed document", "preview"
BEFORE: Final[Mapping[str, Any]] = {"s3_log_encryption_enforced": True}
AFTER: Final[Mapping[str, Any]] = {**BEFORE, "allow_update_instance_information": True}
_KEYS: Final = [f"arn:aws:kms:{region}:123456789012:key/1234abcd" for region in ("eu-west-1", "us-east-1")]
CHECKED: Final[Mapping[str, Any]] = {"kms_key_arns": _KEYS, "allow_update_instance_information": True}


def raw(roles: Sequence[str], **grants: Any) -> None:
    """Declare a RolePolicy for each role."""
    for role in roles:
        aws.iam.RolePolicy(role, role=role, policy=json.dumps(policy_document(**grants)))


def component(roles: Sequence[str], **grants: Any) -> None:
    """Declare a component for each role."""
    for role in roles:
        SessionManagerPermissions(role, role=role, **grants)


def attachments(roles: Sequence[str], **grants: Any) -> None:
    """Declare a Policy, and an attachment for each role."""
    policy = aws.iam.Policy("fleet", policy=json.dumps(policy_document(**grants)))
    for role in roles:
        aws.iam.RolePolicyAttachment(role, role=role, policy_arn=policy.arn)


def fleet(roles: Sequence[str], **inputs: Any) -> None:
    """Declare one component for all roles."""
    SessionManagerManagedPolicy("fleet", roles=roles, **inputs)


def questions(roles: Sequence[str], **grants: Any) -> None:
    """Ask what `check` asks, one question after the other, and declare the fleet without a check."""
    document = policy_document(**grants)
    for role in roles:
        arn = aws.iam.get_role(name=role).arn
        for statement in document["Statement"]:
            resources = statement["Resource"]
            for resource in [resources] if isinstance(resources, str) else resources:
                aws.iam.get_principal_policy_simulation(
                    policy_source_arn=arn,
                    action_names=statement["Action"],
                    resource_arns=None if resource == "*" else [resource],
                    additional_policies_jsons=[json.dumps(document)],
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
    (300, UP, component, fleet, math.inf),
    (300, UP, fleet, attachments, 1.15),
    (300, UP, fleet, raw, 1.1),
    (300, CHANGED, fleet, raw, 0.5),
]
"""How many roles, the command, the way that is judged, the one that it is compared with, and the limit."""


def main() -> int:
    """Print a row as soon as it is known; return 1 if a figure is over its limit."""
    print("| command, roles: what is compared | times | limit |\n|---|---|---|", flush=True)
    missed = 0
    with Sandbox(timeout=600) as box:
        for measured in (engine, checks):
            for row in measured(box):
                print(row, flush=True)
                missed += row.times > row.limit
    return 1 if missed else 0


def engine(box: Sandbox, rounds: int = 5, most: int = 300) -> Iterator[Row]:
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


def checks(box: Sandbox, rounds: int = 5, most: int = 120) -> Iterator[Row]:
    """Compare a preview that asks IAM about a fleet with one that doesn't, and with the same questions one by one."""
    roles = _roles(box, most)
    ways: Mapping[str, Way] = {"not": fleet, "checked": partial(fleet, check="advisory"), "questions": questions}
    found: list[Seconds] = [
        {name: _seconds(box.stack(partial(way, roles, **CHECKED), name).preview) for name, way in ways.items()}
        for _ in range(rounds)
    ]
    asked = median((each["checked"] - each["not"]) / (each["questions"] - each["not"]) for each in found)
    yield Row(f"{PREVIEW}, {most}: check to its questions in turn", asked, 1)
    without = median(each["checked"] / each["not"] for each in found)
    yield Row(f"{PREVIEW}, {most}: with a check to without", without)


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
