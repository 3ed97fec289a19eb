"""The AWS provider: Pulumi's provider protocol in front of resources.py and functions.py.

The engine attaches to it (`PULUMI_DEBUG_PROVIDERS`), so it runs in this process, beside moto. All providers of all
programs share its port; each is a connection of its own, which decides account and Region.
"""

import contextlib
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

from sandbox.aws_client import AwsClient, AwsError
from sandbox.bridge import DEFAULTS, EMPTY, UNKNOWN, Properties, Resource
from sandbox.functions import FUNCTIONS, refused_arguments
from sandbox.resources import RESOURCES

SECRET: Final = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks a value as secret."""
Connect = Callable[[Mapping[str, Any]], AwsClient]


def decode(properties: struct_pb2.Struct) -> Properties:
    """Return properties with whole numbers, and without the marks of secrets that a provider's configuration has."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return plain(value["value"]) if SECRET in value else {key: plain(element) for key, element in value.items()}
        if isinstance(value, list):
            return [plain(element) for element in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    return {key: plain(value) for key, value in json_format.MessageToDict(properties).items()}


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return properties as they are sent."""
    return json_format.ParseDict(properties, struct_pb2.Struct())


@contextlib.contextmanager
def _answering(
    context: grpc.ServicerContext, before: str, doing: str, id_: str = "", state: Properties | None = None
) -> Iterator[None]:
    """Answer an error of AWS as the bridge does. With a state, the resource goes into the stack's with the error."""
    try:
        yield
    except AwsError as error:
        words = str(error) if error.code == "InvalidId" else f"{doing}: {error}"
        text = f"{before}1 error occurred:\n\t* {words}\n\n"
        if state is not None:
            detail = pb.ErrorResourceInitFailed(id=id_, properties=encode(state), reasons=[text])
            status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=text)
            status.details.add().Pack(detail)
            context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
        context.abort(grpc.StatusCode.UNKNOWN, text)


class Provider(ResourceProviderServicer):
    """Serves Pulumi's protocol."""

    def __init__(self, connect: Connect, version: str) -> None:
        """Take what makes AWS of a provider's configuration, and the version of pulumi-aws."""
        self._connect, self._version = connect, version
        self._connected: dict[str, AwsClient] = {}

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, _request: Any, _context: Any) -> Any:
        return pb.GetSchemaResponse(schema=json.dumps(_schema(self._version)))

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        inputs = {
            "skipCredentialsValidation": "false",
            "skipRegionValidation": "true",
            **json_format.MessageToDict(request.news),
        }
        return pb.CheckResponse(inputs=encode(inputs))

    def DiffConfig(self, request: Any, _context: Any) -> Any:
        same = request.olds == request.news
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    def Configure(self, request: Any, context: Any) -> Any:
        self._connected[context.peer()] = self._connect(decode(request.args))
        return pb.ConfigureResponse(supportsPreview=True)

    def Handshake(self, _request: Any, context: Any) -> Any:
        # After a handshake the engine would send secrets as such, and leave it to the provider to hand them on.
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    def Attach(self, _request: Any, _context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        return empty_pb2.Empty()

    def _resource(self, request: Any, context: Any) -> tuple[Resource, str, AwsClient]:
        """Return the type and the name of a resource, and the AWS of its provider."""
        types, _, name = request.urn.split("::", 2)[2].partition("::")
        token = types.rpartition("$")[2]
        if token not in RESOURCES:
            types = "Role, RolePolicy, Policy and RolePolicyAttachment"
            text = f"The sandbox's AWS provider has no {token}, only IAM's {types}."
            context.abort(grpc.StatusCode.UNKNOWN, text)
        return RESOURCES[token], name, self._connected[context.peer()]

    def Check(self, request: Any, context: Any) -> Any:
        resource, name, _ = self._resource(request, context)

        def generate() -> str:
            return f"{name}-{''.join(random.Random(request.randomSeed).choices('0123456789abcdef', k=7))}"  # noqa: S311

        inputs = resource.check(decode(request.olds), decode(request.news), generate)
        failures = [pb.CheckFailure(reason=reason) for reason in resource.failures(name, inputs)]
        return pb.CheckResponse(inputs=encode(inputs), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        resource, _, _ = self._resource(request, context)
        state, inputs = decode(request.olds), decode(request.news)
        changes = resource.changes(state, inputs)
        replaces = sorted(key for key, replaced in changes.items() if replaced)
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if changes else pb.DiffResponse.DIFF_NONE,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and resource.is_deleted_first(inputs),
            diffs=sorted(changes),
        )

    def Create(self, request: Any, context: Any) -> Any:
        resource, _, aws = self._resource(request, context)
        plan = resource.planned({}, decode(request.properties))
        if request.preview:
            return pb.CreateResponse(properties=encode(plan))
        state = {key: value for key, value in plan.items() if value != UNKNOWN}
        doing = resource.writing or f"creating {resource.title} ({state.get('name', '')})"
        with _answering(context, "", doing.format(**state)):
            id_ = resource.create(aws, state)
        doing = resource.waiting or f"reading {resource.title} ({{id}})"
        with _answering(context, f"creating {request.urn}: ", doing.format(id=id_), id_, {**state, "id": id_}):
            read = resource.refresh(aws, id_, state)
        return pb.CreateResponse(id=id_, properties=encode({**state, "id": id_, **(read or {})}))

    def Read(self, request: Any, context: Any) -> Any:
        resource, _, aws = self._resource(request, context)
        state, olds, rules = decode(request.properties), decode(request.inputs), resource.inputs
        with _answering(context, f"refreshing {request.urn}: ", f"reading {resource.title} ({request.id})"):
            properties = resource.refresh(aws, request.id, state)
        if properties is None:
            return pb.ReadResponse()
        current = {**state, **properties}
        if state:
            # A document stays as the program wrote it, also if AWS has another one now.
            inputs = {key: old if key == DEFAULTS or rules[key].document else current[key] for key, old in olds.items()}
        else:  # an import
            is_set = {key: current.get(key) not in (*EMPTY, rule.default) for key, rule in rules.items()}
            inputs = {**{key: current[key] for key in rules if is_set[key]}, DEFAULTS: []}
        return pb.ReadResponse(id=request.id, properties=encode(current), inputs=encode(inputs))

    def Update(self, request: Any, context: Any) -> Any:
        resource, _, aws = self._resource(request, context)
        old, inputs = decode(request.olds), decode(request.news)
        state = resource.planned(old, inputs)
        if request.preview:
            return pb.UpdateResponse(properties=encode(state))
        failed = f"updating {request.urn}: "
        # As in Terraform's SDK, a failed update leaves the planned state.
        doing = resource.writing.format(**state) or f"updating {resource.title} ({request.id})"
        with _answering(context, failed, doing, request.id, state):
            resource.update(aws, request.id, old, state)
        with _answering(context, failed, f"reading {resource.title} ({request.id})", request.id, state):
            read = resource.refresh(aws, request.id, state)
        return pb.UpdateResponse(properties=encode({**state, **(read or {})}))

    def Delete(self, request: Any, context: Any) -> Any:
        resource, _, aws = self._resource(request, context)
        with _answering(context, f"deleting {request.urn}: ", f"deleting {resource.title} ({request.id})"):
            try:
                resource.delete(aws, request.id, decode(request.properties))
            except AwsError as error:
                if error.code != "NoSuchEntity":
                    raise
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        if request.tok not in FUNCTIONS:
            text = f"The sandbox's AWS provider has no {request.tok}: sandbox/functions.py lists its functions."
            context.abort(grpc.StatusCode.UNKNOWN, text)
        function, args = FUNCTIONS[request.tok], decode(request.args)
        if reasons := refused_arguments(args):
            return pb.InvokeResponse(failures=[pb.CheckFailure(reason=reason) for reason in reasons])
        doing = f"{function.doing}{f' ({args[function.key]})' if function.key else ''}"
        with _answering(context, f"invoking {request.tok}: ", doing):
            try:
                answer = function.answer(self._connected[context.peer()], args)
            except AwsError as error:
                if function.is_framework:
                    context.abort(grpc.StatusCode.UNKNOWN, f"{doing}: {error}")
                if function.key and error.code in ("NoSuchEntity", "NotFoundException"):
                    raise AwsError("couldn't find resource") from None
                raise
        return pb.InvokeResponse(**{"return": encode(answer)})


def _schema(version: str) -> dict[str, Any]:
    """Return the package schema that programs in YAML need: names of properties, and no types."""

    def names(keys: Any) -> dict[str, Any]:
        return {key: {"$ref": "pulumi.json#/Any"} for key in keys}

    resources = {
        token: {
            "inputProperties": names(resource.inputs),
            "requiredInputs": [key for key, rule in resource.inputs.items() if rule.required],
            "properties": names([*resource.inputs, *resource.outputs]),
        }
        for token, resource in RESOURCES.items()
    }
    config = names(("region", "maxRetries", "accessKey", "secretKey"))
    return {
        "name": "aws",
        "version": version,
        "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
        "config": {"variables": config},
        "provider": {"inputProperties": config},
        "resources": resources,
    }


def serve(provider: Provider, port: int = 0) -> tuple[grpc.Server, int]:
    """Serve a provider on a port of this machine, a free one by default; return the server and the port."""
    server = grpc.server(ThreadPoolExecutor(64, "aws"), options=[("grpc.max_receive_message_length", -1)])
    add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, port
