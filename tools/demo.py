"""`make demo`: runs an example program on the real engine, for a person to watch. All that it says is checked."""

import sys
import time
from pathlib import Path
from typing import Any, Final

import pulumi.automation as auto

from sandbox import Sandbox, ToolError

ROOT: Final = Path(__file__).parent.parent
APP: Final[dict[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::app-assets/*"}],
}
AGENT: Final = ("ssm:UpdateInstanceInformation", "ssmmessages:OpenControlChannel")


def main() -> int:
    """Run the demo, and say why if it ends early; return the exit code."""
    try:
        run()
    except (AssertionError, ToolError) as error:
        print(error, file=sys.stderr)
    except auto.CommandError:
        print("Pulumi failed: its own words are above.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
    else:
        return 0
    return 1


def run() -> None:
    """Run the demo, or raise what it says and does not hold."""
    print("Real: the Pulumi engine, and the program in examples/existing_role.")
    print("On this machine only: an AWS made of moto, and a stand-in of ours for Pulumi's AWS plugin.")
    print("The node is ours, too: it counts as connected if moto's evaluation allows its heartbeat and its channel.")
    with Sandbox() as box:
        started = time.monotonic()
        role = box.create_role("web-role", policies={"app": APP})

        def connected() -> bool:
            """Whether the agent's heartbeat and its control channel are allowed."""
            answer = box.client("iam").simulate_principal_policy(PolicySourceArn=role, ActionNames=AGENT)
            return all(result["EvalDecision"] == "allowed" for result in answer["EvaluationResults"])

        say("A node has web-role, with a policy for its application alone")
        claim(not connected(), "The node isn't connected.")
        program = box.example(ROOT / "examples" / "existing_role")
        stack = box.stack(program, project="session-manager", name="demo", config={"role": "web-role"})
        say("pulumi preview --diff")
        stack.preview(diff=True, on_output=line)
        say("pulumi up, whose policy has other random characters in its name than the preview's")
        added = str(stack.up(on_output=line).outputs["policy_name"].value)
        claim(box.role_policies("web-role").keys() == {"app", added} and len(box.writes) == 1, "One policy was added.")
        claim(connected(), "The node is connected.")
        say("pulumi up, again")
        same = stack.up(on_output=line, suppress_outputs=True).summary.resource_changes
        claim(set(same or {}) == {"same"}, "There was nothing to change.")
        say("pulumi destroy")
        stack.destroy(on_output=line)
        claim(box.role_policies("web-role") == {"app": APP}, "The role is as it was.")
        say(f"Done in {time.monotonic() - started:.0f} s, and the stack is gone, too.")
        print('Next: "Use it on a role of yours" in README.md')


def say(title: str) -> None:
    """Begin a part."""
    print(f"\n── {title}", flush=True)


def claim(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as `claim(that, "…")`
    """Say what holds."""
    if not holds:
        raise AssertionError(f"This does not hold: {sentence}")
    print(f"  ✓ {sentence}", flush=True)


def line(text: str) -> None:
    """Show a line of Pulumi's."""
    if text.strip():
        print(f"  │ {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
