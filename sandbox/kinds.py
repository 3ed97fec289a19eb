"""What all types of resources have in common: their properties, names, documents and tags."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.aws import Aws, AwsError, saying

Properties = dict[str, Any]
EMPTY: Final = (None, "", False, 0, [], {})


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
    return "" if re.match("arn:[^:]+:[^:]*:[^:]*:[^:]*:.", value) or not value else f'"{name}" ({value}) is an invalid ARN'


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
    """The calls that write and remove tags, what names the resource in them, and the names of a tag's parts.

    Without `key` they are a map.
    """

    write: str
    remove: str
    about: Callable[[str, Properties], Properties]
    key: str = "Key"
    value: str = "Value"

    def sent(self, tags: Mapping[str, str] | None) -> Any:
        """Return tags as AWS gets them; `None` if there are none."""
        listed = [{self.key: key, self.value: value} for key, value in sorted((tags or {}).items())]
        return (listed if self.key else tags) or None

    def received(self, tags: Any) -> dict[str, str]:
        """Return tags as a program has them."""
        return dict(tags) if isinstance(tags, dict) else {each[self.key]: each[self.value] for each in tags or []}

    def update(self, aws: Aws, id_: str, old: Properties, new: Properties) -> None:
        """Write and remove the tags that changed."""
        before, after = old.get("tagsAll") or {}, new.get("tags") or {}
        about = self.about(id_, old)
        small = next(iter(about))[0].islower()
        tags, keys = ("tags", "tagKeys") if small else ("Tags", "TagKeys")
        if removed := sorted(before.keys() - after.keys()):
            aws.ask(self.remove, **about, **{keys: removed})
        if written := {key: value for key, value in after.items() if before.get(key) != value}:
            aws.ask(self.write, **about, **{tags: self.sent(written)})


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A type of resource: its properties, and the functions that call AWS.

    `create` returns the id; `read` what AWS has, or `None`; `gone` are AWS's codes when it isn't there; without
    `update` an update creates anew. `sets` are computed lists, which a state that lacks them gets with an update.
    """

    title: str
    inputs: Mapping[str, Input]
    create: Callable[[Aws, Properties], str]
    read: Callable[[Aws, str, Properties], Mapping[str, Any] | None]
    delete: Callable[[Aws, str, Properties], object]
    update: Callable[[Aws, str, Properties, Collection[str]], object] | None = None
    complete: Callable[[Aws, str, Properties], object] = lambda aws, id_, new: None  # noqa: ARG005
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

    def normalized(self, key: str, value: Any) -> Any:
        """Return a document as AWS and the state get it, and any other property as it is."""
        if not self.rules[key].document:
            return value
        try:
            return compact(json.loads(value), version_first=self.version_first)
        except ValueError:
            return value

    def found(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        """Return what AWS has, with id, tags and Region; `None` if it isn't there."""
        try:
            answer = self.read(aws, id_, state)
        except AwsError as error:
            if error.said or error.code not in self.gone:
                raise
            answer = None
        if answer is None:
            return None
        found = {key: answer[key] for key in (*self.inputs, *self.computed) if key in answer}
        for key in [key for key in found if key in self.inputs and self.inputs[key].document]:
            text = found[key] if isinstance(found[key], str) else json.dumps(found[key])
            found[key] = self.normalized(key, state[key] if same_document(state.get(key), text) else text)
        if self.tags:
            remote = self.tags.received(answer.get("tags"))
            found |= {"tags": remote, "tagsAll": remote}
        return {**found, "id": id_, **({"region": aws.region} if self.regional else {})}

    def change(self, aws: Aws, id_: str, old: Properties, new: Properties, changed: Collection[str]) -> None:
        """Write tags that changed, then all else."""
        if self.tags and self.tags.write and "tagsAll" in changed:
            with saying(f"updating tags for {self.title} ({id_})"):
                self.tags.update(aws, id_, old, new)
        if self.update:
            self.update(aws, id_, new, changed)
        else:
            self.create(aws, new)


def lower(answer: Mapping[str, Any]) -> Properties:
    """Return an answer of AWS with properties' names, `roleName` for `RoleName`, and times as text."""
    named = {key[0].lower() + key[1:]: value for key, value in answer.items() if key != "ResponseMetadata"}
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in named.items()}


def snake(name: str) -> str:
    """Write a property's name as Terraform does."""
    return re.sub("([A-Z])", r"_\1", name).lower()
