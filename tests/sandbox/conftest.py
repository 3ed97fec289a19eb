"""`connect`: asks the provider what the engine asks, step by step, as plain data. `box`: the engine itself."""

import json
import re

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

from sandbox import Sandbox, provider
from sandbox.bridge import UNKNOWN
from sandbox.local_aws import LocalAws

# What differs between two runs: ids, times, the digits of a generated name, the id of a request.
CHANGING = {
    UNKNOWN: "UNKNOWN",
    r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)": "TIME",
    r"\bA[A-Z0-9]{15,}\b": "ID",
    r"(?<=-)[0-9a-f]{7}\b": "DIGITS",
    r"RequestID: [^,]*,": "RequestID: REQUEST,",
}


def struct(properties):
    """Return properties as they are sent."""
    return json_format.Parse(json.dumps(properties).replace('"UNKNOWN"', f'"{UNKNOWN}"'), struct_pb2.Struct())


class Engine:
    """Asks a provider as the engine does."""

    def __init__(self, channel):
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)

    def readable(self, answer):
        """Return an answer with names for what differs between two runs."""
        text = json.dumps(answer)
        for pattern, name in CHANGING.items():
            text = re.sub(pattern, name, text)
        return json.loads(text)

    def ask(self, method, request):
        """Make one request, whose URN is a type and a name; return the answer, with what an error leaves in the state."""
        fields = {key: struct(value) if isinstance(value, dict) else value for key, value in request.items()}
        if "urn" in request:
            fields["urn"] = f"urn:pulumi:dev::app::{request['urn']}"
        seed = {"randomSeed": bytes(32)} if method == "Check" else {}
        try:
            make = getattr(pb, f"{method.removesuffix('Config')}Request")
            answer = getattr(self.stub, method)(make(**fields, **seed))
            return self.readable(json_format.MessageToDict(answer))
        except grpc.RpcError as error:
            answer = {"error": error.details()}
            for _, status in filter(lambda item: item[0] == "grpc-status-details-bin", error.trailing_metadata()):
                failed = pb.ErrorResourceInitFailed()
                status_pb2.Status.FromString(status).details[0].Unpack(failed)
                answer["init"] = {"id": failed.id, "properties": json_format.MessageToDict(failed.properties)}
            return self.readable(answer)


@pytest.fixture(scope="module")
def cloud():
    """AWS alone, for what needs no engine."""
    cloud = LocalAws()
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def connect(cloud):
    """Return what connects to the provider."""
    server, port = provider.serve(provider.Provider(cloud.connect, "7.0.0"))
    channels = []

    def connect(account=cloud.account_id):
        channels.append(channel := grpc.insecure_channel(f"127.0.0.1:{port}"))
        configure = pb.ConfigureRequest(args=struct({"accessKey": account}))
        provider_pb2_grpc.ResourceProviderStub(channel).Configure(configure)
        return Engine(channel)

    yield connect
    for channel in channels:
        channel.close()
    server.stop(None).wait()


@pytest.fixture(scope="module")
def shared_box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def box(shared_box):
    """The engine on an AWS without a role, a call, a fault or a stack."""
    shared_box.reset()
    yield shared_box
    shared_box.reset()
