"""`make demo`: it shows what it promises, in time, and fails when one of its sentences does not hold."""

import json
import re

import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox, ToolError
from tools import demo


@pytest.fixture
def command(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that leaves signals alone; it takes the worker's AWS, which is emptied for the next test anyway."""
    monkeypatch.setattr("signal.signal", lambda *_: None)
    shared_box.reset()


@pytest.mark.usefixtures("command")
def test_it_tells_of_a_node_before_between_and_after(capfd: pytest.CaptureFixture[str]) -> None:
    """A person sees AWS's error, Pulumi's three runs, the document once, and eleven checked sentences."""
    code = demo.main()
    out = capfd.readouterr().out
    node = "i-0123456789abcdef0 is not connected."
    wrong = f"  An error occurred (TargetNotConnected) when calling the StartSession operation: {node}"

    assert code == 0
    assert re.findall(r"(?m)^  An error.*|^  connected$", out) == [wrong, "  connected", wrong]
    assert re.findall(r"(?m)^── (pulumi .*)$", out) == ["pulumi up", "pulumi up, again", "pulumi destroy"]
    assert out.count("policy_json") == 1
    assert len(re.findall(r"(?m)^  ✓ ", out)) == 11
    assert len(out.splitlines()) <= 95
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
    announced = re.findall(r"  Allow ([^/]*?)\n    on (.*)\n    because ", out)
    [wanted] = policy_document(allow_update_instance_information=True)["Statement"]

    assert code == 1
    assert err == "no tools yet\n"
    assert [(" ".join(actions.split()), on) for actions, on in announced] == [(", ".join(wanted["Action"]), "*")]
    assert "A node has the role web-role, with one policy" in out


@pytest.mark.usefixtures("command")
def test_it_fails_when_a_sentence_does_not_hold(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the role's own policy does not stay as it was, the demo says which sentence is wrong and exits with 1."""

    def meddle(box: Sandbox, stack: object) -> None:
        changed = json.dumps({**demo.OWN_POLICY, "Id": "changed"})
        box.client("iam").put_role_policy(RoleName=demo.ROLE, PolicyName="own-app-policy", PolicyDocument=changed)
        destroy(box, stack)  # type: ignore[arg-type]

    destroy = demo._destroy  # noqa: SLF001 - the step that is to be disturbed
    monkeypatch.setattr(demo, "_destroy", meddle)
    code = demo.main()

    assert code == 1
    assert capfd.readouterr().err.endswith("This does not hold: The role is as it was.\n")
