"""The claims, in the order in which they are tested."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from tools.verify import roles
from tools.verify.account import one_line
from tools.verify.engine import Done
from tools.verify.trial import Trial, on_both

_ADDED: Final = "create RolePolicy"
_REMOVED: Final = "delete RolePolicy"
_ATTACHED: Final = ("create Policy", "create RolePolicyAttachment", "create RolePolicyAttachment")
_DETACHED: Final = ("delete RolePolicyAttachment", "delete RolePolicyAttachment", "delete Policy")

_HEARTBEAT: Final = {"allow_update_instance_information": True}

_NO_SUCH_KEY: Final = "AWS KMS has no such key or alias in the account and Region of the provider"


def inline(trial: Trial) -> None:
    """Test one inline policy on a role: its names, and its removal."""
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
        "With an exact name, the role has the new policy before the one with the generated name goes.",
        up(web={"role": first, "policy_name": one}),
        [_ADDED, _REMOVED],
        lambda _: on_both({one: document}, {}),
    )
    trial.claim(
        "With another exact name, the role has the new policy before the old one goes.",
        up(web={"role": first, "policy_name": two}),
        [_ADDED, _REMOVED],
        lambda _: on_both({two: document}, {}),
    )
    trial.claim(
        "A policy of an exact name stays when another component takes it over, and the first gets another role.",
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


def preferences(trial: Trial) -> None:
    """Test session preferences that name an alias that isn't there, and note the AWS plugin's words."""
    trial.group("Session preferences")
    alias, said = f"alias/{trial.run.name('key')}", list[str]()
    document = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"kmsKeyId": alias}}
    args: Any = {"role": trial.run.roles[0], "session_preferences": json.dumps(document)}

    def program() -> None:
        try:
            aws.kms.get_key(key_id=alias)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            said.append(one_line(error))
        SessionManagerPermissions(trial.run.name("web"), args)

    def look(done: Done) -> Any:
        done.noted["AWS plugin"] = said
        return {**trial.inline(), "error": _NO_SUCH_KEY if f"{alias!r}: {_NO_SUCH_KEY};" in done.error else done.error}

    trial.claim(
        "`up` fails if session preferences name an alias that isn't there. It says so, and writes nothing.",
        lambda: trial.engine.refused("preferences", program),
        [],
        lambda _: {**on_both({}, {}), "error": _NO_SUCH_KEY},
        look,
    )


def checks(trial: Trial) -> None:
    """Test `check_role`, and ask AWS's simulator the same directly."""
    _, second, third = trial.run.roles
    first_key, second_key = roles.keys(trial.account)
    _heartbeat(trial, second)
    trial.group("check_role of a role that may do all")
    told = "`check_role` lists nothing, because AWS's simulator denies nothing."
    _check(trial, told, {"role": second, **_everything(trial)}, {}, {"boundary": False})
    limited: Mapping[str, Any] = {"role": third, **_HEARTBEAT}
    trial.group("check_role of a role with a permissions boundary")
    told = "`check_role` lists what AWS's simulator denies, and names the permissions boundary as the cause."
    _check(trial, told, {**limited, "s3_log_encryption_enforced": True}, roles.OUTSIDE, {"boundary": True})
    trial.group("check_role of two keys, one of which a policy denies")
    told = "`check_role` lists the denied action once, and names only the denied key and, by AWS's id, the policy."
    named = {"first key": False, "second key": True, "policy": True}
    _check(trial, told, {**limited, "kms_key_arns": [first_key, second_key]}, roles.DENIED, named)


def fleet(trial: Trial) -> None:
    """Test a managed policy on two roles: its document, its replacement, and its removal."""
    trial.group("A fleet of two")
    both = trial.run.roles[:2]

    def up(**inputs: Any) -> Callable[[], Done]:
        args: Any = {"roles": both, "tags": trial.run.tags, **inputs}

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
        "With another description, both roles have the new policy before the old one goes.",
        up(**_HEARTBEAT, description="Made by `make verify`."),
        [*_ATTACHED, *_DETACHED],
        has(**_HEARTBEAT),
        look,
    )
    trial.claim(
        "`destroy` leaves the roles as they were, and leaves no policy.",
        lambda: trial.engine.destroy("fleet"),
        _DETACHED,
        lambda _: {**on_both([], []), "policies": []},
        lambda _: {**trial.attached(), "policies": roles.managed(trial.account, trial.run.name("fleet"))},
    )


def _heartbeat(trial: Trial, role: str) -> None:
    """Test what `check_role` says of a heartbeat that only the component's policy allows; note the ids of the allow."""
    trial.group("check_role of a heartbeat that an update takes away")

    def up(**grants: Any) -> Callable[[], Done]:
        return _up(trial, "heartbeat", {"web": {"role": role, "check_role": True, **grants}})

    def allowed(done: Done) -> Any:
        ids, name = roles.heartbeat_grantors(trial.account, role), done.outputs["policy_name"]
        done.noted = {"ids of the policies that allow": ids}
        own = any(each in (name, f"role_{role}_{name}") for each in ids)
        return {"denied_actions": done.outputs["denied_actions"], "the component's policy is named": own}

    trial.claim(
        "AWS's simulator names the component's policy as one that allows the heartbeat.",
        up(**_HEARTBEAT),
        [_ADDED],
        lambda _: {"denied_actions": [], "the component's policy is named": True},
        allowed,
    )
    trial.claim(
        "`check_role` lists the heartbeat if the update takes it out of the only policy that allows it.",
        up(),
        ["update RolePolicy"],
        lambda _: {"denied_actions": [*roles.HEARTBEAT]},
        lambda done: {"denied_actions": done.outputs["denied_actions"]},
    )


def _check(
    trial: Trial, sentence: str, inputs: Mapping[str, Any], limits: Mapping[str, str], named: Mapping[str, bool]
) -> None:
    """Test what `check_role` lists, and what its warnings name; note the simulator's own results."""
    role = inputs["role"]
    document = policy_document(**{key: value for key, value in inputs.items() if key != "role"})

    def look(done: Done) -> Any:
        answered, results = done.outputs["denied_actions"], roles.denied(trial.account, role, document)
        warnings = [warning for warning in done.warnings if role in warning]
        done.noted = {"warnings": warnings, "simulator's results": results}
        names = _names(trial, "\n".join(warnings), results)
        return {
            "denied_actions": answered if answered is None else sorted(answered),
            "simulator": roles.decisions(results),
            "named": {name: names[name] for name in named},
        }

    wanted = {"denied_actions": sorted(limits), "simulator": limits, "named": named}
    up = _up(trial, f"check-{len(trial.results)}", {"web": {"check_role": True, **inputs}})
    trial.claim(sentence, up, [_ADDED], lambda _: wanted, look)


def _names(trial: Trial, warnings: str, results: Sequence[Mapping[str, Any]]) -> Mapping[str, bool]:
    """Return whether the warnings name the cause, and the denied keys."""
    account, policies = trial.account, roles.policies(results)
    boundary = f"boundary arn:{account.partition}:iam::{account.number}:policy/{trial.run.name('boundary')}"
    first_key, second_key = roles.keys(account)
    return {
        "boundary": boundary in warnings,
        "policy": policies != [] and f"denied in {', '.join(policies)}." in warnings,
        "first key": first_key in warnings,
        "second key": second_key in warnings,
    }


def _up(trial: Trial, stack: str, several: Mapping[str, Mapping[str, Any]]) -> Callable[[], Done]:
    """Return a function that runs `up` on a stack, with the inputs of each component by name."""

    def program() -> None:
        for ending, inputs in several.items():
            args: Any = inputs
            made = SessionManagerPermissions(trial.run.name(ending), args)
            pulumi.export("policy_name", made.policy_name)
            pulumi.export("denied_actions", made.denied_actions)

    return lambda: trial.engine.up(stack, program)


def _everything(trial: Trial) -> Mapping[str, Any]:
    """Return every grant, on resources that need not exist: a policy may name them."""
    account, name, key = trial.account, trial.run.name("logs"), roles.keys(trial.account)[0]
    here = f"{account.region}:{account.number}"
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
