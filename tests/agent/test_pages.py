"""What the pages say of the agent is what was recorded: a newer record changes the pages, or fails here."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

import pytest

from tests.agent.record import (
    AGENT,
    ARRIVES,
    BUCKET_KEY,
    DISTURBED,
    LOST,
    NO_RUN,
    OTHERWISE,
    RECORD,
    RUNS,
    Denial,
    named,
)
from tests.documents import ALL_GRANTS, CHANNEL_ACTIONS, added_by
from tests.pages import ROOT, table

GRANTED: Final = "docs/the-policy.md"
TROUBLE: Final = "docs/troubleshooting.md"
TESTED: Final = "docs/what-is-tested.md"


def actions(cell: str) -> list[str]:
    """Return the actions that a cell names."""
    return re.findall(r"`(\w+:\w+)`", cell)


def consequence(text: str) -> Mapping[str, str]:
    """Read a cell of the page: what happens, or what happens with each setting, of which the first counts."""
    parts = (part.rpartition(": ") for part in text.split("; "))
    return {setting or OTHERWISE: outcome for setting, _, outcome in parts}


ROWS: Final = table(GRANTED, "What is granted, and why")
WITHOUT: Final = {
    Denial(action, BUCKET_KEY if resource == BUCKET_KEY else ""): consequence(text)
    for names, _, resource, _, text in ROWS
    for action in actions(names)
}
"""What happens without each action, as docs/the-policy.md says."""


def test_an_input_grants_what_its_rows_say() -> None:
    """The table has each action with the inputs without which it would not be there."""
    grants = {"always": {*CHANNEL_ACTIONS}, **{name: added_by(name) for name in ALL_GRANTS}}
    found: dict[str, set[str]] = {name: set() for name in grants}
    for names, inputs, *_ in ROWS:
        for name in re.findall(r"\w+", inputs):
            found.setdefault(name, set()).update(actions(names))

    assert found == grants


@pytest.mark.parametrize("denial", WITHOUT, ids=" ".join)
def test_each_denial_has_its_recorded_consequence(denial: Denial) -> None:
    """Each recorded run in which it was denied came out as the page says, and no setting there is without a run.

    What no run was denied has "not recorded" on the page.
    """
    recorded: dict[str, set[str]] = {}
    for run in DISTURBED:
        if run.denial == denial:
            setting = next(each for each in WITHOUT[denial] if each in run.settings)
            recorded.setdefault(setting, set()).add(run.consequence)

    expected = recorded or {OTHERWISE: {NO_RUN}}

    assert {setting: {outcome} for setting, outcome in WITHOUT[denial].items()} == expected


def cause(cell: str) -> tuple[Denial, str]:
    """Read a cell of docs/troubleshooting.md: what is denied, of which key, and in which setting."""
    words = {
        "several parts": "in several parts",
        "enforce encryption": "encryption enforced",
        "stream the log": "streaming",
    }
    setting = next((setting for text, setting in words.items() if text in cell), OTHERWISE)
    return Denial(actions(cell)[0], BUCKET_KEY if " with that key" in cell else ""), setting


SYMPTOMS: Final = table(TROUBLE, "From symptom to cause to input")
CAUSES: Final = {symptom: cause(cell) for symptom, cell, _ in SYMPTOMS}
"""The symptoms of docs/troubleshooting.md, each with what is denied, and in which setting."""


def test_the_symptoms_are_the_recorded_ones() -> None:
    """They are each consequence that a user notices and an input mends, and no other."""
    noticed = {
        (denial, setting)
        for denial, outcomes in WITHOUT.items()
        for setting, outcome in outcomes.items()
        if outcome not in {ARRIVES, NO_RUN} and not denial.action.startswith("ssmmessages:")
    }

    assert set(CAUSES.values()) == noticed


def quoted(text: str) -> list[str]:
    """Return what a text has between quotation marks."""
    return re.findall(r'"([^"]+)"', text)


@pytest.mark.parametrize("text", [text for text in CAUSES if quoted(text)])
def test_a_symptoms_message_is_that_of_the_session(text: str) -> None:
    """The message that a symptom quotes is in that of every recorded session that it is about."""
    denial, setting = CAUSES[text]
    [message] = quoted(text)
    texts = [run.text for run in DISTURBED if run.denial == denial and setting in run.settings]

    assert texts
    assert [found for found in texts if message not in found] == []


def prose(page: str) -> str:
    """Return a page without its blocks, each paragraph on one line."""
    return re.sub(r"(?<!\n)\n(?!\n)\s*", " ", re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL))


def test_each_quoted_message_was_recorded() -> None:
    """Each message on the page is one that the agent gave, or part of one."""
    messages = quoted(prose(TROUBLE))

    assert messages
    assert [message for message in messages if not any(message in run.text for run in RUNS)] == []


def test_port_forwarding_asks_for_nothing_but_its_channel() -> None:
    """With everything set, a session of the type Port asks for no key and writes no log."""
    run = named("port-all")

    assert {action for action, _ in run.needs} == {"ssmmessages:CreateDataChannel", "ssmmessages:OpenDataChannel"}
    assert run.consequence == LOST


def test_a_missing_log_group_costs_the_log_alone() -> None:
    """Where encryption is not enforced, a session works without its log group, which the agent never makes."""
    missing = [run for run in RUNS if run.environment.get("log_group_missing")]
    enforced = {"cwenf-missing"}

    assert {run.name for run in missing if run.outcome["shell_ran"]} == {run.name for run in missing} - enforced
    never = {"logs:CreateLogGroup", "s3:GetBucketLocation"}
    assert {call["call"] for run in RUNS for call in run.calls} & never == set()


def test_no_run_was_changed_since() -> None:
    """The record has the hash of its runs, so that nobody changes one without a word."""
    runs = json.dumps(RECORD["runs"], sort_keys=True)

    assert hashlib.sha256(runs.encode()).hexdigest() == RECORD["runs_sha256"]


def test_the_page_names_the_recorded_agent() -> None:
    """docs/what-is-tested.md says which agent it was, of which day, on which system."""
    [text] = [judge for part, judge in table(TESTED, "What judges what") if part == "what the agent calls"]
    told_of = (f"**{AGENT['name']}**", f"`{AGENT['commit']}`", f"({AGENT['committed']}, ", f"on {AGENT['system']}")

    assert [fact for fact in told_of if fact not in text] == []


@pytest.mark.parametrize("page", [GRANTED, TROUBLE])
def test_what_may_age_has_its_date(page: str) -> None:
    """A page that tells what the agent does says of which day the recorded agent is, and of no other."""
    days = set(re.findall(r"agent of (\d{4}-\d\d-\d\d)", prose(page)))

    assert days == {AGENT["committed"]}
