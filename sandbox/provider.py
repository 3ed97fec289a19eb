"""The AWS provider: Pulumi's protocol in front of the tables of resources and look-ups.

The engine attaches to it (`PULUMI_DEBUG_PROVIDERS`), so it runs in this process, beside moto. All providers of all
programs share its port; each is a connection of its own, which decides account and Region.
"""

import functools
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, status_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer, add_ResourceProviderServicer_to_server

from sandbox import bridge
from sandbox.aws import NOT_FOUND, Aws, AwsError
from sandbox.bridge import DEFAULTS, UNKNOWN
from sandbox.kinds import EMPTY, Input, Op, Properties, Resource, snake
from sandbox.lookups import LOOK_UPS
from sandbox.resources import RESOURCES

_SECRET: Final = "4dabf18193072939515e22adb298388d"
Connect = Callable[[Mapping[str, Any]], Aws]


class InitError(Exception):
    """A resource is there, but not as it should be: its id and properties go into the state with the error."""

    def __init__(self, id_: str, properties: Properties, reason: str) -> None:
        """Keep what the state gets."""
        super().__init__(reason)
        self.id, self.properties = id_, properties


def read(properties: struct_pb2.Struct) -> Properties:
    """Return properties with whole numbers, without marks of secrets, which a configuration has, and of blocks."""
    return {
        key: each if key == DEFAULTS else _plain(each) for key, each in json_format.MessageToDict(properties).items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        own = {key: _plain(each) for key, each in value.items() if key != DEFAULTS}
        return own["value"] if _SECRET in value else own
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def write(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return properties as they are sent."""
    return json_format.ParseDict(
        {key: each for key, each in properties.items() if each is not None}, struct_pb2.Struct()
    )


def _served(method: Callable[..., Any]) -> Callable[..., Any]:
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


def _now(op: Op) -> Properties:
    """Return the state after a write."""
    found = op.kind.found(op)
    if found is None:
        raise AwsError(f"reading {op.kind.title} ({op.id}): {NOT_FOUND}", said=True)
    if found.get("tags") == {} and "tags" not in op.its:
        del found["tags"]
    return {**op.its, **found}


class Provider(ResourceProviderServicer):
    """Serves Pulumi's protocol."""

    def __init__(self, connect: Connect, schema: str, version: str) -> None:
        """Take what makes AWS of a provider's configuration, and the package's schema, which YAML needs."""
        self._connect, self._schema, self._version = connect, schema, version
        self._connected: dict[str, Aws] = {}

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, _request: Any, _context: Any) -> Any:
        return pb.GetSchemaResponse(schema=self._schema)

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, _context: Any) -> Any:
        same = request.olds == request.news
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    def Configure(self, request: Any, context: Any) -> Any:
        self._connected[context.peer()] = self._connect(read(request.args))
        return pb.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    def Handshake(self, _request: Any, context: Any) -> Any:
        # After a handshake the engine would send secrets as such, and leave it to the provider to hand them on.
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    def Attach(self, _request: Any, _context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        return empty_pb2.Empty()

    def _of(self, request: Any, context: Any) -> tuple[Resource, str, Aws]:
        """Return the type and the name of a resource, and the AWS of its provider."""
        types, _, name = request.urn.split("::", 2)[2].partition("::")
        type_ = types.rpartition("$")[2]
        if type_ not in RESOURCES:
            raise NotImplementedError(
                f"The sandbox's AWS provider has no {type_}: sandbox/resources.py lists its types."
            )
        return RESOURCES[type_], name, self._connected[context.peer()]

    @_served
    def Check(self, request: Any, context: Any) -> Any:
        kind, name, _ = self._of(request, context)

        def make(rule: Input) -> str:
            digits = "".join(random.Random(request.randomSeed).choices("0123456789abcdef", k=7))  # noqa: S311
            return request.autonaming.proposed_name or (rule.autoname(name, digits) if rule.autoname else "")

        inputs = bridge.check(kind, read(request.olds), read(request.news), make)
        failures = [pb.CheckFailure(reason=reason) for reason in bridge.wrong(kind, name, inputs)]
        return pb.CheckResponse(inputs=write(inputs), failures=failures)

    @_served
    def Diff(self, request: Any, context: Any) -> Any:
        kind, _, aws = self._of(request, context)
        state, inputs = read(request.olds), read(request.news)
        found = bridge.changes(kind, aws.region, state, inputs)
        details = {
            path: pb.PropertyDiff(kind=pb.PropertyDiff.Kind.ValueType(how + replaces))
            for key, replaces in found.items()
            for path, how in bridge.paths(key, kind.rules.get(key, Input()), state.get(key), inputs.get(key))
        }
        replaces = sorted(key for key, replaces in found.items() if replaces)
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if found else pb.DiffResponse.DIFF_NONE,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and bridge.replaced_first(kind, inputs),
            diffs=sorted(found),
            detailedDiff=details,
            hasDetailedDiff=True,
        )

    @_served
    def Create(self, request: Any, context: Any) -> Any:
        kind, _, aws = self._of(request, context)
        state = bridge.planned(kind, aws.region, {}, read(request.properties))
        if request.preview:
            return pb.CreateResponse(properties=write(state))
        state = {key: value for key, value in state.items() if value != UNKNOWN}
        id_, name, aws = "", str(state.get(kind.called, "")), aws.at(state.get("region"))
        try:
            id_ = kind.create(Op(aws, kind, "", state))
            if kind.complete:
                kind.complete(Op(aws, kind, id_, state))
            return pb.CreateResponse(id=id_, properties=write(_now(Op(aws, kind, id_, state))))
        except AwsError as error:
            words = _words(error, "creating", kind.title, id_ or name)
            if id_:
                raise InitError(id_, {**state, "id": id_}, f"creating {request.urn}: {words}") from None
            raise AwsError(words) from None

    @_served
    def Read(self, request: Any, context: Any) -> Any:
        kind, _, aws = self._of(request, context)
        state, olds = read(request.properties), read(request.inputs)
        try:
            old = state or kind.parse(request.id)
            found = kind.found(Op(aws.at(old.get("region")), kind, request.id, old))
        except AwsError as error:
            words = _words(error, "reading", kind.title, request.id)
            raise AwsError(f"refreshing {request.urn}: {words}") from None
        if found is None:
            return pb.ReadResponse()
        now = {**old, **found}
        if state:
            # A document stays as the program wrote it, also if AWS has another one now.
            kept = {key: kind.rules[key].document for key in olds if key in kind.rules and key in now}
            inputs = {key: olds[key] if document else now[key] for key, document in kept.items()}
            inputs |= {DEFAULTS: olds[DEFAULTS]} if olds.get(DEFAULTS) else {}
        else:
            given = {key: now[key] for key, rule in kind.rules.items() if now.get(key) not in (*EMPTY, rule.default)}
            inputs = bridge.marked(given)
        return pb.ReadResponse(id=request.id, properties=write(now), inputs=write(inputs))

    @_served
    def Update(self, request: Any, context: Any) -> Any:
        kind, _, aws = self._of(request, context)
        old, inputs = read(request.olds), read(request.news)
        state = bridge.planned(kind, aws.region, old, inputs)
        if request.preview:
            return pb.UpdateResponse(properties=write(state))
        changed = bridge.changes(kind, aws.region, old, inputs)
        op = Op(aws.at(state.get("region")), kind, request.id, state)
        try:
            kind.change(op, old, changed)
            return pb.UpdateResponse(properties=write(_now(op)))
        except AwsError as error:
            # Like Terraform's SDK, whose update keeps the planned state.
            reason = f"updating {request.urn}: {_words(error, 'updating', kind.title, request.id)}"
            raise InitError(request.id, state, reason) from None

    @_served
    def Delete(self, request: Any, context: Any) -> Any:
        kind, _, aws = self._of(request, context)
        state = read(request.properties)
        try:
            kind.delete(Op(aws.at(state.get("region")), kind, request.id, state))
        except AwsError as error:
            if error.said or error.code not in kind.gone:
                words = _words(error, "deleting", kind.title, request.id)
                raise AwsError(f"deleting {request.urn}: {words}") from None
        return empty_pb2.Empty()

    @_served
    def Invoke(self, request: Any, context: Any) -> Any:
        if request.tok not in LOOK_UPS:
            raise NotImplementedError(
                f"The sandbox's AWS provider has no {request.tok}: sandbox/lookups.py lists its own."
            )
        look_up, args, aws = LOOK_UPS[request.tok], read(request.args), self._connected[context.peer()]
        if look_up.named and look_up.named not in args:
            key = snake(look_up.named)
            why = f'[{key}] Missing required argument: The argument "{key}" is required, but no definition was found.'
            return pb.InvokeResponse(failures=[pb.CheckFailure(reason=why)])
        name = str(args.get(look_up.named, ""))
        try:
            aws = aws.at(args.get("region"))
            found = look_up.ask(aws, args)
        except AwsError as error:
            gone = AwsError(NOT_FOUND) if not error.said and error.code in look_up.gone else error
            words = _words(gone, "reading", look_up.title, name)
            raise AwsError(f"invoking {request.tok}: {words}") from None
        found = {"id": name or "-", "region": aws.region, **found}
        own = {key: found[key] for key in ["id", *look_up.properties.split()] if key in found}
        return pb.InvokeResponse(**{"return": write({**own, **args})})


def serve(provider: Provider) -> tuple[grpc.Server, int]:
    """Serve a provider on a free port of this machine; return the server and the port."""
    server = grpc.server(ThreadPoolExecutor(64, "aws"), options=[("grpc.max_receive_message_length", -1)])
    add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
