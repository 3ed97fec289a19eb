"""What is needed of Pulumi's SDK beyond its public names: a part that is no longer there ends a program with a line."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from importlib import metadata
from types import SimpleNamespace
from typing import Any, Final

import grpc
import pulumi
import pytest
from pulumi.runtime.proto import resource_pb2

from pulumi_ssm_perms import SessionManagerPermissions, _sdk
from pulumi_ssm_perms._component import Component
from tests.answers import GET_ROLE, HERE, iam, session
from tests.components import COMPONENT, ROLE_POLICY, declare, try_declare
from tests.mocks import HANDED_DOWN, UNKNOWN

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
# What is empty is the same in the messages of every SDK.
RESPONSE: Final = SimpleNamespace(**{"return": resource_pb2.ResourceInvokeRequest().args})


async def request(provider: str = "", parent: str = "") -> Any:
    """Return a message that calls a function."""
    return await _sdk.invoke_request(GET_ROLE, {"name": "web"}, provider, parent)


async def answer() -> Mapping[str, Any]:
    """Read an empty answer."""
    return _sdk.invoke_answer(RESPONSE)


async def unknown_id() -> str:
    """Return what stands for an id."""
    return _sdk.unknown_id()


TAKEN_AWAY: Final[Mapping[str, tuple[Patch, Callable[[], object]]]] = {
    "pulumi.runtime.settings": (NO_MODULE, _sdk.monitor),
    "get_monitor": (without("pulumi.runtime.settings.get_monitor"), _sdk.monitor),
    "get_version": (without("pulumi_aws._utilities.get_version"), _sdk.aws_version),
    "UNKNOWN": (without("pulumi.runtime.rpc.UNKNOWN"), unknown_id),
    "ResourceInvokeRequest": (without("pulumi.runtime.proto.resource_pb2.ResourceInvokeRequest"), request),
    "serialize_properties": (without("pulumi.runtime.rpc.serialize_properties"), request),
    "deserialize_properties_unwrap_secrets": (
        without("pulumi.runtime.rpc.deserialize_properties_unwrap_secrets"),
        answer,
    ),
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
        result = used()
        if isinstance(result, Coroutine):
            await result

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


def test_a_question_that_the_engine_does_not_answer() -> None:
    """In a preview, what depends on it is unknown."""
    inputs = {"session_preferences": session({"kmsKeyId": "alias/a"}), "check": "advisory"}
    record = declare(inputs, preview=True, answer=lambda _: {})

    assert record.results["denied_actions"] == UNKNOWN


def test_the_message_that_calls_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the provider or the parent that inherits one, and the version of the component's resources.

    Without that version, the engine would start another default provider; it takes none as Python writes it.
    """
    monkeypatch.setattr("pulumi_aws._utilities.get_version", lambda: "7.52.0-alpha.1")
    found = [asyncio.run(request("urn::id")), asyncio.run(request("", "urn:of:web"))]

    assert [(each.tok, dict(each.args), each.version) for each in found] == [
        (GET_ROLE, {"name": "web"}, "7.52.0-alpha.1")
    ] * 2
    assert [each.provider for each in found] == ["urn::id", ""]
    assert [getattr(each, "parent", "") for each in found] == ["", "urn:of:web" if HANDED_DOWN else ""]


class Engine:
    """Answers calls as the engine's client does: each in a thread of its own, once it is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        """Take what the calls fail with."""
        self.error, self.go, self.calls = error, threading.Event(), list[object]()
        self.Invoke = self

    def future(self, message: object) -> Any:
        """Begin a call."""
        self.calls.append(message)
        return SimpleNamespace(add_done_callback=lambda done: threading.Thread(target=self.end, args=(done,)).start())

    def end(self, done: Callable[[object], None]) -> None:
        """End a call."""
        self.go.wait(10)
        done(self)

    def result(self) -> object:
        """Return what a call has answered."""
        if self.error:
            raise self.error
        return RESPONSE


def test_calls_that_hang_take_no_thread_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK registers resources in these threads, of which there are few."""
    engine = Engine()
    monkeypatch.setattr(_sdk, "monitor", lambda: engine)

    async def program() -> list[Any]:
        hanging = [asyncio.ensure_future(_sdk.invoke(number)) for number in range(64)]
        registered = await asyncio.wait_for(asyncio.to_thread(lambda: "registered"), 5)
        under_way = len(engine.calls)
        engine.go.set()
        return [registered, under_way, {id(each) for each in await asyncio.gather(*hanging)}]

    assert asyncio.run(program()) == ["registered", 64, {id(RESPONSE)}]


def test_a_call_that_the_engine_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error is that of the client, whether the program ends meanwhile or not."""
    engine = Engine(grpc.RpcError("refused"))
    monkeypatch.setattr(_sdk, "monitor", lambda: engine)

    async def program(*, ends: bool) -> None:
        call = asyncio.ensure_future(_sdk.invoke("message"))
        await asyncio.sleep(0)
        if not ends:
            engine.go.set()
            with pytest.raises(grpc.RpcError, match="refused"):
                await call

    asyncio.run(program(ends=True))
    asyncio.run(program(ends=False))


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
