"""docs/check-a-role.md: its programs end a run, or judge by themselves, as the page says."""

import json
import re
from typing import Final

import pytest

from sandbox import Fault, Sandbox
from tests.answers import HEARTBEAT
from tests.documents import allow, policy
from tests.on_engine import errors, try_run
from tests.pages import ROLE, ROOT, Block, shows

PAGE: Final = "docs/check-a-role.md"
DENY: Final = json.dumps(policy({**allow([HEARTBEAT]), "Effect": "Deny"}))


def deny(box: Sandbox) -> None:
    """Deny the role the heartbeat, in a policy of another team."""
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName="guard", PolicyDocument=DENY)


@shows(PAGE, "Turn it on")
def test_a_mandatory_check_ends_the_run_before_anything_is_written(box: Sandbox, shown: list[Block]) -> None:
    """While all is allowed, the program runs; then preview and `up` end in README's line, and the policy stays."""
    [program] = shown
    box.stack(program.program()).up()
    written = box.role_policies(ROLE)
    deny(box)
    more = box.stack(program.changed("check=", "s3_log_encryption_enforced=True, check=").program())
    said = [errors(command) for command in (more.preview, more.up)]
    [quoted] = re.findall(r"`(IAM denies .*)`", (ROOT / "README.md").read_text())

    assert [[f"'web': {quoted} " in line for line in lines] for lines in said] == [[True]] * 2
    assert box.role_policies(ROLE) == {**written, "guard": json.loads(DENY)}


@pytest.mark.parametrize("denied", [True, False], ids=["denied", "unknown"])
@shows(PAGE, "A rule of your own")
def test_the_gate_ends_a_preview_in_one_line(box: Sandbox, shown: list[Block], *, denied: bool) -> None:
    """While all is allowed, nothing is said; otherwise a preview ends with the gate's sentence, and nothing else."""
    [block] = shown
    box.create_role("worker-role")
    passed = try_run(box.stack(block.program()), "preview")
    if denied:
        deny(box)
    else:
        box.fail("SimulatePrincipalPolicy", Fault.denied())
    said = errors(box.stack(block.program()).preview)

    assert passed.said == []
    assert said == [
        f"IAM denies {{'{ROLE}': ['{HEARTBEAT}']}}. The warnings say why."
        if denied
        else "IAM could not tell what the roles may do. The warnings say why."
    ]
