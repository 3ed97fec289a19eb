"""What is needed of Pulumi's SDK beyond its public names: a part that is no longer there ends a program with a line."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from types import SimpleNamespace
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, _sdk
from tests.components import try_declare

OWN: Final = object()
OTHERS: Final = object()
Patch = Callable[[pytest.MonkeyPatch], None]


def servicer(monitor: object, *transforms: object) -> SimpleNamespace:
    """Return what the SDK has for the transforms and hooks of a program."""
    return SimpleNamespace(_monitor=monitor, _transforms=dict.fromkeys(transforms, ""))


def without(path: str) -> Patch:
    """Take an attribute away."""
    return lambda monkeypatch: monkeypatch.delattr(path)


def moved(module: str) -> Patch:
    """Take a module away."""
    return lambda monkeypatch: monkeypatch.setitem(sys.modules, module, None)


def replaced(path: str, value: object) -> Patch:
    """Put something else in the place of an attribute."""
    return lambda monkeypatch: monkeypatch.setattr(path, value)


def line(name: str) -> str:
    """Return what is said of a part that is not there."""
    return (
        f"pulumi-ssm-perms does not support pulumi {metadata.version('pulumi')}, whose SDK has no {name}: install "
        '"pulumi>=3.237,<=3.272" or a newer pulumi-ssm-perms'
    )


def component(**has: object) -> Any:
    """Return what stands for a component."""
    return SimpleNamespace(**has)


def former(given: Any) -> object:
    """Ask for what a child of a component was known by."""
    return _sdk.aliases(given, "web", None, "web-child", "a:b:C")


def adopt(parent: Any) -> None:
    """Make an Output a child of a component."""
    _sdk.adopt(parent, pulumi.Output.from_input(""))


CALLBACKS: Final = "pulumi.runtime._callbacks"
RESOURCE: Final = "pulumi.resource"
SERVICERS: Final = f"{CALLBACKS}._CallbackServicer._servicers"
AS_IT_IS: Final[Patch] = lambda _: None  # noqa: E731 - a row of the table
TAKEN_AWAY: Final[Sequence[tuple[Patch, Callable[[], object], str]]] = [
    (moved("pulumi.runtime.settings"), _sdk.monitor, "pulumi.runtime.settings"),
    (without("pulumi.runtime.settings.get_monitor"), _sdk.monitor, "get_monitor"),
    (moved(CALLBACKS), _sdk.has_transforms, CALLBACKS),
    (without(f"{CALLBACKS}._CallbackServicer"), _sdk.has_transforms, "_CallbackServicer"),
    (without(SERVICERS), _sdk.has_transforms, "_servicers"),
    (replaced(SERVICERS, [object()]), _sdk.has_transforms, "_monitor"),
    (replaced(SERVICERS, [component(_monitor=None)]), _sdk.has_transforms, "_transforms"),
    (without("pulumi.runtime.resource.all_aliases"), lambda: former(component()), "all_aliases"),
    (without("pulumi.runtime.resource.inherited_child_alias"), lambda: former(component()), "inherited_child_alias"),
    (AS_IT_IS, lambda: former(component()), "_aliases"),
    (
        without("pulumi.resource.DependencyResource"),
        lambda: adopt(component(_childResources=set())),
        "DependencyResource",
    ),
    (AS_IT_IS, lambda: adopt(component()), "_childResources"),
    (AS_IT_IS, lambda: _sdk.protect(component()), "_protect"),
]
"""How a part goes, what needs it, and what the line calls it."""


@pytest.mark.parametrize(("patch", "used", "name"), TAKEN_AWAY, ids=[name for *_, name in TAKEN_AWAY])
def test_a_part_that_another_sdk_has_no_more(
    monkeypatch: pytest.MonkeyPatch, patch: Patch, used: Callable[[], object], name: str
) -> None:
    """One line says which part it is, and which SDK to install."""

    async def use() -> None:
        used()

    patch(monkeypatch)
    with pytest.raises(pulumi.RunError) as raised:
        asyncio.run(use())

    assert str(raised.value) == line(name)


@pytest.mark.parametrize("name", ["_protect", "_childResources"])
def test_a_program_ends_with_that_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The line is all that the user of an exact name sees, if no component has what the SDK sets."""

    def missing(_: object) -> None:
        raise AttributeError(name)

    unset = property(missing, lambda *_: None)
    monkeypatch.setattr(SessionManagerPermissions, name, unset, raising=False)
    record = try_declare({"policy_name": "ssm"})

    assert str(record.error) == line(name)


@pytest.mark.parametrize(
    ("servicers", "expected"),
    [
        ([], False),
        ([servicer(OTHERS, "one")], False),
        ([servicer(OWN)], False),
        ([servicer(OTHERS), servicer(OWN, "one")], True),
    ],
    ids=["none", "another program's", "a hook", "one"],
)
def test_whether_the_program_has_transforms(
    servicers: list[Any], monkeypatch: pytest.MonkeyPatch, *, expected: bool
) -> None:
    """Another program of the process may have some."""
    monkeypatch.setattr(_sdk, "monitor", lambda: OWN)
    monkeypatch.setattr(SERVICERS, servicers)

    assert _sdk.has_transforms() is expected
