"""What no order of calls can keep whole: a grant that leaves a policy that stays, and is to be kept by another."""

from collections.abc import Mapping
from typing import Final

from pulumi_ssm_perms import policy_document
from tests.assurance.world import OWN, Place, Program
from tests.documents import Grant, granted

FLEET: Final = "a fleet's policy"


def wanted(program: Program, place: Place) -> set[Grant]:
    """Return what a role is to have, with what its own policy grants."""
    documents = [document for there, document in program.documents() if there == place]
    return granted(OWN).union(*map(granted, documents))


def exchanged(before: Mapping[str, set[Grant]], program: Program, place: Place) -> set[Grant]:
    """Return the grants of a role that go from one policy to another in one run.

    A policy that stays is written in place, which may be before the other one is. One that goes to another account is
    deleted there first. One that goes for good is deleted when all others are written.
    """
    after = {one.policy_name: granted(policy_document(**one.grants)) for one in program.ones if one.place == place}
    after["own"] = granted(OWN)
    if program.fleet and place in program.fleet.places:
        after[FLEET] = granted(policy_document(**program.fleet.grants))
    moving = {one.policy_name for one in program.ones if one.role.lower() == place.role} - after.keys()
    safe: set[Grant] = set()
    for name, grants in before.items():
        safe |= after[name] & grants if name in after else set() if name in moving else grants
    kept = set[Grant]().union(*before.values()) & wanted(program, place)
    return kept - safe
