"""What all types of resources have in common: their properties, names, documents and tags."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.aws import Aws, AwsError, saying

Properties = dict[str, Any]
EMPTY: Final[Sequence[Any]] = (None, "", False, 0, [], {})


def _canonical(value: Any) -> Any:
    """Return a policy document, or a part of it, so that two that mean the same are equal: no list has an order."""
    if isinstance(value, dict):
        return {key: _canonical(each) for key, each in value.items()}
    if isinstance(value, list):
        items = sorted(json.dumps(_canonical(each), sort_keys=True) for each in value)
        return json.loads(items[0]) if len(items) == 1 else items
    return value


def same_document(old: Any, new: Any) -> bool:
    """Whether two documents mean the same."""
    try:
        return bool(_canonical(json.loads(old)) == _canonical(json.loads(new)))
    except (TypeError, ValueError):
        return bool(old == new)


def compact(document: Any, *, version_first: bool = False) -> str:
    """Return a document as AWS and the state get it: sorted, without white space."""
    made = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    version = '"Version":"2012-10-17"'
    first = version_first and made.endswith(f",{version}}}")
    return f"{{{version},{made[1 : -len(version) - 2]}}}" if first else made


@dataclass(frozen=True)
class Input:
    """A property that a program can give.

    `replaces`: another value replaces the resource. `computed`: AWS chooses if the program doesn't. `document`: it is a
    policy; `plain`: as text only. `autoname`: makes a name of the resource's name and some digits. `same`: whether two
    values mean the same. `wrong`: why one isn't valid.
    """

    required: bool = False
    replaces: bool = False
    computed: bool = False
    default: Any = None
    document: bool = False
    plain: bool = False
    autoname: Callable[[str, str], str] | None = None
    same: Callable[[Any, Any], bool] = lambda old, new: bool(old == new)
    wrong: Callable[[str, Any], str] = lambda name, value: ""  # noqa: ARG005


def wrong_document(name: str, value: str) -> str:
    """Return why a text is no policy."""
    if not value.startswith("{"):
        return f'"{name}" contains an invalid JSON policy: not a JSON object'
    try:
        json.loads(value)
    except ValueError as error:
        return f'"{name}" contains an invalid JSON policy: {error}'
    return ""


def wrong_arn(name: str, value: str) -> str:
    """Return why a text is no ARN."""
    return (
        "" if re.match("arn:[^:]+:[^:]*:[^:]*:[^:]*:.", value) or not value else f'"{name}" ({value}) is an invalid ARN'
    )


def matching(pattern: str, least: int, most: int, say: str) -> Callable[[str, str], str]:
    """Return what finds a text that is too short, too long, or does not match."""

    def wrong(name: str, value: str) -> str:
        if not least <= len(value) <= most:
            return f"expected length of {name} to be in the range ({least} - {most}), got {value}"
        return "" if re.fullmatch(pattern, value) else f"invalid value for {name} ({say})"

    return wrong


def between(least: int, most: int) -> Callable[[str, int], str]:
    """Return what finds a number that is too low or too high."""
    text = f"expected {{}} to be in the range ({least} - {most}), got {{}}"
    return lambda name, value: "" if least <= value <= most else text.format(name, value)


def named(length: int, begin: str = "", change: Callable[[str], str] = str, **more: Any) -> Input:
    """Return the name of a resource. If a program gives none, it is the resource's name and seven random digits."""

    def make(name: str, digits: str) -> str:
        made = change(f"{begin}{name.removeprefix(begin)}-{digits}")
        if len(made) > length:
            raise ValueError(f"failed to generate a name: {name!r} plus 7 random chars is longer than {length}")
        return made

    return Input(replaces=True, computed=True, autoname=make, **more)


DOCUMENT: Final[Mapping[str, Any]] = {"document": True, "same": same_document, "wrong": wrong_document}


@dataclass(frozen=True)
class Tags:
    """The calls that write and remove tags, and the names of a tag's parts. Without `key` they are a map."""

    write: str
    remove: str
    about: Callable[["Op"], Properties]
    key: str = "Key"
    value: str = "Value"

    def sent(self, tags: Mapping[str, str]) -> Any:
        """Return tags as AWS gets them."""
        return [{self.key: key, self.value: tags[key]} for key in sorted(tags)] if self.key else tags

    def received(self, tags: Any) -> dict[str, str]:
        """Return tags as a program has them."""
        return dict(tags) if isinstance(tags, dict) else {each[self.key]: each[self.value] for each in tags or []}

    def update(self, op: "Op", before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Write and remove the tags that changed."""
        if removed := sorted(before.keys() - after.keys()):
            op.aws.ask(self.remove, **{**self.about(op), op.kind.api("tagKeys"): removed})
        if written := {key: value for key, value in after.items() if before.get(key) != value}:
            op.aws.ask(self.write, **{**self.about(op), op.kind.api("tags"): self.sent(written)})


@dataclass(frozen=True)
class Op:
    """One operation: where, on which resource (no id before it is created), and its properties."""

    aws: Aws
    kind: "Resource"
    id: str
    its: Properties

    def given(self, *keys: str) -> Properties:
        """Return those of the properties that aren't empty, as AWS gets them."""
        found = {key: self.its[key] for key in keys if self.its.get(key) not in EMPTY}
        tags = {"tags": self.kind.tags.sent(found["tags"])} if self.kind.tags and "tags" in found else {}
        return {self.kind.api(key): value for key, value in {**found, **tags}.items()}

    def make(self, call: str, *keys: str) -> dict[str, Any]:
        """Make a call with these properties."""
        return self.aws.ask(call, **self.given(*keys))

    def on(self, call: str, *keys: str, **more: Any) -> dict[str, Any]:
        """Make a call about this resource, with these properties."""
        return self.aws.ask(call, **self.kind.about(self.id), **self.given(*keys), **more)

    def all(self, call: str, member: str) -> list[Any]:
        """Return a list of an answer about this resource, from all its pages."""
        return self.aws.all(call, member, **self.kind.about(self.id))


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A type of resource: its properties, and the functions that call AWS.

    `about` names it in calls. `create` returns the id; `read` what AWS has, or `None`. `gone` are AWS's codes when it
    isn't there. Without `update` an update creates anew. `names` are AWS's names that are other words. `sets` are
    computed lists, which a state that lacks them gets with an update.
    """

    title: str
    inputs: Mapping[str, Input]
    about: Callable[[str], Properties]
    create: Callable[[Op], str]
    read: Callable[[Op], Mapping[str, Any] | None]
    delete: Callable[[Op], object]
    update: Callable[[Op, Collection[str]], object] | None = None
    complete: Callable[[Op], object] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    camel: bool = False  # AWS's names begin with a small letter
    parse: Callable[[str], Properties] = lambda id_: {}  # noqa: ARG005
    called: str = "name"
    computed: Sequence[str] = ()
    sets: Sequence[str] = ()
    gone: Sequence[str] = ("NoSuchEntity",)
    regional: bool = False
    tags: Tags | None = None
    deleted_first: bool = False
    version_first: bool = False
    rules: Mapping[str, Input] = field(init=False)

    def __post_init__(self) -> None:
        """Add the inputs that many types share."""
        tags = {"tags": Input(), "tagsAll": Input(computed=True)} if self.tags else {}
        region = {"region": Input(computed=True, replaces=True)} if self.regional else {}
        object.__setattr__(self, "rules", {**self.inputs, **tags, **region})

    def api(self, key: str) -> str:
        """Return AWS's name of a property."""
        return self.names.get(key) or (key if self.camel else key[0].upper() + key[1:])

    def normalized(self, key: str, value: Any) -> Any:
        """Return a document as AWS and the state get it, and any other property as it is."""
        if not self.rules[key].document:
            return value
        try:
            return compact(json.loads(value), version_first=self.version_first)
        except ValueError:
            return value

    def found(self, op: Op) -> Properties | None:
        """Return what AWS has, with id, tags and Region; `None` if it isn't there."""
        try:
            answer = self.read(op)
        except AwsError as error:
            if error.said or error.code not in self.gone:
                raise
            answer = None
        if answer is None:
            return None
        found = {key: answer[self.api(key)] for key in (*self.inputs, *self.computed) if self.api(key) in answer}
        for key in [key for key in found if key in self.inputs and self.inputs[key].document]:
            text = found[key] if isinstance(found[key], str) else json.dumps(found[key])
            found[key] = self.normalized(key, op.its[key] if same_document(op.its.get(key), text) else text)
        if self.tags:
            found["tags"] = found["tagsAll"] = self.tags.received(answer.get(self.api("tags")))
        plain = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in found.items()}
        return {**plain, "id": op.id, **({"region": op.aws.region} if self.regional else {})}

    def change(self, op: Op, old: Properties, changed: Collection[str]) -> None:
        """Write tags that changed, then all else."""
        if self.tags and self.tags.write and "tagsAll" in changed:
            with saying(f"updating tags for {self.title} ({op.id})"):
                self.tags.update(op, old.get("tagsAll") or {}, op.its.get("tags") or {})
        if self.update:
            self.update(op, changed)
        else:
            self.create(op)


def snake(name: str) -> str:
    """Write a property's name as Terraform does."""
    return re.sub("([A-Z])", r"_\1", name).lower()


def lower(answer: Mapping[str, Any]) -> Properties:
    """Return an answer of AWS with properties' names, `roleName` for `RoleName`, and times as text."""
    named = {key[0].lower() + key[1:]: value for key, value in answer.items()}
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in named.items()}
