"""docs/operate.md: programs and boundary do what the page says; its versions are those of the lock files."""

import json
import re
import tomllib
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import session
from tests.docs.console import OpenTerminal
from tests.docs.pages import ROLE, ROOT, Block, shows, table
from tests.docs.runs import nothing
from tests.documents import ALL_GRANTS, KEY, granted
from tests.on_engine import inline_documents, permissions, try_run, writes

PAGE: Final = "docs/operate.md"
FIRST: Final = "Roll out to some roles first"
BOUNDARY: Final = "A permissions boundary"
VERSIONS: Final = "Versions that are tested together"


def key(box: Sandbox, alias: str) -> str:
    """Make a key with an alias; return its ARN."""
    kms = box.client("kms")
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=made["KeyId"])
    return str(made["Arn"])


@shows(PAGE, FIRST)
def test_a_change_reaches_the_first_roles_alone(box: Sandbox, shown: list[Block]) -> None:
    """With the page's key in one component, one policy is written, and only its role may use the key."""
    [program] = shown
    for role in ("canary-role", "worker-role"):
        box.create_role(role)
    arn = key(box, "alias/session-data")
    box.stack(program.changed(", kms_key_arns=[key]", "").program()).up()
    box.forget()
    box.stack(program.program()).up()
    heartbeat: dict[str, Any] = {"allow_update_instance_information": True}
    held = {role: list(box.attached_policies(role).values()) for role in ("canary-role", ROLE, "worker-role")}

    assert [action for action, _ in writes(box)] == ["CreatePolicyVersion"]
    assert held == {
        "canary-role": [policy_document(**heartbeat, kms_key_arns=[arn])],
        ROLE: [policy_document(**heartbeat)],
        "worker-role": [policy_document(**heartbeat)],
    }


@shows(PAGE, BOUNDARY)
def test_the_boundary_allows_what_the_component_grants(box: Sandbox, shown: list[Block]) -> None:
    """It has each action that an input can grant and no other, and IAM then denies the role nothing that it names."""
    statements = shown[0].json
    iam = box.client("iam")
    document = {"Version": "2012-10-17", "Statement": statements}
    bound = iam.create_policy(PolicyName="node-limit", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=bound)
    grants: dict[str, Any] = {
        **ALL_GRANTS,
        "s3_log_bucket_arn": "arn:aws:s3:::example-session-logs",
        "s3_log_kms_key_arn": KEY,
    }
    ran = try_run(box.stack(permissions(role=ROLE, check_role=True, **grants)), "up")
    bounded = [action for statement in statements for action in statement["Action"]]

    assert sorted(bounded) == sorted({action for action, _ in granted(policy_document(**grants))})
    assert ran.denied_actions == []


@shows(PAGE, "Cut a role or a node off")
def test_a_deny_takes_the_channels_away(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """With the page's policy the node loses its channel, which the component's policy doesn't give back."""
    [block] = shown
    cut_off, _ = (f"$ {command}" for command in block.text.removeprefix("$ ").split("\n$ "))
    box.create_node(ROLE)
    stack = box.stack(permissions(role=ROLE, allow_update_instance_information=True))
    stack.up()
    ssm = box.client("ssm")
    connected = [ssm.get_connection_status(Target="i-0123456789abcdef0")["Status"]]
    terminal(None).run(cut_off)
    stack.up(refresh=True)
    connected.append(ssm.get_connection_status(Target="i-0123456789abcdef0")["Status"])

    assert connected == ["connected", "notconnected"]
    assert "deny-sessions" in box.role_policies(ROLE)


@shows(PAGE, "Preferences that another team changes")
def test_a_new_key_is_granted_beside_the_preferences(box: Sandbox, shown: list[Block]) -> None:
    """The role may use the key of the preferences and the one that they will have."""
    [program] = shown
    present, coming = key(box, "alias/session-data"), key(box, "alias/session-data-2")
    content = session({"kmsKeyId": "alias/session-data"})
    box.client("ssm").create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=content)
    box.stack(program.program()).up()
    [document] = inline_documents(box, ROLE)

    assert {on for action, on in granted(document) if action == "kms:Decrypt"} == {present, coming}


@shows(PAGE, "From a program of your own")
@shows("docs/test-your-program.md", ("With mocks", 1))
def test_a_program_of_ones_own_runs_it(
    box: Sandbox, shown: list[Block], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the sandbox's environment, the page's program gives the role the policy of the function."""
    program, infra = shown
    folder = tmp_path_factory.mktemp("automation")
    (folder / "infra.py").write_text(infra.text)
    monkeypatch.syspath_prepend(folder)
    for name, value in {**box.env, "AWS_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    program.program()()

    assert list(box.role_policies(ROLE)) == ["SessionManager"]

    box.stack(nothing, project="sessions").up()


def test_the_versions_are_those_of_the_lock_files() -> None:
    """The first row has what the lock files pin, the second the least of what the third accepts."""
    lock = dict(re.findall(r"(?m)^(pulumi|pulumi-aws)==(\S+)", (ROOT / "requirements.lock").read_text()))
    [cli] = re.findall(r"pulumi/pulumi/pkg/v3 v(\S+)", (ROOT / "sandbox/cli/go.mod").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    accepts = {each.name: each.specifier for each in map(Requirement, project["dependencies"])}
    pinned, oldest, accepted = ([cell.strip("`") for cell in row[1:]] for row in table(PAGE, VERSIONS))
    least = [min(each.version for each in accepts[name] if each.operator == ">=") for name in ("pulumi", "pulumi-aws")]

    assert pinned[:3] == [cli, lock["pulumi"], lock["pulumi-aws"]]
    assert [version.split(".")[: len(one.split("."))] for version, one in zip(oldest[1:3], least, strict=True)] == [
        one.split(".") for one in least
    ]
    assert [SpecifierSet(text) for text in accepted[1:3]] == [accepts["pulumi"], accepts["pulumi-aws"]]
    assert project["requires-python"] == f">={accepted[3].removesuffix(' or newer')}"
