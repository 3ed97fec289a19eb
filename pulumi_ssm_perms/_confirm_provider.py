"""Confirms that a policy at the root of the stack goes to the account that AWS is asked about for its component."""

import asyncio
from typing import Final

from . import _invokes
from ._component import Component
from ._errors import InvalidInputError, Problem

_ELSEWHERE: Final = (
    "a policy with an exact name does not get the provider of the component's parent, of account {}, so it would be "
    "written to account {}"
)
_NO_ACCOUNT: Final = (
    "a policy with an exact name does not get the provider of the component's parent, and AWS does not return to which "
    "account it would be written ({})"
)
_OWN_PROVIDER: Final = "give the component itself its provider"


async def confirm_provider(component: Component) -> None:
    """Refuse an exact name whose policy would not be in the account of the component's children, as far as AWS says.

    Only the engine knows the provider that a parent in YAML hands on, and gives it to children alone.
    """
    if not await _invokes.inherits_unseen(component):
        return
    asked = (
        _invokes.of_provider(component, _invokes.GET_CALLER_IDENTITY, required=True),
        _invokes.at_root(_invokes.GET_CALLER_IDENTITY),
    )
    try:
        own, at_root = await asyncio.gather(*asked)
    except _invokes.Unanswered as error:
        rule = _NO_ACCOUNT.format(error.reason(secret=False))
    else:
        # A preview may know neither of them.
        if not own or not at_root or own == at_root:
            return
        rule = _ELSEWHERE.format(own, at_root)
    raise InvalidInputError(component.owner, [Problem("policy_name", "", rule, _OWN_PROVIDER)])
