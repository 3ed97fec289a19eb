"""The sandbox's stacks: they keep their state, take any configuration, and are what the CLI says that they are."""

import datetime as dt
import json
import sys
from pathlib import Path

import pulumi
import pulumi.automation as auto
import yaml

from sandbox import Engine, Fault, Sandbox


def test_configuration_of_every_kind_reaches_the_program(box: Sandbox) -> None:
    """Strings, booleans and lists are given as they are, secrets as Automation API values."""

    def program() -> None:
        config = pulumi.Config()
        pulumi.export("role", config.require("role"))
        pulumi.export("enforced", config.require_bool("enforced"))
        pulumi.export("keys", config.require_object("keys"))
        pulumi.export("token", config.require_secret("token"))

    config = {"role": "web", "enforced": True, "keys": ["a", "b"], "token": auto.ConfigValue("t", secret=True)}
    outputs = box.stack(program, config=config).up().outputs

    assert {name: (output.value, output.secret) for name, output in outputs.items()} == {
        "role": ("web", False),
        "enforced": (True, False),
        "keys": (["a", "b"], False),
        "token": ("t", True),
    }


def test_an_example_runs_as_in_its_own_folder(box: Sandbox, tmp_path: Path) -> None:
    """`__main__.py` may import its neighbours; afterwards path, arguments and modules are as they were."""
    (tmp_path / "neighbour.py").write_text("NAME = 'here'\n")
    (tmp_path / "__main__.py").write_text(
        "import sys, pulumi, neighbour\npulumi.export('seen', [neighbour.NAME, len(sys.argv), __name__])\n"
    )
    before = (list(sys.path), list(sys.argv))
    outputs = box.stack(box.example(tmp_path)).up().outputs

    assert outputs["seen"].value == ["here", 1, "__main__"]
    assert (sys.path, sys.argv) == before
    assert "neighbour" not in sys.modules


def test_what_is_read_from_the_backend_is_what_the_cli_says(box: Sandbox) -> None:
    """Outputs and the last update are the same as the CLI's own; a secret output is still the CLI's."""
    plain = box.stack(lambda: pulumi.export("value", {"list": [1, None]}))
    plain.up()
    plain.up()
    secret = box.stack(lambda: pulumi.export("value", pulumi.Output.secret("hush")), project="other")
    secret.up()
    folder = plain.workspace.work_dir
    printed = box.pulumi("stack", "output", "--json", cwd=folder).stdout
    [last, _] = json.loads(box.pulumi("stack", "history", "--json", cwd=folder).stdout)
    told = plain.info()

    assert told is not None
    assert (told.kind, told.result, told.version, told.resource_changes) == (
        last["kind"],
        last["result"],
        last["version"],
        last["resourceChanges"],
    )
    assert [told.start_time, told.end_time] == [
        dt.datetime.fromisoformat(last[name]).replace(tzinfo=None) for name in ("startTime", "endTime")
    ]
    assert {name: vars(value) for name, value in plain.outputs().items()} == {
        "value": {"value": json.loads(printed)["value"], "secret": False}
    }
    assert {name: vars(value) for name, value in secret.outputs().items()} == {
        "value": {"value": "hush", "secret": True}
    }


def test_a_secret_is_encrypted_in_the_state(box: Sandbox) -> None:
    """The state has no secret as plain text. The question for its key is no call of the program, and meets no fault."""
    box.fail("*", Fault.denied())
    stack = box.stack(lambda: pulumi.export("value", pulumi.Output.secret("hush")))
    stack.up()
    stored = box.state_file().read_text()

    assert "hush" not in stored
    assert '"type":"cloud"' in stored
    assert stack.outputs()["value"].value == "hush"
    assert box.calls == []


def test_an_engine_of_another_environment_has_a_passphrase(box: Sandbox) -> None:
    """Only the sandbox's own stacks ask for a key that only the sandbox has; another engine's keep the same salt."""
    engine = Engine({**box.env, "PULUMI_CONFIG_PASSPHRASE": "mine"}, lambda: 60.0)
    settings, states = [], []
    for _ in range(2):
        config = {"hidden": auto.ConfigValue("hush", secret=True)}
        stack = engine.stack(lambda: None, folder=box.folder / "mine", name="dev", config=config)
        stack.up()
        settings.append(yaml.safe_load((box.folder / "mine/Pulumi.dev.yaml").read_text()))
        states.append(json.loads(engine.state_file("mine", "dev").read_text())["checkpoint"]["latest"])

    assert [sorted(each) for each in settings] == [["config", "encryptionsalt"]] * 2
    assert settings[0]["encryptionsalt"] == settings[1]["encryptionsalt"]
    assert [state["secrets_providers"]["type"] for state in states] == ["passphrase"] * 2


def test_a_stack_is_there_and_selected_before_its_first_update(box: Sandbox) -> None:
    """The CLI takes the stack for one of its own, and knows which is meant, also where a folder has two."""
    one = box.stack(lambda: None, name="one")
    box.stack(lambda: None, name="two")
    folder = one.workspace.work_dir
    listed = [json.loads(box.pulumi("stack", "ls", "--json", cwd=folder).stdout)]
    box.stack(lambda: None, name="one").up()
    listed.append(json.loads(box.pulumi("stack", "ls", "--json", cwd=folder).stdout))

    assert [{stack["name"]: stack["current"] for stack in stacks} for stacks in listed] == [
        {"one": False, "two": True},
        {"one": True, "two": False},
    ]
    assert [stack["resourceCount"] for stack in listed[1] if stack["name"] == "one"] == [1]
