"""Removes what a run has made: finds it by name, removes it until it stays away, or says what is left."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from verification.account import Account, code, one_line, pages
from verification.run import Run, say

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
    """List what the run has left, in the order in which IAM allows its removal."""
    on_roles = [removal for role in run.roles for removal in _on_role(account, run, role)]
    return [*on_roles, *_policies(account, run)]


def _on_role(account: Account, run: Run, role: str) -> Iterator[Removal]:
    try:
        inline = pages(account, "list_role_policies", "PolicyNames", RoleName=role)
        attached = pages(account, "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    except ClientError as error:
        if code(error) == "NoSuchEntity":
            return
        raise
    for name in filter(run.made, inline):
        yield Removal("delete_role_policy", {"RoleName": role, "PolicyName": name})
    for policy in attached:
        if run.made(policy["PolicyName"]):
            yield Removal("detach_role_policy", {"RoleName": role, "PolicyArn": policy["PolicyArn"]})
    if run.made(role):
        yield Removal("delete_role", {"RoleName": role})


def _policies(account: Account, run: Run) -> Iterator[Removal]:
    for policy in pages(account, "list_policies", "Policies", Scope="Local"):
        if not run.made(policy["PolicyName"]):
            continue
        try:
            versions = pages(account, "list_policy_versions", "Versions", PolicyArn=policy["Arn"])
        except ClientError as error:
            if code(error) == "NoSuchEntity":
                continue
            raise
        for version in versions:
            if not version["IsDefaultVersion"]:
                named = {"PolicyArn": policy["Arn"], "VersionId": version["VersionId"]}
                yield Removal("delete_policy_version", named)
        yield Removal("delete_policy", {"PolicyArn": policy["Arn"]})


def remove(account: Account, run: Run) -> bool:
    """Remove what the run has left, and say so; return whether nothing is left.

    For some time IAM may show what is gone, and not show what was made last. So two looks in a row must find nothing.
    """
    nothing, why = 0, ""
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
            say(f"Nothing is left: no role and no policy has a name that begins with {run.name('')}")
            return True
    say(f"Not everything could be removed ({why}). Try again with: {run.removal}", *_what_to_do(account, run))
    return False


def _remove_each(account: Account, found: Sequence[Removal]) -> str:
    """Try to remove each; return AWS's last error."""
    why = ""
    for removal in found:
        try:
            getattr(account.iam, removal.operation)(**removal.parameters)
        except ClientError as error:
            if code(error) != "NoSuchEntity":
                why = one_line(error)
    return why


def _what_to_do(account: Account, run: Run) -> Sequence[str]:
    try:
        found = [f"  {removal.command}" for removal in left(account, run)]
    except (ClientError, BotoCoreError):
        return ["These commands show what is left:", *(f"  {search}" for search in _searches(run))]
    return ["These commands remove what is left:", *found] if found else ["Now IAM shows nothing more."]


def _searches(run: Run) -> Sequence[str]:
    own = run.name("")
    words = [
        ["list-roles", "--query", f"Roles[?starts_with(RoleName, '{own}')].RoleName"],
        ["list-policies", "--scope", "Local", "--query", f"Policies[?starts_with(PolicyName, '{own}')].Arn"],
        *(["list-role-policies", "--role-name", role] for role in run.roles if not run.made(role)),
    ]
    return [shlex.join(["aws", "iam", *each]) for each in words]
