"""Wrong inputs in the other languages: the same words, in the names of that language's schema, and no Python lines."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import yaml

from sandbox import Sandbox
from tests.languages.printed import alias_refused, complaints
from tests.languages.programs import Runner

ELSEWHERE = "arn:aws:iam::222222222222:role/web"


def up(box: Sandbox, folder: Path, **components: Any) -> CompletedProcess[str]:
    """Run `pulumi up` of a program in YAML: `fleet` is a SessionManagerManagedPolicy, all else is for one role."""
    kinds = {"fleet": "ssm-perms:SessionManagerManagedPolicy"}
    resources = {
        name: {"type": kinds.get(name, "ssm-perms:SessionManagerPermissions"), "properties": inputs}
        for name, inputs in components.items()
    }
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "wrong", "runtime": "yaml", "resources": resources}))
    box.pulumi("stack", "init", "dev", cwd=folder)
    return box.pulumi("up", "--yes", "--skip-preview", cwd=folder)


def test_a_wrong_value_is_refused_in_one_line(runner: Runner) -> None:
    """The line names component, input and value, and says what to write instead; AWS hears of nothing."""
    done = runner.run("example", "up", {"role": "web", "kmsKeyArns": ["alias/ssm"]})

    refused = {alias_refused("web", runner.language, "'alias/ssm'")}
    assert complaints(done) == refused
    assert runner.box.writes == []


def test_a_wrong_secret_is_refused_unseen(runner: Runner) -> None:
    """A secret that turns out to be wrong as it resolves is refused in the same words, without its value."""
    done = runner.run("program", "preview", {"awsUrl": runner.box.url, "secretKeyArn": "alias/hidden"})

    assert complaints(done) == {alias_refused("secret", runner.language, "[secret]")}
    assert "hidden" not in done.stdout + done.stderr


def test_all_wrong_inputs_are_named_together(box: Sandbox, tmp_path: Path) -> None:
    """One run names every wrong input of a component, rule and way out in the schema's words, the value as it is."""
    done = up(box, tmp_path, web={"role": "web", "policyName": "a name", "s3LogKeyPrefix": "policy_name"})

    name = (
        "policyName 'a name': a policy's name has 1 to 128 characters: letters A-Z and a-z, digits and _+=,.@- only; "
        "choose such a name, or leave it out to get one"
    )
    prefix = (
        "s3LogKeyPrefix 'policy_name': it needs a log bucket; name a bucket in s3LogBucketArn "
        "or in sessionPreferences, or leave this input out"
    )
    assert complaints(done) == {f"SessionManagerPermissions 'web': {problem}" for problem in (name, prefix)}


def test_a_role_of_another_account_is_refused(box: Sandbox, tmp_path: Path) -> None:
    """The line is the one of a Python program, for a component with one role and for one with many."""
    done = up(box, tmp_path, web={"role": ELSEWHERE}, fleet={"roles": [ELSEWHERE]})

    rule = (
        f"'{ELSEWHERE}': it belongs to account 222222222222, but the provider belongs to account 123456789012; give "
        "the component a provider of account 222222222222, or write the role's name if you mean the role in "
        "123456789012"
    )
    refused = {f"SessionManagerPermissions 'web': role {rule}", f"SessionManagerManagedPolicy 'fleet': roles[0] {rule}"}
    assert complaints(done) == refused
    assert box.writes == []


def test_what_aws_refuses_is_said_without_python_lines(box: Sandbox, tmp_path: Path) -> None:
    """A role that does not exist is found out by AWS, and the user reads the AWS provider's message alone."""
    done = up(box, tmp_path, web={"role": "nobody"})

    assert "NoSuchEntity" in done.stdout
    assert complaints(done) == set()
