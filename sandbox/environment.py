"""Keeps a sandbox apart from the machine's user: environment, credentials, clients, provider configuration."""

import os
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.config import Config

from sandbox import iam, real_plugin
from sandbox.calls import ACCOUNT_ID
from sandbox.compiler import go_caches
from sandbox.tools import plain_env

_SECRET_KEY = "sandbox"
_SERVICES = ("iam", "sts", "kms", "s3", "ssm", "logs", "ec2", "ecs")
# The real plugin asks for a bucket's tags at a host that begins with the account. A numeric address cannot be one.
_AT_A_NAME = "s3control"
_SKIPPED = ("skip_credentials_validation", "skip_metadata_api_check", "skip_region_validation")
# How long the sandbox's provider repeats a call that AWS cannot do yet. The real provider waits for two minutes.
_RETRY_SECONDS = "3"


def isolated(folder: Path, path: Sequence[Path], url: str, region: str) -> dict[str, str]:
    """Make the environment of every process of a sandbox, still without the backend.

    The home folder is temporary. Go's caches are the user's, because they hold only downloads.
    """
    home, missing = folder / "home", folder / "none"
    home.mkdir(exist_ok=True)
    return {
        **plain_env(),
        **go_caches(),
        "PATH": os.pathsep.join([*map(str, path), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "PULUMI_HOME": str(home / ".pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": "sandbox",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ACCESS_KEY_ID": iam.access_key(ACCOUNT_ID),
        "AWS_SECRET_ACCESS_KEY": _SECRET_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": str(missing),
        "AWS_SHARED_CREDENTIALS_FILE": str(missing),
        "AWS_EC2_METADATA_DISABLED": "true",
        "SANDBOX_RETRY_SECONDS": os.environ.get("SANDBOX_RETRY_SECONDS", _RETRY_SECONDS),
        **_past_proxies(url),
    }


def client(url: str, service: str, region: str, account: str, agent: str | None = None) -> Any:
    """Return a boto3-style client that reads no configuration of the user's."""
    config = Config(user_agent_extra=agent, proxies={}, s3={"addressing_style": "path"})
    return iam.apart().create_client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=iam.access_key(account),
        aws_secret_access_key=_SECRET_KEY,
        config=config,
    )


def provider_args(url: str, region: str, account: str) -> dict[str, Any]:
    """Return the arguments of a `pulumi_aws.Provider` on the sandbox.

    Pulumi's own plugin must look up its account, because it sends it to S3 Control.
    """
    named = f"http://localhost:{urllib.parse.urlsplit(url).port}"
    return {
        "region": region,
        "access_key": iam.access_key(account),
        "secret_key": _SECRET_KEY,
        "max_retries": 5,
        "s3_use_path_style": True,
        "endpoints": [{**dict.fromkeys(_SERVICES, url), _AT_A_NAME: named}],
        "skip_requesting_account_id": not real_plugin.wanted(),
        **dict.fromkeys(_SKIPPED, True),
    }


def provider_config(url: str, region: str, account: str) -> dict[str, Any]:
    """Return the same arguments as configuration of the default AWS provider, by Pulumi's keys."""
    return {f"aws:{_camel(name)}": value for name, value in provider_args(url, region, account).items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _past_proxies(url: str) -> dict[str, str]:
    """Return the variables that keep a user's proxy away from the local AWS; the AWS CLI would use it even there."""
    names = ("no_proxy", "NO_PROXY")
    others = next(filter(None, map(os.environ.get, names)), "")
    return dict.fromkeys(names, ",".join(filter(None, [others, urllib.parse.urlsplit(url).hostname])))
