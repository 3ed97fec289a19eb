"""A node of Systems Manager and the default of a setting about nodes, both of which moto lacks. Ours, without a clock.

The node does what the recorded SSM Agent does: it calls its heartbeat, and then creates and opens its control channel.
That it needs both for a connection is our reading of the record. Each question, and each write of IAM, asks what the
role may do at that moment.
"""

import contextlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from sandbox import moto_internals, simulator
from sandbox.calls import RefusedError, Request

ACTIONS: Final = ("DescribeInstanceInformation", "GetConnectionStatus", "StartSession", "GetServiceSetting")
INSTANCE, PROFILE, ROLE = "i-0123456789abcdef0", "web-profile", "web-role"

# "$None" is what Systems Manager answers where Default Host Management is off.
_SETTINGS: Final = {"/ssm/managed-instance/default-ec2-instance-management-role": "$None"}
_CONTROL_CHANNEL: Final = ("ssmmessages:CreateControlChannel", "ssmmessages:OpenControlChannel")


@dataclass
class Node:
    """An instance, where it is, the ARN of its role, whether its heartbeat was ever allowed, and whether EC2 has it."""

    instance: str
    account: str
    region: str
    role: str
    registered: bool = False
    started: bool = False

    def may(self, action: str) -> bool:
        """Return whether its role may call an action, with the context of a real request from this instance.

        It lacks the keys that depend on a network or a session: addresses, endpoints, tags, times.
        """
        partition = self.role.split(":")[1]
        context = {
            "aws:RequestedRegion": self.region,
            "aws:PrincipalArn": self.role,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalType": "AssumedRole",
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
            "aws:SecureTransport": "true",
            "ec2:SourceInstanceARN": f"arn:{partition}:ec2:{self.region}:{self.account}:instance/{self.instance}",
        }
        return simulator.may(self.role, action, {key: [value] for key, value in context.items()})

    def ping(self) -> str | None:
        """Send a heartbeat; return the status that Systems Manager lists, `None` if the node isn't listed."""
        if self.may("ssm:UpdateInstanceInformation"):
            self.registered = True
            return "Online"
        return "ConnectionLost" if self.registered else None


class Nodes(list[Node]):
    """The nodes of a local AWS. They answer `ACTIONS`, each in its account and Region only."""

    def notice(self) -> None:
        """Let the nodes send a heartbeat, because IAM has changed."""
        for node in self:
            with contextlib.suppress(RefusedError):  # the next question is told why
                node.ping()

    def start(self, application: Any) -> None:
        """Start the instances in moto's EC2, which is done only once EC2 is asked."""
        for node in self:
            if not node.started:
                node.started = True
                moto_internals.start_instance(application, node.instance, PROFILE, node.account, node.region)

    def __call__(self, request: Request) -> tuple[int, str, str]:
        """Return status, body and content type.

        Raises:
            RefusedError: The node isn't connected, has no shell, or the sandbox can't say what its role may do.
        """
        place = (request.account, request.region)
        here = {node.instance: node for node in self if (node.account, node.region) == place}
        answer = _ANSWERS.get(request.action, _reached)(here, request)
        return HTTPStatus.OK, json.dumps(answer), "application/x-amz-json-1.1"


def _listed(nodes: dict[str, Node], request: Request) -> dict[str, Any]:
    for each in request.params.get("Filters", []):
        if each["Key"] != "InstanceIds":
            raise RefusedError("NotImplemented", f"The sandbox filters nodes by InstanceIds, not by {each['Key']}.")
        nodes = {instance: node for instance, node in nodes.items() if instance in each["Values"]}
    more = {"PlatformType": "Linux", "ResourceType": "EC2Instance"}
    status = {instance: node.ping() for instance, node in nodes.items()}
    listed = [{"InstanceId": instance, "PingStatus": ping, **more} for instance, ping in status.items() if ping]
    return {"InstanceInformationList": listed}


def _reached(nodes: dict[str, Node], request: Request) -> dict[str, Any]:
    target = str(request.params.get("Target"))
    node = nodes.get(target)
    connected = node and node.ping() == "Online" and all(map(node.may, _CONTROL_CHANNEL))
    if request.action == "GetConnectionStatus":
        return {"Target": target, "Status": "connected" if connected else "notconnected"}
    if not connected:
        raise RefusedError("TargetNotConnected", f"{target} is not connected.")
    raise RefusedError(
        "NotImplemented",
        f"The sandbox's node {target} is connected; there is no shell here. On AWS, a session also needs the data "
        "channel: ssmmessages:CreateDataChannel and ssmmessages:OpenDataChannel.",
    )


def _setting(_: dict[str, Node], request: Request) -> dict[str, Any]:
    name = str(request.params.get("SettingId"))
    if name not in _SETTINGS:
        raise RefusedError("NotImplemented", f"The local AWS can't do ssm:GetServiceSetting of {name}.")
    return {"ServiceSetting": {"SettingId": name, "SettingValue": _SETTINGS[name], "Status": "Default"}}


_ANSWERS: Final = {"DescribeInstanceInformation": _listed, "GetServiceSetting": _setting}
