"""`make demo`: it shows what it promises, in time, and fails when one of its sentences does not hold."""

import json
import re

import pytest

from development import demo
from pulumi_ssm_perms import policy_document
from sandbox import Policies, Sandbox, ToolError


@pytest.fixture
def command(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that leaves signals alone; it takes the worker's AWS, which is emptied for the next test anyway."""
    monkeypatch.setattr("signal.signal", lambda *_: None)
    shared_box.reset()


@pytest.mark.usefixtures("command")
def test_it_shows_a_role_before_between_and_after(capfd: pytest.CaptureFixture[str]) -> None:
    """A person sees the role's policies three times, Pulumi's three runs, and eight checked sentences."""
    code = demo.main()
    out = capfd.readouterr().out
    sentences = [line for line in out.splitlines() if line.startswith("  ✓ ")]

    assert code == 0
    assert len(re.findall(r"(?m)^  own-app-policy$", out)) == 3
    assert re.findall(r"(?m)^── (pulumi .*)$", out) == ["pulumi up", "pulumi up, again", "pulumi destroy"]
    assert len(sentences) == 8
    assert "\x1b" not in out


@pytest.mark.usefixtures("command")
def test_it_tells_what_it_will_write_before_it_builds_anything(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the tools are built there is something to read: the role, each statement of the policy, and its reason."""

    def no_tools(*_: object) -> None:
        raise ToolError("no tools yet")

    monkeypatch.setattr(Sandbox, "__enter__", no_tools)
    code = demo.main()
    out, err = capfd.readouterr()
    announced = re.findall(r"(?m)^  Allow (.*)\n    on (.*)\n    because ", out)
    wanted = policy_document(**demo.GRANTS)["Statement"]

    assert code == 1
    assert err == "no tools yet\n"
    assert announced == [(", ".join(statement["Action"]), statement["Resource"]) for statement in wanted]
    assert "A role, web, exists already, with a policy of its own" in out


@pytest.mark.usefixtures("command")
def test_it_fails_when_a_sentence_does_not_hold(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the role's own policy does not stay as it was, the demo says which sentence is wrong and exits with 1."""

    def meddle(box: Sandbox, stack: object, before: Policies, wanted: object) -> None:
        changed = json.dumps({**demo.OWN_POLICY, "Id": "changed"})
        box.client("iam").put_role_policy(RoleName=demo.ROLE, PolicyName="own-app-policy", PolicyDocument=changed)
        up(box, stack, before, wanted)  # type: ignore[arg-type]

    up = demo._up  # noqa: SLF001 - the step that is to be disturbed
    monkeypatch.setattr(demo, "_up", meddle)
    code = demo.main()

    assert code == 1
    assert capfd.readouterr().err.endswith("This does not hold: The policy that the role had is untouched.\n")
