"""A run of the claims in an account: who may start one on a real account, what it is called, and its removal."""

import contextlib
import os
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from engine.runs import NOBODY

PREFIX = "ssm-perms-verify-"
# What lets somebody else than AWS answer, or another plugin than Pulumi's own.
_FOREIGN = re.compile(r"AWS_ENDPOINT_URL.*|PULUMI_DEBUG_PROVIDERS|(?:MOTO|LOCALSTACK|TEST_SERVER_MODE).*")
_AWS = re.compile(r"https://[\w.-]+\.amazonaws\.com(?:\.cn)?")
_MINUTE = 60.0


class RefusedError(Exception):
    """Why nothing was written, in one line."""


@dataclass(frozen=True)
class Run:
    """One run in one account. All that it makes has its name, and its id as a tag."""

    iam: Any
    account: str
    region: str
    patience: float = 0
    id: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def name(self):
        return f"{PREFIX}{self.id}"

    @property
    def tags(self):
        return {"made-by": "pulumi-ssm-perms make verify", "run": self.id}

    def arn(self, resource, service="iam", region=""):
        """Return the ARN of what is or could be in the account."""
        partition = boto3.Session().get_partition_for_region(self.region)
        return f"arn:{partition}:{service}:{region}:{self.account}:{resource}"

    def claim(self, sentence, look, wanted):
        """Look until it is as claimed: for a minute, IAM may not show what was written."""
        until = time.monotonic() + self.patience
        while True:
            try:
                seen = look()
            except ClientError as error:
                seen = str(error)
            if seen == wanted or time.monotonic() >= until:
                break
            time.sleep(5)
        assert seen == wanted, sentence
        print(f"  ✓ {sentence}", flush=True)

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

    def remove(self):
        """Remove the role with its inline policies, and the managed policy: those of this name, and with this tag."""
        role, policy = {"RoleName": self.name}, {"PolicyArn": self.arn(f"policy/{self.name}")}
        iam, gone = self.iam, self.iam.exceptions.NoSuchEntityException
        with contextlib.suppress(gone):
            if self._is_own(iam.get_role(**role)["Role"]):
                with contextlib.suppress(gone):
                    iam.detach_role_policy(**role, **policy)
                for name in iam.list_role_policies(**role)["PolicyNames"]:
                    iam.delete_role_policy(**role, PolicyName=name)
                iam.delete_role(**role)
                print(f"  removed the role {self.name}", flush=True)
        with contextlib.suppress(gone):
            if self._is_own(iam.get_policy(**policy)["Policy"]):
                iam.delete_policy(**policy)
                print(f"  removed the managed policy {self.name}", flush=True)

    def _is_own(self, found):
        return self.tags.items() <= {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}.items()


def left_behind(iam):
    """Return the ids of the runs whose role or managed policy is still there."""
    roles = [each["RoleName"] for page in iam.get_paginator("list_roles").paginate() for each in page["Roles"]]
    pages = iam.get_paginator("list_policies").paginate(Scope="Local")
    names = [*roles, *(each["PolicyName"] for page in pages for each in page["Policies"])]
    return sorted({name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)})


def permitted(account, sts, iam, region, remove, environment, ask):
    """Return a run on a real account, if that is the one that is named, AWS itself answers, and a person says yes."""
    foreign = [name for name in environment if _FOREIGN.fullmatch(name)]
    foreign += [each.meta.endpoint_url for each in (sts, iam) if not _AWS.fullmatch(each.meta.endpoint_url)]
    if foreign:
        raise RefusedError(f"not AWS alone would answer: take {', '.join(foreign)} out of the settings")
    try:
        me = sts.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise RefusedError(f"AWS does not say whose credentials these are ({error})") from None
    if me["Account"] != account:
        raise RefusedError(f"the credentials are of account {me['Account']}, not of {account}")
    if remove and not re.fullmatch("[0-9a-f]{8}", remove):
        raise RefusedError(f"a run's id has eight hexadecimal digits, which {remove!r} has not")
    run = Run(iam, account, region, _MINUTE, **({"id": remove} if remove else {}))
    print(f"\nAccount {account}, as {me['Arn']}, Region {region}.")
    for each in left_behind(iam):
        print(f"An earlier run has left something: make verify ACCOUNT={account} REMOVE={each}")
    does = "Removes" if remove else "Makes, and removes at the end,"
    if ask(f"{does} the role and the managed policy {run.name}. Go on (yes or no)? ").strip() != "yes":
        raise RefusedError("nobody said yes")
    return run


def on_aws(account, remove, environment=os.environ, ask=input):
    """Return a run with the user's own credentials, which the plugin then gets as they are now."""
    session = boto3.Session()
    region = environment.get("AWS_REGION") or session.region_name
    if not region:
        raise RefusedError("no Region is set: set AWS_REGION")
    sts, iam = (session.client(service, region_name=region) for service in ("sts", "iam"))
    run = permitted(account, sts, iam, region, remove, environment, ask)
    now = session.get_credentials().get_frozen_credentials()
    keys = {
        "AWS_ACCESS_KEY_ID": now.access_key,
        "AWS_SECRET_ACCESS_KEY": now.secret_key,
        "AWS_SESSION_TOKEN": now.token,
    }
    return run, {"AWS_PROFILE": None, "AWS_REGION": region, **keys}
