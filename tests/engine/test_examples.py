"""Projects run on the engine as their folders have them."""

import re
from pathlib import Path

import yaml
from documents import KEY, expected_document
from engine.runs import HEARTBEAT_POLICY, ROOT, documents_of_program, run, writes

WITH_HEARTBEAT = {"allow_update_instance_information": True}


def up(box, folder, **config):
    """Run a project twice: the second run has nothing to do. Return outputs.

    Pulumi itself reads the project's configuration: it refuses a wrong type, and gives the defaults.
    """
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    stack = box.stack(box.example(folder / project.get("main", ".")), config=config)
    here = Path(stack.workspace.work_dir, "Pulumi.yaml")
    here.write_text(yaml.safe_dump({**yaml.safe_load(here.read_text()), "config": project["config"]}))
    first, second = run(stack), run(stack)

    assert ([first.lines, first.failed], second.steps) == ([[], False], [])
    return {name: output.value for name, output in stack.outputs().items()}


def test_the_project_of_the_repository(box):
    """`pulumi up` in a clone adds the policy to the role that its configuration names."""
    box.create_role("web", policies={"own": HEARTBEAT_POLICY})
    outputs = up(box, ROOT, role="web")

    assert documents_of_program(box) == [expected_document(**WITH_HEARTBEAT)]
    assert outputs["policy_name"] in box.role_policies("web")


def test_the_preview_that_the_readme_shows(box):
    """In a terminal Pulumi draws a tree and a heading, and elsewhere a list of the same rows."""
    box.create_role("web-role")
    program = box.example(ROOT / "examples/existing_role")
    printed = box.stack(program, "pulumi-ssm-perms", config={"role": "web-role"}).preview().stdout
    [block] = re.findall(r"(?ms)^```text\n(.*?)^```$", (ROOT / "README.md").read_text())
    shown = [line.replace("└─", "") for line in block.splitlines() if "Type " not in line]
    lines, seen = (
        [re.sub("-[0-9a-f]{7}\\b", "", " ".join(line.split())) for line in text]
        for text in (shown, printed.splitlines())
    )

    assert [line for line in lines if line not in seen] == []
    assert len([line for line in lines if line.startswith("+")]) == 4


def test_check_warns_while_the_heartbeat_is_not_set(box):
    box.create_role("web")
    program = box.example(ROOT / "examples/check")
    printed = [
        box.stack(program, config={"role": "web", "check": "true", **heartbeat}).preview().stdout
        for heartbeat in ({}, {"allowUpdateInstanceInformation": "true"})
    ]

    assert ["warning: IAM would deny the heartbeat" in text for text in printed] == [True, False]


def test_fleet(box):
    """Each role has the one policy with its description, path and tags; one that goes loses it in a write."""
    box.create_role("web")
    roles = ["web", box.create_role("api", path="/team/")]
    arn = up(box, ROOT / "examples/fleet", roles=roles, kmsKeyArns=[KEY])["policy_arn"]
    policy = box.client("iam").get_policy(PolicyArn=arn)["Policy"]
    documents = [documents_of_program(box, role) for role in ("web", "api")]
    up(box, ROOT / "examples/fleet", roles=roles[1:], kmsKeyArns=[KEY])
    shown = [policy[name] for name in ("Description", "Path", "Tags")]
    team = [{"Key": "team", "Value": "platform"}]

    assert documents == [[expected_document(**WITH_HEARTBEAT, kms_key_arns=[KEY])]] * 2
    assert shown == ["Session Manager: shells on the nodes of these roles", "/session-manager/", team]
    assert writes(box)[-1] == "DetachRolePolicy web"
