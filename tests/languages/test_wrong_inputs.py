"""Wrong inputs in every language: the same words, in the names of that language's schema, and no Python lines."""

from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.languages.printed import alias_refused, complaints
from tests.languages.programs import Runner

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")

WRONG = """\
name: wrong
runtime: yaml
resources:
  several:
    type: ssm-perms:SessionManagerPermissions
    properties: {role: web, policyName: a name, s3LogKeyPrefix: policy_name}
  elsewhere:
    type: ssm-perms:SessionManagerPermissions
    properties: {role: "arn:aws:iam::222222222222:role/web"}
  fleet:
    type: ssm-perms:SessionManagerManagedPolicy
    properties: {roles: ["arn:aws:iam::222222222222:role/web"]}
"""
ANOTHER_ACCOUNT = (
    "'arn:aws:iam::222222222222:role/web': it belongs to account 222222222222, and the provider to account "
    "123456789012, where a role of the same name is another role; give the component a provider of account "
    "222222222222, or write the role's name for the role of account 123456789012"
)
NO_SUCH_NAME = (
    "a policy's name has 1 to 128 characters: letters A-Z and a-z, digits and _+=,.@- only; choose such a name, or leave "
    "it out to get one"
)
NO_BUCKET = "it means nothing without a log bucket; give s3LogBucketArn as well, or leave it out"
REFUSED = {
    f"SessionManagerPermissions 'several': policyName 'a name': {NO_SUCH_NAME}",
    f"SessionManagerPermissions 'several': s3LogKeyPrefix 'policy_name': {NO_BUCKET}",
    f"SessionManagerPermissions 'elsewhere': role {ANOTHER_ACCOUNT}",
    f"SessionManagerManagedPolicy 'fleet': roles[0] {ANOTHER_ACCOUNT}",
}
ABSENT_ROLE = """\
name: absent
runtime: yaml
resources:
  web:
    type: ssm-perms:SessionManagerPermissions
    properties: {role: nobody}
"""


def up(box: Sandbox, program: str, folder: Path) -> str:
    """Run `pulumi up` of a program in YAML; return what it prints."""
    (folder / "Pulumi.yaml").write_text(program)
    box.pulumi("stack", "init", "dev", cwd=folder)
    return box.pulumi("up", "--yes", "--skip-preview", cwd=folder).stdout


def test_a_wrong_value_is_refused_in_one_line(runner: Runner) -> None:
    """The line names component, input and value, and says what to write instead; AWS hears of nothing."""
    outcome = runner.run("example", "up", {"role": "web", "kmsKeyArns": ["alias/ssm"]})

    refused = {alias_refused("web", runner.language, "'alias/ssm'")}
    assert (complaints(outcome.output), runner.box.writes) == (refused, [])


def test_a_wrong_secret_is_refused_unseen(runner: Runner) -> None:
    """A secret that turns out to be wrong as it resolves is refused in the same words, without its value."""
    outcome = runner.run("program", "preview", {"awsUrl": runner.box.url, "secretKeyArn": "alias/hidden"})

    shown = [line for line in outcome.output.splitlines() if "hidden" in line]
    assert (complaints(outcome.output), shown) == ({alias_refused("secret", runner.language, "[secret]")}, [])


def test_all_wrong_inputs_are_named_together(box: Sandbox, tmp_path: Path) -> None:
    """One run names every wrong input of each component, rule and way out in the schema's words, the value as it is.

    A role of another account is one of them.
    """
    output = up(box, WRONG, tmp_path)

    assert (complaints(output), box.writes) == (REFUSED, [])


def test_what_aws_refuses_is_said_without_python_lines(box: Sandbox, tmp_path: Path) -> None:
    """A role that does not exist is found out by AWS, and the user reads the AWS provider's message alone."""
    output = up(box, ABSENT_ROLE, tmp_path)

    assert "NoSuchEntity" in output
    assert complaints(output) == set()
