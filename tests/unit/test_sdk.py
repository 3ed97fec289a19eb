"""What is needed of Pulumi's SDK beyond its public names: a part that is no longer there ends a program with a line."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from types import SimpleNamespace
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, _sdk
from pulumi_ssm_perms._component import Component
from tests.answers import HERE, iam, session
from tests.components import COMPONENT, ROLE_POLICY, declare, try_declare
from tests.mocks import UNKNOWN

Patch = Callable[[pytest.MonkeyPatch], None]


def without(path: str) -> Patch:
    """Take an attribute away."""
    return lambda monkeypatch: monkeypatch.delattr(path)


def line(name: str) -> str:
    """Return what is said of a part that is not there."""
    return (
        f"pulumi-ssm-perms does not support pulumi {metadata.version('pulumi')}, whose SDK has no {name}: install "
        '"pulumi>=3.237,<=3.272" or a newer pulumi-ssm-perms'
    )


def former(given: Any, parent: Any = None) -> object:
    """Ask for what a child of a component was known by."""
    opts = pulumi.ResourceOptions(parent=parent)
    return _sdk.aliases(Component(given, "web", "", opts), "web-child", "a:b:C")


NO_MODULE: Final[Patch] = lambda monkeypatch: monkeypatch.setitem(sys.modules, "pulumi.runtime.settings", None)  # noqa: E731
NOBODY: Final[Any] = None
ALIASED: Final = SimpleNamespace(_aliases=["urn:pulumi:s::p::a:b:D::old"])
TAKEN_AWAY: Final[Mapping[str, tuple[Patch, Callable[[], object]]]] = {
    "pulumi.runtime.settings": (NO_MODULE, _sdk.monitor),
    "get_monitor": (without("pulumi.runtime.settings.get_monitor"), _sdk.monitor),
    "get_version": (without("pulumi_aws._utilities.get_version"), _sdk.aws_version),
    "all_aliases": (without("pulumi.runtime.resource.all_aliases"), lambda: former(ALIASED, ALIASED)),
    "inherited_child_alias": (without("pulumi.runtime.resource.inherited_child_alias"), lambda: former(ALIASED)),
    "_aliases": (lambda _: None, lambda: former(SimpleNamespace())),
    "DependencyResource": (without("pulumi.resource.DependencyResource"), lambda: _sdk.adopt(NOBODY, NOBODY)),
}
"""What the line calls a part, how it goes, and what needs it."""


@pytest.mark.parametrize("name", TAKEN_AWAY)
def test_a_part_that_another_sdk_no_longer_has(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """One line says which part it is, and which SDK to install."""
    patch, used = TAKEN_AWAY[name]

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
    "inputs",
    [{"check": "advisory"}, {"role": HERE}, {"session_preferences": session({"kmsKeyId": "alias/a"})}],
    ids=repr,
)
def test_a_question_to_aws_ends_with_that_line(monkeypatch: pytest.MonkeyPatch, inputs: Mapping[str, Any]) -> None:
    """What the SDK lacks is not taken for a failure of AWS, which would be a warning or blame the credentials."""

    def missing() -> str:
        raise pulumi.RunError(line("get_version"))

    monkeypatch.setattr(_sdk, "aws_version", missing)
    assert str(try_declare(inputs, answer=iam()).error) == line("get_version")


def test_without_an_alias_nothing_about_aliases_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK without these parts stops only programs that have an alias."""
    for part in ("all_aliases", "inherited_child_alias"):
        monkeypatch.delattr(f"pulumi.runtime.resource.{part}")

    assert declare({}).results["policy_name"]


def test_a_question_that_the_engine_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK then returns no answer at all: in a preview, what depends on it is unknown."""

    async def nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(pulumi.runtime, "invoke_async", nothing)
    record = declare({"session_preferences": session({"kmsKeyId": "alias/a"}), "check": "advisory"}, preview=True)

    assert record.results["denied_actions"] == UNKNOWN


def test_an_alias_of_a_transformation() -> None:
    """What the component declares has an alias for it, also where the parent has one."""

    def renamed(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        old = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="squad")] if args.type_ == COMPONENT else [])
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, old))

    def options() -> pulumi.ResourceOptions:
        aliases = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="crew")])
        team = pulumi.ComponentResource("app:index:Team", "team", None, aliases)
        return pulumi.ResourceOptions(parent=team, transformations=[renamed])

    aliases = declare({}, options).only(ROLE_POLICY).request.aliases

    assert [alias.urn.rpartition("::")[2].partition("-")[0] for alias in aliases] == ["squad", "web", "squad"]
