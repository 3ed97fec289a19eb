"""Asks IAM: what a role is, and what IAM's policy simulator decides about it. Questions and answers are data."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

import pulumi

from ._document import UPDATE_INSTANCE_INFORMATION, Document, actions_by_resource, to_json
from ._invoke import InvokeError, get_region, invoke, read_text
from ._parse import ROLE_ARN

# "Configure instance permissions required for Systems Manager" and "Create the IAM service role required for Systems
# Manager in hybrid and multicloud environments" (AWS Systems Manager User Guide), with the suffixes of all partitions:
# another service may begin alike, such as `ec2.application-autoscaling.amazonaws.com`.
_NODE_SERVICE: Final = re.compile(
    r"(?:ec2|ssm)\."
    r"(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)


class PolicyName(NamedTuple):
    """A policy of a role, as the simulator tells it."""

    name: str
    is_inline: bool


class IamRole(NamedTuple):
    """A role as IAM has it. `boundary` is the name of its permissions boundary, empty if it has none."""

    arn: str
    boundary: str
    trusts_node_service: bool

    def policy_of(self, simulator_id: str) -> PolicyName:
        """Return the policy with this id: a managed policy's is its name, an inline policy's is `role_ROLE_NAME`."""
        prefix = f"role_{self.arn.rpartition('/')[2]}_"
        return PolicyName(simulator_id.removeprefix(prefix), simulator_id.startswith(prefix))


class Question(NamedTuple):
    """What the simulator is asked about at once: some actions on one resource, in a Region."""

    resource: str
    region: str
    actions: Sequence[str]

    @property
    def names_region(self) -> bool:
        """Whether the Region is the resource's own, and not the provider's."""
        return bool(_arn_field(self.resource, 3))


class Decision(Enum):
    """What the simulator can decide. `IMPLICIT_DENY`: no policy allows the action, or a boundary or an SCP does not."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class Verdict(NamedTuple):
    """The simulator's decision about an action of a question or why there is none, and the policies that make it."""

    question: Question
    action: str
    decision: Decision | InvokeError
    policies: Sequence[PolicyName] = ()


class Answers(NamedTuple):
    """What IAM answers about a role: a verdict on each action, or an error about the role itself.

    There is neither if a preview does not know yet what to ask. `unasked` has the resources of other accounts.
    """

    name: str
    boundary: str = ""
    verdicts: Sequence[Verdict] = ()
    error: InvokeError | None = None
    unasked: Sequence[str] = ()


async def ask_iam(
    component: pulumi.ComponentResource, role_names: Sequence[str], document: Document | None
) -> list[Answers]:
    """Ask about all roles concurrently, as if each had the document as well."""
    try:
        region = await get_region(component)
    except InvokeError as error:
        return [Answers(name, error=error) for name in role_names]
    return await asyncio.gather(*(_ask_about(component, name, region, document) for name in role_names))


async def _ask_about(
    component: pulumi.ComponentResource, name: str, region: str | None, document: Document | None
) -> Answers:
    try:
        role = await _get_role(component, name)
    except InvokeError as error:
        return Answers(name, error=error)
    if not (region and role and document):
        return Answers(name)
    granted = actions_by_resource(document)
    # IAM cannot be asked about an ARN with another account in it.
    asked = {arn: actions for arn, actions in granted.items() if _arn_field(arn, 4) in ("", _arn_field(role.arn, 4))}
    questions = _questions(role, region, asked)
    simulations = (_simulate(component, role, to_json(document), question) for question in questions)
    verdicts = [verdict for answer in await asyncio.gather(*simulations) for verdict in answer]
    return Answers(name, role.boundary, verdicts, unasked=[arn for arn in granted if arn not in asked])


async def _get_role(component: pulumi.ComponentResource, name: str) -> IamRole | None:
    """Return a role of the provider's account."""

    def read(result: Mapping[str, Any]) -> IamRole:
        arn = read_text("arn", result)
        if not ROLE_ARN.fullmatch(arn):
            raise ValueError(arn)
        boundary = str(result.get("permissionsBoundary") or "").rpartition("/")[2]
        return IamRole(arn, boundary, _trusts_node_service(json.loads(read_text("assumeRolePolicy", result))))

    return await invoke(component, "aws:iam/getRole:getRole", read, name=name)


def _trusts_node_service(trust: Any) -> bool:
    """Return whether a trust policy lets EC2 or Systems Manager assume the role.

    A policy may have a single value instead of a list.
    """
    for statement in _as_list(trust["Statement"]):
        principal = statement.get("Principal")
        if statement["Effect"] == "Allow" and principal and principal != "*":
            services = _as_list(principal.get("Service", []))
            if any(_NODE_SERVICE.fullmatch(service) for service in services):
                return True
    return False


def _as_list(value: Any) -> list[Any]:
    values: Any = value
    return values if isinstance(value, list) else [value]


def _questions(role: IamRole, region: str, asked: Mapping[str, Sequence[str]]) -> list[Question]:
    """Return what to ask: about these actions by resource and, if the role is one of nodes, about the heartbeat.

    Each resource is a question of its own, because about several the AWS provider passes on only one decision, and in
    the Region of its ARN or, without one, of the provider: without a Region, each condition on it would count as
    missing.
    """
    if role.trusts_node_service:
        asked = {**asked, "*": [*dict.fromkeys([*asked["*"], UPDATE_INSTANCE_INFORMATION])]}
    return [Question(resource, _arn_field(resource, 3) or region, actions) for resource, actions in asked.items()]


def _arn_field(arn: str, position: int) -> str:
    """Return the Region (3) or the account (4) of an ARN; empty for `*` and in the ARN of a bucket."""
    return "" if arn == "*" else arn.split(":")[position]


async def _simulate(
    component: pulumi.ComponentResource, role: IamRole, document: str, question: Question
) -> list[Verdict]:
    """Return the verdict on each action, about a role that has the document as well. There may be none in mocks."""

    def read(result: Mapping[str, Any]) -> list[Verdict]:
        rows = {row["actionName"]: row for row in result["results"]}
        verdicts: list[Verdict] = []
        for action in question.actions:
            statements = rows[action].get("matchedStatements") or ()
            policies = [role.policy_of(id_) for id_ in sorted({str(row["sourcePolicyId"]) for row in statements})]
            verdicts.append(Verdict(question, action, Decision(rows[action]["decision"]), policies))
        return verdicts

    # IAM takes each action on a log group for one on a stream of it: `GROUP:*` would miss a Deny of the streams.
    resource = re.sub(r"(:log-group:[^:]+:)\*", r"\1log-stream:*", question.resource)
    try:
        verdicts = await invoke(
            component,
            "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation",
            read,
            policySourceArn=role.arn,
            actionNames=question.actions,
            contexts=[{"key": "aws:RequestedRegion", "type": "string", "values": [question.region]}],
            additionalPoliciesJsons=[document],
            **({} if resource == "*" else {"resourceArns": [resource]}),
        )
    except InvokeError as error:
        return [Verdict(question, action, error) for action in question.actions]
    return verdicts or []
