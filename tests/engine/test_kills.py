"""The engine is killed or interrupted in the middle of a write: no role loses its policy, and the next run goes on."""

import signal
import threading

import psutil
import pytest
from documents import wanted
from engine.runs import gaps, own, run
from programs import fleet, one

ROLES = ["a", "b", "c"]


def inline(name):
    for role in ROLES:
        one(f"{name}-{role}", role=role)


def many(name):
    fleet(name, roles=ROLES)


# What a run writes three times.
WRITES = {
    (inline, "up"): "PutRolePolicy",
    (inline, "destroy"): "DeleteRolePolicy",
    (many, "up"): "AttachRolePolicy",
    (many, "destroy"): "DetachRolePolicy",
}


def interrupt(box, heard):
    """Do to the engine what Ctrl-C does, and wait until it says that it has noticed."""
    for each in psutil.Process().children():
        if each.name() == "pulumi":
            each.send_signal(signal.SIGINT)
    heard.wait(30)


def kill(box, heard):
    box.kill()


@pytest.mark.parametrize("end", [kill, interrupt])
@pytest.mark.parametrize(("declare", "command"), WRITES)
def test_an_engine_that_ends_in_its_second_write(box, declare, command, end):
    """AWS does what is asked. A killed engine leaves its lock, and may leave a policy that it had not noted yet."""
    for role in ROLES:
        box.create_role(role)
    box.stack(lambda: declare("first")).up()
    calls, heard = [], threading.Event()
    box.answer(WRITES[declare, command], lambda _: end(box, heard) if calls.append(1) or len(calls) == 2 else None)
    stack = box.stack(lambda: declare("first" if command == "destroy" else "second"))
    run(stack, command, parallel=1, on_output=lambda line: heard.set() if "^C received" in line else None)
    made = len(calls)
    if end is kill:
        stack.cancel()
    again = run(stack, command, **({"refresh": True} if command == "up" else {}))
    have = [own(box, role) for role in ROLES]

    assert made == 2, "the engine went on"
    assert not again.failed, again.lines
    if command == "destroy":
        assert have == [[]] * 3
    else:
        unnoted = 1 if end is kill and declare is inline else 0
        assert sorted(map(len, have)) == [1, 1, 1 + unnoted]
        assert all(each == wanted() for documents in have for each in documents)
        assert gaps(box, *ROLES) == []
