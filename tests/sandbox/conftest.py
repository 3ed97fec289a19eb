"""`connect`: asks the provider what the engine asks, step by step, as plain data. `box`: the engine itself."""

import json
import re

import grpc
import pytest
from botocore import xform_name
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

from sandbox import Sandbox, provider
from sandbox.bridge import UNKNOWN
from sandbox.cloud import Cloud
from sandbox.sdk import Aws

# What differs between two runs: ids, times, the digits of a generated name, the id of a request.
CHANGING = {
    UNKNOWN: "UNKNOWN",
    r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)": "TIME",
    r"\bA[A-Z0-9]{15,}\b": "ID",
    r"(?<=-)[0-9a-f]{7}\b": "DIGITS",
    r"RequestID: [^,]*, ": "",
}


def struct(properties):
    """Return properties as they are sent."""
    return json_format.Parse(json.dumps(properties).replace('"UNKNOWN"', f'"{UNKNOWN}"'), struct_pb2.Struct())


class Engine:
    """Asks a provider as the engine does, and keeps inputs and states by resource."""

    def __init__(self, channel, client):
        self.stub, self.client = provider_pb2_grpc.ResourceProviderStub(channel), client
        self.inputs, self.states = {}, {}  # a state is type, id and properties

    def do(self, step):
        """Make a step of a story; return all answers."""
        arguments = {key: value for key, value in step.items() if key not in ("do", "answer")}
        text = json.dumps(getattr(self, step["do"].replace("import", "import_"))(**arguments))
        for pattern, name in CHANGING.items():
            text = re.sub(pattern, name, text)
        return json.loads(text)

    def aws(self, call, params):
        service, action = call.split(":")
        getattr(self.client(service), xform_name(action))(**params)

    def check(self, type, name, olds, news):
        checked = self.stub.Check(self._request(pb.CheckRequest, type, name, olds=olds, news=news))
        failures = [failure.reason for failure in checked.failures]
        return {"inputs": json_format.MessageToDict(checked.inputs), "failures": failures}

    def diff(self, type, id, olds, news, name="own"):
        diff = self.stub.Diff(self._request(pb.DiffRequest, type, name, id=id, olds=olds, news=news))
        return {
            "changes": pb.DiffResponse.DiffChanges.Name(diff.changes),
            "replaces": sorted(diff.replaces),
            "deleteBeforeReplace": diff.deleteBeforeReplace,
            "diffs": sorted(diff.diffs),
            "detailedDiff": {
                path: pb.PropertyDiff.Kind.Name(detail.kind) for path, detail in sorted(diff.detailedDiff.items())
            },
        }

    def up(self, type, name, inputs):
        """Check, then whatever the engine would do next, in preview and for real."""
        check = self.check(type, name, self.inputs.get(name, {}), inputs)
        news, answers = check["inputs"], {"check": check}
        if check["failures"] or name not in self.states:
            return {**answers, **({} if check["failures"] else self._create(type, name, news))}
        _, id_, state = self.states[name]
        answers["diff"] = diff = self.diff(type, id_, state, news, name)
        if diff["replaces"]:
            assert diff["deleteBeforeReplace"]
            return {**answers, "delete": self.delete(name), **self._create(type, name, news)}
        if diff["changes"] == "DIFF_SOME":
            for key in ("preview", "update"):
                fields = {"id": id_, "olds": state, "news": news, "preview": key == "preview"}
                answers[key] = self._ask(self.stub.Update, self._request(pb.UpdateRequest, type, name, **fields))
            self._keep(type, name, news, answers["update"], id_)
        return answers

    def preview(self, type, name, news):
        return self._ask(self.stub.Create, self._request(pb.CreateRequest, type, name, properties=news, preview=True))

    def _create(self, type, name, news):
        answer = self._ask(self.stub.Create, self._request(pb.CreateRequest, type, name, properties=news))
        self._keep(type, name, news, answer)
        return {"preview": self.preview(type, name, news), "create": answer}

    def refresh(self, name):
        type_, id_, state = self.states[name]
        request = self._request(pb.ReadRequest, type_, name, id=id_, properties=state, inputs=self.inputs[name])
        answer = self._ask(self.stub.Read, request)
        self._keep(type_, name, answer.get("inputs", {}), answer, id_)
        return answer

    def import_(self, type, name, id):
        answer = self._ask(self.stub.Read, self._request(pb.ReadRequest, type, name, id=id))
        self._keep(type, name, answer.get("inputs", {}), answer)
        return answer

    def delete(self, name):
        type_, id_, state = self.states.pop(name)
        return self._ask(self.stub.Delete, self._request(pb.DeleteRequest, type_, name, id=id_, properties=state))

    def invoke(self, token, args):
        return self._ask(self.stub.Invoke, pb.InvokeRequest(tok=token, args=struct(args)))

    def _request(self, message, type, name, **fields):
        sent = {key: struct(value) if isinstance(value, dict) else value for key, value in fields.items()}
        seed = {"randomSeed": bytes(32)} if message is pb.CheckRequest else {}
        return message(urn=f"urn:pulumi:dev::app::{type}::{name}", **sent, **seed)

    def _keep(self, type, name, inputs, answer, id=""):
        resource = answer.get("init", answer)
        id_ = resource.get("id", "" if "error" in answer else id)
        if id_ and "properties" in resource:
            self.inputs[name], self.states[name] = inputs, (type, id_, resource["properties"])

    def _ask(self, method, request):
        try:
            return json_format.MessageToDict(method(request))
        except grpc.RpcError as error:
            answer = {"error": error.details()}
            for key, value in error.trailing_metadata() or ():
                if key == "grpc-status-details-bin":
                    init_failed = pb.ErrorResourceInitFailed()
                    status_pb2.Status.FromString(value).details[0].Unpack(init_failed)
                    answer["init"] = json_format.MessageToDict(init_failed)
            return answer


@pytest.fixture(scope="module")
def cloud():
    """AWS alone, for what needs no engine."""
    cloud = Cloud()
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def connect(cloud):
    """Return what connects to the provider."""
    server, port = provider.serve(provider.Provider(lambda _: Aws(cloud), "7.0.0"))
    channels = []

    def connect():
        channels.append(channel := grpc.insecure_channel(f"127.0.0.1:{port}"))
        provider_pb2_grpc.ResourceProviderStub(channel).Configure(pb.ConfigureRequest())
        return Engine(channel, cloud.client)

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
    return shared_box
