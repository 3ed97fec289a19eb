"""Wrong inputs in the other languages: the same words, in the names of that language's schema, and no Python lines."""

from sandbox import Sandbox
from tests.components import PERMISSIONS
from tests.languages.printed import complaints, refused
from tests.languages.programs import Runner
from tests.on_engine import yaml_project


def test_wrong_values_are_refused_in_one_line_each(runner: Runner) -> None:
    """A line names component, input and value, and says what to write instead; AWS hears of nothing."""
    wrong = ["alias/ssm", "*"]
    done = runner.run("example", "up", {"role": "web", "kmsKeyArns": wrong})

    assert complaints(done) == refused("web", kms_key_arns=wrong)
    assert runner.box.writes == []


def test_a_wrong_secret_is_refused_unseen(runner: Runner) -> None:
    """A secret that turns out to be wrong as it resolves is refused in the same words, without its value."""
    done = runner.run("program", "preview", {"awsUrl": runner.box.url, "secretKeyArn": "alias/hidden"})
    [line] = refused("secret", kms_key_arns=["alias/hidden"])

    assert complaints(done) == {line.replace("'alias/hidden'", "[secret]")}
    assert "hidden" not in done.stdout + done.stderr


def test_what_aws_refuses_is_said_without_python_lines(box: Sandbox) -> None:
    """A role that does not exist is found out by AWS, and the user reads the AWS provider's message alone."""
    resources = {"web": {"type": PERMISSIONS.type, "properties": {"role": "nobody"}}}
    done = box.pulumi("up", "--yes", "--skip-preview", cwd=yaml_project(box, resources=resources))

    assert "NoSuchEntity" in done.stdout
    assert complaints(done) == set()
