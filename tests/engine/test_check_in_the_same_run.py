"""A mandatory check on the engine, where the run changes what it asks about: a role, a Deny, a boundary, its policy."""

import json
from collections.abc import Callable
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.answers import HEARTBEAT
from tests.checked import told
from tests.documents import KEY, OTHER_KEY, allow, policy
from tests.mocks import Program
from tests.on_engine import TRUST, permissions, writes
from tests.sentences import ALL_CHANNELS, NOT_YET, TAKEN_AWAY, UNSEEN, bounded, denied, ok
from tests.world import KEYS, NO_KEY, ON, ON_KEY, READY, deny

DENIED: Final = denied(ON_KEY, "'no'")
FINE: Final = ok(5, "'own'") + UNSEEN

pytestmark = pytest.mark.usefixtures("without_pauses")


def same_program(key: str = KEY) -> None:
    """Declare a role, a policy of it, a component that depends on that, and what has to do with none or all of them."""
    role = aws.iam.Role("new", name="new", assume_role_policy=TRUST)
    no = json.dumps(policy(*READY["Statement"], *NO_KEY["Statement"]))
    own = aws.iam.RolePolicy("own", role=role.name, name="no", policy=no)
    opts = pulumi.ResourceOptions(depends_on=[own])
    made = SessionManagerPermissions("web", role=role.name, check="mandatory", kms_key_arns=[key], opts=opts)
    aws.iam.Role("other", name="other", assume_role_policy=TRUST)
    aws.iam.Role("after", name="after", assume_role_policy=TRUST, opts=pulumi.ResourceOptions(depends_on=[made]))


def test_a_role_of_the_same_program(box: Sandbox) -> None:
    """A preview says that it could not ask yet. The update makes what comes first and the rest, then ends.

    A later preview warns, because what the component depends on may change the answer. The next update goes on.
    """
    said = DENIED.replace("'web'", "'new'")
    fine = FINE.replace("'web'", "'new'").replace("'own'", "'no'")
    assert told(box.stack(same_program), "preview").lines == [NOT_YET.format("role 'new'")]
    assert told(box.stack(same_program), "up")[::2] == ([said], True)
    assert {call.target for call in box.writes if call.action == "CreateRole"} == {"new", "other"}
    assert [*box.role_policies("new")] == ["no"]
    assert told(box.stack(same_program), "preview")[::2] == ([said], False)
    assert told(box.stack(lambda: same_program(OTHER_KEY)), "up")[::2] == (
        [fine.replace("eu-west-1", "eu-west-1, or in the Region of its resource")],
        False,
    )


def limited(*, limit: str | None, guarded: bool, depends: bool) -> None:
    """Declare a role with a boundary or none, its policy that denies the key or another one, and a component."""
    role = aws.iam.Role("web", name="web", assume_role_policy=TRUST, permissions_boundary=limit)
    no = NO_KEY if guarded else policy(deny("kms:Encrypt"))
    own = aws.iam.RolePolicy("no", role=role.name, name="no", policy=json.dumps(no))
    opts = pulumi.ResourceOptions(depends_on=[own]) if depends else None
    inputs: Any = {**KEYS, **ON, "role": "web" if depends else own.role}
    SessionManagerPermissions("web", check="disabled" if guarded else "mandatory", opts=opts, **inputs)


@pytest.mark.parametrize("depends", [True, False], ids=["depends_on", "role as an Output"])
def test_a_deny_that_the_same_run_edits_and_a_boundary_that_goes(box: Sandbox, *, depends: bool) -> None:
    """The preview warns and passes, because the run changes them before it asks about the role; the update passes."""
    document = json.dumps(policy(allow(["kms:*"])))
    limit = box.client("iam").create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]
    box.stack(lambda: limited(limit=limit, guarded=True, depends=depends)).up()
    after = box.stack(lambda: limited(limit=None, guarded=False, depends=depends))
    channels = bounded(f"{ALL_CHANNELS}, {HEARTBEAT}")

    assert told(after, "preview")[::2] == (sorted([DENIED, channels]), False)
    assert told(after, "up")[::2] == ([ok(6, None) + UNSEEN], False)


def with_deny(*, denies: bool, level: str) -> Callable[[], None]:
    """Return a program with a component, and with or without a policy that denies what the component grants."""

    def program() -> None:
        if denies:
            aws.iam.RolePolicy("no", role="web", name="no", policy=json.dumps(NO_KEY))
        permissions(check=level, **KEYS)()

    return program


def test_a_deny_that_the_same_update_deletes_is_still_there(box: Sandbox) -> None:
    """Pulumi deletes last. The error says what to do, and that works: one update with an advisory check."""
    box.create_role("web", policies={"own": READY})
    box.stack(with_deny(denies=True, level="disabled")).up()
    box.forget()
    assert told(box.stack(with_deny(denies=False, level="mandatory")), "up").lines == [DENIED]
    assert writes(box) == []
    assert told(box.stack(with_deny(denies=False, level="advisory")), "up").lines == [DENIED]
    assert told(box.stack(with_deny(denies=False, level="mandatory")), "up").lines == [FINE]


def moved(name: str = "web", *, alias: str = "", **inputs: Any) -> Program:
    """Return a program with a component and a mandatory check, and the alias of an earlier name."""
    aliases: Any = [pulumi.Alias(name=alias)] if alias else []
    return permissions(name, lambda: pulumi.ResourceOptions(aliases=aliases), check="mandatory", **inputs)


def test_a_renamed_component_takes_the_heartbeat_away(box: Sandbox) -> None:
    """Its policy keeps the name of the component's earlier one, and a preview of the renamed component knows that."""
    box.create_role("web")
    box.stack(moved("old", **ON)).up()
    assert told(box.stack(moved("new", alias="old", **ON)), "up").lines == [ok(5, None)]
    box.forget()
    assert told(box.stack(moved("new", alias="old")), "preview")[::2] == ([TAKEN_AWAY], True)
    [policy_name] = box.role_policies("web")
    skipped = told(box.stack(moved("new", alias="old")), "up")
    assert skipped[::2] == ([ok(4, f"'{policy_name}'")], False)
