"""Wrong inputs in the other languages: the same words, in the names of that language's schema, and no Python lines."""

import re
from subprocess import CompletedProcess
from typing import Any, Final

from sandbox import Sandbox
from tests.answers import session
from tests.documents import KEY
from tests.fleets import FLEET
from tests.languages.printed import camel, complaints, refused
from tests.languages.programs import Runner
from tests.messages import sentence
from tests.on_engine import yaml_project

A_VALUE: Final = "a tag's value"
KINDS: Final = {"web": "SessionManagerPermissions", "fleet": "SessionManagerManagedPolicy"}


def up(box: Sandbox, kind: str, **inputs: Any) -> CompletedProcess[str]:
    """Run `pulumi up` of a program in YAML that declares a component, called like its kind."""
    resources = {kind: {"type": f"ssm-perms:{KINDS[kind]}", "properties": inputs}}
    return box.pulumi("up", "--yes", "--skip-preview", cwd=yaml_project(box, resources=resources))


def test_a_wrong_value_is_refused_in_one_line(runner: Runner) -> None:
    """The line names component, input and value, and says what to write instead; AWS hears of nothing."""
    done = runner.run("example", "up", {"role": "web", "kmsKeyArns": ["alias/ssm"]})

    assert complaints(done) == refused(runner.language, "web", kms_key_arns=["alias/ssm"])
    assert runner.box.writes == []


def test_a_wrong_secret_is_refused_unseen(runner: Runner) -> None:
    """A secret that turns out to be wrong as it resolves is refused in the same words, without its value."""
    done = runner.run("program", "preview", {"awsUrl": runner.box.url, "secretKeyArn": "alias/hidden"})
    [line] = refused(runner.language, "secret", kms_key_arns=["alias/hidden"])

    assert complaints(done) == {line.replace("'alias/hidden'", "[secret]")}
    assert "hidden" not in done.stdout + done.stderr


def test_all_wrong_inputs_are_named_together(box: Sandbox) -> None:
    """A run names each wrong input of a component in the schema's words, and the value as it is."""
    # A rule names an input, what to write instead names one, and a value is called like one.
    given = {"session_preferences": session({}), "s3_log_key_prefix": "policy_name", "s3_log_kms_key_arn": KEY}
    wrong = {re.sub(".*", camel, name, count=1): value for name, value in given.items()}

    plain = complaints(up(box, "web", role="web", **wrong))
    # The user's own key is called like an input.
    tagged = complaints(up(box, "fleet", roles=["web"], tags={"policy_name": "x&y"}))

    assert plain == refused("yaml", "web", **given)
    assert tagged == {f"{FLEET.owner}: tags['policy_name'] 'x&y': {sentence('a managed policy', A_VALUE)}"}
    assert box.writes == []


def test_what_aws_refuses_is_said_without_python_lines(box: Sandbox) -> None:
    """A role that does not exist is found out by AWS, and the user reads the AWS provider's message alone."""
    done = up(box, "web", role="nobody")

    assert "NoSuchEntity" in done.stdout
    assert complaints(done) == set()
