"""The sandbox's AWS provider, where it has to be as the real plugin and no page of the repository shows it."""

import pulumi_aws as aws
import pytest

from sandbox import Sandbox, go_environment, run, tools
from sandbox.compiler import HERE
from sandbox.tests.policies import READ, declared, managed


def test_the_environment_says_where_aws_is(box: Sandbox) -> None:
    """Without endpoints in its configuration the provider goes where AWS_ENDPOINT_URL says, as the real one does."""
    box.create_role("web")
    box.stack(declared("own"), config={"aws:endpoints": []}).up()

    assert box.role_policies("web") == {"own": READ}


def test_an_exclusive_list_attaches_first_and_goes_without_a_trace(box: Sandbox) -> None:
    """What it names is attached, then all else is detached; without the resource the role keeps what it has."""
    box.create_role("web")
    listed, other = managed(box, "listed"), managed(box, "other", roles=["web"])
    box.forget()
    stack = box.stack(lambda: aws.iam.RolePolicyAttachmentsExclusive("only", role_name="web", policy_arns=[listed]))
    stack.up()
    stack.destroy()

    assert [(call.action, call.params["PolicyArn"]) for call in box.writes] == [
        ("AttachRolePolicy", listed),
        ("DetachRolePolicy", other),
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_providers_own_tests_pass() -> None:
    """The table of resources is the real plugin's, and documents and simulations are read as there."""
    env = go_environment(tools.plain_env())
    done = run(["go", "test", "-trimpath", "./..."], cwd=HERE / "provider", env=env, timeout=880)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok" in done.stdout
