"""Removes what a run has made: finds it by name and tag, removes it until it stays away, or says what is left."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from tools.verify.run import Run, one_line, say

Call = partial[object]
"""A call to IAM that removes something."""

_NOTHING: Final = 2


def command(call: Call) -> str:
    """Return the same call as a command of the AWS CLI."""
    options = [f"--{xform_name(name, '-')} {value}" for name, value in call.keywords.items()]
    return " ".join(["aws iam", call.func.__name__.replace("_", "-"), *options])


def left(run: Run) -> list[Call]:
    """List what removes all that has the run's name and tags, in the order that IAM allows.

    An engine that was killed may have made it without a trace in its state, so no state is asked.
    """
    policies = run.pages("list_policies", "Policies", Scope="Local")
    arns = [policy["Arn"] for policy in policies if policy["PolicyName"].startswith(run.prefix)]
    found: list[Call] = []
    for calls in (*(_role(run, role) for role in run.roles), *(_policy(run, arn) for arn in arns)):
        with contextlib.suppress(run.iam.exceptions.NoSuchEntityException):
            found += calls
    return found


def _role(run: Run, role: str) -> Iterator[Call]:
    if not _tagged(run, run.iam.get_role(RoleName=role)["Role"]):
        return
    for name in run.pages("list_role_policies", "PolicyNames", RoleName=role):
        yield partial(run.iam.delete_role_policy, RoleName=role, PolicyName=name)
    for policy in run.pages("list_attached_role_policies", "AttachedPolicies", RoleName=role):
        yield partial(run.iam.detach_role_policy, RoleName=role, PolicyArn=policy["PolicyArn"])
    yield partial(run.iam.delete_role, RoleName=role)


def _policy(run: Run, arn: str) -> Iterator[Call]:
    if _tagged(run, run.iam.get_policy(PolicyArn=arn)["Policy"]):
        yield partial(run.iam.delete_policy, PolicyArn=arn)


def _tagged(run: Run, found: Any) -> bool:
    return run.tags.items() <= {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}.items()


def remove(run: Run) -> bool:
    """Remove what the run has left, and say so; return whether nothing is left.

    For some time IAM may show what is gone, and not show what was made last. So two looks in a row must find nothing.
    """
    nothing, why, found = 0, "", list[Call]()
    for _ in run.looks():
        try:
            found = left(run)
            why = _remove_each(run, found) or "IAM still shows it"
        except (ClientError, BotoCoreError) as error:
            nothing, why = 0, one_line(error)
            continue
        nothing = 0 if found else nothing + 1
        if nothing == _NOTHING:
            say(f"Nothing is left: no role and no policy of the run {run.id}.")
            return True
    commands = [f"  {command(call)}" for call in found]
    say(f"Not everything could be removed ({why}). Try again with: {run.removal}", *commands)
    return False


def _remove_each(run: Run, found: list[Call]) -> str:
    """Make each call; return AWS's first error, which the others may follow from."""
    why = ""
    for call in found:
        try:
            call()
        except run.iam.exceptions.NoSuchEntityException:
            continue
        except ClientError as error:
            why = why or one_line(error)
    return why
