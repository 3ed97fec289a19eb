"""`make demo`: runs the example program on the real engine, for a person to watch. All that it says is checked."""

import json
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi.automation as auto

from development import terminal
from pulumi_ssm_perms import policy_document
from sandbox import Policies, ProcessTimeoutError, Sandbox, ToolError

ROOT: Final = Path(__file__).parent.parent
ROLE: Final = "web"
OWN_POLICY: Final[dict[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::app-assets/*"}],
}
KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GRANTS: Final[dict[str, Any]] = {
    "allow_update_instance_information": True,
    "kms_key_arns": [KEY],
    "s3_log_encryption_enforced": True,
}
CONFIG: Final = {"role": ROLE, "kmsKeyArns": [KEY], "s3LogEncryptionEnforced": True}

# As in the table of docs/iam-policy.md.
WHY: Final = {
    "ssm": "with the heartbeat a node registers; through the channels its agent offers sessions, and the session runs",
    "s3:GetEncryptionConfiguration": "before a session, the agent asks whether the log bucket is encrypted",
    "kms:Decrypt": "with this key the data of the sessions is encrypted",
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
    """Run the demo.

    Raises:
        ClaimError: Something that it says does not hold.
    """
    wanted = policy_document(**GRANTS)
    _announce(wanted)
    started = time.monotonic()
    with Sandbox() as box:
        tools_ready = time.monotonic()
        box.create_role(ROLE, policies={"own-app-policy": OWN_POLICY})
        before = box.role_policies(ROLE)
        _show(f"The policies of {ROLE} before, as the local AWS has them:", before)
        stack = box.stack(
            box.example(ROOT / "examples" / "existing_role"), project="pulumi-ssm-perms", name="demo", config=CONFIG
        )
        _up(box, stack, before, wanted)
        _up_again(box, stack)
        _destroy(box, stack, before)
        seconds = time.monotonic() - tools_ready
    waited = tools_ready - started
    terminal.title(f"Done in {seconds:.0f} s" + (f", after {waited:.0f} s for the tools" if waited > 1 else ""))


def _announce(wanted: Mapping[str, Any]) -> None:
    """Show what will happen, and why. A person may read it for minutes while the tools are built."""
    terminal.say(
        "Real: the Pulumi engine, the Terraform bridge, the AWS SDK, and the program, examples/existing_role.",
        "Stand-ins: moto for AWS, and a small AWS provider of this repository. No AWS account is involved.",
    )
    terminal.title(f"A role, {ROLE}, exists already, with a policy of its own for the application on its nodes:")
    for statement in OWN_POLICY["Statement"]:
        terminal.say(f"  {statement['Effect']} {statement['Action']}", f"    on {statement['Resource']}")
    terminal.title("Session Manager cannot reach these nodes. The program adds one policy, and touches nothing else:")
    for statement in wanted["Statement"]:
        terminal.say(f"  Allow {', '.join(statement['Action'])}", f"    on {statement['Resource']}")
        terminal.say(f"    because {reason(statement['Action'])}")


def reason(actions: list[str]) -> str:
    """Return the reason for a statement.

    Raises:
        LookupError: No reason is written down.
    """
    for beginning, why in WHY.items():
        if all(action.startswith(beginning) for action in actions):
            return why
    raise LookupError(f"development/demo.py does not say why {actions} is granted")


def _up(box: Sandbox, stack: auto.Stack, before: Policies, wanted: Mapping[str, Any]) -> None:
    terminal.title("pulumi up")
    result = stack.up(color=terminal.color(), on_output=terminal.stream)
    after = box.role_policies(ROLE)
    _show(f"The policies of {ROLE} after `pulumi up`:", after)
    added = [name for name in after if name not in before]
    _claim(len(added) == 1, "One policy was added,")
    _claim(after[added[0]] == wanted, "it is the one that was announced,")
    _claim(after[added[0]] == json.loads(result.outputs["policy_json"].value), "and it is what the program says it is.")
    _claim(all(after.get(name) == before[name] for name in before), "The policy that the role had is untouched.")
    _claim([call.action for call in box.writes] == ["PutRolePolicy"], "AWS was asked for one write.")


def _up_again(box: Sandbox, stack: auto.Stack) -> None:
    terminal.title("pulumi up, again")
    box.forget()
    result = stack.up(color=terminal.color(), on_output=terminal.stream)
    changes = result.summary.resource_changes or {}
    _claim(set(changes) == {"same"}, "There was nothing to do: no resource changed")
    _claim(not box.writes, "and AWS was asked for no write.")


def _destroy(box: Sandbox, stack: auto.Stack, before: Policies) -> None:
    terminal.title("pulumi destroy")
    stack.destroy(color=terminal.color(), on_output=terminal.stream)
    after = box.role_policies(ROLE)
    _show(f"The policies of {ROLE} after `pulumi destroy`:", after)
    _claim(after == before, "The role is as it was.")


def _claim(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as `claim(that, "…")`
    if not holds:
        raise ClaimError(f"This does not hold: {sentence}")
    terminal.holds(sentence)


def _show(title: str, policies: Mapping[str, Any]) -> None:
    terminal.title(title)
    terminal.policies(policies)


if __name__ == "__main__":
    sys.exit(main())
