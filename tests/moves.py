"""Moves of a program on the engine: each is run with bare resources and with ours, and told in sentences."""

import contextlib
import functools
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Call, Fault, Policies, Sandbox
from tests.documents import OWN, Grant, granted
from tests.on_engine import TRUST, steps

HERE: Final = Sandbox.account_id
THERE: Final = "222222222222"
MADE: Final = "made"
ROLES: Final = ("api", MADE, "new", "old", "web")
Place = tuple[str, str]
"""An account and a role in it."""
Held = Mapping[Place, Policies]


class AsOutput(str):
    """A text that the program gives as an Output."""

    __slots__ = ()


class Secret(str):
    """A text that the program gives as a secret."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class At:
    """Where a program declares something: all names end with the suffix, and it declares ours or what is bare."""

    box: Sandbox
    suffix: str
    ours: bool
    roles: dict[str, aws.iam.Role] = field(default_factory=dict)

    @functools.cache  # noqa: B019 - one run of a program
    def provider(self, name: str, account: str = HERE, *, late: str = "") -> aws.Provider:
        """Return a provider; a preview does not know it if it comes from a policy that is `late`."""
        args = self.box.provider_args(account=account)
        if late:
            made = aws.iam.Policy(f"{late}{self.suffix}", name=f"{late}{self.suffix}", policy=json.dumps(OWN))
            args["secret_key"] = made.arn.apply(lambda _: "sandbox")
        return aws.Provider(f"{name}{self.suffix}", **args)

    @functools.cache  # noqa: B019 - one run of a program
    def parent(self, within: tuple["Wrapper", ...]) -> pulumi.Resource | None:
        """Declare components around another, the outermost first; return the innermost."""
        if not within:
            return None
        last = within[-1]
        aliases: list[Any] = [pulumi.Alias(type_=f"app:index:{last.was}")] if last.was else []
        opts = pulumi.ResourceOptions(parent=self.parent(within[:-1]), aliases=aliases)
        given = pulumi.ResourceOptions.merge(opts, last.opts(self))
        return pulumi.ComponentResource(f"app:index:{last.type}", f"{last.name}{self.suffix}", None, given)

    def options(self, item: "Each | Many", was: str) -> pulumi.ResourceOptions:
        """Return the options of one resource, which had the name `was`."""
        own = pulumi.ResourceOptions(parent=self.parent(tuple(item.within)))
        if item.was:
            own.aliases = [pulumi.Alias(name=was)]
        if item.had_no_parent:
            own.aliases = [pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]
        return pulumi.ResourceOptions.merge(own, item.opts(self))

    def given(self, text: str | None) -> Any:
        """Return a text as the program gives it."""
        full = text and f"{text}{self.suffix}"
        if text == MADE:
            return self.roles[MADE].name
        if isinstance(text, AsOutput):
            return pulumi.Output.from_input(full)
        return pulumi.Output.secret(full) if isinstance(text, Secret) else full


Options = Callable[[At], pulumi.ResourceOptions]


def no_options(_: At) -> pulumi.ResourceOptions:
    """Give none."""
    return pulumi.ResourceOptions()


class Wrapper(NamedTuple):
    """A component of the user's own, which others are in; `was` is the type that an alias says it had."""

    type: str
    name: str
    was: str = ""
    opts: Options = no_options


class Item(Protocol):
    """Something that a program declares, and the documents that roles are to have of it."""

    def declare(self, at: At) -> object:
        """Declare it."""

    def documents(self) -> Mapping[Place, Mapping[str, Any]]:
        """Return the document for each role."""


class Role(NamedTuple):
    """The role of the program, which another path replaces."""

    path: str = "/"

    def declare(self, at: At) -> None:
        """Declare it; it lets go of its policies."""
        name = f"{MADE}{at.suffix}"
        more: Any = {"path": self.path, "assume_role_policy": TRUST, "force_detach_policies": True}
        at.roles[MADE] = aws.iam.Role(name, name=name, **more)

    def documents(self) -> Mapping[Place, Mapping[str, Any]]:
        """Return nothing."""
        return {}


class Each(NamedTuple):
    """One inline policy: `was` is the name that an alias says the component had, `account` the provider's."""

    name: str
    role: str
    policy_name: str | None = None
    key: str | None = None
    opts: Options = no_options
    within: Sequence[Wrapper] = ()
    was: str = ""
    had_no_parent: bool = False
    account: str = HERE

    @property
    def grants(self) -> Mapping[str, Any]:
        """What it grants."""
        return {"kms_key_arns": [self.key]} if self.key else {}

    def declare(self, at: At) -> pulumi.Resource:
        """Declare a component, or a bare RolePolicy of its name."""
        name, opts = f"{self.name}{at.suffix}", at.options(self, f"{self.was}{at.suffix}")
        role, policy_name = at.given(self.role), at.given(self.policy_name)
        if at.ours:
            args: Any = {"role": role, "policy_name": policy_name, **self.grants}
            return SessionManagerPermissions(name, args, opts)
        document = json.dumps(policy_document(**self.grants))
        bare = role.rpartition("/")[2] if isinstance(role, str) else role
        return aws.iam.RolePolicy(name, role=bare, name=policy_name, policy=document, opts=opts)

    def documents(self) -> Mapping[Place, Mapping[str, Any]]:
        """Return the document."""
        return {(self.account, self.role.lower().rpartition("/")[2]): policy_document(**self.grants)}


class Many(NamedTuple):
    """One managed policy on several roles; `inputs` are its name, description, path and grants."""

    name: str = "fleet"
    roles: Sequence[str] = ("api", "web")
    inputs: Mapping[str, Any] = {}
    opts: Options = no_options
    within: Sequence[Wrapper] = ()
    was: str = ""
    had_no_parent: bool = False

    @property
    def grants(self) -> Mapping[str, Any]:
        """What it grants."""
        return {key: value for key, value in self.inputs.items() if key == "kms_key_arns"}

    def declare(self, at: At) -> object:
        """Declare a component, or a bare Policy and its attachments, each with the component's options."""
        name, was = f"{self.name}{at.suffix}", f"{self.was}{at.suffix}"
        fixed = {key: at.given(value) if key == "policy_name" else value for key, value in self.inputs.items()}
        if at.ours:
            args: Any = {**fixed, "roles": [at.given(role) for role in self.roles]}
            return SessionManagerManagedPolicy(name, args, at.options(self, was))
        given = {key: fixed.get(key) for key in ("description", "path")}
        document = json.dumps(policy_document(**self.grants))
        opts = at.options(self, was)
        made = aws.iam.Policy(name, name=fixed.get("policy_name"), policy=document, opts=opts, **given)
        for role in self.roles:
            attached = at.options(self, f"{was}/{role.lower()}")
            aws.iam.RolePolicyAttachment(
                f"{name}/{role.lower()}", role=at.given(role), policy_arn=made.arn, opts=attached
            )
        return made

    def documents(self) -> Mapping[Place, Mapping[str, Any]]:
        """Return the document for each role."""
        return {(HERE, role.lower()): policy_document(**self.grants) for role in self.roles}


class Update(NamedTuple):
    """One `up`: its program, the action that AWS denies (once, or always if it is a question), and of which role."""

    program: Sequence[Item]
    denied: str = ""
    role: str = ""
    account: str = HERE


class Row(NamedTuple):
    """A move: its updates, the worst that becomes of the bare resource and of ours, and whether ours calls `more`."""

    updates: Sequence[Update | Sequence[Item]]
    bare: str = ""
    ours: str = ""
    more: bool = False

    def update(self, number: int) -> Update:
        """Return an update; after the last it stays the same."""
        found = self.updates[min(number, len(self.updates) - 1)]
        return found if isinstance(found, Update) else Update(found)


class Seen(NamedTuple):
    """What became of an update: what is wrong with it in sentences, its writes, and what its preview deletes."""

    wrong: Sequence[str]
    writes: Sequence[str]
    deletes: Sequence[str]


FAILS: Final = "it fails"
WORST: Final = {"fails": "fails", "in the end": "loses", "after": "a moment"}


def worst(seen: Sequence[Seen]) -> str:
    """Return the worst that happened, in a word."""
    wrong = [sentence for each in seen for sentence in each.wrong]
    return next((word for text, word in WORST.items() if any(text in sentence for sentence in wrong)), "")


def worse(ours: Sequence[Seen], bare: Sequence[Seen], *, more: bool = False) -> list[str]:
    """Return what is worse with ours, in sentences. Calls count where the bare resource neither loses nor fails."""
    found = []
    for number, (own, others) in enumerate(zip(ours, bare, strict=True)):
        found += [f"update {number}: {sentence}" for sentence in own.wrong if sentence not in others.wrong]
    if more or worst(bare) in {"loses", "fails"}:
        return found
    for number, (own, others) in enumerate(zip(ours, bare, strict=True)):
        if len(set(own.deletes)) > len(set(others.deletes)):
            found.append(f"update {number}: a preview deletes {own.deletes}, and of the bare ones {others.deletes}")
    writes, others_writes = ([text for each in seen for text in each.writes] for seen in (ours, bare))
    return found + ([f"it writes {writes}, and bare {others_writes}"] if len(writes) > len(others_writes) else [])


@dataclass
class Stage:
    """Runs rows in one stack, with bare resources or with ours; `register` is called first in each program."""

    box: Sandbox
    rows: Mapping[str, Row]
    ours: bool
    register: Callable[[], object] = lambda: None
    plan: bool = False

    def __post_init__(self) -> None:
        """Make the roles, which have a policy of their own, in both accounts; `old` is only here."""
        self.suffixes = {kind: f"-no{number:03}" for number, kind in enumerate(self.rows)}
        self.box.reset()
        for suffix, account, role in itertools.product(self.suffixes.values(), (HERE, THERE), ROLES):
            if role != MADE and (account, role) != (THERE, "old"):
                self.box.create_role(f"{role}{suffix}", policies={"own": OWN}, account=account)

    def run(self) -> dict[str, list[Seen]]:
        """Make each update, and the last one twice."""
        seen = [self._update(number) for number in range(max(len(row.updates) for row in self.rows.values()) + 1)]
        return {kind: [each[kind] for each in seen] for kind in self.rows}

    def end(self) -> set[str]:
        """Refresh, which changes nothing, and destroy; return the names of the policies that are left."""
        stack = self.box.stack(lambda: None)
        stack.refresh(expect_no_changes=True)
        stack.destroy()
        return {name for kind in self.rows for policies in self._held(kind).values() for name in policies}

    def _program(self, number: int) -> None:
        self.register()
        for kind, row in self.rows.items():
            at = At(self.box, self.suffixes[kind], self.ours)
            for item in row.update(number).program:
                item.declare(at)

    def _update(self, number: int) -> dict[str, Seen]:
        updates = {kind: row.update(number) for kind, row in self.rows.items()}
        self._deny(updates)
        before = {kind: self._held(kind) for kind in self.rows}
        [account] = {update.account for update in updates.values()}
        stack = self.box.stack(lambda: self._program(number), account=account)
        options: dict[str, Any] = {"plan": str(self.box.folder / "plan.json")} if self.plan else {}
        deletes = [step.name for step in steps(functools.partial(stack.preview, **options)) if _deletes(step.op)]
        begin, failed = len(self.box.calls), []
        try:
            stack.up(**options)
        except auto.CommandError:
            if not any(update.denied for update in updates.values()):
                raise
            failed = [FAILS]
        calls = [call for call in self.box.calls[begin:] if call.write]
        return {kind: self._seen(kind, updates[kind], before[kind], calls, deletes, failed) for kind in self.rows}

    def _deny(self, updates: Mapping[str, Update]) -> None:
        self.box.clear_faults()
        for kind, update in updates.items():
            if update.denied:
                where = {"RoleName": f"{update.role}{self.suffixes[kind]}"} if update.role else {}
                times = None if update.denied.startswith("Get") else 1
                self.box.fail(update.denied, Fault.denied(), times=times, where=where)

    def _seen(self, kind: str, update: Update, before: Held, calls: Sequence[Call], *more: list[str]) -> Seen:
        deletes, failed = more
        suffix, wanted = self.suffixes[kind], _wanted(update.program)
        gaps = (
            f"after {call.action} {place[1]} lacks {action}"
            for place, had in before.items()
            for call in calls
            if call.account == place[0] and (has := call.policies_after.get(f"{place[1]}{suffix}")) is not None
            for action in _lacking(had, [OWN, *wanted.get(place, [])], has)
        )
        ends = () if failed else _at_the_end(self._held(kind), wanted)
        own = [call for call in calls if suffix in str(call.params) and "Policy" in call.action]
        writes = [f"{call.action} {call.target}".replace(suffix, "") for call in own]
        return Seen([*failed, *gaps, *ends], writes, [name.replace(suffix, "") for name in deletes if suffix in name])

    def _held(self, kind: str) -> Held:
        names = itertools.product((HERE, THERE), ROLES)
        return {
            (account, role): _policies(self.box, account, f"{role}{self.suffixes[kind]}") for account, role in names
        }


def _deletes(op: str) -> bool:
    return "delete" in op or op == "replace"


def _policies(box: Sandbox, account: str, role: str) -> Policies:
    with contextlib.suppress(LookupError):
        return {**box.role_policies(role, account), **box.attached_policies(role, account)}
    return {}


def _granted(documents: Iterable[Mapping[str, Any]]) -> set[Grant]:
    return {grant for document in documents for grant in granted(document)}


def _lacking(had: Policies, wanted: Iterable[Mapping[str, Any]], has: Policies) -> list[str]:
    """Return the first action that a role had, is to keep, and has not."""
    lost = (_granted(had.values()) & _granted(wanted)) - _granted(has.values())
    return sorted(action for action, _ in lost)[:1]


def _wanted(program: Sequence[Item]) -> dict[Place, list[Mapping[str, Any]]]:
    found: dict[Place, list[Mapping[str, Any]]] = {}
    for item in program:
        for place, document in item.documents().items():
            found.setdefault(place, []).append(document)
    return found


def _at_the_end(held: Held, wanted: Mapping[Place, list[Mapping[str, Any]]]) -> Iterator[str]:
    for place, policies in held.items():
        expected = [*wanted.get(place, []), *([OWN] if "own" in policies else [])]
        for action in sorted(action for action, _ in _granted(expected) - _granted(policies.values()))[:1]:
            yield f"in the end {place[1]} lacks {action}"
        if len(policies) > len(expected):
            yield f"at last {place[1]} of {place[0]} has {len(policies)} policies instead of {len(expected)}"


def put(role: str) -> tuple[str, str]:
    """Return the write of a policy."""
    return ("PutRolePolicy", role)


def deleted(role: str) -> tuple[str, str]:
    """Return the end of a policy."""
    return ("DeleteRolePolicy", role)


def as_they_are(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Return what it gets, in which the SDK loses some options."""
    return pulumi.ResourceTransformResult(args.props, args.opts)


def transformed(_: object) -> pulumi.ResourceOptions:
    """Give a resource such a transform."""
    return pulumi.ResourceOptions(transforms=[as_they_are])
