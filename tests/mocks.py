"""Runs a Pulumi program against mocks that record what the engine would have been asked, for any component."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import engine_pb2, resource_pb2
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

UNKNOWN: Final = "<unknown>"
"""Stands in a record for what a preview does not know."""

ARNS: Final[Mapping[str, str]] = {
    "aws:iam/role:Role": "arn:aws:iam::123456789012:role/{name}",
    "aws:iam/policy:Policy": "arn:aws:iam::123456789012:policy/{name}",
    "aws:kms/key:Key": "arn:aws:kms:eu-west-1:123456789012:key/{name}",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{name}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:eu-west-1:123456789012:log-group:{name}",
}

CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"

HANDED_DOWN: Final = "parent" in resource_pb2.ResourceInvokeRequest.DESCRIPTOR.fields_by_name
"""Whether the SDK's calls can follow a provider that only the engine knows: older ones ask the default provider."""

Program = Callable[[], object]
"""Declares resources; what it returns is of interest if it is a mapping of names to Outputs."""
Answer = Callable[[mocks.MockCallArgs], Mapping[str, Any] | str]
"""What AWS answers to a call; a text is its error message."""


@dataclass(frozen=True)
class Secret:
    """Stands in a record for a value that is marked as secret."""

    value: object


class Registration(NamedTuple):
    """One resource that the program registered: `request` is the engine's own message, with all options."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    request: Any


class Invoke(NamedTuple):
    """One function of a provider that the program called."""

    token: str
    args: Mapping[str, Any]
    provider: str
    version: str
    # Whose children's provider is asked; an older SDK cannot say it.
    parent: str


@dataclass
class Record:
    """What a program asked of the engine, what it logged about which URN, and how it ended."""

    registrations: list[Registration] = field(default_factory=list)
    invokes: list[Invoke] = field(default_factory=list)
    registered_outputs: dict[str, Any] = field(default_factory=dict)
    logged: list[tuple[str, str]] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None

    def only(self, type_: str) -> Registration:
        """Return the one registration of a type."""
        [found] = [registration for registration in self.registrations if registration.type == type_]
        return found


@dataclass
class AwsMocks(pulumi.runtime.Mocks):
    """Answers as AWS would: a created resource has its inputs, a name and, where it has one, an ARN.

    An `answer` with a method `is_in_state` says whether Pulumi's state has each resource already.

    With `bare` it has its inputs and nothing else, as with many users' own mocks. In a `preview` it has no id yet.
    Without an `answer`, any call but the question of the account fails the test.
    """

    answer: Answer | None
    bare: bool
    preview: bool

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Return id and outputs of a resource."""
        name = f"{args.name}-1234567"
        made = {} if self.bare else {"name": name, "arn": ARNS.get(args.typ, "").format(name=name)}
        outputs = {**made, **args.inputs}
        is_in_state: Callable[[], bool] = getattr(self.answer, "is_in_state", lambda: False)
        return "" if self.preview and not is_in_state() else f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Return what the test has as the answer of a function."""
        if self.answer is None and args.token == CALLER_IDENTITY:
            return {}
        if self.answer is None:
            raise AssertionError(f"unexpected call of {args.token}")
        answer = self.answer(args)
        return ({}, [("aws", answer)]) if isinstance(answer, str) else dict(answer)


class RecordingMonitor(mocks.MockMonitor):
    """Keeps what the mock monitor of the SDK drops: options, parents, secrets, unknowns and registered outputs."""

    def __init__(self, aws_mocks: AwsMocks) -> None:
        """Begin a record."""
        super().__init__(aws_mocks)
        self.record = Record()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the engine's name
        """Record a resource, and answer."""
        inputs = _readable_properties(request.object)
        self.record.registrations.append(Registration(request.type, request.name, inputs, request))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the engine's name
        """Record what a component says of itself, and answer."""
        self.record.registered_outputs[request.urn] = _readable_properties(request.outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the engine's name
        """Record a call, and answer."""
        args = _readable_properties(request.args)
        self.record.invokes.append(
            Invoke(request.tok, args, request.provider, request.version, getattr(request, "parent", ""))
        )
        return super().Invoke(request)  # type: ignore[no-untyped-call]


class RecordingEngine(mocks.MockEngine):
    """Keeps the URN that a message is about."""

    def __init__(self, record: Record) -> None:
        """Take the record to write to."""
        super().__init__(None)
        self.record = record

    def Log(self, request: Any) -> None:  # noqa: N802 - the engine's name
        """Record a message, if it is not the SDK's own about its work, and log it."""
        if request.severity != engine_pb2.DEBUG:
            self.record.logged.append((request.urn, request.message))
            if request.severity == engine_pb2.WARNING:
                self.record.warned.append(request.message)
        super().Log(request)  # type: ignore[no-untyped-call]


def try_run(program: Program, *, preview: bool = False, bare: bool = False, answer: Answer | None = None) -> Record:
    """Run a program, which may fail, and return what it did; `results` has what the returned Outputs resolved to.

    A program that fails has its exception in `error`.
    """
    monitor = RecordingMonitor(AwsMocks(answer, bare, preview))
    with event_loop() as runner:
        runner.run(_run(program, monitor, preview=preview))
    return monitor.record


@contextmanager
def event_loop() -> Iterator[asyncio.Runner]:
    """Make an event loop for programs with mocks."""
    # A program that failed leaves its unfinished work behind, and its event loop is closed.
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    # The mock monitor leaves an event loop open in each thread that it is called in: one thread, closed here.
    with ThreadPoolExecutor(max_workers=1) as thread, asyncio.Runner() as runner:
        thread_loop = asyncio.new_event_loop()
        thread.submit(asyncio.set_event_loop, thread_loop).result()
        runner.get_loop().set_default_executor(thread)
        # The SDK leaves the other tasks of a failed program alone; asyncio would report each as it is collected.
        runner.get_loop().set_exception_handler(lambda *_: None)
        try:
            yield runner
        finally:
            thread.submit(thread_loop.close).result()  # in its thread, where a failed program may have left it at work


def run(program: Program, **options: Any) -> Record:
    """Run a program that must not fail, and return what it did."""
    record = try_run(program, **options)
    if record.error is not None:
        raise record.error
    return record


def policy_of(registration: Registration) -> Any:
    """Return the policy document of a registered policy, parsed."""
    return json.loads(registration.inputs["policy"])


def unknown() -> pulumi.Output[Any]:
    """Return an Output that a preview does not know."""
    return pulumi.Output.from_input(pulumi.UNKNOWN)


async def _run(program: Program, monitor: RecordingMonitor, *, preview: bool) -> None:
    mocks.set_mocks(monitor.mocks, monitor=monitor, preview=preview)
    SETTINGS.engine = RecordingEngine(monitor.record)
    returned: list[object] = []
    try:
        await run_pulumi_func(lambda: returned.append(program()))
        if isinstance(returned[0], Mapping):
            monitor.record.results.update({name: await _resolved(value) for name, value in returned[0].items()})
    except Exception as error:  # noqa: BLE001 - how it ended is a part of the record
        monitor.record.error = error


async def _resolved(value: object) -> object:
    if not isinstance(value, pulumi.Output):
        return value
    known = await value.is_known()
    resolved = await value.future() if known else UNKNOWN
    return Secret(resolved) if await value.is_secret() else resolved


def _readable_properties(message: Any) -> dict[str, Any]:
    return {key: _readable(value) for key, value in message.items()}


def _readable(value: Any) -> Any:
    if value == rpc.UNKNOWN:
        return UNKNOWN
    if hasattr(value, "keys"):
        plain = _readable_properties(value)
        return Secret(plain["value"]) if rpc.is_rpc_secret(plain) else plain
    if isinstance(value, (str, bool, float, int)) or value is None:
        return value
    return [_readable(element) for element in value]
