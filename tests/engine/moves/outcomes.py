"""What is wrong after a move, as facts with a sentence each, and whether ours is worse than the bare resource."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sandbox import Policies
from tests.documents import OWN, Grant, granted

PoliciesByRole = Mapping[str, Policies]
FAILS: Final = "fails"
LOSES: Final = "loses"
LEAVES: Final = "leaves"
GAP: Final = "a moment"
SENTENCES: Final = {
    FAILS: "it fails",
    LOSES: "in the end {role} lacks {detail}",
    LEAVES: "in the end {role} has {detail}",
    GAP: "for a moment {role} lacks {detail}",
}
"""What can be wrong, the worst first."""


class Wrong(NamedTuple):
    """One thing that is wrong with an update: what, and of which role."""

    what: str
    role: str = ""
    detail: str = ""

    def __str__(self) -> str:
        """Return a sentence."""
        return SENTENCES[self.what].format(role=self.role, detail=self.detail)


FAILED: Final = Wrong(FAILS)


class Seen(NamedTuple):
    """What became of an update: what is wrong with it, its writes, and what its preview deletes."""

    wrong: Sequence[Wrong]
    writes: Sequence[str]
    deletes: Sequence[str]


def worst(seen: Sequence[Seen]) -> str:
    """Return the worst that happened, in a word."""
    found = {wrong.what for each in seen for wrong in each.wrong}
    return next((what for what in SENTENCES if what in found), "")


def worse(ours: Sequence[Seen], bare: Sequence[Seen]) -> list[str]:
    """Return what is worse with ours, in sentences."""
    found = []
    # Ours is run once more, after which it must be as good as the bare one was.
    updates = list(zip(ours, [*bare, bare[-1]], strict=True))
    for number, (own, others) in enumerate(updates):
        found += [f"update {number}: {wrong}" for wrong in own.wrong if wrong not in others.wrong]
    for number, (own, others) in enumerate(updates):
        if len(set(own.deletes)) > len(set(others.deletes)):
            found.append(f"update {number}: a preview deletes {own.deletes}, and of the bare ones {others.deletes}")
    writes, others_writes = ([text for each in seen for text in each.writes] for seen in (ours, bare))
    return found + ([f"it writes {writes}, and bare {others_writes}"] if len(writes) > len(others_writes) else [])


def _granted(documents: Iterable[Mapping[str, Any]]) -> set[Grant]:
    return {grant for document in documents for grant in granted(document)}


def lacking(had: Policies, wanted: Iterable[Mapping[str, Any]], has: Policies) -> list[str]:
    """Return the last action that a role had, is to keep, and has not: kms:Decrypt only if it lacks nothing else."""
    lost = (_granted(had.values()) & _granted(wanted)) - _granted(has.values())
    return sorted(action for action, _ in lost)[-1:]


def at_the_end(held: PoliciesByRole, wanted: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[Wrong]:
    """Yield what the roles lack in the end, and whether they have too many policies."""
    for role, policies in held.items():
        expected = [*wanted.get(role, []), *([OWN] if "own" in policies else [])]
        for action in sorted(action for action, _ in _granted(expected) - _granted(policies.values()))[-1:]:
            yield Wrong(LOSES, role, action)
        if len(policies) != len(expected):
            more = len(policies) > len(expected)
            yield Wrong(LEAVES if more else LOSES, role, f"{len(policies)} policies, not {len(expected)}")
