"""`make demo`: the example program on the real engine, for a person to watch; what it says is checked."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pulumi.automation as auto

from sandbox.box import Sandbox

ROOT = Path(__file__).parent.parent
ROLE = "web"
OWN_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::app-assets/*"}],
}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CONFIG = {"role": ROLE, "kmsKeyArns": [KEY], "s3LogEncryptionEnforced": True}

Policies = dict[str, dict[str, Any]]


class ClaimError(Exception):
    """Something that the demo says does not hold."""


def main() -> None:
    """Run the demo.

    Raises:
        ClaimError: Something that it says does not hold.
    """
    started = time.monotonic()
    with Sandbox() as box:
        tools_ready = time.monotonic()
        box.create_role(ROLE, policies={"own-app-policy": OWN_POLICY})
        _say(
            "Real: the Pulumi engine, the Terraform bridge, the AWS SDK, and the program, examples/existing_role.",
            "Stand-ins: moto for AWS, and a small AWS provider of this repository. No AWS account is involved.",
        )
        before = box.role_policies(ROLE)
        _show(f"The role {ROLE} exists already. Its policies before:", before)
        stack = box.stack(
            box.example(ROOT / "examples" / "existing_role"), project="pulumi-ssm-perms", name="demo", config=CONFIG
        )
        _up(box, stack, before)
        _up_again(box, stack)
        _destroy(box, stack, before)
        seconds = time.monotonic() - tools_ready
    waited = tools_ready - started
    _title(f"Done in {seconds:.0f} s" + (f", after {waited:.0f} s for the tools" if waited > 1 else ""))


def _up(box: Sandbox, stack: auto.Stack, before: Policies) -> None:
    _title("pulumi up")
    result = stack.up(color=_color(), on_output=_stream)
    after = box.role_policies(ROLE)
    _show(f"The policies of {ROLE} after `pulumi up`:", after)
    added = [name for name in after if name not in before]
    _claim(len(added) == 1, "One policy was added,")
    _claim(after[added[0]] == json.loads(result.outputs["policy_json"].value), "and it is what the program says it is.")
    _claim(all(after.get(name) == before[name] for name in before), "The policy that the role had is untouched.")
    _claim([call.action for call in box.writes] == ["PutRolePolicy"], "AWS was asked for one write.")


def _up_again(box: Sandbox, stack: auto.Stack) -> None:
    _title("pulumi up, again")
    box.forget()
    result = stack.up(color=_color(), on_output=_stream)
    changes = result.summary.resource_changes or {}
    _claim(set(changes) == {"same"}, "There was nothing to do: no resource changed")
    _claim(not box.writes, "and AWS was asked for no write.")


def _destroy(box: Sandbox, stack: auto.Stack, before: Policies) -> None:
    _title("pulumi destroy")
    stack.destroy(color=_color(), on_output=_stream)
    after = box.role_policies(ROLE)
    _show(f"The policies of {ROLE} after `pulumi destroy`:", after)
    _claim(after == before, "The role is as it was.")


def _claim(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as `claim(that, "…")`
    if not holds:
        raise ClaimError(f"This does not hold: {sentence}")
    print(_styled("32", "  ✓ ") + sentence, flush=True)


def _show(title: str, policies: Policies) -> None:
    _title(title)
    for name, document in policies.items():
        print(f"  {_styled('1', name)}")
        print("    " + json.dumps(document, indent=2).replace("\n", "\n    "), flush=True)


def _title(text: str) -> None:
    print("\n" + _styled("1;36", f"── {text}"), flush=True)


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


def _stream(line: str) -> None:
    print(f"  │ {line}", flush=True)


def _color() -> str:
    return "always" if _terminal() else "never"


def _terminal() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _styled(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _terminal() else text
