"""The sandbox is apart from the machine's user: settings, credentials, home folder, proxies, plugins."""

import json
import sys
from pathlib import Path

import pytest

from sandbox import Sandbox, cache, run
from sandbox.tests.policies import declared


def test_nothing_of_the_users_reaches_the_engine(
    shared_box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's Pulumi and AWS settings are gone from the environment, and home and backend are temporary."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.folder().parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    with Sandbox() as box:
        box.create_role("web")
        names = {name for name in box.env if name.startswith(("AWS_", "PULUMI_"))}
        inside = {name for name in ("HOME", "PULUMI_HOME", "TMPDIR") if Path(box.env[name]).is_relative_to(box.folder)}
        box.stack(lambda: None).up()
    shared_box.reset()

    assert names.isdisjoint({"AWS_PROFILE", "PULUMI_ACCESS_TOKEN"})
    assert inside == {"HOME", "PULUMI_HOME", "TMPDIR"}
    assert {".aws", ".pulumi"}.isdisjoint(file.name for file in tmp_path.iterdir())


def test_a_users_proxy_is_not_asked_for_the_local_aws(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine and the AWS CLI reach the sandbox where a proxy, here one that is not there, is set."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "intranet.example")
    with Sandbox() as box:
        box.create_role("web")
        box.stack(declared("own")).up()
        listed = run(
            [sys.executable, "-m", "awscli", "iam", "list-role-policies", "--role-name", "web"],
            cwd=box.folder,
            env=box.env,
            timeout=60,
        )
        spared = {box.env["no_proxy"], box.env["NO_PROXY"]}
    shared_box.reset()

    assert [name[:3] for name in json.loads(listed.stdout)["PolicyNames"]] == ["own"]
    assert spared == {"intranet.example,127.0.0.1"}
