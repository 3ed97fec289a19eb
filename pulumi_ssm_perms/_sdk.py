"""Private names of Pulumi's SDK, as they are in 3.237 to 3.272. What an Output says of itself is in `_outputs`.

A program that needs a name which its SDK lacks ends with an error, because a policy could be lost without that name.
"""

import asyncio
import concurrent.futures
import importlib
from collections.abc import Mapping
from importlib import metadata
from typing import Any, Final

import pulumi

from ._component import Component

_TESTED: Final = ">=3.237,<=3.272"


def monitor() -> Any:
    """Return the client of the engine: each run of a program has its own."""
    return _part("pulumi.runtime.settings", "get_monitor")()


def aws_version() -> str:
    """Return the version of pulumi-aws as the engine writes it, which differs from Python's for a pre-release."""
    version: str = _part("pulumi_aws._utilities", "get_version")()
    return version


def unknown_id() -> str:
    """Return what stands for the id of a provider that is not known yet."""
    unknown: str = _part("pulumi.runtime.rpc", "UNKNOWN")
    return unknown


async def invoke_request(token: str, arguments: Mapping[str, Any], provider: str, parent: str) -> Any:
    """Return the message to the engine that calls a function: of this provider, or of that of the parent's children.

    The SDK itself never sends the parent. Engines before 3.255 ignore it, and messages of SDKs before 3.255 have no
    place for it: then the default provider answers.
    """
    make = _part("pulumi.runtime.proto.resource_pb2", "ResourceInvokeRequest")
    above = {"parent": parent} if "parent" in make.DESCRIPTOR.fields_by_name else {}
    args = await _part("pulumi.runtime.rpc", "serialize_properties")(arguments, {})
    # Without the version of the component's other calls, the engine would use another default provider.
    return make(tok=token, args=args, provider=provider, version=aws_version(), **above)


async def invoke(request: Any) -> Any:
    """Send a message that calls a function, and return the engine's.

    The SDK's own way takes a thread for each call, one of the few in which it registers resources: calls that hang
    would keep back all that the program has yet to write.
    """
    send = monitor().Invoke
    if not hasattr(send, "future"):
        # The mocks of a unit test.
        return await asyncio.to_thread(send, request)
    done: concurrent.futures.Future[Any] = concurrent.futures.Future()
    done.set_running_or_notify_cancel()
    send.future(request).add_done_callback(done.set_result)
    return (await asyncio.wrap_future(done)).result()


def invoke_answer(response: Any) -> Mapping[str, Any]:
    """Return what a function has answered, with the values of secrets."""
    answer: Mapping[str, Any]
    answer, _ = _part("pulumi.runtime.rpc", "deserialize_properties_unwrap_secrets")(getattr(response, "return"))
    return answer


def protect(component: pulumi.Resource) -> bool | None:
    """Return whether a resource is protected, by its own options or by a parent's."""
    protected: bool | None = _attribute(component, "_protect")
    return protected


def aliases(component: Component, child: str, type_: str) -> list[Any]:
    """Return what a child was known by, for each alias of its component and of the component's parent.

    The engine passes an alias on to children only in the run in which it finds the component by that alias. If that
    run fails, the next one would create the children again, and then delete the old ones.
    """
    parent, known = component.opts.parent, _attribute(component.resource, "_aliases")
    # In a plugin, a parent has no aliases.
    if getattr(parent, "_aliases", None):
        every = _part("pulumi.runtime.resource", "all_aliases")
        known = every(known, component.name, _attribute(component.resource, "_type"), parent)
    if not known:
        return []
    inherited = _part("pulumi.runtime.resource", "inherited_child_alias")
    return [inherited(child, component.name, urn, type_) for urn in known]


def adopt(component: pulumi.ComponentResource, urn: pulumi.Output[str]) -> None:
    """Make dependents of the component wait also for a resource that is not its child, or that is declared later."""
    stand_in = _part("pulumi.resource", "DependencyResource")("")
    vars(stand_in)["urn"] = urn
    _attribute(component, "_childResources").add(stand_in)


def _part(module: str, *names: str) -> Any:
    try:
        found: Any = importlib.import_module(module)
    except ImportError:
        raise _unsupported(module) from None
    for name in names:
        found = _attribute(found, name)
    return found


def _attribute(owner: object, name: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        raise _unsupported(name) from None


def _unsupported(name: str) -> pulumi.RunError:
    return pulumi.RunError(
        f"pulumi-ssm-perms does not support pulumi {metadata.version('pulumi')}, whose SDK has no {name}: "
        f'install "pulumi{_TESTED}" or a newer pulumi-ssm-perms'
    )
