"""`make demo`: runs the example program on the real engine, for a person to watch. All that it says is checked."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi.automation as auto

from pulumi_ssm_perms import policy_document
from sandbox import Policies, ProcessTimeoutError, Sandbox, ToolError

ROOT: Final = Path(__file__).parent.parent
ROLE: Final = "web"
OWN_POLICY: Final[dict[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::app-assets/*"}],
}
KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CONFIG: Final = {"role": ROLE, "kmsKeyArns": [KEY], "s3LogEncryptionEnforced": True}
GRANTS: Final[dict[str, Any]] = {
    "allow_update_instance_information": True,
    "kms_key_arns": [KEY],
    "s3_log_encryption_enforced": True,
}
WHY: Final = (
    "with the heartbeat a node registers; through the channels its agent offers sessions, and the session runs",
    "before a session, the agent asks whether the log bucket is encrypted",
    "with this key the data of the sessions is encrypted",
)


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
    wanted = policy_document(**GRANTS)
    _announce(wanted)
    started = time.monotonic()
    with Sandbox() as box:
        tools_ready = time.monotonic()
        box.create_role(ROLE, policies={"own-app-policy": OWN_POLICY})
        before = _policies(box, "before, as the local AWS has them")
        program = box.example(ROOT / "examples" / "existing_role")
        stack = box.stack(program, project="pulumi-ssm-perms", name="demo", config=CONFIG)
        _up(box, stack, before, wanted)
        _up_again(box, stack)
        _destroy(box, stack, before)
        seconds = time.monotonic() - tools_ready
    waited = tools_ready - started
    _title(f"Done in {seconds:.0f} s" + (f", after {waited:.0f} s for the tools" if waited > 1 else ""))


def _announce(wanted: Mapping[str, Any]) -> None:
    """Show what will happen, and why. A person may read it for minutes while the tools are built."""
    _say("Real: the Pulumi engine, the Terraform bridge, the AWS SDK, and the program, examples/existing_role.")
    _say("Stand-ins: moto for AWS, and a small AWS provider of this repository. No AWS account is involved.")
    _title(f"A role, {ROLE}, exists already, with a policy of its own for the application on its nodes:")
    for statement in OWN_POLICY["Statement"]:
        _say(f"  Allow {', '.join(statement['Action'])}", f"    on {statement['Resource']}")
    _title("Session Manager cannot reach these nodes. The program adds one policy, and touches nothing else:")
    for statement, why in zip(wanted["Statement"], WHY, strict=True):
        _say(f"  Allow {', '.join(statement['Action'])}", f"    on {statement['Resource']}", f"    because {why}")


def _up(box: Sandbox, stack: auto.Stack, before: Policies, wanted: Mapping[str, Any]) -> None:
    _title("pulumi up")
    result = stack.up(color=_COLOR, on_output=_stream)
    after = _policies(box, "after `pulumi up`")
    added = [name for name in after if name not in before]
    _claim(len(added) == 1, "One policy was added,")
    _claim(after[added[0]] == wanted, "it is the one that was announced,")
    _claim(after[added[0]] == json.loads(result.outputs["policy_json"].value), "and it is what the program says it is.")
    _claim(all(after.get(name) == before[name] for name in before), "The policy that the role had is untouched.")
    _claim([call.action for call in box.writes] == ["PutRolePolicy"], "AWS was asked for one write.")


def _up_again(box: Sandbox, stack: auto.Stack) -> None:
    _title("pulumi up, again")
    box.forget()
    result = stack.up(color=_COLOR, on_output=_stream)
    changes = result.summary.resource_changes or {}
    _claim(set(changes) == {"same"}, "There was nothing to do: no resource changed")
    _claim(not box.writes, "and AWS was asked for no write.")


def _destroy(box: Sandbox, stack: auto.Stack, before: Policies) -> None:
    _title("pulumi destroy")
    stack.destroy(color=_COLOR, on_output=_stream)
    _claim(_policies(box, "after `pulumi destroy`") == before, "The role is as it was.")


def _claim(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as `claim(that, "…")`
    if not holds:
        raise ClaimError(f"This does not hold: {sentence}")
    _say(_styled("32", "  ✓ ") + sentence)


def _policies(box: Sandbox, when: str) -> Policies:
    """Return the role's policies, and print them."""
    found = box.role_policies(ROLE)
    _title(f"The policies of {ROLE} {when}:")
    for name, document in found.items():
        _say(f"  {_styled('1', name)}", "    " + json.dumps(document, indent=2).replace("\n", "\n    "))
    return found


_COLOR: Final = "always" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else "never"


def _styled(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _COLOR == "always" else text


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


def _title(text: str) -> None:
    _say("", _styled("1;36", f"── {text}"))


def _stream(line: str) -> None:
    _say(f"  │ {line}")


if __name__ == "__main__":
    sys.exit(main())
