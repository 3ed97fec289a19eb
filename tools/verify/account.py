"""Finds the account and the role to test on: asks AWS, writes nothing, and refuses in one line."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

_CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=10, read_timeout=30)
_AWS_ITSELF: Final = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]
_RESERVED_PATHS: Final = {"/aws-service-role/": "a service-linked role", "/aws-reserved/": "a role of Identity Center"}


class RefusedError(Exception):
    """Why nothing is tested, in one line. Nothing was written."""


@dataclass(frozen=True)
class Account:
    """The AWS account of the caller's own credentials, with a client of botocore for IAM.

    `is_aws` is false if `AWS_ENDPOINT_URL` or the profile names another endpoint.
    """

    number: str
    caller: str
    partition: str
    region: str
    session: botocore.session.Session
    iam: Any
    is_aws: bool

    def environment(self) -> dict[str, str]:
        """Return the credentials as they are now, for a process that can't ask for an MFA code or renew them."""
        found: Any = self.session.get_credentials()
        now = found.get_frozen_credentials()
        keys = {"AWS_ACCESS_KEY_ID": now.access_key, "AWS_SECRET_ACCESS_KEY": now.secret_key}
        return {**keys, "AWS_SESSION_TOKEN": now.token or ""}


class Policies(NamedTuple):
    """The policies of a role: the inline ones by name with their documents, the attached ones by ARN."""

    inline: Mapping[str, Any]
    attached: list[str]


def one_line(error: object) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split())


def code(error: Exception) -> str:
    """Return AWS's code of an error; empty if it isn't from AWS."""
    return str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""


def find() -> Account:
    """Return the account of the caller's credentials.

    Raises:
        RefusedError: There are no credentials, AWS does not take them, or no Region is set.
    """
    try:
        session = botocore.session.Session()
        # botocore reads only AWS_DEFAULT_REGION. The plugin reads AWS_REGION first.
        region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
        if not region:
            raise RefusedError("No Region is set: set AWS_REGION, or `region` in the profile.")
        sts: Any = session.create_client("sts", region, config=_CONFIG)
        identity = sts.get_caller_identity()
        iam = session.create_client("iam", region, config=_CONFIG)
        aws = session.create_client("iam", region, config=_AWS_ITSELF).meta.endpoint_url
    except NoCredentialsError:
        raise RefusedError("No AWS credentials were found: set AWS_PROFILE, or run `aws configure`.") from None
    except (ClientError, BotoCoreError, EOFError) as error:  # nobody is there to write an MFA code
        old = "Token" in type(error).__name__ + code(error)
        renew = "; renew them, for example with `aws sso login`" if old else ""
        raise RefusedError(f"AWS did not say whose credentials these are ({one_line(error)}){renew}.") from None
    number, arn = identity["Account"], identity["Arn"]
    return Account(number, arn, arn.split(":")[1], region, session, iam, iam.meta.endpoint_url == aws)


def role_to_try_on(account: Account, given: str, *, has_policies: bool) -> tuple[str, Policies]:
    """Return the role's name as in IAM, and its policies.

    Raises:
        RefusedError: There is no such role, nobody may change it, or it has policies without `has_policies`.
    """
    if ":" in given:
        raise RefusedError(f"ROLE is an ARN: write the role's name, which is what follows the last /, {_last(given)}.")
    try:
        role = account.iam.get_role(RoleName=given)["Role"]
        policies = policies_of(account, role["RoleName"])
    except (ClientError, BotoCoreError) as error:
        if code(error) == "NoSuchEntity":
            raise RefusedError(f"Account {account.number} has no role {given!r}.") from None
        raise RefusedError(f"IAM did not answer about the role {given!r}: {one_line(error)}.") from None
    name: str = role["RoleName"]
    for path, kind in _RESERVED_PATHS.items():
        if role["Path"].startswith(path):
            raise RefusedError(f"{name} is {kind}, which only its service can change. Name another role.")
    if not has_policies and any(policies):
        listed = ", ".join([*policies.inline, *map(_last, policies.attached)])
        way = "Name a role without policies, or add HAS_POLICIES=1 to test on this one"
        raise RefusedError(f"{name} has policies already: {listed}. {way}.")
    return name, policies


def policies_of(account: Account, role: str) -> Policies:
    """Return the policies that a role has now."""
    names = pages(account, "list_role_policies", "PolicyNames", RoleName=role)
    inline = {
        name: account.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in sorted(names)
    }
    attached = pages(account, "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    return Policies(inline, sorted(policy["PolicyArn"] for policy in attached))


def pages(account: Account, operation: str, field: str, **parameters: str) -> list[Any]:
    """Return what an operation lists on all its pages."""
    found = account.iam.get_paginator(operation).paginate(**parameters)
    return [item for page in found for item in page[field]]


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
