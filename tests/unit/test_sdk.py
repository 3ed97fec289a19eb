"""What is needed of Pulumi's SDK beyond its public names."""

import asyncio
from types import SimpleNamespace
from typing import Any, Final

import pytest
from pulumi.resource import DependencyResource

from pulumi_ssm_perms import _sdk

OWN: Final = object()
OTHERS: Final = object()


def servicer(monitor: object) -> SimpleNamespace:
    """Return what the SDK has for the transforms of a program."""
    return SimpleNamespace(_monitor=monitor)


def test_a_plugin_is_not_told_what_a_parent_is() -> None:
    """A plugin is given a stand-in of the parent, which has a URN and neither type nor name."""

    async def stand_in() -> DependencyResource:
        return DependencyResource("urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev")

    assert _sdk.type_and_name(asyncio.run(stand_in())) is None


@pytest.mark.parametrize(
    ("servicers", "expected"),
    [([], False), ([servicer(OTHERS)], False), ([servicer(OTHERS), servicer(OWN)], True), ([object()], True)],
    ids=["none", "another program's", "one", "another SDK's"],
)
def test_whether_the_program_has_transforms(
    servicers: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    *,
    expected: bool,
) -> None:
    """Another program of the process may have some; where the SDK does not tell, there may be some."""
    monkeypatch.setattr(_sdk, "monitor", lambda: OWN)
    monkeypatch.setattr("pulumi.runtime._callbacks._CallbackServicer._servicers", servicers)

    assert _sdk.has_transforms() is expected
