"""The lockout proof: whatever a program becomes, in whatever order, no role is without what it is to keep."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from random import Random
from typing import Any
from unittest.mock import Mock, patch

import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.assurance.changes import MOVES
from tests.assurance.extent import SEEDS, extent
from tests.assurance.walk import Walk
from tests.moves import Scope, Single
from tests.outcomes import FAILED, Seen
from tests.stage import Stage, Update


@pytest.mark.timeout(extent(600, 1800))
@pytest.mark.parametrize("number", extent([0], range(20)))
@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_of_changes_takes_permissions_away(box: Sandbox, seed: str, number: int) -> None:
    """Lists that grow at the front, swaps, parents, names, fleets, failed runs: nothing is lost.

    What a bare resource does not survive either is not among the moves. `make assurance SEEDS=…` repeats a walk.
    """
    walk = Walk(box, Random(f"{seed} {number}"))
    last = walk.go()

    assert last.writes == [], "\n".join(walk.history)


def deleted_first(single: Single, at: Scope) -> None:
    """Declare a policy of a generated name that is deleted before the new one is written."""
    opts = at.options(single)
    opts.delete_before_replace = True
    document = json.dumps(policy_document(**single.grants))
    aws.iam.RolePolicy(f"{single.name}-session-manager", role=at.given(single.role), policy=document, opts=opts)


def test_a_walk_finds_a_loss(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a replaced policy is deleted first, this walk finds a moment without it and does not come to its end."""
    monkeypatch.setattr(Single, "declare", deleted_first)
    walk = Walk(box, Random("9"))
    with pytest.raises(AssertionError, match=r"for a moment \w+ lacks .* after DeleteRolePolicy"):
        walk.go()


def planned(seed: str) -> list[str]:
    """Return what a walk runs, without the engine: each run in which a call is to fail, fails."""

    def told(_: Stage, updates: Mapping[str, Update], **__: Any) -> Mapping[str, Seen]:
        return {kind: Seen([FAILED] if update.denied else [], [], []) for kind, update in updates.items()}

    walk = Walk(Mock(), Random(seed))
    with patch.object(Stage, "update", told):
        walk.go()
    return [re.sub(" at 0x[0-9a-f]+", "", line) for line in walk.history]


def test_a_seed_makes_the_same_walk_in_each_process() -> None:
    """Each process orders a set of strings in its own way: no move may depend on that."""
    code = "from tests.assurance.test_lockout import planned; print(*planned('1'), *planned('2'), sep='\\n')"
    command = [sys.executable, "-c", code]
    envs = [{**os.environ, "PYTHONHASHSEED": seed} for seed in "012"]
    first, *others = [subprocess.check_output(command, env=env, text=True).splitlines() for env in envs]

    assert len(first) > 2 * len(MOVES)
    assert others == [first, first]
