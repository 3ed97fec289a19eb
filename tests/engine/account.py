"""A run of the claims in an account: who may start one on a real account, what it is called, and its removal."""

import contextlib
import os
import re
import secrets
import shutil
import sys
import time
from dataclasses import dataclass, field

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from engine.runs import NOBODY

PREFIX = "ssm-perms-verify-"
# What lets another than AWS answer, or another plugin than Pulumi's own.
_FOREIGN = re.compile(r"AWS_ENDPOINT_URL.*|PULUMI_DEBUG_PROVIDERS|(?:MOTO|LOCALSTACK).*")
_AWS = re.compile(r"https://[\w.-]+\.amazonaws\.com(?:\.cn)?")


class RefusedError(Exception):
    """Why nothing was written, in one line."""


@dataclass(frozen=True)
class Run:
    """One run in one account. All that it makes has its name, and its id as a tag."""

    iam: object
    account: str
    region: str
    patience: float = 0.0
    id: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def name(self):
        return f"{PREFIX}{self.id}"

    @property
    def tags(self):
        return {"made-by": "pulumi-ssm-perms make verify", "run": self.id}

    def arn(self, resource, service="iam", region=""):
        partition = boto3.Session().get_partition_for_region(self.region)
        return f"arn:{partition}:{service}:{region}:{self.account}:{resource}"

    def make_role(self):
        tags = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=NOBODY, Tags=tags)
        self.iam.get_waiter("role_exists").wait(RoleName=self.name)

    def policies(self):
        """Return the documents of the role's policies, inline and attached, by their names."""
        iam, role = self.iam, {"RoleName": self.name}
        names = iam.list_role_policies(**role)["PolicyNames"]
        found = {name: iam.get_role_policy(**role, PolicyName=name)["PolicyDocument"] for name in names}
        for policy in iam.list_attached_role_policies(**role)["AttachedPolicies"]:
            arn = {"PolicyArn": policy["PolicyArn"]}
            version = iam.get_policy(**arn)["Policy"]["DefaultVersionId"]
            found[policy["PolicyName"]] = iam.get_policy_version(**arn, VersionId=version)["PolicyVersion"]["Document"]
        return found

    def simulate(self, actions, resource="*"):
        """Return IAM's own decision on each action."""
        asked = {"PolicySourceArn": self.arn(f"role/{self.name}"), "ActionNames": actions, "ResourceArns": [resource]}
        results = self.iam.simulate_principal_policy(**asked)["EvaluationResults"]
        return {each["EvalActionName"]: each["EvalDecision"] for each in results}

    def claim(self, sentence, look, wanted):
        """Look until it is as wanted, but no longer than a minute, in which IAM may not show what was written."""
        until = time.monotonic() + self.patience
        while (seen := _seen(look)) != wanted and time.monotonic() < until:
            time.sleep(5)
        assert seen == wanted, sentence
        say(f"  ✓ {sentence}")

    def remove(self):
        """Remove the role with its inline policies, and the managed policy: those of this name, and with this tag."""
        iam, gone = self.iam, self.iam.exceptions.NoSuchEntityException
        role, policy = {"RoleName": self.name}, {"PolicyArn": self.arn(f"policy/{self.name}")}
        with contextlib.suppress(gone):
            if self._is_own(iam.get_role(**role)["Role"]):
                with contextlib.suppress(gone):
                    iam.detach_role_policy(**role, **policy)
                for name in iam.list_role_policies(**role)["PolicyNames"]:
                    iam.delete_role_policy(**role, PolicyName=name)
                iam.delete_role(**role)
                say(f"  removed the role {self.name}")
        with contextlib.suppress(gone):
            if self._is_own(iam.get_policy(**policy)["Policy"]):
                iam.delete_policy(**policy)
                say(f"  removed the managed policy {self.name}")

    def _is_own(self, found):
        return self.tags.items() <= {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}.items()


def _seen(look):
    try:
        return look()
    except ClientError as error:
        return str(error)


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def left_behind(iam):
    """Return the ids of the runs whose role or managed policy is still there."""
    pages = [*iam.get_paginator("list_roles").paginate(), *iam.get_paginator("list_policies").paginate(Scope="Local")]
    named = [each for page in pages for each in [*page.get("Roles", ()), *page.get("Policies", ())]]
    names = [each.get("RoleName") or each["PolicyName"] for each in named]
    return sorted({name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)})


def permit(run, sts, environment, ask, does):
    """Return if AWS itself answers, the credentials are of the named account, and a person says yes."""
    foreign = [name for name in environment if _FOREIGN.fullmatch(name)]
    foreign += [each.meta.endpoint_url for each in (sts, run.iam) if not _AWS.fullmatch(each.meta.endpoint_url)]
    if foreign:
        raise RefusedError(f"not AWS alone would answer: take {', '.join(foreign)} out of your settings")
    if not re.fullmatch("[0-9a-f]{8}", run.id):
        raise RefusedError(f"a run's id has eight hexadecimal digits, which {run.id!r} has not")
    me = sts.get_caller_identity()
    if me["Account"] != run.account:
        raise RefusedError(f"the credentials are of account {me['Account']}, not of {run.account}")
    say(f"\nAccount {run.account}, as {me['Arn']}, Region {run.region}.")
    for each in left_behind(run.iam):
        say(f"An earlier run has left something: make verify ACCOUNT={run.account} REMOVE={each}")
    if ask(f"{does} the role and the managed policy {run.name}. Go on (yes or no)? ").strip() != "yes":
        raise RefusedError("nobody said yes")


def on_aws(account, remove):
    """Return a run with the user's credentials, and these as they are now, so that the plugin writes with the same."""
    session = boto3.Session()
    region = os.environ.get("AWS_REGION") or session.region_name
    if not region:
        raise RefusedError("no Region is set: set AWS_REGION")
    if not shutil.which("pulumi"):
        raise RefusedError("the Pulumi CLI is not on PATH")
    sts, iam = (session.client(service, region_name=region) for service in ("sts", "iam"))
    run = Run(iam, account, region, 60.0, **({"id": remove} if remove else {}))
    try:
        permit(run, sts, os.environ, input, "Removes" if remove else "Makes, and removes at the end,")
        now = session.get_credentials().get_frozen_credentials()
    except (BotoCoreError, ClientError, EOFError, OSError) as error:
        raise RefusedError(str(error)) from None
    token = {"AWS_SESSION_TOKEN": now.token} if now.token else {}
    keys = {"AWS_ACCESS_KEY_ID": now.access_key, "AWS_SECRET_ACCESS_KEY": now.secret_key, **token}
    return run, {"AWS_REGION": region, **keys}
