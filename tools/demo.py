"""`make demo`: runs the example program on the real engine, for a person to watch. All that it says is checked."""

import json
import os
import signal
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi.automation as auto
from botocore.exceptions import ClientError

from pulumi_ssm_perms import policy_document
from sandbox import ProcessTimeoutError, Sandbox, ToolError

ROOT: Final = Path(__file__).parent.parent
ROLE: Final = "web-role"
OWN_POLICY: Final[dict[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::app-assets/*"}],
}


class ClaimError(Exception):
    """Something that the demo says does not hold."""


def main() -> int:
    """Run the demo, and say why if it ends early; return the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run()
    except (ClaimError, ProcessTimeoutError, ToolError) as error:
        print(error, file=sys.stderr)
    except auto.CommandError:
        print("Pulumi failed: its own words are above.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
    else:
        return 0
    return 1


def run() -> None:
    """Run the demo, or raise what it says and does not hold."""
    wanted = policy_document(allow_update_instance_information=True)
    _announce(wanted)
    started = time.monotonic()
    with Sandbox() as box:
        tools_ready = time.monotonic()
        box.create_role(ROLE, policies={"own-app-policy": OWN_POLICY})
        node = box.create_node(ROLE)
        _not_connected(box, node, "Before: nobody can start a session")
        program = box.example(ROOT / "examples" / "existing_role")
        stack = box.stack(program, project="pulumi-ssm-perms", name="demo", config={"role": ROLE})
        _up(box, stack, wanted)
        _connected(box, node)
        _up_again(box, stack)
        _destroy(box, stack)
        _not_connected(box, node, "As before (on AWS, a connection can last up to an hour longer)")
        seconds = time.monotonic() - tools_ready
    waited = tools_ready - started
    _title(f"Done in {seconds:.0f} s" + (f", after {waited:.0f} s for the tools" if waited > 1 else ""))
    _say(
        "Next: `make shell`. In it, `aws` and `pulumi` talk to such a node, and README.md can be followed. "
        "If Pulumi's host for Python is missing, the shell says what to write in the place of `pulumi`."
    )


def _announce(wanted: Mapping[str, Any]) -> None:
    """Show what will happen, and why. A person may read it for minutes while the tools are built."""
    _say("Real: the Pulumi engine, the Terraform bridge, the AWS SDK, and the program, examples/existing_role.")
    _say("Stand-ins: moto for AWS; an AWS provider and a node of this repository. No AWS account is involved.")
    _title(f"A node has the role {ROLE}, with one policy, which is for the application on it:")
    _allow(OWN_POLICY)
    _title("Session Manager can't reach the node. The program adds one policy, and touches nothing else:")
    _allow(wanted)
    _say("    because the heartbeat registers the node, and sessions run through the channels")


def _allow(document: Mapping[str, Any]) -> None:
    [statement] = document["Statement"]
    actions = textwrap.wrap(", ".join(statement["Action"]), 90, initial_indent="  Allow ", subsequent_indent=" " * 8)
    _say(*actions, f"    on {statement['Resource']}")


def _not_connected(box: Sandbox, node: str, when: str) -> None:
    _title(when)
    _say(f"  $ aws ssm start-session --target {node}")
    said = ""
    try:
        box.client("ssm").start_session(Target=node)
    except ClientError as error:
        said = str(error)
    _say(f"  {said}")
    _claim("(TargetNotConnected)" in said, "The node isn't connected.")


def _up(box: Sandbox, stack: auto.Stack, wanted: Mapping[str, Any]) -> None:
    _title("pulumi up")
    result = stack.up(color=_COLOR, on_output=_stream)
    after = box.role_policies(ROLE)
    added = [name for name in after if name != "own-app-policy"]
    _claim(len(added) == 1, "One policy was added.")
    _claim(after[added[0]] == wanted, "It is the one that was announced,")
    _claim(after[added[0]] == json.loads(result.outputs["policy_json"].value), "and it is what the program says it is.")
    _claim(after.get("own-app-policy") == OWN_POLICY, "The policy that the role had is untouched.")
    _claim([call.action for call in box.writes] == ["PutRolePolicy"], "AWS was asked for one write.")


def _connected(box: Sandbox, node: str) -> None:
    _title("The node's agent tries again (on AWS, after up to an hour, or when it is restarted)")
    _say(f"  $ aws ssm get-connection-status --target {node} --query Status --output text")
    status = box.client("ssm").get_connection_status(Target=node)["Status"]
    _say(f"  {status}")
    _claim(status == "connected", "The node is connected.")


def _up_again(box: Sandbox, stack: auto.Stack) -> None:
    _title("pulumi up, again")
    box.forget()
    changes: set[str] = set()

    def listen(event: auto.EngineEvent) -> None:
        if event.summary_event:
            changes.update(map(str, event.summary_event.resource_changes))

    stack.up(color=_COLOR, on_output=_stream, suppress_outputs=True, on_event=listen)
    _claim(changes == {"same"}, "There was nothing to do: no resource changed")
    _claim(not box.writes, "and AWS was asked for no write.")


def _destroy(box: Sandbox, stack: auto.Stack) -> None:
    _title("pulumi destroy")
    stack.destroy(color=_COLOR, on_output=_stream)
    _claim(box.role_policies(ROLE) == {"own-app-policy": OWN_POLICY}, "The role is as it was.")


def _claim(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as `claim(that, "…")`
    if not holds:
        raise ClaimError(f"This does not hold: {sentence}")
    _say(_styled("32", "  ✓ ") + sentence)


_COLOR: Final = "always" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else "never"


def _styled(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _COLOR == "always" else text


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


def _title(text: str) -> None:
    _say("", _styled("1;36", f"── {text}"))


def _stream(line: str) -> None:
    if line.strip():
        _say(f"  │ {line}")


if __name__ == "__main__":
    sys.exit(main())
