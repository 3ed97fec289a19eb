"""The engine is killed in the middle of a write: no role loses its policy, and the next run goes on."""

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
    made = len(calls)
    stack.cancel()
    again = run(stack, command, **({"refresh": True} if command == "up" else {}))
    have = [own(box, role) for role in ROLES]

    assert made == 2, "the engine went on"
    assert not again.failed, again.lines
    if command == "destroy":
        assert have == [[]] * 3
    else:
        assert sorted(map(len, have)) == [1, 1, 1 + (declare is inline)]
        assert all(each == wanted() for documents in have for each in documents)
        assert gaps(box, *ROLES) == []
