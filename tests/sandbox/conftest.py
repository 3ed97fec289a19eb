"""`connect`: asks the provider what the engine asks, step by step, as plain data. `box`: the engine itself."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import grpc
import pytest
from botocore import xform_name
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2

from sandbox import Sandbox, provider
from sandbox.aws import Aws
from sandbox.cloud import Cloud

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# What is another one each time: ids, times, the digits of a generated name, the id of a request.
_CHANGING = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "UUID",
    r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)": "TIME",
    r"\bA[A-Z0-9]{15,}\b": "ID",
    r"(?<=-)[0-9a-f]{7}\b": "DIGITS",
    r"RequestID: [^,]*, (HostID: [^,]*, )?": "",
}


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return properties as they are sent."""
    text = json.dumps(properties).replace('"UNKNOWN"', f'"{UNKNOWN}"')
    return json_format.Parse(text, struct_pb2.Struct())


def same_each_time(answer: Any) -> Any:
    """Return an answer without what is another one each time."""
    text = json.dumps(answer).replace(UNKNOWN, "UNKNOWN")
    for pattern, name in _CHANGING.items():
        text = re.sub(pattern, name, text)
    return json.loads(text)


class Engine:
    """Asks a provider as the engine does, and keeps inputs and states by resource."""

    def __init__(self, channel: grpc.Channel, client: Callable[[str], Any]) -> None:
        """Take the connection to a provider, and what makes a client of AWS."""
        self.stub, self.client = provider_pb2_grpc.ResourceProviderStub(channel), client
        self.inputs: dict[str, Any] = {}
        self.states: dict[str, tuple[str, str, Any]] = {}  # type, id, properties

    def do(self, step: Mapping[str, Any]) -> Any:
        """Make a step; return all answers."""
        text = json.dumps({key: value for key, value in step.items() if key not in ("do", "answer")})
        for name, (_, id_, _) in self.states.items():
            text = text.replace(f"${{{name}.id}}", id_)
        given = {f"{key}_" if key in {"id", "type"} else key: value for key, value in json.loads(text).items()}
        return same_each_time(getattr(self, f"do_{step['do']}")(**given))

    def do_aws(self, call: str, params: Any) -> None:
        service, action = call.split(":")
        getattr(self.client(service), xform_name(action))(**params)

    def do_check(self, type_: str, name: str, olds: Any, news: Any) -> Any:
        asked = pb.CheckRequest(urn=_urn(type_, name), olds=struct(olds), news=struct(news), randomSeed=bytes(32))
        answer = self.stub.Check(asked)
        failures = [each.reason for each in answer.failures]
        return {"inputs": json_format.MessageToDict(answer.inputs), "failures": failures}

    def do_diff(self, type_: str, id_: str, olds: Any, news: Any, name: str = "own") -> Any:
        asked = pb.DiffRequest(id=id_, urn=_urn(type_, name), olds=struct(olds), news=struct(news))
        answer = self.stub.Diff(asked)
        kinds = pb.PropertyDiff.Kind
        return {
            "changes": pb.DiffResponse.DiffChanges.Name(answer.changes),
            "replaces": sorted(answer.replaces),
            "deleteBeforeReplace": answer.deleteBeforeReplace,
            "diffs": sorted(answer.diffs),
            "detailedDiff": {path: kinds.Name(each.kind) for path, each in sorted(answer.detailedDiff.items())},
        }

    def do_up(self, type_: str, name: str, inputs: Any) -> Any:
        """Check, then whatever the engine would do next, in preview and for real."""
        said = {"check": self.do_check(type_, name, self.inputs.get(name, {}), inputs)}
        if said["check"]["failures"]:
            return said
        news = said["check"]["inputs"]
        if name not in self.states:
            return {**said, **self._create(type_, name, news)}
        _, id_, state = self.states[name]
        said["diff"] = self.do_diff(type_, id_, state, news, name)
        if said["diff"]["replaces"]:
            first = said["diff"]["deleteBeforeReplace"]
            gone = {"delete": self.do_delete(name)} if first else {}
            made = self._create(type_, name, news)
            if not first:
                asked = pb.DeleteRequest(id=id_, urn=_urn(type_, name), properties=struct(state))
                gone = {"delete": self._asked(self.stub.Delete, asked)}
            return {**said, **gone, **made}
        if said["diff"]["changes"] == "DIFF_SOME":
            for key, preview in (("preview", True), ("update", False)):
                asked = pb.UpdateRequest(
                    id=id_, urn=_urn(type_, name), olds=struct(state), news=struct(news), preview=preview
                )
                said[key] = self._asked(self.stub.Update, asked)
            self._keep(type_, name, news, said["update"], id_)
        return said

    def _create(self, type_: str, name: str, news: Any) -> Any:
        asked = pb.CreateRequest(urn=_urn(type_, name), properties=struct(news))
        said = {"preview": self.do_preview(type_, name, news), "create": self._asked(self.stub.Create, asked)}
        self._keep(type_, name, news, said["create"])
        return said

    def do_preview(self, type_: str, name: str, news: Any) -> Any:
        asked = pb.CreateRequest(urn=_urn(type_, name), properties=struct(news), preview=True)
        return self._asked(self.stub.Create, asked)

    def do_refresh(self, name: str) -> Any:
        type_, id_, state = self.states[name]
        asked = pb.ReadRequest(
            id=id_, urn=_urn(type_, name), properties=struct(state), inputs=struct(self.inputs[name])
        )
        answer = self._asked(self.stub.Read, asked)
        self._keep(type_, name, answer.get("inputs", {}), answer, id_)
        return answer

    def do_import(self, type_: str, name: str, id_: str) -> Any:
        answer = self._asked(self.stub.Read, pb.ReadRequest(id=id_, urn=_urn(type_, name)))
        self._keep(type_, name, answer.get("inputs", {}), answer)
        return answer

    def do_delete(self, name: str) -> Any:
        type_, id_, state = self.states[name]
        answer = self._asked(
            self.stub.Delete, pb.DeleteRequest(id=id_, urn=_urn(type_, name), properties=struct(state))
        )
        if "error" not in answer:
            del self.states[name], self.inputs[name]
        return answer

    def do_invoke(self, token: str, args: Any) -> Any:
        return self._asked(self.stub.Invoke, pb.InvokeRequest(tok=token, args=struct(args)))

    def _keep(self, type_: str, name: str, news: Any, answer: Any, id_: str = "") -> None:
        kept = answer.get("init", answer)
        id_ = kept.get("id", "" if "error" in answer else id_)
        if id_ and "properties" in kept:
            self.inputs[name], self.states[name] = news, (type_, id_, kept["properties"])

    def _asked(self, method: Any, request: Any) -> Any:
        try:
            return json_format.MessageToDict(method(request))
        except grpc.RpcError as error:
            said = {"error": error.details()}
            for key, value in error.trailing_metadata() or ():
                if key == "grpc-status-details-bin":
                    for each in status_pb2.Status.FromString(value).details:
                        left = pb.ErrorResourceInitFailed()
                        if each.Unpack(left):
                            said["init"] = json_format.MessageToDict(left)
            return said


def _urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::app::{type_}::{name}"


@pytest.fixture(scope="module")
def cloud():
    """AWS alone, for what needs no engine."""
    cloud = Cloud()
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def connect(cloud):
    """Return what connects to the provider, in a Region."""
    channels = []
    served = provider.Provider(lambda config: Aws(cloud, cloud.account_id, config["region"]), "", "7.0.0")
    server, port = provider.serve(served)

    def connect(region="eu-west-1"):
        channels.append(channel := grpc.insecure_channel(f"127.0.0.1:{port}"))
        asked = pb.ConfigureRequest(args=struct({"region": region}))
        provider_pb2_grpc.ResourceProviderStub(channel).Configure(asked)
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
