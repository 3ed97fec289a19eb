"""What Pulumi's Terraform bridge makes of a resource's inputs: checked inputs, a diff, the planned state.

The rules are the same for every type of resource; `resources.py` has the types. Judged by `tests/sandbox/recorded`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sandbox.aws_client import AwsClient, AwsError

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that it doesn't know yet."""
DEFAULTS: Final = "__defaults"
"""The input that lists those which the program left out: a generated name stays until the program sets one."""
EMPTY: Final[Sequence[Any]] = (None, "", False, 0, [], {})
Properties = dict[str, Any]


@dataclass(frozen=True)
class Input:
    """A property that a program can set.

    `replaces`: a change replaces the resource. `document`: it is a policy. `autoname`: it is a name of so many
    characters at most; without a value, it is made of the resource's name and seven random digits.
    """

    required: bool = False
    replaces: bool = False
    default: Any = None
    document: bool = False
    autoname: int = 0


def is_same_document(document: Any, other: Any) -> bool:
    """Return whether two policies mean the same: no list in a policy has an order, and one value is a list of one."""

    def canonical(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: canonical(element) for key, element in value.items()}
        if isinstance(value, list):
            items = sorted(json.dumps(canonical(element), sort_keys=True) for element in value)
            return json.loads(items[0]) if len(items) == 1 else items
        return value

    try:
        return bool(canonical(json.loads(document)) == canonical(json.loads(other)))
    except (TypeError, ValueError):
        return bool(document == other)


def is_known(value: Any) -> bool:
    """Return whether no part of a value is unknown."""
    return UNKNOWN not in json.dumps(value)


class Resource:
    """A type of resource. A subclass has its properties, and calls AWS.

    `read` returns what AWS has; if the resource is gone, it fails with `NoSuchEntity`, or returns nothing.
    `writing` says in errors what a creation and an update do, if not just that; `waiting`, what the look after a
    creation does, if not just read.
    `deleted_first` says that a replacement always deletes the old resource before it creates the new one.
    """

    title: ClassVar[str]
    writing: ClassVar[str] = ""
    waiting: ClassVar[str] = ""
    inputs: ClassVar[Mapping[str, Input]]
    outputs: ClassVar[Sequence[str]] = ()
    deleted_first: ClassVar[bool] = False

    def create(self, aws: AwsClient, state: Properties) -> str:
        """Create the resource; return its id."""
        raise NotImplementedError

    def read(self, aws: AwsClient, id_: str) -> Properties | None:
        """Return the properties that AWS has."""
        raise NotImplementedError

    def update(self, aws: AwsClient, id_: str, old: Properties, state: Properties) -> None:
        """Make the resource what the state says."""
        raise NotImplementedError

    def delete(self, aws: AwsClient, id_: str, state: Properties) -> None:
        """Delete the resource."""
        raise NotImplementedError

    def refresh(self, aws: AwsClient, id_: str, state: Properties) -> Properties | None:
        """Return the properties that AWS has and the id, or nothing. A policy that means the same stays as it was."""
        try:
            properties = self.read(aws, id_)
        except AwsError as error:
            if error.code != "NoSuchEntity":
                raise
            return None
        if properties is None:
            return None
        for key in [key for key, rule in self.inputs.items() if rule.document]:
            if is_same_document(state.get(key), properties[key]):
                properties[key] = state[key]
        return {**properties, "id": id_}

    def check(self, olds: Properties, news: Properties, generate: Callable[[], str]) -> Properties:
        """Return the inputs with defaults and a generated name."""
        inputs = {key: value for key, value in news.items() if value is not None and key != DEFAULTS}
        defaults = []
        for key, rule in self.inputs.items():
            if key in inputs:
                if rule.document and not isinstance(inputs[key], str):
                    inputs[key] = json.dumps(inputs[key], sort_keys=True)
            elif rule.autoname or rule.default:
                inputs[key] = (olds.get(key) or generate()) if rule.autoname else rule.default
                defaults.append(key)
        if "tagsAll" in self.inputs:
            inputs["tagsAll"] = tags if is_known(tags := inputs.get("tags", {})) else UNKNOWN
        return {**inputs, DEFAULTS: sorted(defaults)}

    def failures(self, name: str, inputs: Properties) -> Iterator[str]:
        """Yield what is wrong with the inputs of the resource with this name. AWS judges other values than names."""
        for key in [key for key, rule in self.inputs.items() if rule.required and key not in inputs]:
            yield f"Missing required argument. Examine values at '{name}.{key}'."
        for key in inputs.keys() - self.inputs.keys() - {DEFAULTS}:
            yield f"Invalid or unknown key. Examine values at '{name}.{key}'."
        for key, limit in [(key, rule.autoname) for key, rule in self.inputs.items() if rule.autoname]:
            value, examine = inputs[key], f"Examine values at '{name}.{key}'."
            if not 1 <= len(value) <= limit:
                yield f"expected length of {key} to be in the range (1 - {limit}), got {value}. {examine}"
            if value != UNKNOWN and not re.fullmatch(r"[\w+=,.@-]*", value, re.ASCII):
                yield rf"invalid value for {key} (must match [\w+=,.@-]). {examine}"

    def changes(self, state: Properties, inputs: Properties) -> dict[str, bool]:
        """Return which properties change, and whether that replaces the resource."""
        changes = {}
        for key, rule in self.inputs.items():
            old, new = state.get(key), inputs.get(key, rule.default)
            if old in EMPTY and new in EMPTY:
                continue
            if new is None or not (is_same_document(old, new) if rule.document else old == new):
                changes[key] = rule.replaces
        return changes

    def is_deleted_first(self, inputs: Properties) -> bool:
        """Return whether a replacement deletes the old resource before it creates the new one, which has its name."""
        names = [key for key, rule in self.inputs.items() if rule.autoname]
        return self.deleted_first or any(key not in inputs[DEFAULTS] for key in names)

    def planned(self, state: Properties, inputs: Properties) -> Properties:
        """Return the state after an update, or after a creation if there is no state yet."""
        defaults = {key: rule.default for key, rule in self.inputs.items() if rule.default is not None}
        plan = {**defaults, **{key: value for key, value in inputs.items() if key in self.inputs}}
        if not state:
            if "tags" not in plan and "tagsAll" in plan:
                plan["tagsAll"] = UNKNOWN
            return {**plan, **dict.fromkeys(["id", *self.outputs], UNKNOWN)}
        kept = {key: old for key, old in state.items() if key not in self.inputs or old in EMPTY}
        return {**kept, **plan}
