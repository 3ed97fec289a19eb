"""Pulumi's own AWS plugin in the place of the sandbox's provider: that it gets what it needs, as far as we can tell."""

import socket
from pathlib import Path
from typing import Any, Final

import pulumi_aws as aws
import pytest

from sandbox import Fault, Sandbox, ToolError, environment, tools
from sandbox.tests.machine import script

ACCOUNT: Final = "210987654321"


@pytest.fixture
def configured(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the real plugin is configured with."""
    monkeypatch.setenv("SANDBOX_AWS_PLUGIN", "real")
    return box.provider_args(account=ACCOUNT)


def test_the_plugin_knows_each_setting(configured: dict[str, Any]) -> None:
    """Pulumi's SDK, which is made from the plugin's schema, has each setting and each service with this name."""
    known = {name for name in dir(aws.ProviderArgs) if not name.startswith("_")}
    services = {name for name in dir(aws.ProviderEndpointArgs) if not name.startswith("_")}

    assert set(configured) - known == set()
    assert set(configured["endpoints"][0]) - services == set()


def test_the_plugin_finds_its_account_unseen(box: Sandbox) -> None:
    """It asks IAM for its user. The answer has the account of its key, and is neither recorded nor disturbed."""
    box.fail("*", Fault.throttling())
    user = box.client("iam", account=ACCOUNT).get_user()["User"]

    assert user["Arn"].split(":")[4] == ACCOUNT
    assert box.calls == []


def test_s3_control_answers_at_the_accounts_name(
    box: Sandbox, configured: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugin reads a bucket's tags there: the account stands before the host, which leads to this machine."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def local(host: str, *args: Any, **options: Any) -> Any:
        asked.append(host)
        return resolve("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    region = {"LocationConstraint": "eu-west-1"}
    box.client("s3", account=ACCOUNT).create_bucket(Bucket="logs", CreateBucketConfiguration=region)
    [endpoints] = configured["endpoints"]
    client = environment.client(endpoints["s3control"], "s3control", "eu-west-1", configured["access_key"])

    assert client.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn="arn:aws:s3:::logs")["Tags"] == []
    assert asked[-1] == f"{ACCOUNT}.localhost"


def test_a_plugin_that_cannot_be_had_is_told(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CLI's own words say why."""
    monkeypatch.setenv("SANDBOX_AWS_PLUGIN", "real")
    script(machine / "bin", "pulumi", 'if [ "$1" = version ]; then echo v3.260.1; exit; fi; echo no site >&2; exit 1')
    with pytest.raises(ToolError, match="no site"):
        tools.provider(lambda _: None)
