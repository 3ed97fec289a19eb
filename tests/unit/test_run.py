"""What is remembered for one run of a program, where a plugin has no root resource."""

import pulumi
import pytest

from pulumi_ssm_perms import _run


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """A plugin: it has no root resource, and is told which stack it is for, and whether this is a preview."""
    asked = {"preview": True}
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    monkeypatch.setattr(pulumi, "get_project", lambda: "app")
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: asked["preview"])
    monkeypatch.setattr(_run, "_PLUGIN", {})
    return asked


def test_a_plugin_remembers_a_run(plugin: dict[str, bool]) -> None:
    """What one component has is remembered for the next one of the same run, and not for another run."""
    first, second = _run.Component("first", None), _run.Component("second", None)
    _run.current().claim(first, "Web", "ssm")
    found = _run.current().other(second, "web", "ssm")
    plugin["preview"] = False

    assert (found, _run.current().other(second, "web", "ssm")) == (first, None)
