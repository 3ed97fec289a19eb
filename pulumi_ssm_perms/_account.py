"""Which AWS account a component's provider is of: one question for each provider and run."""

from typing import Final

import pulumi

from . import _run
from ._lookups import ask

_GET_CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"


async def of(component: pulumi.Resource) -> str | None:
    """Return the account; `None` where the question has no answer, as in a preview that does not know the provider."""
    provider = component.get_provider(_GET_CALLER_IDENTITY)
    key = (await provider.urn.future() if provider else None) or ""
    accounts = _run.current().accounts
    if key not in accounts:
        accounts[key] = pulumi.Output.from_input(_ask(component))
    return await accounts[key].future()


async def _ask(component: pulumi.Resource) -> str | None:
    try:
        answer = await ask(component, _GET_CALLER_IDENTITY, {}, "accountId")
    except Exception:  # noqa: BLE001 - an invoke raises nothing narrower, and no answer is an answer
        return None
    account: str | None = answer.get("accountId")
    return account
