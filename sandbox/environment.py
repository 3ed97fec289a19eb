"""Keeps a sandbox apart from the machine's user: environment, credentials, clients, provider configuration."""

import os
import secrets
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.config import Config

from sandbox import go, iam, tools

_SECRET_KEY = "sandbox"
_SERVICES = ("iam", "sts", "kms", "s3", "ssm", "logs", "ec2", "ecs")
# The real plugin asks for a bucket's tags at a host that begins with the account. A numeric address cannot be one.
_AT_A_NAME = "s3control"
_SKIPPED = ("skip_credentials_validation", "skip_metadata_api_check", "skip_region_validation")
# How long the sandbox's provider repeats a call that AWS cannot do yet. The real provider waits for two minutes.
_RETRY_SECONDS = "3"
# A program gets the newest version (see `isolated`). `pulumi install` looks for the very version of the SDK.
_NEWEST = "999.0.0"


def isolated(folder: Path, path: Sequence[Path], url: str, region: str, key: str) -> dict[str, str]:
    """Make the environment of every process of a sandbox, still without the backend.

    The home folder is temporary, and so is TMPDIR, where the CLI leaves what it downloads. Go's caches are the user's,
    because they hold only downloads. A stack's settings with a passphrase open only in this sandbox.
    """
    home, missing = folder / "home", folder / "none"
    (home / ".pulumi").mkdir(parents=True)
    # The CLI logs each command to a file in this folder. No setting turns that off; without the folder it logs nothing.
    (home / ".pulumi/logs").touch()
    return {
        **tools.plain_env(),
        **go.caches(),
        "PATH": os.pathsep.join([*map(str, path), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "TMPDIR": str(folder),
        "PULUMI_HOME": str(home / ".pulumi"),
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH": "true",  # finds a newer plugin, too
        "AWS_ACCESS_KEY_ID": key,
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


def install(env: Mapping[str, str], program: Path, kind: str, name: str, more: Iterable[str] = ()) -> None:
    """Link a plugin to where the CLI looks for the plugins that it has downloaded.

    The CLI would also take a plugin from PATH, with a warning in each run; and it would still download the plugin for
    `pulumi install` and `pulumi package add`. A plugin on PATH, or beside the CLI, comes before this one.
    `more` are versions besides the newest. Each is a link to the newest one's folder: a folder each would take seconds
    to remove.
    """
    newest = Path(env["PULUMI_HOME"], "plugins", f"{kind}-{name}-v{_NEWEST}")
    if not newest.exists():
        newest.mkdir(parents=True)
        (newest / f"pulumi-{kind}-{name}").symlink_to(program)
    for each in more:
        link = newest.with_name(f"{kind}-{name}-v{each}")
        if not link.exists():
            link.symlink_to(newest.name)


def client(url: str, service: str, region: str, key: str, agent: str | None = None) -> Any:
    """Return a boto3-style client that reads no configuration of the user's."""
    config = Config(user_agent_extra=agent, proxies={}, s3={"addressing_style": "path"})
    return iam.apart().create_client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=_SECRET_KEY,
        config=config,
    )


def provider_args(url: str, region: str, key: str) -> dict[str, Any]:
    """Return the arguments of a `pulumi_aws.Provider` on the sandbox.

    Pulumi's own plugin must look up its account, because it sends it to S3 Control.
    """
    named = f"http://localhost:{urllib.parse.urlsplit(url).port}"
    return {
        "region": region,
        "access_key": key,
        "secret_key": _SECRET_KEY,
        "max_retries": 5,
        "s3_use_path_style": True,
        "endpoints": [{**dict.fromkeys(_SERVICES, url), _AT_A_NAME: named}],
        "skip_requesting_account_id": not tools.real_plugin(),
        **dict.fromkeys(_SKIPPED, True),
    }


def provider_config(url: str, region: str, key: str) -> dict[str, Any]:
    """Return the same arguments as configuration of the default AWS provider, by Pulumi's keys."""
    return {f"aws:{_camel(name)}": value for name, value in provider_args(url, region, key).items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _past_proxies(url: str) -> dict[str, str]:
    """Return the variables that keep a user's proxy away from the local AWS; the AWS CLI would use it even there."""
    names = ("no_proxy", "NO_PROXY")
    others = next(filter(None, map(os.environ.get, names)), "")
    return dict.fromkeys(names, ",".join(filter(None, [others, urllib.parse.urlsplit(url).hostname])))
