"""The record is of the runs as they are written: a run that is added or changed is recorded anew, or fails here."""

import re

from tests.agent.record import AGENT, RECORD
from tests.agent.runs import FILE, digest, runs_of


def test_the_record_names_the_agents_commit() -> None:
    """It is the whole hash, with the day of the commit."""
    assert AGENT["name"] == "amazon-ssm-agent"
    assert re.fullmatch(r"[0-9a-f]{40}", AGENT["commit"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", AGENT["committed"])


def test_the_record_is_of_these_runs() -> None:
    """It names the hash of runs.json, so each change of a run needs a new record."""
    assert RECORD["runs_sha256"] == digest(FILE.read_text())


def test_each_run_was_recorded() -> None:
    """The record has the runs in their order, with what each is to do, and no other."""
    seen = {"calls", "outcome"}
    recorded = [{key: value for key, value in run.items() if key not in seen} for run in RECORD["runs"]]

    assert recorded == [*runs_of(FILE.read_text())]


def test_a_run_that_is_like_another_differs_in_what_it_says() -> None:
    """It has the rest from the run before it, whose own data stay as they are."""
    text = '[{"name": "a", "typed": "ls"}, {"name": "b", "like": "a", "denied": ["kms:Decrypt"]}]'

    assert runs_of(text) == [
        {"mode": "session", "denied": [], "name": "a", "typed": "ls"},
        {"mode": "session", "denied": ["kms:Decrypt"], "name": "b", "typed": "ls"},
    ]
