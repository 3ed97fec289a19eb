"""One run: its account, the names and tags of what it makes, how long it waits for AWS, and what it prints."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

PREFIX: Final = "ssm-perms-verify-"

_LOOKS: Final = 12
_CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=10, read_timeout=30)
_AWS_ITSELF: Final = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]


class RefusedError(Exception):
    """Why nothing is tested, in one line. Nothing was written."""


@dataclass(frozen=True)
class Run:
    """A run. Every name that it makes contains its id, so everything can be found later.

    Attributes:
        id: Eight hexadecimal digits.
        patience: How many seconds AWS may take to show a write.
        session: The credentials of the caller, whose account it is.
        iam: Their client of botocore for IAM.
        answered_by: AWS, or the other endpoint that `AWS_ENDPOINT_URL` or the profile names.
    """

    id: str
    patience: float
    account: str
    caller: str
    region: str
    session: botocore.session.Session
    iam: Any
    answered_by: str

    @property
    def prefix(self) -> str:
        """How all its names begin."""
        return f"{PREFIX}{self.id}-"

    @property
    def roles(self) -> tuple[str, str]:
        """The roles: one with policies of its own, and one with a permissions boundary."""
        return f"{self.prefix}web", f"{self.prefix}bounded"

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of its roles and managed policies. Without them, none is removed."""
        return {"made-by": "pulumi-ssm-perms make verify", "run": self.id}

    @property
    def removal(self) -> str:
        """The command that removes what the run has left."""
        return f"make verify REMOVE={self.id}"

    def arn(self, service: str, resource: str, *, region: str = "", account: str = "") -> str:
        """Return the ARN of a resource, which need not exist."""
        return ":".join(["arn", self.caller.split(":")[1], service, region, account or self.account, resource])

    def pages(self, operation: str, field: str, **parameters: Any) -> list[Any]:
        """Return what an operation of IAM lists on all its pages."""
        found = self.iam.get_paginator(operation).paginate(**parameters)
        return [item for page in found for item in page[field]]

    def looks(self) -> Iterator[int]:
        """Yield the number of each look at AWS, until patience has ended.

        IAM is eventually consistent: for some seconds it may not show a write, or still show what is gone.
        """
        for number in range(_LOOKS):
            if number:
                time.sleep(self.patience / _LOOKS)
            yield number


def find(number: str, patience: float) -> Run:
    """Return a run, in the account of the caller's credentials.

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
        me = sts.get_caller_identity()
        iam = session.create_client("iam", region, config=_CONFIG)
        aws = session.create_client("iam", region, config=_AWS_ITSELF)
    except NoCredentialsError:
        raise RefusedError("No AWS credentials were found: set AWS_PROFILE, or run `aws configure`.") from None
    except (ClientError, BotoCoreError, EOFError) as error:  # nobody is there to write an MFA code
        said = one_line(error)
        renew = "; renew them, for example with `aws sso login`" if "Token" in type(error).__name__ + said else ""
        raise RefusedError(f"AWS did not say whose credentials these are ({said}){renew}.") from None
    url = iam.meta.endpoint_url
    answered_by = "AWS" if url == aws.meta.endpoint_url else f"{url}, not AWS"
    return Run(number, patience, me["Account"], me["Arn"], region, session, iam, answered_by)


def one_line(error: object) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split())


def say(*lines: str) -> None:
    """Print lines at once; ignore a terminal that is gone."""
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", flush=True)
