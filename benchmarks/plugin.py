"""Times `up` of a fleet from YAML, through the plugin, against bare attachments and against a bare plugin."""

import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks import bare_plugin
from benchmarks.report import Bar
from pulumi_ssm_perms import policy_document
from pulumi_ssm_perms._document import to_json
from sandbox import Sandbox
from tests.languages import plugin

ROLES: Final = 300
ROUNDS: Final = 3

Resources = Mapping[str, Mapping[str, Any]]


def bars(box: Sandbox) -> Iterator[Bar]:
    """Yield what is promised of a fleet in YAML, with the medians of the ratios of the rounds; the sandbox has YAML."""
    roles = [f"role-{number:03}" for number in range(ROLES)]
    for role in roles:
        box.create_role(role)
    plugin.install(box.folder)
    plugin.install(box.folder, f"pulumi-resource-{bare_plugin.NAME}", (sys.executable, "-P", bare_plugin.__file__))
    box.env["PATH"] = os.pathsep.join([str(box.folder), box.env["PATH"]])
    programs = {"fleet": _fleet(roles), "bare": _bare(roles), "raw": _raw(roles)}
    rounds = [{name: _up(box, f"{name}-{number}", programs[name]) for name in programs} for number in range(ROUNDS)]

    def ratio(one: str, other: str) -> float:
        return statistics.median(times[one] / times[other] for times in rounds)

    yield Bar(f"up from YAML, {ROLES}: fleet to raw attachments", ratio("fleet", "raw"))
    yield Bar(f"up from YAML, {ROLES}: fleet to empty component", ratio("fleet", "bare"), 1.15)
    yield Bar(f"up from YAML, {ROLES}: empty component to raw attachments", ratio("bare", "raw"))


def _fleet(roles: Sequence[str]) -> Resources:
    return {"fleet": {"type": "ssm-perms:SessionManagerManagedPolicy", "properties": {"roles": roles}}}


def _bare(roles: Sequence[str]) -> Resources:
    properties = {"roles": roles, "document": to_json(policy_document())}
    return {"fleet": {"type": f"{bare_plugin.NAME}:Attached", "properties": properties}}


def _raw(roles: Sequence[str]) -> Resources:
    document = {"type": "aws:iam:Policy", "properties": {"policy": to_json(policy_document())}}
    attached = {
        role: {"type": "aws:iam:RolePolicyAttachment", "properties": {"role": role, "policyArn": "${policy.arn}"}}
        for role in roles
    }
    return {"policy": document, **attached}


def _up(box: Sandbox, project: str, resources: Resources) -> float:
    folder = Path(box.folder, project)
    folder.mkdir()
    program = {"name": project, "runtime": "yaml", "resources": resources}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    box.configure(folder)
    box.pulumi("stack", "init", "dev", cwd=folder)
    begin = time.perf_counter()
    done = box.pulumi("up", "--yes", "--skip-preview", cwd=folder)
    seconds = time.perf_counter() - begin
    box.pulumi("destroy", "--yes", "--skip-preview", cwd=folder)
    if done.returncode:
        raise RuntimeError(done.stdout)
    return seconds
