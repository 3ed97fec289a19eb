"""`make verify REMOVE=ID`: whatever a killed run has made, a second version of a policy as well, is removed."""

import json
import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import pytest
from botocore import xform_name

from sandbox import Call, Fault
from tests.documents import OWN
from tests.engine.verifying import Ended, Verify
from tools.verify.run import Run, find, remove

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)


def again(iam: Any, calls: Sequence[Call]) -> None:
    """Make calls to IAM once more."""
    for call in calls:
        plain = {key: value for key, value in call.params.items() if "." not in key and key != "MaxSessionDuration"}
        plain |= {"SetAsDefault": True} if "SetAsDefault" in plain else {}
        keys = [key for key in call.params if re.fullmatch(r"Tags\.member\.\d+\.Key", key)]
        tags = [{"Key": call.params[key], "Value": call.params[key.replace("Key", "Value")]} for key in keys]
        getattr(iam, xform_name(call.action))(**plain, **({"Tags": tags} if tags else {}))


@pytest.fixture
def run(whole: Ended, verify: Verify, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The undisturbed run's id, in an empty account."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name in (name for name in verify.env if name.startswith("AWS_")):
        monkeypatch.setenv(name, verify.env[name])
    return find(whole.id, patience=0)


def test_whatever_a_run_has_made_its_id_removes(whole: Ended, verify: Verify, run: Run) -> None:
    """Wherever it was killed: those of its writes up to each are made again. What lacks the run's tags stays."""
    wrote, left, told = [call for call in whole.calls if call.write], {}, list[str]()
    run.iam.create_policy(PolicyName=f"{run.name}-mine", PolicyDocument=json.dumps(OWN))
    for number, last in enumerate(wrote, 1):
        again(run.iam, wrote[:number])
        if remove(run, told.append) or verify.made() != [f"{run.name}-mine"]:
            left[f"{number}: {last.action}"] = verify.made()

    assert {"CreatePolicyVersion", "AttachRolePolicy"} < {call.action for call in wrote}
    assert left == {}
    assert {line.partition(": ")[0] for line in told} == {
        *("delete_role_policy", "detach_role_policy", "delete_role", "delete_policy_version", "delete_policy")
    }


@pytest.mark.parametrize("action", ["DeleteRolePolicy", "GetPolicy"])
def test_what_cannot_be_removed_is_told(whole: Ended, verify: Verify, run: Run, action: str) -> None:
    """It is IAM's first error, and the next removal removes the rest."""
    again(
        run.iam,
        [*takewhile(lambda write: not write.action.startswith("De"), [call for call in whole.calls if call.write])],
    )
    verify.box.fail(action, Fault.denied())
    told: list[str] = []
    why = remove(run, told.append)
    verify.box.clear_faults()

    assert f"is not authorized to perform: iam:{action} " in why
    assert verify.made() != []
    assert (remove(run, told.append), verify.made()) == ("", [])
