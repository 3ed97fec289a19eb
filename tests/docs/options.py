"""Which options of a component, and of its parent, reach its policies, by the engine's state; writes the page's tables.

A bare RolePolicy with the same option is beside each policy: what the option does to that one is looked for in ours.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs.pages import ROOT

PAGE: Final = ROOT / "docs/reference/options.md"
COMMAND: Final = ".venv/bin/python -m tests.docs.options"
MADE: Final = re.compile(r"(?s)(?<=<!-- made by `.venv/bin/python -m tests.docs.options` -->\n).*?(?=<!-- end -->)")

_DOCUMENT: Final = json.dumps(policy_document())
_KINDS: Final = ("generated", "exact", "managed")
_HEADS: Final = {"own": "option of the component", "parents": "option that only the component's parent has"}
# What every resource has, and no option decides.
_COMMON: Final = {
    *("urn", "id", "type", "custom", "parent", "inputs", "outputs", "created", "modified"),
    *("sourcePosition", "stackTrace", "propertyDependencies", "dependencies"),
}


def protected(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Protect, in a transform."""
    opts.protect = True
    return opts


VALUES: Final[Mapping[str, Callable[[aws.Provider, aws.iam.Policy], Any]]] = {
    "provider": lambda provider, _: provider,
    "providers": lambda provider, _: [provider],
    "protect": lambda *_: True,
    "retain_on_delete": lambda *_: True,
    "custom_timeouts": lambda *_: pulumi.CustomTimeouts(create="9m"),
    "transforms": lambda *_: [lambda args: pulumi.ResourceTransformResult(args.props, protected(args.opts))],
    "transformations": lambda *_: [lambda args: pulumi.ResourceTransformationResult(args.props, protected(args.opts))],
    "deleted_with": lambda _, other: other,
    "hooks": lambda *_: pulumi.ResourceHookBinding(before_delete=[pulumi.ResourceHook("hook", lambda _: None)]),
    "replacement_trigger": lambda *_: "once",
    "replace_with": lambda _, other: [other],
    "ignore_changes": lambda *_: ["policy"],
    "replace_on_changes": lambda *_: ["policy"],
    "hide_diffs": lambda *_: ["policy"],
    "additional_secret_outputs": lambda *_: ["policy"],
    "version": lambda *_: "7.0.0",
    "plugin_download_url": lambda *_: "https://example.com",
}
"""A value of each option whose effect on a policy the state shows."""


def declare(role: str, ours: pulumi.ResourceOptions, bare: pulumi.ResourceOptions) -> None:
    """Declare a bare policy on a role, and one of each kind of ours."""
    aws.iam.RolePolicy(f"{role}-bare", role=role, policy=_DOCUMENT, opts=bare)
    SessionManagerPermissions(f"{role}-generated", role=role, opts=ours)
    SessionManagerPermissions(f"{role}-exact", role=role, policy_name=f"{role}-exact", opts=ours)
    SessionManagerManagedPolicy(f"{role}-managed", roles=[role], opts=ours)


def declare_all(box: Sandbox) -> None:
    """Declare policies without an option, and with each option of their own or of a parent's."""
    provider = aws.Provider("own", **box.provider_args())
    other = aws.iam.Policy("other", policy=_DOCUMENT)
    declare("none", pulumi.ResourceOptions(), pulumi.ResourceOptions())
    for option, value in VALUES.items():
        given = pulumi.ResourceOptions(**{option: value(provider, other)})
        # A bare resource takes one provider.
        declare(f"own-{option}", given, pulumi.ResourceOptions(provider=provider) if option == "providers" else given)
        below = pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", option, None, given))
        declare(f"parents-{option}", below, below)


def seen(resources: Sequence[Mapping[str, Any]], policy: str) -> set[str]:
    """Return what all resources of a policy have in the state: a managed one is a policy and its attachments."""
    named = re.compile(rf"(?:::|/){policy}(?:-session-manager)?(?:/|$)")
    own = [each for each in resources if each["type"].startswith("aws:iam/") and named.search(each["urn"])]
    return set.intersection(*({f"{key}: {value}" for key, value in each.items() if key not in _COMMON} for each in own))


def found(box: Sandbox) -> Mapping[str, Mapping[str, Sequence[bool]]]:
    """Return for each option whether it reaches each kind of policy; without those that do nothing to a bare one."""
    roles = ["none", *(f"{whose}-{option}" for whose in _HEADS for option in VALUES)]
    for role in roles:
        box.create_role(role)
    stack = box.stack(lambda: declare_all(box))
    stack.up()
    resources = (stack.export_stack().deployment or {})["resources"]
    none = seen(resources, "none-bare")
    rows: dict[str, dict[str, Sequence[bool]]] = {whose: {} for whose in _HEADS}
    for whose, options in rows.items():
        for option in VALUES:
            does = seen(resources, f"{whose}-{option}-bare") - none
            if does:
                options[option] = [does <= seen(resources, f"{whose}-{option}-{kind}") for kind in _KINDS]
    return rows


def tables(rows: Mapping[str, Mapping[str, Sequence[bool]]]) -> str:
    """Return the page's tables."""
    lines: list[str] = []
    for whose, options in rows.items():
        lines += [
            f"| {_HEADS[whose]} | generated name | exact name | managed policy and attachments |",
            "|---|---|---|---|",
        ]
        for reaches in sorted({tuple(each) for each in options.values()}, reverse=True):
            names = ", ".join(f"`{name}`" for name, each in options.items() if tuple(each) == reaches)
            lines.append(f"| {names} | {' | '.join('yes' if each else 'no' for each in reaches)} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Write the tables into the page."""
    with Sandbox() as box:
        made = tables(found(box))
    PAGE.write_text(MADE.sub(lambda _: made, PAGE.read_text()))


if __name__ == "__main__":
    main()
