"""The claims that only AWS can decide: that the policies land and go, and what IAM's policy simulator answers.

The check of roles rests on these answers. IAM itself is asked, so a failed claim is about AWS and not about the check.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from tools.verify.program import DECRYPT, REGION, TAG, Engine, Program
from tools.verify.run import Run, one_line, say

_HEARTBEAT: Final = "ssm:UpdateInstanceInformation"
_CHANNEL: Final = "ssmmessages:OpenControlChannel"
_BUCKET: Final = "s3:GetEncryptionConfiguration"
_LOG: Final = "logs:PutLogEvents"
# What AWS says for a time: it does not show a write yet, or was asked too often.
_PASSING: Final = ("NoSuchEntity", "Throttling")

Answer = Mapping[str, Any]


class Result(NamedTuple):
    """A claim, whether it holds, what was answered, and what was wanted."""

    claim: str
    holds: bool
    answered: Answer
    wanted: Answer

    def differences(self) -> Iterator[str]:
        """Yield what was answered and what was wanted, where they differ."""
        for key, value in self.wanted.items():
            if (answered := self.answered.get(key, self.answered)) != value:
                yield f"    {key}: {answered}\n    wanted: {value}"


class Question(NamedTuple):
    """A claim about the simulator: what it is asked about a role, and the parts of its answer that are wanted."""

    claim: str
    role: str
    action: str
    wanted: Answer
    resources: Sequence[str] = ()
    region: bool = True


def results(run: Run, engine: Engine) -> Iterator[Result]:
    """Make the roles, and yield the result of each claim."""
    program, names = Program(run), dict[str, Any]()

    def up(claim: str, declare: Callable[[], None], changes: list[str]) -> Result:
        """Run the program, which makes these kinds of changes; then the roles have its policies, and no others."""
        done = engine.up(declare)
        made = sorted(done.summary.resource_changes or ())
        names.clear()
        names.update((name, output.value) for name, output in done.outputs.items())

        def look() -> Answer:
            return {"engine": made, **{role: _policies(run, role) for role in run.roles}, **names}

        return try_claim(run, claim, {"engine": changes, **program.policies(**names)}, look)

    engine.up(program.roles)
    yield up("`up` gives the roles AWS's policies.", program.roles_and_components, ["create", "same"])
    yield up("The same program again writes nothing.", program.roles_and_components, ["same"])
    for question in _questions(program, **names):
        yield try_claim(run, question.claim, question.wanted, partial(_ask, run, question))
    yield up("Without the components, `up` leaves the roles as they were.", program.roles, ["delete", "same"])


def try_claim(run: Run, claim: str, wanted: Answer, look: Callable[[], Answer]) -> Result:
    """Look until AWS answers what is wanted, or patience has ended."""
    answered: Answer = {}
    for number in run.looks():
        if number == 1:
            say(f"    AWS does not show it yet; looking again for up to {run.patience:.0f} s …")
        try:
            answered = look()
        except ClientError as error:
            answered = {"error": one_line(error)}
            if error.response["Error"]["Code"] not in _PASSING:
                break
        if wanted.items() <= answered.items():
            break
    return Result(claim, wanted.items() <= answered.items(), answered, wanted)


def _policies(run: Run, role: str) -> Answer:
    """Return the documents of a role's policies, by their names."""
    iam, found = run.iam, dict[str, Any]()
    for name in run.pages("list_role_policies", "PolicyNames", RoleName=role):
        found[name] = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for policy in run.pages("list_attached_role_policies", "AttachedPolicies", RoleName=role):
        arn = {"PolicyArn": policy["PolicyArn"]}
        version = iam.get_policy(**arn)["Policy"]["DefaultVersionId"]
        found[policy["PolicyName"]] = iam.get_policy_version(**arn, VersionId=version)["PolicyVersion"]["Document"]
    return found


def _ask(run: Run, question: Question) -> Answer:
    """Return the simulator's answer: first the parts that a claim is about, then all of it."""
    region = {"ContextKeyName": REGION, "ContextKeyType": "string", "ContextKeyValues": [run.region]}
    found = run.pages(
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=run.arn("iam", f"role/{question.role}"),
        ActionNames=[question.action],
        **({"ResourceArns": [*question.resources]} if question.resources else {}),
        **({"ContextEntries": [region]} if question.region else {}),
    )
    of_each = {each["EvalResourceName"]: each for each in found[0].get("ResourceSpecificResults", ())}
    return {
        "decision": found[0]["EvalDecision"],
        "policies": _named(found[0]),
        "missing": sorted(found[0].get("MissingContextValues", ())),
        "decisions": {name: each["EvalResourceDecision"] for name, each in of_each.items()},
        "of each": {name: _named(each) for name, each in of_each.items()},
        "simulator": found,
    }


def _named(result: Mapping[str, Any]) -> list[str]:
    return sorted({each["SourcePolicyId"] for each in result.get("MatchedStatements", ())})


def _questions(program: Program, inline: str, managed: str) -> list[Question]:
    """Return the claims about the simulator, given the names of the components' policies."""
    web, bounded = program.web, program.bounded
    own, denying = f"role_{web}_{inline}", f"role_{web}_{program.run.prefix}deny"
    stream, other = (f"{group}:log-stream:one" for group in (program.group, program.other_group))
    allowed, denied = {"decision": "allowed"}, {"decision": "implicitDeny"}
    return [
        Question("IAM calls an inline policy role_ROLE_POLICY.",
            web, _HEARTBEAT, {**allowed, "policies": [own]}),
        Question("IAM calls a managed policy by its name.",
            web, _BUCKET, {**allowed, "policies": [managed]}),
        Question("IAM names every policy that allows an action.",
            web, _CHANNEL, {**allowed, "policies": sorted([own, managed])}),
        Question("Of an action that is denied, IAM names only the policy that denies.",
            web, DECRYPT, {"decision": "explicitDeny", "policies": [denying]}, [program.key]),
        Question("IAM names the key of a condition on an unrelated action as missing, and allows all the same.",
            web, _CHANNEL, {**allowed, "missing": [TAG]}),
        Question("IAM does not know the Region by itself: a boundary of the Region denies.",
            bounded, _CHANNEL, {**denied, "missing": [REGION]}, region=False),
        Question("Told the Region, IAM allows.",
            bounded, _CHANNEL, allowed),
        Question("Of an action that a boundary allows, too, IAM names the policy that allows, and not the boundary.",
            bounded, _CHANNEL, {**allowed, "policies": [managed]}),
        Question("IAM denies the key of another account, whose key policy it does not see.",
            web, DECRYPT, denied, [program.other_key]),
        Question("Asked about all of a log group, IAM denies what a boundary allows on each of its streams.",
            bounded, _LOG, denied, [f"{program.group}:*"]),
        Question("Asked about one stream, IAM allows.",
            bounded, _LOG, allowed, [stream]),
        Question("Of several resources, IAM names the policies that allow any, and of each those that allow that one.",
            web, _LOG, {**allowed, "policies": sorted([own, managed]), "of each": {stream: [managed], other: [own]}},
            [stream, other]),
        Question("Of several resources, IAM tells the strictest decision, and of each its own.",
            bounded, _LOG, {**denied, "decisions": {stream: "allowed", other: "implicitDeny"}}, [stream, other]),
    ]  # fmt: skip
