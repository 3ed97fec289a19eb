"""One run: the caller's account, the names and tags of what it makes, and the removal of all that has them."""

import contextlib
import os
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PREFIX: Final = "ssm-perms-verify-"

_LOOKS: Final = 12
_CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=10, read_timeout=30)
_AWS_ITSELF: Final = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]


class RefusedError(Exception):
    """Why nothing is tested, in one line. Nothing was written."""


@dataclass(frozen=True)
class Run:
    """A run with its id, the seconds that AWS may take to show a write, and the credentials of the caller."""

    id: str
    patience: float
    region: str
    session: botocore.session.Session
    iam: Any
    account: str
    caller: str
    answered_by: str

    @property
    def name(self) -> str:
        """The role's name, with which all other names begin."""
        return f"{PREFIX}{self.id}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the role and of the managed policy. Nothing without them is removed."""
        return {"made-by": "pulumi-ssm-perms make verify", "run": self.id}

    def arn(self, service: str, resource: str, region: str = "") -> str:
        """Return the ARN of a resource of the account, which need not exist."""
        return ":".join(["arn", self.caller.split(":")[1], service, region, self.account, resource])

    def pages(self, operation: str, field: str, **parameters: Any) -> list[Any]:
        """Return what an operation of IAM lists on all its pages."""
        found = self.iam.get_paginator(operation).paginate(**parameters)
        return [item for page in found for item in page[field]]

    def looks(self) -> Iterator[int]:
        """Yield the number of each look at AWS: for some seconds, IAM may not show what was written or is gone."""
        for number in range(_LOOKS):
            if number:
                time.sleep(self.patience / _LOOKS)
            yield number


def find(number: str, patience: float) -> Run:
    """Return a run in the account of the caller's credentials.

    Raises:
        RefusedError: AWS does not take them, or there are none; no Region is set; or it is no run's number.
    """
    if not re.fullmatch("[0-9a-f]{8}", number):
        raise RefusedError(f"A run's id has eight hexadecimal digits, which {number!r} has not.")
    try:
        session = botocore.session.Session()
        # botocore reads only AWS_DEFAULT_REGION. The plugin reads AWS_REGION first.
        region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
        if not region:
            raise RefusedError("No Region is set: set AWS_REGION, or `region` in the profile.")
        (sts, of_sts), (iam, of_iam) = (_client(session, name, region) for name in ("sts", "iam"))
        if of_sts != of_iam:
            raise RefusedError(f"STS is answered by {of_sts}, and IAM by {of_iam}: let AWS answer both.")
        me = sts.get_caller_identity()
    except (ClientError, BotoCoreError, EOFError) as error:  # nobody is there to write an MFA code
        raise RefusedError(f"AWS did not say whose credentials these are ({one_line(error)}).") from None
    return Run(number, patience, region, session, iam, me["Account"], me["Arn"], of_iam)


def _client(session: botocore.session.Session, service: str, region: str) -> tuple[Any, str]:
    """Return a client of a service, and who answers it."""
    client, aws = (session.create_client(service, region, config=config) for config in (_CONFIG, _AWS_ITSELF))
    url = client.meta.endpoint_url
    host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]  # the address may hold a password
    return client, "AWS" if url == aws.meta.endpoint_url else f"{host}, not AWS"


def one_line(error: object) -> str:
    """Return what an error says, on one line, and without a password in an address."""
    return re.sub(r"//[^/\s@]+@", "//", " ".join(str(error).split()))


def remove(run: Run, tell: Callable[[str], object]) -> str:
    """Remove all that the run has left, and tell each call that did; return why it may not be gone, or nothing.

    No engine's state is asked, because a killed engine may have made what its state doesn't have. IAM may show late
    what was made last, so two looks in a row must find nothing.
    """
    whys = ["it was not looked for"]
    for _ in run.looks():
        whys.append(_remove(run, tell))
        if whys[-2:] == ["", ""]:
            return ""
    return whys[-1] or whys[-2]


def _remove(run: Run, tell: Callable[[str], object]) -> str:
    """Remove what IAM shows; return AWS's first error, or that something was there, or nothing."""
    found, errors = False, list[str]()
    try:
        for operation, parameters in _removing(run):
            found = True
            try:
                getattr(run.iam, operation)(**parameters)
                tell(f"{operation}: {', '.join(parameters.values())}")
            except ClientError as error:
                errors.append(one_line(error))
    except (ClientError, BotoCoreError) as error:
        errors.append(one_line(error))
    return errors[0] if errors else "IAM still shows it" if found else ""


def _removing(run: Run) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the calls that remove the role and the managed policies, in the order that IAM allows."""
    iam, role = run.iam, {"RoleName": run.name}
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        if _is_ours(run, iam.get_role(**role)["Role"]):
            for name in run.pages("list_role_policies", "PolicyNames", **role):
                yield "delete_role_policy", {**role, "PolicyName": name}
            for policy in run.pages("list_attached_role_policies", "AttachedPolicies", **role):
                yield "detach_role_policy", {**role, "PolicyArn": policy["PolicyArn"]}
            yield "delete_role", role
    for found in run.pages("list_policies", "Policies", Scope="Local"):
        arn = {"PolicyArn": found["Arn"]}
        if found["PolicyName"].startswith(run.name) and _is_ours(run, iam.get_policy(**arn)["Policy"]):
            for version in run.pages("list_policy_versions", "Versions", **arn):
                if not version["IsDefaultVersion"]:
                    yield "delete_policy_version", {**arn, "VersionId": version["VersionId"]}
            yield "delete_policy", arn


def _is_ours(run: Run, found: Any) -> bool:
    return run.tags.items() <= {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}.items()
