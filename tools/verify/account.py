"""The account of the caller's credentials: asks AWS whose they are, writes nothing, and refuses in one line."""

import os
from dataclasses import dataclass
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

_CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=10, read_timeout=30)
_AWS_ITSELF: Final = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]


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

    def pages(self, operation: str, field: str, **parameters: Any) -> list[Any]:
        """Return what an operation of IAM lists on all its pages."""
        found = self.iam.get_paginator(operation).paginate(**parameters)
        return [item for page in found for item in page[field]]


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
