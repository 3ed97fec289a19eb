"""The engine is killed in the middle of a write: no role loses its policy, and the next run goes on."""

import psutil
import pytest
from documents import documented
from engine.runs import gaps, in_yaml, own, run
from programs import ACCOUNT, fleet, one

ROLES = ["a", "b", "c"]


def inline(name):
    for role in ROLES:
        one(f"{name}-{role}", role=role)


def managed(name):
    fleet(name, roles=ROLES)


# What a run writes three times.
WRITES = {
    (inline, "up"): "PutRolePolicy",
    (inline, "destroy"): "DeleteRolePolicy",
    (managed, "up"): "AttachRolePolicy",
    (managed, "destroy"): "DetachRolePolicy",
}


@pytest.mark.parametrize(("declare", "command"), WRITES)
def test_an_engine_that_is_killed_in_its_second_write(box, declare, command):
    """AWS does what is asked. The engine leaves its lock, and may leave a policy that it had not noted yet."""
    for role in ROLES:
        box.create_role(role)
    box.stack(lambda: declare("first")).up()
    calls = []

    def kill(_):
        calls.append(1)
        if len(calls) == 2:
            box.kill()

    box.answer(WRITES[declare, command], kill)
    stack = box.stack(lambda: declare("first" if command == "destroy" else "second"))
    run(stack, command, parallel=1)
    calls_of_first_run = len(calls)
    stack.cancel()
    again = run(stack, command, **({"refresh": True} if command == "up" else {}))
    documents_by_role = [own(box, role) for role in ROLES]

    assert calls_of_first_run == 2, "the engine went on"
    assert not again.failed, again.lines
    if command == "destroy":
        assert documents_by_role == [[]] * 3
    else:
        assert sorted(map(len, documents_by_role)) == [1, 1, 1 + (declare is inline)]
        assert all(document == documented() for documents in documents_by_role for document in documents)
        assert gaps(box, *ROLES) == []


def test_a_plugin_that_waits_ends_with_its_engine(box):
    """Whoever interrupts the tests has no process left, but for Pulumi's host for YAML, which ends by itself."""
    box.create_role("web")
    plugins = []

    def kill_engine(_):
        [engine] = [process for process in psutil.Process().children() if process.name() == "pulumi"]
        plugins.extend(process for process in engine.children() if process.name() != "pulumi-language-yaml")
        engine.kill()

    box.answer("GetCallerIdentity", kill_engine)
    role = f"arn:aws:iam::{ACCOUNT}:role/web"
    web = {"type": "ssm-perms:SessionManagerPermissions", "properties": {"role": role}}
    in_yaml(box, {"resources": {"web": web}}, fails=True)
    alive = [
        process for process in psutil.wait_procs(plugins, timeout=20)[1] if process.status() != psutil.STATUS_ZOMBIE
    ]

    assert len(plugins) > 0
    assert alive == []
