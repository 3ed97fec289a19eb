"""Private names of Pulumi's SDK, as they are in 3.237 to 3.272. What an Output says of itself is in `_outputs`.

A program that needs a name which its SDK lacks ends with an error, because a policy could be lost without that name.
"""

# pyright: reportPrivateUsage=false

import asyncio
import concurrent.futures
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from typing import Any, Final

import pulumi

from ._component import Component

_TESTED: Final = ">=3.237,<=3.272"


def monitor() -> Any:
    """Return the client of the engine: each run of a program has its own."""
    with _supported():
        from pulumi.runtime.settings import get_monitor
    return get_monitor()


def aws_version() -> str:
    """Return the version of pulumi-aws as the engine writes it, which differs from Python's for a pre-release."""
    with _supported():
        from pulumi_aws._utilities import get_version
    version: str = get_version()  # type: ignore[no-untyped-call]
    return version


def unknown_id() -> str:
    """Return what stands for the id of a provider that is not known yet."""
    with _supported():
        from pulumi.runtime.rpc import UNKNOWN
    return UNKNOWN


async def invoke_request(token: str, arguments: Mapping[str, Any], provider: str, parent: str) -> Any:
    """Return the message to the engine that calls a function: of this provider, or of that of the parent's children.

    The SDK itself never sends the parent. Engines before 3.255 ignore it, and messages of SDKs before 3.255 have no
    place for it: then the default provider answers.
    """
    with _supported():
        from pulumi.runtime.proto.resource_pb2 import ResourceInvokeRequest
        from pulumi.runtime.rpc import serialize_properties
    args = await serialize_properties(arguments, {})
    above: dict[str, Any] = {"parent": parent} if "parent" in ResourceInvokeRequest.DESCRIPTOR.fields_by_name else {}
    # Without the version of the component's other calls, the engine would use another default provider.
    return ResourceInvokeRequest(tok=token, args=args, provider=provider, version=aws_version(), **above)


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
    with _supported():
        from pulumi.runtime.rpc import deserialize_properties_unwrap_secrets
    answer: Mapping[str, Any]
    answer, _ = deserialize_properties_unwrap_secrets(getattr(response, "return"))
    return answer


def protect(component: pulumi.Resource) -> bool | None:
    """Return whether a resource is protected, by its own options or by a parent's."""
    with _supported():
        return component._protect


def aliases(component: Component, child: str, type_: str) -> Sequence[pulumi.Input[str]]:
    """Return what a child was known by, for each alias of its component and of the component's parent.

    The engine passes an alias on to children only in the run in which it finds the component by that alias. If that
    run fails, the next one would create the children again, and then delete the old ones.
    """
    parent = component.opts.parent
    with _supported():
        known = component.resource._aliases
    # In a plugin, a parent has no aliases.
    if getattr(parent, "_aliases", None):
        with _supported():
            from pulumi.runtime.resource import all_aliases

            component_type = component.resource._type
        known = all_aliases(known, component.name, component_type, parent)
    if not known:
        return []
    with _supported():
        from pulumi.runtime.resource import inherited_child_alias
    return [inherited_child_alias(child, component.name, urn, type_) for urn in known]


def adopt(component: pulumi.ComponentResource, urn: pulumi.Output[str]) -> None:
    """Make dependents of the component wait also for a resource that is not its child, or that is declared later."""
    with _supported():
        from pulumi.resource import DependencyResource

        children = component._childResources
    stand_in = DependencyResource("")
    vars(stand_in)["urn"] = urn
    children.add(stand_in)


@contextmanager
def _supported() -> Generator[None]:
    """End the program with one line if the SDK lacks what is imported or read here."""
    try:
        yield
    except (ImportError, AttributeError) as error:
        imported = re.search("cannot import name '(.+?)'", str(error))
        raise _unsupported(imported[1] if imported else error.name) from None


def _unsupported(name: str | None) -> pulumi.RunError:
    return pulumi.RunError(
        f"pulumi-ssm-perms does not support pulumi {metadata.version('pulumi')}, whose SDK has no {name}: "
        f'install "pulumi{_TESTED}" or a newer pulumi-ssm-perms'
    )
