"""The program of a run: two roles with what limits them, and the two components on them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from tools.verify.account import Account
from tools.verify.engine import Program
from tools.verify.run import Run

HEARTBEAT: Final = "ssm:UpdateInstanceInformation"
DECRYPT: Final = "kms:Decrypt"
REGION: Final = "aws:RequestedRegion"
TAG: Final = "ec2:ResourceTag/team"

_TRUST: Final = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
# AWS's own example numbers.
_OTHER_ACCOUNTS: Final = ("111122223333", "444455556666")


class Fixtures:
    """What a run makes, by name: no key, log group or other account need exist, since a policy may name any."""

    def __init__(self, account: Account, run: Run) -> None:
        """Take names and ARNs."""
        self.run, self.region = run, account.region
        self.web, self.bounded = run.roles
        here = f"arn:{account.partition}:{{}}:{account.region}:{{}}"
        [other, *_] = [number for number in _OTHER_ACCOUNTS if number != account.number]
        self.key, self.other_key = (
            f"{here.format('kms', number)}:key/00000000-0000-0000-0000-000000000000"
            for number in (account.number, other)
        )
        self.log_group = f"{here.format('logs', account.number)}:log-group:{run.name('logs')}"
        self.inline: Mapping[str, Any] = {
            "allow_update_instance_information": True,
            "kms_key_arns": [self.key, self.other_key],
        }
        self.managed: Mapping[str, Any] = {
            "s3_log_encryption_enforced": True,
            "cloudwatch_log_group_arns": [self.log_group],
        }

    def program(self, *, ours: bool) -> Program:
        """Return a program that declares the roles and, if `ours`, the components."""

        def declare() -> None:
            self._roles()
            if ours:
                self._components()

        return declare

    def _roles(self) -> None:
        run = self.run
        within = [
            _allow(["ssmmessages:*"], "*", {"StringEquals": {REGION: self.region}}),
            _allow(["logs:*"], f"{self.log_group}:log-stream:*"),
        ]
        boundary = aws.iam.Policy("boundary", name=run.name("boundary"), policy=_document(within), tags={**run.tags})
        trust = _document([_TRUST])
        web = aws.iam.Role("web", name=self.web, assume_role_policy=trust, tags={**run.tags})
        aws.iam.Role(
            "bounded", name=self.bounded, assume_role_policy=trust, permissions_boundary=boundary.arn, tags={**run.tags}
        )
        for ending, statement in (
            ("deny", {**_allow([DECRYPT], self.key), "Effect": "Deny"}),
            ("unrelated", _allow(["ec2:DeleteVolume"], "*", {"StringEquals": {TAG: "web"}})),
        ):
            aws.iam.RolePolicy(ending, name=run.name(ending), role=web.name, policy=_document([statement]))

    def _components(self) -> None:
        """Declare them on roles that are there already."""
        inline: Any = {"role": self.web, **self.inline}
        managed: Any = {"roles": self.run.roles, "tags": self.run.tags, **self.managed}
        pulumi.export("inline", SessionManagerPermissions(self.run.name("inline"), inline).policy_name)
        pulumi.export("managed", SessionManagerManagedPolicy(self.run.name("managed"), managed).policy_name)


def _allow(actions: Sequence[str], resource: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    conditions = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": [*actions], "Resource": resource, **conditions}


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
