"""The claims that only AWS can decide: that the policies land and go, and what IAM's policy simulator answers.

The check of roles rests on these answers. IAM itself is asked, so a failed claim is about AWS and not about the check.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from pulumi_ssm_perms import policy_document
from tools.verify.account import Account, one_line
from tools.verify.engine import Engine
from tools.verify.fixtures import DECRYPT, HEARTBEAT, REGION, TAG, Fixtures
from tools.verify.run import Run

_CHANNEL: Final = "ssmmessages:OpenControlChannel"
_LOG: Final = "logs:PutLogEvents"
_ADDED: Final = ["create Policy", "create RolePolicy", "create RolePolicyAttachment", "create RolePolicyAttachment"]
_GONE: Final = [step.replace("create", "delete") for step in _ADDED]
_MADE: Final = "a generated name: {}-session-manager- and seven hexadecimal digits"

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """A claim, whether it holds, what was answered, and what was wanted."""

    claim: str
    holds: bool
    answered: Answer
    wanted: Answer


class Question(NamedTuple):
    """A claim about the simulator: what it is asked about a role, and the parts of its answer that are wanted."""

    claim: str
    role: str
    action: str
    wanted: Answer
    resource: str = "*"
    region: str = ""


class Trial(NamedTuple):
    """Where the claims are tested."""

    account: Account
    engine: Engine
    run: Run

    def results(self) -> Iterator[Result]:
        """Make the roles, and yield the result of each claim."""
        fixtures = Fixtures(self.account, self.run)
        self.engine.up(fixtures.program(ours=False))
        before = self._roles()
        yield self._up(fixtures, "`up` gives the roles AWS's policies, under generated names.", _ADDED, before)
        again = self._up(fixtures, "The same program again writes nothing.", [], before)
        yield again
        names = again.answered["names"]
        for question in _questions(fixtures, names["inline"], names["managed"]):
            yield self._result(question.claim, question.wanted, partial(self._ask, question))
        yield self._up(
            fixtures, "Without the components, `up` leaves the roles as they were.", _GONE, before, ours=False
        )

    def _up(self, fixtures: Fixtures, claim: str, steps: list[str], before: Answer, *, ours: bool = True) -> Result:
        """Run the program; the engine must do these steps, and the roles have what they had, and what is ours."""
        done = self.engine.up(fixtures.program(ours=ours))
        names = {each: _generated(self.run.name(each), name) for each, name in done.outputs.items()}
        wanted = {"engine": steps, "roles": _with_ours(before, fixtures, names) if ours else before}
        result = self._result(claim, wanted, lambda: {"engine": done.steps, "roles": self._roles()})
        return replace(result, answered={**result.answered, "names": done.outputs})

    def _result(self, claim: str, wanted: Answer, look: Callable[[], Answer]) -> Result:
        def holds(seen: Answer) -> bool:
            return all(seen.get(key) == value for key, value in wanted.items())

        try:
            answered = self.run.until(holds, look)
        except ClientError as error:
            answered = {"error": one_line(error)}
        return Result(claim, holds(answered), answered, wanted)

    def _roles(self) -> Answer:
        """Return the documents of each role's policies, by their names."""
        return {role: {"inline": self._inline(role), "attached": self._attached(role)} for role in self.run.roles}

    def _inline(self, role: str) -> Answer:
        names = self.account.pages("list_role_policies", "PolicyNames", RoleName=role)
        read = self.account.iam.get_role_policy
        return {name: read(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}

    def _attached(self, role: str) -> Answer:
        policies = self.account.pages("list_attached_role_policies", "AttachedPolicies", RoleName=role)
        return {policy["PolicyName"]: self._document(policy["PolicyArn"]) for policy in policies}

    def _document(self, arn: str) -> Any:
        iam = self.account.iam
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

    def _ask(self, question: Question) -> Answer:
        """Return the simulator's answer: first the parts that a claim is about, then all of it."""
        told = {"ContextKeyName": REGION, "ContextKeyType": "string", "ContextKeyValues": [question.region]}
        [result] = self.account.pages(
            "simulate_principal_policy",
            "EvaluationResults",
            PolicySourceArn=self.account.iam.get_role(RoleName=question.role)["Role"]["Arn"],
            ActionNames=[question.action],
            **({} if question.resource == "*" else {"ResourceArns": [question.resource]}),
            **({"ContextEntries": [told]} if question.region else {}),
        )
        return {
            "decision": result["EvalDecision"],
            "policies": sorted({each["SourcePolicyId"] for each in result.get("MatchedStatements", ())}),
            "missing": sorted(result.get("MissingContextValues", ())),
            "simulator": result,
        }


def _questions(fixtures: Fixtures, inline: str, managed: str) -> list[Question]:
    """Return the claims about the simulator, given the names of the components' policies."""
    web, bounded, group = fixtures.web, fixtures.bounded, fixtures.log_group
    own, denying = f"role_{web}_{inline}", f"role_{web}_{fixtures.run.name('deny')}"
    allowed, denied = {"decision": "allowed"}, {"decision": "implicitDeny"}
    return [
        Question("IAM calls an inline policy role_ROLE_POLICY.", web, HEARTBEAT, {**allowed, "policies": [own]}),
        Question(
            "IAM calls a managed policy by its name.",
            web, "s3:GetEncryptionConfiguration", {**allowed, "policies": [managed]},
        ),
        Question(
            "IAM names every policy that allows an action.",
            web, _CHANNEL, {**allowed, "policies": sorted([own, managed])},
        ),
        Question(
            "Of an action that is denied, IAM names only the policy that denies.",
            web, DECRYPT, {"decision": "explicitDeny", "policies": [denying]}, fixtures.key,
        ),
        Question(
            "IAM names the key of a condition on an unrelated action as missing, and allows all the same.",
            web, _CHANNEL, {**allowed, "missing": [TAG]},
        ),
        Question(
            "IAM does not know the Region by itself: a boundary of the Region denies.",
            bounded, _CHANNEL, {**denied, "missing": [REGION]},
        ),
        Question("Told the Region, IAM allows.", bounded, _CHANNEL, allowed, region=fixtures.region),
        Question("IAM denies the key of another account, whose key policy it does not see.",
            web, DECRYPT, denied, fixtures.other_key,
        ),
        Question(
            "Asked about all of a log group, IAM denies what a boundary allows on each of its streams.",
            bounded, _LOG, denied, f"{group}:*",
        ),
        Question("Asked about one stream, IAM allows.", bounded, _LOG, allowed, f"{group}:log-stream:one"),
    ]  # fmt: skip


def _with_ours(before: Answer, fixtures: Fixtures, names: Mapping[str, str]) -> Answer:
    """Return what the roles have, with the components' policies."""
    attached = {names["managed"]: policy_document(**fixtures.managed)}
    own = {fixtures.web: {names["inline"]: policy_document(**fixtures.inline)}}
    return {
        role: {"inline": {**had["inline"], **own.get(role, {})}, "attached": {**had["attached"], **attached}}
        for role, had in before.items()
    }


def _generated(component: str, name: str) -> str:
    """Return the name of a component's policy if it is a generated one, else a description of such a name."""
    pattern = re.escape(component) + "-session-manager-[0-9a-f]{7}"
    return name if re.fullmatch(pattern, name) else _MADE.format(component)
