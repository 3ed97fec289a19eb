"""`check`: what lines hide, share and name, also under users' own mocks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import SessionManagerPermissions
from tests.answers import GET_ROLE, HEARTBEAT, SIMULATE, iam
from tests.checks import DENIED, FINE, KINDS, LAST, UNSEEN, UNWRITABLE, causes, said
from tests.components import PERMISSIONS, STACK, Kind, secret
from tests.documents import BUCKET, KEY, allow, policy
from tests.fleets import FLEET
from tests.mocks import Secret, run, unknown
from tests.worlds import (
    ALL,
    AWS_SAID,
    GRANT,
    GROUP_THERE,
    KEY_THERE,
    KEYS,
    LIMIT,
    NODE,
    OPEN_DATA,
    OTHER_ACCOUNT,
    READY,
    UNREACHABLE,
    Aws,
    Held,
    Said,
    World,
    bounded,
    denied,
    node,
    not_asked,
    ok,
    silent,
)


def of(**inputs: Any) -> Mapping[str, Any]:
    """Return inputs of which each is a secret."""
    return {name: lambda value=value: secret(value) for name, value in inputs.items()}


NO_KEY_SAID: Final = (
    "{} may not call kms:Decrypt on [secret] in its Region: it is denied in [secret]. Make an exception there."
)


REFUSED: Final = AWS_SAID.format("GetRole", f"AccessDenied: no role web, no {KEY}")
SECRETS: Final[Mapping[str, tuple[Mapping[str, Any], World, str, object]]] = {
    "a role": ({**of(role="web"), **KEYS}, DENIED, NO_KEY_SAID.format("role [secret]"), ["kms:Decrypt"]),
    "a key": (of(kms_key_arns=[KEY]), DENIED, NO_KEY_SAID.format("role 'web'"), ["kms:Decrypt"]),
    "a role, AWS's answer": (
        of(role="web"),
        replace(FINE, fails={(GET_ROLE, "web"): REFUSED}),
        not_asked("role [secret]", "AccessDenied", GRANT),
        None,
    ),
    "a key, AWS's answer": (
        of(kms_key_arns=[KEY]),
        replace(FINE, fails={(SIMULATE, "web"): REFUSED}),
        not_asked("role 'web'", "AccessDenied", GRANT),
        None,
    ),
    "a role, no answer of AWS": (
        of(role="web"),
        replace(FINE, fails={(GET_ROLE, "web"): "dial tcp: web"}),
        "IAM could not be asked about role [secret]. Run the command again.",
        None,
    ),
    "a boundary": (
        of(role="web"),
        UNWRITABLE,
        bounded(OPEN_DATA).replace("'web'", "[secret]").replace(f" {LIMIT}", ""),
        [OPEN_DATA],
    ),
    "who allows the heartbeat": (of(policy_name="fixed"), FINE, ok(5, "[secret]"), []),
    "a key of another account": (of(kms_key_arns=[KEY_THERE]), FINE, OTHER_ACCOUNT.replace(KEY_THERE, "[secret]"), []),
    "a log group of another account": (
        of(cloudwatch_log_group_arns=[GROUP_THERE]),
        FINE,
        UNREACHABLE.replace(GROUP_THERE, "[secret]"),
        [],
    ),
}


@pytest.mark.parametrize(("inputs", "world", "line", "listed"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_in_no_line(inputs: Any, world: World, line: str, listed: object) -> None:
    """Nor is what would tell it: policies, the boundary, AWS's own words, the Region of a key; the list is secret."""
    record = PERMISSIONS.declare({"check": "advisory", **inputs}, answer=Aws(world))

    assert line in said(record)
    assert [text for text in said(record) if "role" in inputs and "'web'" in text] == []
    assert record.results["denied_actions"] == Secret(listed)


def test_a_secret_role_is_not_in_the_error() -> None:
    """Neither in its text nor in its attributes."""
    record = PERMISSIONS.try_declare({"check": "mandatory", **of(role="web"), **KEYS}, answer=Aws(DENIED))
    [line] = causes(record)

    assert line == NO_KEY_SAID.format("role [secret]") + LAST
    assert getattr(record.error, "denied_actions", None) == {"[secret]": ("kms:Decrypt",)}


def test_a_bucket_of_another_account() -> None:
    """Its policy and that of its key must allow the role; the bucket is named without a prefix."""
    inputs = {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "team", "s3_log_cross_account": True}
    record = PERMISSIONS.declare({"check": "advisory", **inputs, "s3_log_kms_key_arn": KEY_THERE}, answer=Aws(FINE))

    assert said(record)[1:] == [
        OTHER_ACCOUNT.replace(" must", f" and the bucket policy of {BUCKET} must"),
    ]


NO_DETAILS: Final[Mapping[str, Any]] = {"matchedStatements": [], "missingContextKeys": []}


class UsersMocks(Aws):
    """As users write them: each resource has an id, in a preview, too, and an answer says no more than the decision."""

    def __call__(self, call: MockCallArgs) -> Any:
        """Leave out who allows it."""
        answer: Any = super().__call__(call)
        return answer if call.token != SIMULATE else {"results": [{**each, **NO_DETAILS} for each in answer["results"]]}


@KINDS
@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("level", ["advisory", "mandatory"])
def test_mocks_that_name_no_policies_have_lost_none(kind: Kind, level: str, *, preview: bool) -> None:
    """Without the document, IAM's second answer allows it as well, and names nobody instead."""
    world = replace(FINE, held=node(attached={"all": policy(ALL)}), state="same")
    for answer in (UsersMocks(world), iam()):
        assert said(kind.declare({"check": level}, answer=answer, preview=preview)) == [ok(5, None)]


@pytest.mark.parametrize("state", ["", "same"])
def test_a_policy_without_a_name_is_nobodys(state: Any) -> None:
    """A preview that does not know the name takes no other policy for the component's own, and misses none."""
    world = World(Held(inline={"ssm": READY}), Said([]), state=state)
    record = PERMISSIONS.declare({"check": "mandatory", "policy_name": unknown}, answer=Aws(world), preview=True)

    assert said(record) == [ok(5, "'ssm'")]


def test_what_the_simulator_does_not_see_is_said_once() -> None:
    """By the first component of a run that grants a key or a bucket, once IAM has answered about it."""

    def program() -> None:
        for name, more in (("first", {}), ("lost", {"role": "api", **KEYS}), ("web", KEYS), ("last", KEYS)):
            inputs: Any = {"role": "web", **more}
            SessionManagerPermissions(name, check="advisory", **inputs)

    fails = {(GET_ROLE, "api"): "dial tcp"}
    logged = run(program, answer=Aws(World(Held(), Said([]), fails=fails, more={"api": NODE}))).logged
    [urn] = [urn for urn, text in logged if text == UNSEEN]

    assert urn.rpartition("::")[2] in ("web", "last")
    assert [text for _, text in logged].count(silent()) == 3


@pytest.mark.parametrize(("level", "listed"), [("disabled", None), ("advisory", {}), ("mandatory", {})])
def test_a_fleet_without_roles(level: str, listed: object, *, preview: bool) -> None:
    """It is warned of at any level, because such an update detaches the policy from all roles."""
    record = FLEET.declare({"roles": [], "check": level}, preview=preview)
    line = (
        "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check the "
        "search."
    )

    assert record.logged == [(f"{STACK}${FLEET.type}::fleet", line)]
    assert (record.results["denied_actions"], record.warned) == (listed, [line])


def test_a_cause_of_many_calls_and_roles() -> None:
    """Ten of each are named, and each role has its list."""
    roles = [f"r{number}" for number in range(11)]
    keys = [f"{KEY[:-2]}{number:02}" for number in range(11)]
    no = policy({**allow(["kms:Decrypt"]), "Effect": "Deny"})
    world = World(NODE, Said([]), more=dict.fromkeys(roles, node(inline={"no": no})))
    record = FLEET.declare({"roles": roles, "kms_key_arns": keys, "check": "advisory"}, answer=Aws(world))
    named = f"roles {', '.join(map(repr, roles[:10]))} and 1 more"
    calls = f"{', '.join(f'kms:Decrypt on {key}' for key in keys[:10])} and 1 more"

    assert said(record) == [denied(calls, "'no'", roles=named)]
    assert record.results["denied_actions"] == {role: ["kms:Decrypt"] for role in roles}


FAILURES: Final = {"a": "AccessDenied: on: a", "b": "AccessDenied: at: b", "c": "ServiceFailure: c"}


def test_failures_of_one_code_are_one_line() -> None:
    """It has the first one's text, as AWS's names a role; what is known of the others is listed."""
    fails = {(GET_ROLE, role): AWS_SAID.format("GetRole", said) for role, said in FAILURES.items()}
    world = World(Held(), Said([]), fails=fails, more=dict.fromkeys(FAILURES, NODE))
    record = FLEET.declare({"roles": [*FAILURES, "web"], "check": "advisory"}, answer=Aws(world))

    assert said(record) == [
        not_asked("roles 'a', 'b'", FAILURES["a"], GRANT),
        not_asked("role 'c'", FAILURES["c"]),
        silent(),
        ok(4, None),
    ]
    assert record.results["denied_actions"] == {"web": [HEARTBEAT]}
