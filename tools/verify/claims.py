"""The claims that only an AWS account can decide, with the role, the components and the engine that test them."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
from botocore.exceptions import ClientError

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Engine, find_cli
from tools.verify.run import Run, one_line

CLAIMS: Final = (
    "`pulumi up` gives the role AWS's policy, as its own and as a managed one.",
    "A second run writes nothing.",
    "The check says of the role what IAM's simulator says.",
    "The simulator takes a document of 2,500 characters.",
    "A changed input is one write for each policy.",
    "`pulumi destroy` leaves the role as it was, and the managed policy is gone.",
    "Nothing of the run is left.",
)
_DECRYPT: Final = "kms:Decrypt"
# Of a stack: itself, both components, the role's own policy, the managed one, and its attachment.
_RESOURCES: Final = 6
_SECONDS: Final = 900.0
# Where a company keeps Pulumi's plugins: the one setting of the caller's Pulumi that is kept.
_KEPT: Final = "PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"

Look = Callable[[], tuple[object, object]]
"""Looks at AWS, and returns what is answered and what is wanted."""


class Result(NamedTuple):
    """A claim, with what was answered and what was wanted."""

    claim: str
    answered: object
    wanted: object

    @property
    def holds(self) -> bool:
        """Whether they are the same."""
        return self.answered == self.wanted


def results(run: Run, folder: Path) -> Iterator[Result]:
    """Make the role, and yield the result of each claim except the last, which is about the removal."""
    for claim, look in zip(CLAIMS, _claimed(run, folder), strict=False):
        yield try_claim(run, claim, look)


def try_claim(run: Run, claim: str, look: Look) -> Result:
    """Look until AWS answers what is wanted, or patience has ended."""
    result = Result(claim, "", "an answer")
    for _ in run.looks():
        try:
            result = Result(claim, *look())
        except ClientError as error:
            result = Result(claim, one_line(error), "an answer")
        if result.holds:
            break
    return result


def _claimed(run: Run, folder: Path) -> Iterator[Look]:
    """Do what each claim is about, and yield how to look at it."""
    stack, before = _stacks(run, folder), _make_role(run)
    few, many = (_grants(run, groups) for groups in (1, 30))
    output: dict[str, Any] = {}

    def up(grants: Mapping[str, Any], **changes: int) -> Look:
        done = stack(partial(_declare, run, grants)).up()
        output.update((name, each.value) for name, each in done.outputs.items())
        policies = {**before, **dict.fromkeys(output["names"], policy_document(**grants))}
        made = done.summary.resource_changes
        return lambda: ([made, _policies(run)], [changes, policies])

    yield up(few, create=_RESOURCES)
    yield up(few, same=_RESOURCES)
    yield lambda: (output["denied"], _denied(run, policy_document(**few)))
    stream = f"{many['cloudwatch_log_group_arns'][-1]}:log-stream:one"
    put = "logs:PutLogEvents"  # on a group that the role's policies don't name yet
    yield lambda: (_simulate(run, [put], stream, policy_document(**many)), {put: "allowed"})
    yield up(many, same=_RESOURCES - 2, update=2)
    stack(lambda: None).destroy()
    yield lambda: ([_policies(run), _is_there(run, output["arn"])], [before, False])


def _stacks(run: Run, folder: Path) -> Callable[[Callable[[], None]], auto.Stack]:
    """Return what makes the run's stack, with a program and without the caller's Pulumi settings."""
    (folder / "state").mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_") or key == _KEPT}
    env = {
        **kept,
        "PATH": os.pathsep.join([str(find_cli().parent), os.environ.get("PATH", os.defpath)]),
        "PULUMI_HOME": str(folder / "home"),
        "TMPDIR": str(folder),  # the CLI leaves there what it downloads
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",  # those on PATH
    }
    engine = Engine(env, lambda: _SECONDS)

    def stack(program: Callable[[], None]) -> auto.Stack:
        credentials: Any = run.session.get_credentials()
        now = credentials.get_frozen_credentials()  # which the plugin can't renew, and needs no MFA code for
        env.update(AWS_ACCESS_KEY_ID=now.access_key, AWS_SECRET_ACCESS_KEY=now.secret_key)
        env["AWS_SESSION_TOKEN"] = now.token or ""
        return engine.stack(program, folder=folder / "project", name="verify", config={"aws:region": run.region})

    return stack


def _make_role(run: Run) -> Mapping[str, object]:
    """Make a role that nobody can assume, and whose policy only denies; return that policy, by its name."""
    nobody = _document({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    tags = [{"Key": key, "Value": value} for key, value in run.tags.items()]
    run.iam.create_role(RoleName=run.name, AssumeRolePolicyDocument=json.dumps(nobody), Tags=tags)
    run.iam.get_waiter("role_exists").wait(RoleName=run.name)
    name, document = f"{run.name}-deny", _document({"Effect": "Deny", "Action": [_DECRYPT], "Resource": "*"})
    run.iam.put_role_policy(RoleName=run.name, PolicyName=name, PolicyDocument=json.dumps(document))
    return {name: document}


def _document(statement: object) -> Mapping[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def _grants(run: Run, groups: int) -> Mapping[str, Any]:
    """Return inputs with a key and this many log groups, none of which need exist."""
    names = [f"log-group:{run.name}-{number}" for number in range(groups)]
    return {
        "allow_update_instance_information": True,
        "kms_key_arns": [run.arn("kms", "key/00000000-0000-0000-0000-000000000000", run.region)],
        "cloudwatch_log_group_arns": [run.arn("logs", name, run.region) for name in names],
    }


def _declare(run: Run, grants: Mapping[str, Any]) -> None:
    """Declare both components on the role, with a check that keeps no write back."""
    given: Any = {**grants, "check": "advisory"}
    inline = SessionManagerPermissions(f"{run.name}-inline", role=run.name, **given)
    managed = SessionManagerManagedPolicy(f"{run.name}-managed", roles=[run.name], tags=run.tags, **given)
    pulumi.export("names", [inline.policy_name, managed.policy_name])
    pulumi.export("arn", managed.policy_arn)
    pulumi.export("denied", [inline.denied_actions, managed.denied_actions])


def _policies(run: Run) -> Mapping[str, object]:
    """Return the documents of the role's policies, by their names."""
    iam, found = run.iam, dict[str, object]()
    for name in run.pages("list_role_policies", "PolicyNames", RoleName=run.name):
        found[name] = iam.get_role_policy(RoleName=run.name, PolicyName=name)["PolicyDocument"]
    for policy in run.pages("list_attached_role_policies", "AttachedPolicies", RoleName=run.name):
        arn = {"PolicyArn": policy["PolicyArn"]}
        version = iam.get_policy(**arn)["Policy"]["DefaultVersionId"]
        found[policy["PolicyName"]] = iam.get_policy_version(**arn, VersionId=version)["PolicyVersion"]["Document"]
    return found


def _is_there(run: Run, policy: str) -> bool:
    try:
        run.iam.get_policy(PolicyArn=policy)
    except run.iam.exceptions.NoSuchEntityException:
        return False
    return True


def _denied(run: Run, document: Any) -> object:
    """Return which actions of a document the simulator denies, as both checks name them; one is denied for certain."""
    denied = {_DECRYPT}
    for statement in document["Statement"]:
        decisions = _simulate(run, statement["Action"], statement["Resource"])
        denied |= {action for action, decision in decisions.items() if decision != "allowed"}
    return [sorted(denied), {run.name: sorted(denied)}]


def _simulate(run: Run, actions: Sequence[str], resource: str, document: object = None) -> Mapping[str, str]:
    """Return the simulator's decision on each action, as if the role had the document as well."""
    region = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyType": "string", "ContextKeyValues": [run.region]}
    found = run.pages(
        "simulate_principal_policy",
        "EvaluationResults",
        PolicySourceArn=run.arn("iam", f"role/{run.name}"),
        ActionNames=actions,
        ResourceArns=[resource],
        ContextEntries=[region],
        **({"PolicyInputList": [json.dumps(document, separators=(",", ":"))]} if document else {}),
    )
    return {each["EvalActionName"]: each["EvalDecision"] for each in found}
