"""The AWS provider: Pulumi's protocol in front of `resources`, as the Terraform bridge speaks it for Pulumi's own plugin.

The engine attaches to it (`PULUMI_DEBUG_PROVIDERS`), so it runs in this process, beside moto. All providers of all
programs share its port; each is a connection of its own, which decides the account.
"""

import functools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, status_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, add_ResourceProviderServicer_to_server

from sandbox.aws import NOT_FOUND, Aws, AwsError
from sandbox.functions import FUNCTIONS
from sandbox.kinds import EMPTY, Properties, Resource, compact, snake
from sandbox.resources import RESOURCES

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that it doesn't know yet."""
_SECRET: Final = "4dabf18193072939515e22adb298388d"
_DEFAULTS: Final = "__defaults"


class InitError(Exception):
    """A resource is there, but not as it should be: its id and properties go into the state with the error."""

    def __init__(self, id_: str, properties: Properties, reason: str) -> None:
        """Keep what the state gets."""
        super().__init__(reason)
        self.id, self.properties = id_, properties


def read(properties: struct_pb2.Struct) -> Properties:
    """Return properties with whole numbers as such, and without marks of secrets, which a configuration has."""
    return dict(_plain(json_format.MessageToDict(properties)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value["value"]) if _SECRET in value else {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def write(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return properties as they are sent."""
    return json_format.ParseDict({key: each for key, each in properties.items() if each is not None}, struct_pb2.Struct())


def check(  # noqa: PLR0913 - the parts of the request
    kind: Resource, name: str, olds: Properties, news: Properties, *, seed: bytes, proposed: str = ""
) -> tuple[Properties, list[str]]:
    """Return a resource's inputs, with defaults and a name, and what is wrong with them.

    As the bridge does: a name stays as long as nobody gives another; `__defaults` says that nobody does.
    """
    inputs = {key: value for key, value in news.items() if value is not None and key != _DEFAULTS}
    defaults = []
    rules = {**kind.inputs, **kind.common}
    wrong = [f"Invalid or unknown key. Examine values at '{name}.{key}'." for key in inputs if key not in rules]
    for key, rule in kind.inputs.items():
        if key in inputs:
            if rule.document and not isinstance(inputs[key], str):
                inputs[key] = compact(inputs[key])
            if known(inputs[key]) and (reason := rule.wrong(snake(key), inputs[key])):
                wrong.append(f"{reason}. Examine values at '{name}.{key}'.")
        elif rule.autoname:
            digits = "".join(random.Random(seed).choices("0123456789abcdef", k=7))  # noqa: S311
            inputs[key] = olds.get(key) or proposed or rule.autoname(name, digits)
            defaults.append(key)
        elif rule.default not in EMPTY:
            inputs[key] = rule.default
            defaults.append(key)
        elif rule.required:
            reason = f'Missing required argument. The argument "{snake(key)}" is required, but no definition was found.'
            wrong.append(f"{reason}. Examine values at '{name}.{key}'.")
    if kind.tags:
        inputs["tagsAll"] = inputs.get("tags", {})
    return {**inputs, _DEFAULTS: defaults}, wrong


def known(value: Any) -> bool:
    """Whether nothing of a value is unknown."""
    return UNKNOWN not in json.dumps(value)


def changes(kind: Resource, region: str, state: Properties, inputs: Properties) -> dict[str, bool]:
    """Return which properties change, and whether that replaces the resource."""
    found = {}
    for key, rule in {**kind.inputs, **kind.common}.items():
        old, new = state.get(key), inputs.get(key)
        if key == "region":
            new = new or region
        if new is None and (rule.computed or old in EMPTY):
            continue
        if new is None or not known(new) or not rule.same(old, new) and not (old in EMPTY and new in EMPTY):
            found[key] = rule.replaces and not (key == "region" and old is None)
    return found


def paths(key: str, old: Any, new: Any) -> Iterator[tuple[str, int]]:
    """Yield where values differ, by keys of a map of tags, and whether one is added, deleted or updated."""
    if key.startswith("tags") and isinstance(old or {}, dict) and isinstance(new or {}, dict):
        old, new = old or {}, new or {}
        for each in sorted(name for name in {*old, *new} if old.get(name) != new.get(name)):
            yield f"{key}.{each}", 0 if each not in old else 4 if each in new else 2
    else:
        yield key, 0 if old is None else 4 if new is not None else 2


def planned(kind: Resource, region: str, state: Properties, inputs: Properties) -> Properties:
    """Return the state that an update leads to, or a creation if there is no state yet."""
    given = {key: kind.normalized(key, value) for key, value in inputs.items() if key != _DEFAULTS}
    if "region" in kind.common:
        given.setdefault("region", region)
    rules = {**kind.inputs, **kind.common}
    kept = {key: value for key, value in state.items() if key not in rules or rules[key].computed}
    later = [key for key, rule in rules.items() if rule.computed and not given.get(key)] + list(kind.computed)
    return {**kept, **given, **({} if state else dict.fromkeys(["id", *later], UNKNOWN))}


def replaced_first(kind: Resource, news: Properties) -> bool:
    """Whether the old one must go first: the bridge's `nameRequiresDeleteBeforeReplace`."""
    named = [key for key, rule in kind.inputs.items() if rule.autoname and key in news]
    return kind.deleted_first or any(key not in news.get(_DEFAULTS, named) for key in named)


def _serve(method: Callable[..., Any]) -> Callable[..., Any]:
    """Answer an error as the bridge does, with what it leaves in the state."""

    @functools.wraps(method)
    def served(self: "Provider", request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except InitError as error:
            detail = pb.ErrorResourceInitFailed(id=error.id, properties=write(error.properties), reasons=[str(error)])
            status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
            status.details.add().Pack(detail)
            context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except (AwsError, ValueError, NotImplementedError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return served


def _words(error: AwsError, doing: str, title: str, name: str) -> str:
    said = str(error) if error.said else f"{doing} {title}{f' ({name})' if name else ''}: {error}"
    return f"1 error occurred:\n\t* {said}\n\n"


class Provider(ResourceProviderServicer):
    """Serves Pulumi's protocol."""

    def __init__(self, connect: Callable[[Mapping[str, Any]], Aws], schema: Callable[[], str], version: str) -> None:
        """Take what makes AWS of a provider's configuration."""
        self._connect, self._schema, self._version = connect, schema, version
        self._connected: dict[str, Aws] = {}

    def _aws(self, context: grpc.ServicerContext) -> Aws:
        return self._connected[context.peer()]

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, request: Any, context: Any) -> Any:
        return pb.GetSchemaResponse(schema=self._schema())

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        same = request.olds == request.news
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    @_serve
    def Configure(self, request: Any, context: Any) -> Any:
        self._connected[context.peer()] = self._connect(read(request.args))
        return pb.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    def Handshake(self, request: Any, context: Any) -> Any:
        # After a handshake the engine would send secrets as such, and leave it to the provider to hand them on.
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def _kind(self, urn: str) -> tuple[Resource, str]:
        type_, _, name = urn.split("::", 2)[2].partition("::")
        type_ = type_.rpartition("$")[2]
        if type_ not in RESOURCES:
            raise NotImplementedError(f"The local AWS provider has no {type_}.")
        return RESOURCES[type_], name

    @_serve
    def Check(self, request: Any, context: Any) -> Any:
        kind, name = self._kind(request.urn)
        how = {"seed": request.randomSeed, "proposed": request.autonaming.proposed_name}
        inputs, wrong = check(kind, name, read(request.olds), read(request.news), **how)
        failures = [pb.CheckFailure(reason=reason) for reason in wrong]
        return pb.CheckResponse(inputs=write(inputs), failures=failures)

    @_serve
    def Diff(self, request: Any, context: Any) -> Any:
        kind, _ = self._kind(request.urn)
        state, inputs = read(request.olds), read(request.news)
        found = changes(kind, self._aws(context).region, state, inputs)
        detail = {
            path: pb.PropertyDiff(kind=kind_ + replaces)
            for key, replaces in found.items()
            for path, kind_ in paths(key, state.get(key), inputs.get(key, "" if key == "region" else None))
        }
        replaces = sorted(key for key, replaces in found.items() if replaces)
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and replaced_first(kind, inputs),
            diffs=sorted(found),
            detailedDiff=detail,
            hasDetailedDiff=True,
        )

    @_serve
    def Create(self, request: Any, context: Any) -> Any:
        (kind, _), aws, inputs = self._kind(request.urn), self._aws(context), read(request.properties)
        state = planned(kind, aws.region, {}, inputs)
        if request.preview:
            return pb.CreateResponse(properties=write(state))
        state = _settled(state)
        name, id_ = str(state.get(kind.called, "")), ""
        aws = aws.at(state.get("region"))
        try:
            id_ = kind.create(aws, state)
            kind.complete(aws, id_, state)
            return pb.CreateResponse(id=id_, properties=write(self._now(kind, aws, id_, state)))
        except AwsError as error:
            words = _words(error, "creating", kind.title, id_ or name)
            if id_:
                raise InitError(id_, {**state, "id": id_}, f"creating {request.urn}: {words}") from None
            raise AwsError(words) from None

    def _now(self, kind: Resource, aws: Aws, id_: str, state: Properties) -> Properties:
        found = kind.found(aws, id_, state)
        if found is None:
            raise AwsError(f"reading {kind.title} ({id_}): {NOT_FOUND}", said=True)
        return {**state, **found}

    @_serve
    def Read(self, request: Any, context: Any) -> Any:
        (kind, _), aws = self._kind(request.urn), self._aws(context)
        state, olds = read(request.properties), read(request.inputs)
        old = state or kind.parse(request.id)
        aws = aws.at(old.get("region"))
        try:
            found = kind.found(aws, request.id, old)
        except AwsError as error:
            words = _words(error, "reading", kind.title, request.id)
            raise AwsError(f"refreshing {request.urn}: {words}") from None
        if found is None:
            return pb.ReadResponse()
        now = {**old, **found}
        if state:
            inputs = {
                key: value if key in kind.inputs and kind.inputs[key].document else now[key]
                for key, value in olds.items()
                if key in now
            }
        else:
            rules = {**kind.inputs, **kind.common}
            given = {key: now[key] for key, rule in rules.items() if now.get(key) not in (*EMPTY, rule.default)}
            inputs = {**given, _DEFAULTS: []}
        return pb.ReadResponse(id=request.id, properties=write(now), inputs=write(inputs))

    @_serve
    def Update(self, request: Any, context: Any) -> Any:
        (kind, _), aws = self._kind(request.urn), self._aws(context)
        old, inputs = read(request.olds), read(request.news)
        state = planned(kind, aws.region, old, inputs)
        if request.preview:
            return pb.UpdateResponse(properties=write(state))
        aws = aws.at(state.get("region"))
        try:
            kind.change(aws, request.id, old, state, changes(kind, aws.region, old, inputs))
            return pb.UpdateResponse(properties=write(self._now(kind, aws, request.id, state)))
        except AwsError as error:
            # Like Terraform's SDK, whose update keeps the planned state.
            reason = f"updating {request.urn}: {_words(error, 'updating', kind.title, request.id)}"
            raise InitError(request.id, state, reason) from None

    @_serve
    def Delete(self, request: Any, context: Any) -> Any:
        (kind, _), state = self._kind(request.urn), read(request.properties)
        try:
            kind.delete(self._aws(context).at(state.get("region")), request.id, state)
        except AwsError as error:
            if error.said or error.code not in kind.gone:
                words = _words(error, "deleting", kind.title, request.id)
                raise AwsError(f"deleting {request.urn}: {words}") from None
        return empty_pb2.Empty()

    @_serve
    def Invoke(self, request: Any, context: Any) -> Any:
        if request.tok not in FUNCTIONS:
            raise NotImplementedError(f"The local AWS provider has no {request.tok}.")
        function, args, aws = FUNCTIONS[request.tok], read(request.args), self._aws(context)
        try:
            answer = function.look_up(aws.at(args.get("region")), args)
        except AwsError as error:
            gone = AwsError(NOT_FOUND) if not error.said and error.code in function.gone else error
            words = _words(gone, "reading", function.title, str(args.get(function.named, "")))
            raise AwsError(f"invoking {request.tok}: {words}") from None
        return pb.InvokeResponse(**{"return": write({"id": "-", **answer})})


def _settled(state: Properties) -> Properties:
    return {key: value for key, value in state.items() if value != UNKNOWN}


def serve(provider: Provider) -> tuple[grpc.Server, int]:
    """Serve a provider on a free port of this machine; return the server and the port."""
    server = grpc.server(ThreadPoolExecutor(64, "localaws"), options=[("grpc.max_receive_message_length", -1)])
    add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
