"""What is claimed, in the order in which it is tried."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from verification import roles
from verification.engine import Done
from verification.trial import Trial, on_both

_ADDED: Final = "create RolePolicy"
_REMOVED: Final = "delete RolePolicy"
_ATTACHED: Final = ("create Policy", "create RolePolicyAttachment", "create RolePolicyAttachment")
_DETACHED: Final = ("delete RolePolicyAttachment", "delete RolePolicyAttachment", "delete Policy")

_HEARTBEAT: Final = {"allow_update_instance_information": True}


def inline(trial: Trial) -> None:
    """Try one inline policy on a role: its names, and its end."""
    trial.group("One inline policy")
    name, (first, second, _) = trial.run.name, trial.run.roles
    web, one, two, document = name("web"), name("one"), name("two"), policy_document()

    def generated(done: Done) -> Any:
        return on_both({trial.run.generated(web, done.outputs["policy_name"]): document}, {})

    def up(**several: Mapping[str, str]) -> Callable[[], Done]:
        return _up(trial, "inline", several)

    trial.claim(
        "`up` adds AWS's policy to the role, under a generated name.", up(web={"role": first}), [_ADDED], generated
    )
    trial.claim("The same program again writes nothing.", up(web={"role": first}), [], generated)
    trial.claim(
        "With an exact name the role has the policy before the one of the generated name goes.",
        up(web={"role": first, "policy_name": one}),
        [_ADDED, _REMOVED],
        lambda _: on_both({one: document}, {}),
    )
    trial.claim(
        "With another exact name it is the same.",
        up(web={"role": first, "policy_name": two}),
        [_ADDED, _REMOVED],
        lambda _: on_both({two: document}, {}),
    )
    trial.claim(
        "An exact name that passes to another component stays as it is, while the first component gets another role.",
        up(web={"role": second, "policy_name": two}, other={"role": first, "policy_name": two}),
        [_ADDED],
        lambda _: on_both({two: document}, {two: document}),
    )
    trial.claim(
        "`destroy` leaves the roles as they were.",
        lambda: trial.engine.destroy("inline"),
        [_REMOVED, _REMOVED],
        lambda _: on_both({}, {}),
    )


def checks(trial: Trial) -> None:
    """Try `check_role`, and ask AWS's simulator the same without it."""
    everything = _everything(trial)
    some = {**_HEARTBEAT, "kms_key_arns": everything["kms_key_arns"]}
    _, second, third = trial.run.roles
    trial.group("check_role of a role that may do all")
    _check(trial, "`check_role` answers with an empty list, as AWS's simulator denies nothing.", second, everything, {})
    trial.group("check_role of a role that may not")
    told = "`check_role` lists what AWS's simulator denies, and names the permissions boundary that does."
    _check(trial, told, third, some, roles.LIMITS)


def fleet(trial: Trial) -> None:
    """Try a managed policy on two roles: its document, another policy in its place, and its end."""
    trial.group("A fleet of two")
    both = trial.run.roles[:2]

    def up(**inputs: Any) -> Callable[[], Done]:
        args: Any = {"roles": both, **inputs}

        def program() -> None:
            made = SessionManagerManagedPolicy(trial.run.name("fleet"), args)
            pulumi.export("policy_arn", made.policy_arn)

        return lambda: trial.engine.up("fleet", program)

    def has(**grants: Any) -> Callable[[Done], Any]:
        document = policy_document(**grants)
        return lambda done: {**on_both(*[[done.outputs["policy_arn"]]] * 2), "document": document}

    def look(done: Done) -> Any:
        document = roles.document_of(trial.account, done.outputs["policy_arn"])
        return {**trial.attached(), "document": document}

    trial.claim("One managed policy is attached to both roles.", up(), _ATTACHED, has(), look)
    trial.claim("Another document is one write for both.", up(**_HEARTBEAT), ["update Policy"], has(**_HEARTBEAT), look)
    trial.claim(
        "With another description both roles have the new policy before the old one goes.",
        up(**_HEARTBEAT, description="Made by `make verify`."),
        [*_ATTACHED, *_DETACHED],
        has(**_HEARTBEAT),
        look,
    )
    trial.claim(
        "`destroy` leaves the roles as they were, and no policy.",
        lambda: trial.engine.destroy("fleet"),
        _DETACHED,
        lambda _: {**on_both([], []), "policies": []},
        lambda _: {**trial.attached(), "policies": roles.managed(trial.account, trial.run.name("fleet"))},
    )


def _check(trial: Trial, sentence: str, role: str, grants: Mapping[str, Any], limits: Mapping[str, str]) -> None:
    document = policy_document(**grants)
    boundary = f"boundary arn:{trial.account.partition}:iam::{trial.account.number}:policy/{trial.run.name('boundary')}"

    def look(done: Done) -> Any:
        answered = done.outputs["denied_actions"]
        return {
            "denied_actions": answered if answered is None else sorted(answered),
            "simulator": roles.denied(trial.account, role, document),
            "boundary named": any(boundary in warning for warning in done.warnings),
        }

    wanted = {"denied_actions": sorted(limits), "simulator": limits, "boundary named": bool(limits)}
    checked = {"role": role, "check_role": True, **grants}
    trial.claim(sentence, _up(trial, f"check-{role}", {"web": checked}), [_ADDED], lambda _: wanted, look)


def _up(trial: Trial, stack: str, several: Mapping[str, Mapping[str, Any]]) -> Callable[[], Done]:
    """Return what brings a stack up, of inputs by the names of components."""

    def program() -> None:
        for ending, inputs in several.items():
            args: Any = inputs
            made = SessionManagerPermissions(trial.run.name(ending), args)
            pulumi.export("policy_name", made.policy_name)
            pulumi.export("denied_actions", made.denied_actions)

    return lambda: trial.engine.up(stack, program)


def _everything(trial: Trial) -> Mapping[str, Any]:
    """Return all that a role can be granted, on what need not be there: a policy may name it."""
    account, name = trial.account, trial.run.name("logs")
    here = f"{account.region}:{account.number}"
    key = f"arn:{account.partition}:kms:{here}:key/00000000-0000-0000-0000-000000000000"
    return {
        **_HEARTBEAT,
        "kms_key_arns": [key],
        "s3_log_encryption_enforced": True,
        "s3_log_bucket_arn": f"arn:{account.partition}:s3:::{name}",
        "s3_log_key_prefix": "sessions",
        "s3_log_cross_account": True,
        "s3_log_kms_key_arn": key,
        "cloudwatch_log_group_arns": [f"arn:{account.partition}:logs:{here}:log-group:{name}"],
    }
