"""Whom a component in a plugin asks below a parent, and where an exact name is refused; with a stand-in for the engine.

A program in YAML is such a case: the engine hands the parent's provider to the component's children, and tells the
component of its own provider alone.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, _run, _sdk
from tests.answers import ACCOUNT, HERE, THERE
from tests.components import OWNER, ROLE_POLICY, STACK
from tests.fleets import POLICY
from tests.mocks import CALLER_IDENTITY, HANDED_DOWN, Program, Record, try_run

OTHER: Final = THERE.split(":")[4]
BELOW: Final = OTHER if HANDED_DOWN else ACCOUNT
"""The account that a component below a parent asks: an older SDK cannot ask the parent's."""

Accounts = Mapping[bool, str | None]
"""What AWS answers, by whether the question is for what is below a parent."""
FAILED: Final = "no account"
OF_THE_PARENT: Final[Accounts] = {True: OTHER, False: ACCOUNT}
EXACT: Final[Any] = {"role": "web", "policy_name": "ssm"}
UNKNOWN_ACCOUNT: Final = (
    f", and AWS does not return to which account it would be written (invoke of {CALLER_IDENTITY} failed: {FAILED})"
)


def declared(
    monkeypatch: pytest.MonkeyPatch,
    program: Program,
    accounts: Accounts = OF_THE_PARENT,
    *,
    preview: bool = False,
    plugin: bool = True,
) -> tuple[Record, list[str]]:
    """Run a program, as a plugin runs it or as Python does.

    Return its record, and by whom each question for the account is answered: a provider, or the one below a parent.
    """
    asked = []

    async def invoke(request: Any) -> Any:
        parent = getattr(request, "parent", "")
        asked.append(request.provider.split("::")[-2] if request.provider else parent.rpartition("::")[2])
        said = accounts[bool(parent)]
        failed = [SimpleNamespace(reason=said)] if said == FAILED else ()
        return SimpleNamespace(failures=failed, answer={"accountId": said})

    if plugin:
        monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    monkeypatch.setattr(_run, "_PLUGIN", _run.Run())
    monkeypatch.setattr(_sdk, "invoke", invoke)
    monkeypatch.setattr(_sdk, "invoke_answer", lambda response: response.answer)
    return try_run(program, preview=preview), asked


def below(name: str = "team") -> pulumi.ResourceOptions:
    """Return options with a parent."""
    return pulumi.ResourceOptions(parent=pulumi.ComponentResource("app:index:Team", name))


def policies(record: Record) -> list[str]:
    """Return the types of the policies that were declared."""
    return [made.type for made in record.registrations if made.type in (ROLE_POLICY, POLICY)]


def test_who_gets_the_policy_is_asked(monkeypatch: pytest.MonkeyPatch, *, preview: bool) -> None:
    """Roles by ARN are of the account that the engine gives to children; each parent's is asked for once."""
    there = HERE.replace(ACCOUNT, BELOW)

    def program() -> None:
        for team in ("one", "two"):
            opts = below(team)
            SessionManagerPermissions(f"{team}-web", role=there, opts=opts)
            SessionManagerManagedPolicy(f"{team}-fleet", roles=[there], opts=opts)

    record, asked = declared(monkeypatch, program, preview=preview)

    assert record.error is None, record.error
    assert len(policies(record)) == 4
    assert [each.partition("-")[0] for each in sorted(asked)] == (["one", "two"] if HANDED_DOWN else ["", ""])


def test_a_role_of_the_other_account_is_refused(monkeypatch: pytest.MonkeyPatch, *, preview: bool) -> None:
    """The default provider's account is not the one that gets the policy."""
    wrong = HERE.replace(ACCOUNT, ACCOUNT if HANDED_DOWN else OTHER)
    record, _ = declared(
        monkeypatch, lambda: SessionManagerPermissions("web", role=wrong, opts=below()), preview=preview
    )

    whose = f"it belongs to account {wrong.split(':')[4]}, but the provider belongs to account {BELOW}"
    assert str(record.error).startswith(f"{OWNER}: role '{wrong}': {whose}; ")
    assert policies(record) == []


def at_the_root() -> Mapping[str, Any]:
    """Return the options that a component without a parent has in some languages: the stack is its parent."""
    stack = pulumi.ComponentResource("app:index:Team", "stack")
    vars(stack)["urn"] = pulumi.Output.from_input(f"{STACK}::project-stack")
    return {"parent": stack}


@pytest.mark.parametrize(
    ("options", "whom"),
    [
        (dict, ""),
        (at_the_root, ""),
        (lambda: {"parent": below().parent, "provider": aws.Provider("own")}, "own"),
    ],
    ids=["no parent", "the stack", "its own provider"],
)
def test_without_an_unseen_provider_nothing_more_is_asked(
    options: Any, whom: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The component's own provider is asked, or else the default one, and an exact name needs no further question."""
    given: Any = {**EXACT, "role": HERE}
    record, asked = declared(
        monkeypatch, lambda: SessionManagerPermissions("web", given, pulumi.ResourceOptions(**options()))
    )

    assert (record.error, asked, policies(record)) == (None, [whom], [ROLE_POLICY])


def test_a_program_knows_each_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one, a component of a program in Python has the default one below any parent: it asks that, and once."""

    def program() -> None:
        for team in ("one", "two"):
            SessionManagerPermissions(f"{team}-web", role=f"{HERE}-{team}", policy_name="ssm", opts=below(team))

    record, asked = declared(monkeypatch, program, plugin=False)

    assert (record.error, asked, policies(record)) == (None, [""], [ROLE_POLICY] * 2)


@pytest.mark.parametrize(
    ("accounts", "why"),
    [
        (OF_THE_PARENT, f", of account {OTHER}, so it would be written to account {ACCOUNT}"),
        ({True: FAILED, False: ACCOUNT}, UNKNOWN_ACCOUNT),
        ({True: OTHER, False: FAILED}, UNKNOWN_ACCOUNT),
    ],
    ids=["another account", "no answer for the parent", "no answer for the default provider"],
)
def test_an_exact_name_below_a_parent(
    accounts: Accounts, why: str, monkeypatch: pytest.MonkeyPatch, *, preview: bool
) -> None:
    """Its policy, at the root of the stack, gets the default provider: another account than the parent's is refused.

    One line says so, and nothing is written. An older SDK asks the default provider alone.
    """
    record, asked = declared(
        monkeypatch, lambda: SessionManagerPermissions("web", EXACT, below()), accounts, preview=preview
    )
    line = (
        f"{OWNER}: policy_name: a policy with an exact name does not get the provider of the component's parent{why}; "
        "give the component itself its provider"
    )

    if HANDED_DOWN:
        assert (str(record.error), sorted(asked), policies(record)) == (line, ["", "web"], [])
    else:
        assert (set(asked), policies(record)) == ({""}, [] if accounts[False] == FAILED else [ROLE_POLICY])


@pytest.mark.parametrize(
    "accounts",
    [{True: ACCOUNT, False: ACCOUNT}, {True: None, False: ACCOUNT}, {True: OTHER, False: None}],
    ids=["one account", "a parent's provider that a preview does not know", "such a default provider"],
)
def test_an_exact_name_that_is_not_refused(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy is where the component's children would be, or a preview cannot tell yet."""
    record, _ = declared(monkeypatch, lambda: SessionManagerPermissions("web", EXACT, below()), accounts, preview=True)

    assert (record.error, policies(record)) == (None, [ROLE_POLICY])


@pytest.mark.parametrize("missing", [True, False], ids=["the parent's provider", "the default provider"])
def test_an_update_needs_both_accounts(monkeypatch: pytest.MonkeyPatch, *, missing: bool) -> None:
    """Where one is not known, as from the mocks of a unit test, an exact name is refused."""
    accounts: Accounts = {True: ACCOUNT, False: ACCOUNT, missing: None}
    record, _ = declared(monkeypatch, lambda: SessionManagerPermissions("web", EXACT, below()), accounts)

    if HANDED_DOWN:
        assert f"written ({CALLER_IDENTITY} has not answered; in a unit test, let" in str(record.error)
        assert policies(record) == []
    else:
        assert (record.error, policies(record)) == (None, [ROLE_POLICY])
