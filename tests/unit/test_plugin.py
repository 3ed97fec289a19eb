"""What is different in a plugin: it has no root resource, and no parents but stand-ins."""

import asyncio

import pulumi
import pytest
from pulumi.resource import DependencyResource

from pulumi_ssm_perms import _run, _sdk


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """What a plugin is told: which stack it is for, and whether this is a preview."""
    told = {"preview": True}
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    monkeypatch.setattr(pulumi, "get_project", lambda: "app")
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: told["preview"])
    monkeypatch.setattr(_run, "_PLUGIN", {})
    return told


def test_a_plugin_remembers_a_run(asked: dict[str, bool]) -> None:
    """What one component has is remembered for the next one of the same run, and not for another run."""
    first, second = _run.Component("first", None), _run.Component("second", None)
    _run.current().claim(first, "Web", "ssm")
    found = _run.current().other(second, "web", "ssm")
    asked["preview"] = False

    assert (found, _run.current().other(second, "web", "ssm")) == (first, None)


def test_a_plugin_is_not_told_what_a_parent_is() -> None:
    """A plugin is given a stand-in of the parent, which has a URN and neither type nor name."""

    async def stand_in() -> DependencyResource:
        return DependencyResource("urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev")

    assert _sdk.type_and_name(asyncio.run(stand_in())) is None
