"""What all types of resources have in common: their properties, names, documents and tags."""

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from sandbox.aws import Aws, AwsError, saying

Properties = dict[str, Any]
EMPTY: Final = (None, "", False, 0, [], {})
NO_SUCH: Final = ("NoSuchEntity",)


def canonical(value: Any) -> Any:
    """Return a policy document, or a part of it, so that two that mean the same are equal."""
    if isinstance(value, dict):
        return {key: canonical(each) for key, each in value.items()}
    if isinstance(value, list):
        items = sorted({json.dumps(canonical(each), sort_keys=True) for each in value})
        return json.loads(items[0]) if len(items) == 1 else items
    return value


def same(old: Any, new: Any) -> bool:
    """Whether two values are equal; a list is a set."""
    return bool(canonical(old) == canonical(new))


def same_document(old: Any, new: Any) -> bool:
    """Whether two documents mean the same."""
    try:
        return same(json.loads(old), json.loads(new))
    except (TypeError, ValueError):
        return bool(old == new)


def compact(document: Any) -> str:
    """Return a document as AWS and the state get it: sorted, without white space."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Input:
    """A property that a program can give.

    `api`: AWS's name for it, if that is another word. `replaces`: another value replaces the resource. `computed`: AWS
    chooses if the program doesn't. `document`: it is a policy.
    """

    api: str = ""
    required: bool = False
    replaces: bool = False
    computed: bool = False
    default: Any = None
    document: bool = False
    autoname: Callable[[str, str], str] | None = None
    same: Callable[[Any, Any], bool] = same
    wrong: Callable[[str, Any], str] = lambda name, value: ""  # noqa: ARG005


def snake(name: str) -> str:
    """Write a property's name as Terraform does."""
    return re.sub("([A-Z])", r"_\1", name).lower()


def wrong_document(name: str, value: str) -> str:
    """Return why a text is no policy."""
    problem = "" if value.startswith("{") else "not a JSON object"
    with contextlib.suppress(json.JSONDecodeError):
        json.loads(value)
        return f'"{name}" contains an invalid JSON policy: {problem}' if problem else ""
    return f'"{name}" contains an invalid JSON policy: {problem or "invalid character"}'


def wrong_arn(name: str, value: str) -> str:
    """Return why a text is no ARN."""
    return "" if re.match("arn:[^:]+:[^:]*:[^:]*:[^:]*:.", value) or not value else f'"{name}" ({value}) is an invalid ARN'


def matching(pattern: str, least: int, most: int, say: str = "") -> Callable[[str, str], str]:
    """Return what finds a text that is too short, too long, or does not match."""

    def wrong(name: str, value: str) -> str:
        if not least <= len(value) <= most:
            return f"expected length of {name} to be in the range ({least} - {most}), got {value}"
        return "" if re.fullmatch(pattern, value) else f"invalid value for {name} ({say or f'must match {pattern[:-1]}'})"

    return wrong


def between(least: int, most: int) -> Callable[[str, int], str]:
    """Return what finds a number that is too low or too high."""
    text = f"expected {{}} to be in the range ({least} - {most}), got {{}}"
    return lambda name, value: "" if least <= value <= most else text.format(name, value)


REQUIRED: Final = Input(required=True)
PATH: Final = Input(replaces=True, default="/")


def fixed(api: str = "", **more: Any) -> Input:
    """Return a required property that replaces."""
    return Input(api, required=True, replaces=True, **more)


def document(api: str) -> Input:
    """Return a required policy."""
    return Input(api, required=True, document=True, same=same_document, wrong=wrong_document)


def named(length: int, api: str = "", begin: str = "", change: Callable[[str], str] = str, **more: Any) -> Input:
    """Return the name of a resource. If a program gives none, it is the resource's name and seven random digits."""

    def make(name: str, digits: str) -> str:
        made = change(f"{begin}{name.removeprefix(begin)}-{digits}")
        if len(made) > length:
            raise ValueError(f"failed to generate a name: {name!r} plus 7 random chars is longer than {length}")
        return made

    return Input(api, replaces=True, computed=True, autoname=make, **more)


@dataclass(frozen=True)
class Tags:
    """The calls that write and remove tags, their names of the resource and of a tag's parts; empty: tags are a map."""

    write: str
    remove: str
    resource: str
    key: str = "Key"
    value: str = "Value"
    more: Mapping[str, str] = field(default_factory=dict)

    def sent(self, tags: Mapping[str, str]) -> Any:
        """Return tags as AWS gets them."""
        return [{self.key: key, self.value: tags[key]} for key in sorted(tags)] if self.key else tags

    def received(self, tags: Any) -> dict[str, str]:
        """Return tags as a program has them."""
        return dict(tags) if isinstance(tags, dict) else {each[self.key]: each[self.value] for each in tags or []}


class Resource:
    """A type of resource. Its errors begin with the operation, the title, and the id or the name."""

    type: ClassVar[str]
    title: ClassVar[str]
    called: ClassVar[str] = "name"
    inputs: ClassVar[Mapping[str, Input]]
    computed: ClassVar[Sequence[str]] = ()
    gone: ClassVar[Sequence[str]] = NO_SUCH
    regional: ClassVar[bool] = False
    tags: ClassVar[Tags | None] = None
    camel: ClassVar[bool] = False  # how AWS's names begin
    deleted_first: ClassVar[bool] = False
    version_first: ClassVar[bool] = False

    @property
    def common(self) -> Mapping[str, Input]:
        """The properties that many types share."""
        tags = {"tags": Input(), "tagsAll": Input(computed=True)} if self.tags else {}
        return {**tags, **({"region": Input(computed=True, replaces=True)} if self.regional else {})}

    def create(self, aws: Aws, new: Properties) -> str:
        """Make it, and return its id."""
        raise NotImplementedError

    def complete(self, aws: Aws, id_: str, new: Properties) -> None:
        """Do what a new one still needs."""

    def read(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        """Return what AWS has; `None` if it isn't there."""
        raise NotImplementedError

    def update(self, aws: Aws, id_: str, new: Properties, changed: Any) -> None:
        """Apply the properties that changed."""
        self.create(aws, new)

    def delete(self, aws: Aws, id_: str, state: Properties) -> None:
        """Remove it."""
        raise NotImplementedError

    def parse(self, id_: str) -> Properties:
        """Return the properties that are in an imported id."""
        return {}

    def tagged(self, id_: str, state: Properties) -> Any:
        """Return the name of the resource in calls about tags."""
        return id_

    def api(self, key: str) -> str:
        """Return AWS's name of a property."""
        other = self.inputs[key].api if key in self.inputs else ""
        return other or (key if self.camel else key[0].upper() + key[1:])

    def given(self, state: Properties, *names: str) -> Properties:
        """Return those of the properties that aren't empty, as AWS gets them; without names: all, with the tags."""
        made = {self.api(key): state[key] for key in names or self.inputs if state.get(key) not in EMPTY}
        tags = {self.api("tags"): self.tags.sent(state["tags"])} if self.tags and state.get("tags") else {}
        return made if names else {**made, **tags}

    def of(self, answer: Mapping[str, Any]) -> Properties:
        """Return the properties that are in an answer of AWS."""
        names = {key: self.api(key) for key in [*self.inputs, *self.computed, "tags"]}
        found = {key: answer[name] for key, name in names.items() if name in answer}
        return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in found.items()}

    def normalized(self, key: str, value: Any) -> Any:
        """Return a document as AWS and the state get it, and any other property as it is."""
        if key not in self.inputs or not self.inputs[key].document:
            return value
        try:
            made = compact(json.loads(value))
        except ValueError:
            return value
        version = '"Version":"2012-10-17"'
        last = self.version_first and made.endswith(f",{version}}}")
        return f"{{{version},{made[1 : -len(version) - 2]}}}" if last else made

    def found(self, aws: Aws, id_: str, state: Properties) -> Properties | None:
        """Return what AWS has, with id, tags and Region; `None` if it isn't there."""
        try:
            answer = self.read(aws, id_, state)
        except AwsError as error:
            if error.said or error.code not in self.gone:
                raise
            return None
        if answer is None:
            return None
        if self.tags:
            answer["tags"] = answer["tagsAll"] = self.tags.received(answer.get("tags"))
        for key in {key for key, rule in self.inputs.items() if rule.document} & answer.keys():
            text = answer[key] if isinstance(answer[key], str) else json.dumps(answer[key])
            answer[key] = self.normalized(key, state[key] if same_document(state.get(key), text) else text)
        return {**answer, "id": id_, **({"region": aws.region} if self.regional else {})}

    def change(self, aws: Aws, id_: str, old: Properties, new: Properties, changed: Mapping[str, bool]) -> None:
        """Write tags that changed, then all else."""
        if self.tags and "tagsAll" in changed:
            before, after = old.get("tagsAll") or {}, new["tagsAll"]
            about = {self.tags.resource: self.tagged(id_, old), **self.tags.more}
            removed = sorted(before.keys() - after.keys())
            written = {key: value for key, value in after.items() if before.get(key) != value}
            with saying(f"updating tags for {self.title} ({id_})"):
                if removed:
                    aws.ask(self.tags.remove, **about, **{self.api("tagKeys"): removed})
                if written:
                    aws.ask(self.tags.write, **about, **{self.api("tags"): self.tags.sent(written)})
        if changed.keys() - self.common.keys() or type(self).update is Resource.update:
            self.update(aws, id_, new, changed.keys())
