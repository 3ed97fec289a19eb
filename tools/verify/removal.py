"""Removes what a run has made: finds it by name and tag, removes it until it stays away, or says what is left."""

import shlex
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from tools.verify.account import Account, code, one_line
from tools.verify.run import Run, say

_ROUNDS: Final = 12
_LOOKS: Final = 2


class Removal(NamedTuple):
    """One call to IAM that removes something."""

    operation: str
    parameters: dict[str, str]

    @property
    def command(self) -> str:
        """The same call as a command of the AWS CLI."""
        options = [word for key, value in self.parameters.items() for word in (f"--{xform_name(key, '-')}", value)]
        return shlex.join(["aws", "iam", self.operation.replace("_", "-"), *options])


def left(account: Account, run: Run) -> list[Removal]:
    """List what has the run's name and tags, in the order in which IAM allows its removal.

    An engine that was killed may have made it without a trace in its state, so no state is asked.
    """
    policies = account.pages("list_policies", "Policies", Scope="Local")
    arns = [policy["Arn"] for policy in policies if policy["PolicyName"].startswith(run.name(""))]
    found: list[Removal] = []
    for look in (*(_role(account, run, role) for role in run.roles), *(_policy(account, run, arn) for arn in arns)):
        try:
            found += look
        except ClientError as error:
            if code(error) != "NoSuchEntity":
                raise
    return found


def _role(account: Account, run: Run, role: str) -> Iterator[Removal]:
    if not _tagged(run, account.iam.get_role(RoleName=role)["Role"]):
        return
    for name in account.pages("list_role_policies", "PolicyNames", RoleName=role):
        yield Removal("delete_role_policy", {"RoleName": role, "PolicyName": name})
    for policy in account.pages("list_attached_role_policies", "AttachedPolicies", RoleName=role):
        yield Removal("detach_role_policy", {"RoleName": role, "PolicyArn": policy["PolicyArn"]})
    yield Removal("delete_role", {"RoleName": role})


def _policy(account: Account, run: Run, arn: str) -> Iterator[Removal]:
    if _tagged(run, account.iam.get_policy(PolicyArn=arn)["Policy"]):
        yield Removal("delete_policy", {"PolicyArn": arn})


def _tagged(run: Run, found: Any) -> bool:
    return run.tags.items() <= {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}.items()


def remove(account: Account, run: Run) -> bool:
    """Remove what the run has left, and say so; return whether nothing is left.

    For some time IAM may show what is gone, and not show what was made last. So two looks in a row must find nothing.
    """
    nothing, why, found = 0, "", list[Removal]()
    for number in range(_ROUNDS):
        if number:
            run.pause()
        try:
            found = left(account, run)
            why = _remove_each(account, found) or "IAM still shows it"
        except (ClientError, BotoCoreError) as error:
            nothing, why = 0, one_line(error)
            continue
        nothing = 0 if found else nothing + 1
        if nothing == _LOOKS:
            say(f"Nothing is left: no role and no policy of the run {run.id}.")
            return True
    commands = [f"  {removal.command}" for removal in found]
    say(f"Not everything could be removed ({why}). Try again with: {run.removal}", *commands)
    return False


def _remove_each(account: Account, found: list[Removal]) -> str:
    """Try to remove each; return AWS's last error."""
    why = ""
    for removal in found:
        try:
            getattr(account.iam, removal.operation)(**removal.parameters)
        except ClientError as error:
            if code(error) != "NoSuchEntity":
                why = one_line(error)
    return why
