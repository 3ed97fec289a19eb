"""What is needed of Pulumi's SDK beyond its public names: a part that is no longer there ends a program with a line."""

import asyncio
import builtins
from collections.abc import Mapping
from concurrent.futures import Future
from importlib import metadata
from types import SimpleNamespace
from typing import Any, Final

import grpc
import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.proto import resource_pb2

from pulumi_ssm_perms import SessionManagerPermissions, _sdk
from tests.answers import ACCOUNT, HERE, account, iam, session
from tests.components import COMPONENT, ROLE_POLICY, declare, try_declare
from tests.mocks import try_run

EXACT: Final = {"policy_name": "ssm"}
# What is empty is the same in the messages of every SDK.
RESPONSE: Final = SimpleNamespace(**{"return": resource_pb2.ResourceInvokeRequest().args})
IMPORTED: Final = (
    *("get_monitor", "get_version", "UNKNOWN", "ResourceInvokeRequest", "serialize_properties"),
    *("deserialize_properties_unwrap_secrets", "all_aliases", "inherited_child_alias", "DependencyResource"),
)


def line(name: str) -> str:
    """Return what is said of a part that is not there."""
    return (
        f"pulumi-ssm-perms does not support pulumi {metadata.version('pulumi')}, whose SDK has no {name}: install "
        '"pulumi>=3.237,<=3.272" or a newer pulumi-ssm-perms'
    )


def take_away(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the package find no such name in the SDK, which itself still has it."""
    import_ = builtins.__import__

    def without(module: str, by: Any = None, local: Any = None, names: Any = (), level: int = 0) -> Any:
        if name in (names or ()) and by["__name__"] == _sdk.__name__:
            raise ImportError(f"cannot import name {name!r} from {module!r}")
        return import_(module, by, local, names, level)

    monkeypatch.setattr(builtins, "__import__", without)


def needing_all() -> None:
    """Declare an exact name, and a component with aliases whose provider, not known yet, is asked for its account."""
    SessionManagerPermissions("exact", role="web", policy_name="ssm")
    aliases = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])
    team = pulumi.ComponentResource("app:index:Team", "team", None, aliases)
    opts = pulumi.ResourceOptions(parent=team, provider=aws.Provider("late"))
    SessionManagerPermissions("web", role=HERE, opts=pulumi.ResourceOptions.merge(aliases, opts))


@pytest.mark.parametrize("name", IMPORTED)
def test_a_part_that_another_sdk_no_longer_has(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A program that needs it ends with one line, which says which part it is, and which SDK to install."""
    take_away(monkeypatch, name)

    assert str(try_run(needing_all, preview=True, answer=account(ACCOUNT)).error) == line(name)


@pytest.mark.parametrize(
    ("name", "inputs"), [("_protect", EXACT), ("_childResources", EXACT), ("_aliases", {})], ids=str
)
def test_what_another_sdk_no_longer_sets(monkeypatch: pytest.MonkeyPatch, name: str, inputs: Any) -> None:
    """The line is the same if the resources of another SDK lack it."""

    def missing(_: object) -> None:
        raise AttributeError(name)

    unset = property(missing, lambda *_: None)
    monkeypatch.setattr(SessionManagerPermissions, name, unset, raising=False)

    assert str(try_declare(inputs).error) == line(name)


@pytest.mark.parametrize(
    "inputs",
    [{"check": "advisory"}, {"role": HERE}, {"session_preferences": session({"kmsKeyId": "alias/a"})}],
    ids=repr,
)
def test_a_question_to_aws_ends_with_that_line(monkeypatch: pytest.MonkeyPatch, inputs: Mapping[str, Any]) -> None:
    """What the SDK lacks is not taken for a failure of AWS, which would be a warning or blame the credentials."""
    take_away(monkeypatch, "get_version")

    assert str(try_declare(inputs, answer=iam()).error) == line("get_version")


def test_without_an_alias_nothing_about_aliases_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK without these parts stops only programs that have an alias."""
    for part in ("all_aliases", "inherited_child_alias"):
        monkeypatch.delattr(f"pulumi.runtime.resource.{part}")

    assert declare({}).results["policy_name"]


class Engine:
    """Takes calls as the engine's client does; the test answers them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand in for the engine."""
        self.asked: list[object] = []
        self.calls: list[Future[Any]] = []
        self.Invoke = self
        monkeypatch.setattr(_sdk, "monitor", lambda: self)

    def future(self, message: object) -> Future[Any]:
        """Begin a call."""
        self.asked.append(message)
        self.calls.append(Future())
        return self.calls[-1]


def test_calls_that_hang_take_no_thread_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK registers resources in these threads, of which there are few."""
    engine = Engine(monkeypatch)

    async def program() -> list[Any]:
        hanging = [asyncio.ensure_future(_sdk.invoke(number)) for number in range(64)]
        registered = await asyncio.wait_for(asyncio.to_thread(lambda: "registered"), 5)
        under_way = len(engine.calls)
        for call in engine.calls:
            call.set_result(RESPONSE)
        return [registered, under_way, {id(each) for each in await asyncio.gather(*hanging)}]

    assert asyncio.run(program()) == ["registered", 64, {id(RESPONSE)}]
    assert engine.asked == [*range(64)]


def test_a_call_that_the_engine_refuses(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Its error is that of the client. That of a call for which the program does not wait is nobody's."""
    engine = Engine(monkeypatch)

    async def program() -> None:
        waited_for, _ = (asyncio.ensure_future(_sdk.invoke(number)) for number in range(2))
        await asyncio.sleep(0)
        engine.calls[0].set_exception(grpc.RpcError("refused"))
        await waited_for

    with pytest.raises(grpc.RpcError, match="refused"):
        asyncio.run(program())
    engine.calls[1].set_exception(grpc.RpcError("too late"))

    assert caplog.messages == []


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
