"""Answers that moto does not have: to what the pages' commands ask about nodes, tasks, settings and CloudTrail."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import Sandbox


def script(box: Sandbox, answers: Mapping[str, Any]) -> None:
    """Let the sandbox's AWS answer these actions, of services that speak JSON, with these values."""
    for action, answer in answers.items():
        box.answer(action, _answering(answer))


def _answering(answer: Any) -> Callable[[Mapping[str, Any]], tuple[int, str, str]]:
    return lambda _: (200, json.dumps(answer), "application/x-amz-json-1.1")
