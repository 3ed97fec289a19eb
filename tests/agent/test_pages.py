"""What the pages say of the agent is what was recorded: a newer record changes the pages, or fails here."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.agent.consequences import (
    ARRIVES,
    BARE,
    BUCKET_KEY,
    LOST,
    NOT_THERE,
    OTHERWISE,
    REFUSED,
    STAYS,
    Denial,
    denial_of,
    outcome_of,
    settings_of,
)
from tests.agent.record import AGENT, DISTURBED, RUNS, Run, named
from tests.agent.test_grants import FULLEST, GRANTS
from tests.docs.pages import ROOT, table

README: Final = "README.md"
GRANTED: Final = "What is granted, and why"
AFTER_UP: Final = "docs/after-up.md"
SYMPTOMS: Final = table(AFTER_UP, "From symptom to cause to input")
ASSURANCE: Final = "docs/assurance.md"

# What can be denied of the fullest document; the bucket's own key is the one that its inputs name.
DENIALS: Final = {
    Denial(action, BUCKET_KEY if resource == FULLEST["s3_log_kms_key_arn"] else "") for action, resource in GRANTS
}

# Said beside the record: the agent's source, as docs/assurance.md tells.
REMARKS: Final = {
    "ssmmessages:CreateControlChannel": ", which serves no sessions",
    "ssmmessages:OpenControlChannel": ", which serves no sessions",
    "ssm:UpdateInstanceInformation": (
        ", unless [Default Host Management](#from-targetnotconnected-to-a-session) gives it a role"
    ),
}

# How a row of docs/after-up.md begins or ends, and what then happened; the first that is found counts.
SIGNS: Final = {
    "TargetNotConnected": NOT_THERE,
    "port forwarding works": REFUSED,
    '"': REFUSED,
    "refuses uploads without encryption": BARE,
    "stay on the node": STAYS,
    "no log": LOST,
}


def actions(cell: str) -> list[str]:
    """Return the actions that a cell names."""
    return re.findall(r"`(\w+:\w+)`", cell)


def rules(text: str) -> dict[str, str]:
    """Return what happens by setting, of which the first that applies counts; `OTHERWISE` is for all others."""
    return dict(rule.split(": ") for rule in text.split("; ")) if ": " in text else {OTHERWISE: text}


# The README's table: what happens where something is denied.
RULES: Final = {
    Denial(action, BUCKET_KEY if resource == BUCKET_KEY else ""): rules(text.removesuffix(REMARKS.get(action, "")))
    for names, resource, _, text in table(README, GRANTED)
    for action in actions(names)
}


@pytest.mark.parametrize("denial", RULES, ids=" ".join)
def test_the_readme_tells_what_happens_without_each_action(denial: Denial) -> None:
    """Each recorded run in which it was denied came out as the README says, and no rule there is without a run."""
    recorded: dict[str, set[str]] = {}
    for run in DISTURBED:
        if denial_of(run) == denial:
            setting = next(each for each in RULES[denial] if each in (*settings_of(run), OTHERWISE))
            recorded.setdefault(setting, set()).add(outcome_of(run))

    assert recorded == {setting: {outcome} for setting, outcome in RULES[denial].items()}


def test_the_readmes_table_has_every_grant() -> None:
    """No action of the fullest document is left out, and none is there that is not granted."""
    assert RULES.keys() == DENIALS


def rule_of(row: list[str]) -> tuple[Denial, str, str]:
    """Return what a row of docs/after-up.md says: what is denied, in which setting, and what then happens."""
    symptom, cause, _ = row
    denial = Denial(actions(cause)[0], BUCKET_KEY if BUCKET_KEY in cause else "")
    known = [setting for setting in RULES[denial] if setting in cause]
    return denial, known[0] if known else OTHERWISE, next(SIGNS[sign] for sign in SIGNS if sign in symptom)


def test_the_symptoms_are_the_recorded_ones() -> None:
    """The table has each recorded consequence that a user notices and an input mends, and no other."""
    mended = {denial for denial in DENIALS if not denial.action.startswith("ssmmessages:")}
    recorded = {(denial, *rule) for denial in mended for rule in RULES[denial].items()}

    assert {rule_of(row) for row in SYMPTOMS} == {rule for rule in recorded if rule[-1] != ARRIVES}


def is_like(run: Run, row: list[str]) -> bool:
    """Whether a row of docs/after-up.md is about a run."""
    denial, setting, outcome = rule_of(row)
    right_setting = setting in (OTHERWISE, *settings_of(run))
    return denial_of(run) == denial and right_setting and outcome_of(run) == outcome


@pytest.mark.parametrize("row", [row for row in SYMPTOMS if '"' in row[0]], ids=lambda row: row[0][:40])
def test_a_symptoms_message_is_that_of_the_session(row: list[str]) -> None:
    """The message that a row quotes is in that of every recorded session that the row is about."""
    [message] = quoted(row[0])
    texts = [run.text for run in DISTURBED if is_like(run, row)]

    assert texts
    assert [text for text in texts if message not in text] == []


def quoted(text: str) -> list[str]:
    """Return what a text has between quotation marks."""
    return re.findall(r'"([^"]+)"', text)


def prose(page: str) -> str:
    """Return a page without its blocks, each paragraph on one line."""
    return re.sub(r"(?<!\n)\n(?!\n)\s*", " ", re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL))


def section(page: str, heading: str) -> str:
    """Return what stands under a heading of a page."""
    _, found, rest = prose(page).partition(f"\n## {heading}\n")
    assert found
    return rest.partition("\n## ")[0]


def test_each_quoted_message_was_recorded() -> None:
    """Each message on the page is one that the agent gave, or part of one."""
    messages = quoted(prose(AFTER_UP))

    assert messages
    assert [message for message in messages if not any(message in run.text for run in RUNS)] == []


def test_port_forwarding_asks_for_nothing_but_its_channel() -> None:
    """With everything set, a session of the type Port asks for no key and writes no log."""
    run = named("port-all")

    assert {action for action, _ in run.needs} == {"ssmmessages:CreateDataChannel", "ssmmessages:OpenDataChannel"}
    assert outcome_of(run) == LOST


def test_the_readme_quotes_the_misleading_message() -> None:
    """The message that the README warns of is the recorded one of a group that is encrypted and cannot be described."""
    run = named("cwenf-deny-logs_DescribeLogGroups")
    [message] = [text for text in quoted(section(README, GRANTED)) if text in run.text]

    assert message == "encryption is not set up on the selected CloudWatch Logs log group"
    assert run.environment["log_group_key"]


def test_enforced_encryption_without_a_grant_for_the_log_starts_and_loses_it() -> None:
    """What AWS's policy does where encryption is enforced: the session starts, and s3:PutObject is denied."""
    run = named("s3enf-deny-s3_PutObject")

    assert run.inputs["s3EncryptionEnabled"] is True
    assert run.outcome["shell_ran"] is True
    assert outcome_of(run) == LOST


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("dsse-enf", "encryption is not set up on the selected Amazon S3 bucket"),
        ("cwenf-missing", "encryption is not set up on the selected CloudWatch Logs log group"),
        ("cwenf-unenc", "encryption is not set up on the selected CloudWatch Logs log group"),
        ("ssmparam3", "Encountered error while calling GetParameters API"),
        ("stderr-runas", "failed to start pty since RunAs user"),
        ("none-deny-ssmmessages_CreateDataChannel", "failed to create websocket for datachannel"),
        ("none-deny-ssmmessages_OpenDataChannel", "failed to connect data channel"),
    ],
)
def test_what_fails_although_it_is_granted(run: str, message: str) -> None:
    """Each other cause that the page names for a message is one that the agent was given."""
    assert message in named(run).text
    assert message in quoted(prose(AFTER_UP))


def test_a_missing_log_group_costs_the_log_alone() -> None:
    """Where encryption is not enforced, a session works without its log group, which the agent never makes."""
    missing = [run for run in RUNS if run.environment.get("log_group_missing")]
    enforced = {"cwenf-missing"}

    assert {run.name for run in missing if run.outcome["shell_ran"]} == {run.name for run in missing} - enforced
    assert {call["call"] for run in RUNS for call in run.calls} & {"logs:CreateLogGroup"} == set()


def test_the_page_names_the_recorded_agent() -> None:
    """docs/assurance.md says which agent it was, of which day, on which system, and how many runs there are."""
    text = section(ASSURANCE, "The real agent judges it")
    told_of = (f"**{AGENT['name']}**", f"`{AGENT['commit']}`", f"({AGENT['committed']})", f"on {AGENT['system']}")
    stayed = {f"{run.outcome['worker_still_running_after_s']} seconds" for run in DISTURBED if outcome_of(run) == STAYS}

    assert [fact for fact in (*told_of, f"in {len(RUNS)} runs", *stayed) if fact not in text] == []


def test_only_tests_read_the_record() -> None:
    """Neither the package, nor its plugin, nor the sandbox knows of the record."""
    folders = ("pulumi_ssm_perms", "plugin", "sandbox", "examples")
    sources = [file for folder in folders for file in Path(ROOT, folder).rglob("*.py")]

    assert sources
    assert [file for file in sources if "recorded.json" in file.read_text()] == []
