"""What the Terraform bridge makes of a program's inputs: checked inputs, changes, the planned state. Plain data.

Judged by what the bridge was recorded to answer: `tests/sandbox/recorded`.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from sandbox.kinds import EMPTY, Input, Properties, Resource, compact, snake

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that it doesn't know yet."""
DEFAULTS: Final = "__defaults"
"""The input that lists which others were not given: a name stays as long as nobody gives another."""
ADD, DELETE, UPDATE = 0, 2, 4  # of Pulumi's protocol; one more if it replaces


def known(value: Any) -> bool:
    """Whether nothing of a value is unknown."""
    return UNKNOWN not in json.dumps(value)


def marked(value: Any) -> Any:
    """Return blocks as inputs: each lists its own defaults, of which there are none here."""
    if isinstance(value, list):
        return [marked(each) for each in value]
    return {**{key: marked(each) for key, each in value.items()}, DEFAULTS: []} if isinstance(value, dict) else value


def check(kind: Resource, olds: Properties, news: Properties, make: Callable[[Input], str]) -> Properties:
    """Return a resource's inputs, with defaults, and with a name that `make` makes."""
    inputs = {key: value for key, value in news.items() if value is not None and key != DEFAULTS}
    defaults = []
    for key, rule in kind.inputs.items():
        if key in inputs:
            if rule.document and not rule.plain and not isinstance(inputs[key], str):
                inputs[key] = compact(inputs[key])
            elif not rule.document and key != "tags":
                inputs[key] = marked(inputs[key])
        elif rule.autoname:
            inputs[key] = olds.get(key) or make(rule)
            defaults.append(key)
        elif rule.default is not None:
            was_default = key in olds.get(DEFAULTS, [key])
            value = olds[key] if key in olds and was_default else rule.default
            if value not in EMPTY:
                inputs[key] = value
                defaults.append(key)
    if kind.tags:
        inputs["tagsAll"] = inputs.get("tags", {})
    return {**inputs, DEFAULTS: sorted(defaults)}


def wrong(kind: Resource, name: str, inputs: Properties) -> Iterator[str]:
    """Yield what is wrong with a resource's inputs."""
    for key, rule in kind.rules.items():
        if key not in inputs and rule.required:
            reason = f'Missing required argument. The argument "{snake(key)}" is required, but no definition was found.'
            yield f"{reason}. Examine values at '{name}.{key}'."
        if rule.document and isinstance(inputs.get(key), dict):
            yield f"Attribute must be a single value, not a map. Examine values at '{name}.{key}'."
        elif key in inputs and known(inputs[key]) and (reason := rule.wrong(snake(key), inputs[key])):
            yield f"{reason}. Examine values at '{name}.{key}'."
    for key in inputs:
        if key not in kind.rules and key != DEFAULTS:
            yield f"Invalid or unknown key. Examine values at '{name}.{key}'."


def changes(kind: Resource, region: str, state: Properties, inputs: Properties) -> dict[str, bool]:
    """Return which properties change, and whether that replaces the resource."""
    found = {key: False for key in kind.sets if key not in state}
    for key, rule in kind.rules.items():
        old, new = state.get(key), inputs.get(key)
        if key == "region":
            new = new or region
        if new is None and rule.default is not None:
            new = rule.default
        if (new is None and rule.computed) or (old in EMPTY and new in EMPTY):
            continue
        if new is None or not known(new) or not rule.same(old, new):
            found[key] = rule.replaces and not (key == "region" and old is None)
    return found


def paths(key: str, rule: Input, old: Any, new: Any) -> Iterator[tuple[str, int]]:
    """Yield where values differ, by keys of a map of tags, and whether one is added, deleted or updated."""
    tags = key.startswith("tags") and known(new) and not isinstance(new, str)
    if tags and not (key == "tagsAll" and "" in dict(new or {}).values()):
        old, new = old or {}, new or {}
        for each in sorted(name for name in {*old, *new} if old.get(name) != new.get(name)):
            yield f"{key}.{each}", ADD if each not in old else UPDATE if each in new else DELETE
    else:
        gone = new is None and rule.default is None and key != "region"
        yield key, ADD if old is None else DELETE if gone else UPDATE


def planned(kind: Resource, region: str, state: Properties, inputs: Properties) -> Properties:
    """Return the state that an update leads to, or a creation if there is no state yet."""
    given = {key: kind.normalized(key, value) for key, value in inputs.items() if key in kind.rules}
    for key, rule in kind.rules.items():
        if rule.default is not None:
            given.setdefault(key, rule.default)
    if kind.regional:
        given.setdefault("region", state.get("region") or region)
    tags = inputs.get("tags") or {}
    if kind.tags and (not (tags or state) or (isinstance(tags, dict) and "" in tags.values())):
        given["tagsAll"] = UNKNOWN
    if state:
        rules = {key: kind.rules.get(key) for key in state}
        kept = {key: state[key] for key, rule in rules.items() if not rule or rule.computed or state[key] in EMPTY}
        if "tags" in state:
            kept["tags"] = {}
        return {**kept, **given}
    later = [key for key, rule in kind.rules.items() if rule.computed and key not in given]
    return {**given, **dict.fromkeys(["id", *later, *kind.computed], UNKNOWN)}


def replaced_first(kind: Resource, inputs: Properties) -> bool:
    """Whether the old one must go first: the bridge's `nameRequiresDeleteBeforeReplace`."""
    names = [key for key, rule in kind.inputs.items() if rule.autoname and key in inputs]
    return kind.deleted_first or any(key not in inputs.get(DEFAULTS, names) for key in names)
