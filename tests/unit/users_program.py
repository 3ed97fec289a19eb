"""A user's program, as strict mypy and pyright see it: what is right passes, and each wrong line is an error.

A comment that ignores an error which is not there is an error itself.
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=error

from collections.abc import Mapping, Sequence

import pulumi

from pulumi_ssm_perms import (
    InvalidInputError,
    Problem,
    SessionManagerManagedPolicy,
    SessionManagerPermissions,
    SessionManagerPermissionsArgs,
    policy_document,
)

text: pulumi.Output[str] = pulumi.Output.from_input("web")
maybe: pulumi.Output[str | None] = pulumi.Output.from_input(None)
texts: pulumi.Output[list[str]] = pulumi.Output.from_input(["web"])
flag: pulumi.Output[bool] = pulumi.Output.from_input(True)  # noqa: FBT003 - that is its signature
options = pulumi.ResourceOptions(protect=True)


async def later() -> str:
    """Return a value that is there later."""
    return "web"


def right() -> None:
    """Give each input in each way that it takes, as keyword arguments or as one dict."""
    a = SessionManagerPermissions("a", role="web")
    SessionManagerPermissions("b", SessionManagerPermissionsArgs(role="web"), options)
    SessionManagerPermissions("c", role=text, policy_name=maybe, opts=options)
    SessionManagerPermissions("d", {"role": later(), "kms_key_arns": texts, "s3_log_encryption_enforced": flag})
    SessionManagerPermissions("e", role=text.apply(str), kms_key_arns=[text, "k", later()])
    SessionManagerPermissions("f", {"role": "web", "kms_key_arns": None, "policy_name": None, "check": None})
    SessionManagerPermissions("g", role="web", session_preferences=maybe, check="advisory")
    SessionManagerPermissions("h", SessionManagerPermissionsArgs(role=text, cloudwatch_log_group_arns=("g", text)))
    SessionManagerPermissions("j", role="web", s3_log_cross_account=flag, s3_log_kms_key_arn=maybe)
    SessionManagerManagedPolicy("k", roles=["web"], tags={"team": text}, policy_name=text, path=maybe, opts=options)
    SessionManagerManagedPolicy("l", {"roles": ("web", "api")}, options)
    names: list[pulumi.Output[str]] = [a.role_name, a.policy_name, a.policy_json]
    pulumi.export("names", names)
    document: dict[str, object] = policy_document(kms_key_arns=["k"], s3_log_bucket_arn=None)
    pulumi.export("document", document)


def must_be_allowed(denied: Sequence[str] | None) -> None:
    """Refuse a role that may not do all, as the pages do."""
    if denied is None or len(denied) > 0:
        raise RuntimeError(f"web may not call {denied}")


def checked() -> None:
    """Use what a check found out."""
    a = SessionManagerPermissions("a", {"role": "web", "check": "mandatory"})
    a.denied_actions.apply(must_be_allowed)
    pulumi.export("denied", a.denied_actions.apply(lambda denied: len(denied) if denied else 0))
    b = SessionManagerManagedPolicy("b", {"roles": ["web"], "check": "disabled"})
    fleet: pulumi.Output[Mapping[str, Sequence[str]] | None] = b.denied_actions
    pulumi.export("roles", fleet.apply(lambda denied: sorted(denied or {})))


def refused(error: InvalidInputError) -> list[tuple[str, str, str, str]]:
    """Read what an error says."""
    raised: pulumi.RunError = error
    problems: tuple[Problem, ...] = error.problems
    pulumi.log.error(f"{raised} {problems}")
    return [(problem.path, problem.value, problem.rule, problem.remedy) for problem in error.problems]


def wrong() -> None:
    """Give what no component takes."""
    SessionManagerPermissions("a", {})  # type: ignore[call-overload]
    SessionManagerPermissions("b", SessionManagerPermissionsArgs())  # type: ignore[typeddict-item]
    SessionManagerPermissions("c", {"role": 7})  # type: ignore[call-overload]
    SessionManagerPermissions("e", {"role": maybe})  # type: ignore[call-overload]
    SessionManagerPermissions("f", {"role": "web", "kms_key_arn": ["k"]})  # type: ignore[call-overload]
    SessionManagerPermissions("g", SessionManagerPermissionsArgs(role="web", kmsKeyArns=["k"]))  # type: ignore[typeddict-unknown-key]
    SessionManagerPermissions("h", {"role": "web", "s3_log_encryption_enforced": "true"})  # type: ignore[call-overload]
    SessionManagerPermissions("i", {"role": "web", "kms_key_arns": [7]})  # type: ignore[call-overload]
    SessionManagerPermissions("j", {"role": "web", "check": text})  # type: ignore[call-overload]
    SessionManagerPermissions("k", {"role": "web", "session_preferences": {"schemaVersion": "1.0"}})  # type: ignore[call-overload]
    SessionManagerPermissions({"role": "web"})  # type: ignore[call-overload]
    SessionManagerManagedPolicy("l", {"roles": ["web"], "check": True})  # type: ignore[call-overload]
    SessionManagerPermissions("n", {"role": "web"}).denied_actions.apply(len)  # type: ignore[arg-type]
    SessionManagerPermissions("o", role=7)  # type: ignore[call-overload]
    SessionManagerPermissions("p", role="web", kms_key_arn=["k"])  # type: ignore[call-overload]
    SessionManagerPermissions("r", {"role": "web"}, check="advisory")  # type: ignore[call-overload]
    SessionManagerManagedPolicy("t", roles="web", protect=True)  # type: ignore[call-overload]
    policy_document(kms_key_arns=[7])  # type: ignore[list-item]
    policy_document(kms_key_arn=["k"])  # type: ignore[call-arg]
    policy_document(s3_log_encryption_enforced="true")  # type: ignore[arg-type]
    policy_document(role="web")  # type: ignore[call-arg]
