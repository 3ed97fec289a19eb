"""What only AWS can decide: on an account of yours with `make verify ACCOUNT=123456789012`, else in the sandbox."""

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

import boto3
import psutil
import pulumi
import pulumi_aws as aws
import pytest
from documents import KEY, expected_document
from engine.runs import NOBODY, run
from pulumi import ResourceOptions
from pulumi import automation as auto

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions

GUARD = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["kms:Decrypt"], "Resource": "*"}]}
NAME, TAGS = f"ssm-perms-verify-{secrets.token_hex(4)}", {"made-by": "make verify of pulumi-ssm-perms"}


@contextlib.contextmanager
def stack_on(number, box):
    """Boto3's session, and a stack, which has all that is made; its state is a folder, which stays if it can't be removed."""
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    try:
        whose = f"of account {session.client('sts').get_caller_identity()['Account']}"
    except Exception as error:  # noqa: BLE001 - expired, without a network, a proxy's page
        whose = f"of nobody that AWS knows ({f'{type(error).__name__}: {error}'.splitlines()[0]})"
    if whose != f"of account {number or box.account_id}":
        pytest.exit(f"Nothing was written: these are the credentials {whose}.", returncode=2)
    folder = tempfile.mkdtemp(prefix=f"{NAME}-")
    env = {"PULUMI_CONFIG_PASSPHRASE": "verify", "PULUMI_BACKEND_URL": f"file://{folder}"}
    opts = auto.LocalWorkspaceOptions(folder, env_vars={**(box.env if box else {}), **env})
    stack = auto.create_stack("verify", "verify", lambda: None, opts=opts)
    interrupts = []

    def interrupt(*received):
        interrupts.append(received)
        # The SDK would close the output of the engine, whose next line would end it before it notes what it has made.
        psutil.wait_procs(psutil.Process().children(), timeout=120)
        raise KeyboardInterrupt

    handlers = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield session, stack
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it would ask for what happens now
        settings = " ".join(f"{name}={value}" for name, value in env.items())
        command = f"{settings} pulumi destroy --refresh --yes --stack verify --cwd {folder}"
        print(f"\nRemoving the stack. If that fails, what is called {NAME} stays, until this removes it:\n  {command}")
        stack.cancel()
        stack.destroy(refresh=True, on_output=print)
        shutil.rmtree(folder)
        for signal_number, handler in handlers.items():
            signal.signal(signal_number, handler)
        # One that meets the main thread in a finalizer, such as that of gRPC's `Channel`, gets lost there.
        if interrupts:
            raise KeyboardInterrupt


@pytest.fixture
def account(request):
    number = request.config.getoption("account", None)
    with stack_on(number, None if number else request.getfixturevalue("box")) as opened:
        yield opened


def claim(sentence, look, expected):
    """Look until it holds: IAM may not show for a minute what was written."""
    end = time.monotonic() + 90
    while (seen := look()) != expected and time.monotonic() < end:
        time.sleep(5)
    assert seen == expected, sentence
    print(f"  ✓ {sentence}", flush=True)


def refuse(box, action, code):
    """Refuse every call of an action."""
    from sandbox import Fault  # noqa: PLC0415 - the claims on a real account load nothing of it

    box.answer(action, lambda _: Fault(code))


def test_credentials_that_aws_refuses_end_it_before_a_write(box):
    refuse(box, "GetCallerIdentity", "ExpiredToken")
    with (
        pytest.raises(pytest.exit.Exception, match=r"^Nothing was written: .*ExpiredToken.*\)\.$"),
        stack_on(None, box),
    ):
        pass

    assert box.writes == []


def make_a_role(box):
    async def program():
        aws.iam.Role(NAME, name=NAME, assume_role_policy=NOBODY)
        for _ in range(50):
            pulumi.info("The engine prints while IAM answers.")
            await asyncio.sleep(0.01)

    with stack_on(None, box) as (_, stack):
        stack.workspace.program = program
        stack.up()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_removes_what_was_made(box, number):
    """Also if the engine goes on to print, and if the removal is asked to end."""

    def interrupt(_):
        os.kill(os.getpid(), number)
        time.sleep(0.3)

    box.answer("CreateRole", interrupt)
    box.answer("DeleteRole", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt):
        make_a_role(box)

    assert [call.action for call in box.writes] == ["CreateRole", "DeleteRole"]


def test_a_lost_interrupt_ends_the_run_once_all_is_removed(box):
    """Whatever the main thread was in when the signal came may drop it, as a finalizer does."""
    with pytest.raises(KeyboardInterrupt), stack_on(None, box), contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_could_not_be_removed_is_removed_by_the_command_that_was_printed(box, capsys):
    refuse(box, "DeleteRole", "AccessDenied")
    with pytest.raises(auto.CommandError):
        make_a_role(box)
    box.answer("DeleteRole", lambda _: None)
    [command] = re.findall("until this removes it:\n  (.*)", capsys.readouterr().out)
    subprocess.run(command, shell=True, env={**os.environ, **box.env}, check=True)

    assert [call.action for call in box.writes] == ["CreateRole", "DeleteRole"]


def test_the_claims(account):
    session, stack = account
    partition, role = session.get_partition_for_region(session.region_name), session.resource("iam").Role(NAME)
    grants = {"kms_key_arns": [KEY.replace(":aws:", f":{partition}:")]}

    def program(*, ours):
        made = aws.iam.Role(NAME, name=NAME, assume_role_policy=NOBODY, force_detach_policies=True, tags=TAGS)
        if ours:
            SessionManagerPermissions("one", role=made.name, check=True, **grants)
            SessionManagerManagedPolicy(NAME, roles=[NAME], tags=TAGS, opts=ResourceOptions(depends_on=made), **grants)

    def up(*, ours=True):
        stack.workspace.program = lambda: program(ours=ours)
        ran = run(stack)
        assert not ran.failed, ran.lines
        return ran.steps

    def documents():
        inline = [policy.policy_document for policy in role.policies.all()]
        return inline + [policy.default_version.document for policy in role.attached_policies.all()]

    verdicts = lambda: re.findall("(would deny none|would deny kms:Dec)", str(run(stack, "preview").lines))  # noqa: E731
    up()
    claim("The role has AWS's policy, as its own and as a managed one.", documents, [expected_document(**grants)] * 2)
    claim("A second run writes nothing.", up, [])
    claim("IAM would deny neither the channels nor the key.", verdicts, ["would deny none"])
    role.Policy("guard").put(PolicyDocument=json.dumps(GUARD))
    claim("It sees a Deny of the key.", verdicts, ["would deny kms:Dec"])
    up(ours=False)
    claim("Without the components, the role has its other policy alone.", documents, [GUARD])
