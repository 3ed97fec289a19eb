"""Times a preview that asks IAM about a fleet, against one that does not and against the same questions asked bare."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from benchmarks.engine import Stopwatch
from benchmarks.report import Bar
from pulumi_ssm_perms import SessionManagerManagedPolicy, policy_document
from pulumi_ssm_perms._document import to_json
from sandbox import Sandbox

ROLES: Final = 120
ROUNDS: Final = 5
_KEYS: Final = [f"arn:aws:kms:{region}:123456789012:key/1234abcd" for region in ("eu-west-1", "us-east-1")]
_GRANTS: Final[Mapping[str, Any]] = {"kms_key_arns": _KEYS, "allow_update_instance_information": True}
_QUESTIONS: Final = Counter({"GetRole": ROLES, "SimulatePrincipalPolicy": 2 * ROLES})

Ways = Mapping[str, Callable[[], object]]


def bars(box: Sandbox) -> Iterator[Bar]:
    """Yield what is promised of `check_roles`, with the median of the ratios of the rounds.

    The bar of its time comes from the number of its questions: it takes no longer than they do one after another.
    """
    roles = [f"checked-{number:03}" for number in range(ROLES)]
    arns = [box.create_role(role) for role in roles]
    ways = _ways(roles, arns)
    rounds = [{name: _preview(box, name, ways[name]) for name in ways} for _ in range(ROUNDS)]
    ratio = statistics.median((one["checked"] - one["plain"]) / (one["bare"] - one["plain"]) for one in rounds)
    yield Bar(f"preview, {ROLES}: check_roles to its questions in turn", ratio, 1)
    ratio = statistics.median(one["checked"] / one["plain"] for one in rounds)
    yield Bar(f"preview, {ROLES}: with check_roles to without", ratio)
    box.forget()
    _preview(box, "checked", ways["checked"])
    asked = Counter(call.action for call in box.calls)
    promised = sum(_QUESTIONS.values()) / ROLES
    yield Bar(f"preview, {ROLES}: calls for each role", sum(asked.values()) / ROLES, promised, "calls")


def _ways(roles: Sequence[str], arns: Sequence[str]) -> Ways:
    document = policy_document(**_GRANTS)

    def fleet(*, check: bool) -> None:
        args: Any = {"roles": roles, "check_roles": check, **_GRANTS}
        SessionManagerManagedPolicy("fleet", args)

    def bare() -> None:
        for role, arn in zip(roles, arns, strict=True):
            aws.iam.get_role(name=role)
            for statement in document["Statement"]:
                resources = statement["Resource"]
                aws.iam.get_principal_policy_simulation(
                    policy_source_arn=arn,
                    action_names=statement["Action"],
                    resource_arns=None if resources == "*" else resources,
                    additional_policies_jsons=[to_json(document)],
                )
        fleet(check=False)

    return {"plain": lambda: fleet(check=False), "checked": lambda: fleet(check=True), "bare": bare}


def _preview(box: Sandbox, project: str, program: Callable[[], object]) -> float:
    def run() -> None:
        program()
        pulumi.export("roles", ROLES)

    stack = box.stack(run, project)
    watch = Stopwatch(stack.workspace.pulumi_command)
    stack.preview()
    return watch.seconds
