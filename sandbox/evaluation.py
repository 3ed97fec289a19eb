"""How IAM decides on a simulated request: policies with conditions, a boundary, SCPs; and what its simulator says.

After "Policy evaluation logic", "IAM JSON policy elements: Condition operators" and "IAM policy elements: Variables and
tags" (IAM User Guide), and after public answers of `SimulatePrincipalPolicy`: missing context keys are those of all
policies, a Region is known only if the request tells it, an SCP denies implicitly and is named by nothing. Elements and
operators that are not known here are errors.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
Context = Mapping[str, Sequence[str]]
"""The values of context keys, by the key in lower case."""

# From the mildest to the most restrictive.
DECISIONS: Final[Sequence[Decision]] = ("allowed", "implicitDeny", "explicitDeny")
IDENTITY: Final = "IAM Policy"  # The SDKs' text lists other types, but real answers have this one.
BOUNDARY: Final = "Permissions Boundary Policy"

_ELEMENTS: Final = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_VARIABLE: Final = re.compile(r"\$\{(?P<key>[^},]+)(?:,\s*'(?P<default>[^']*)')?\}")
_LITERALS: Final = ("*", "?", "$")
_SET_OPERATORS: Final = ("ForAllValues:", "ForAnyValue:")
_IF_EXISTS: Final = "IfExists"
# The resource types of "Actions, resources, and condition keys" (Service Authorization Reference) that are needed here:
# by action, or else by service. An action without a type is answered with `*`.
_TEMPLATES: Final = {
    "kms": "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}",
    "logs": "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}",
    "s3": "arn:${Partition}:s3:::${BucketName}/${KeyName}",
    "s3:GetEncryptionConfiguration": "arn:${Partition}:s3:::${BucketName}",
}


class NotEvaluatedError(Exception):
    """What a policy says is not known here."""


class Policy(NamedTuple):
    """A document, its id in the simulator's matched statements, and its type there."""

    id: str
    document: Mapping[str, Any]
    type: str = IDENTITY


class Simulated(NamedTuple):
    """Whose request is simulated: the account and policies of a principal, and what limits it."""

    account: str
    identity: Sequence[Policy]
    boundary: Sequence[Policy] = ()
    scps: Sequence[Policy] = ()


def evaluate(who: Simulated, action: str, resources: Sequence[str], context: Context) -> dict[str, Any]:
    """Return an action's result: the most restrictive decision, and the statements that lead to it, each once."""
    decided = [_on_one(who, action, each, context) for each in resources]
    decision = max((its for its, _ in decided), key=DECISIONS.index)
    matched = [one for its, by in decided if its == decision for one in by]
    return {
        "EvalActionName": action,
        "EvalResourceName": _TEMPLATES.get(action) or _TEMPLATES.get(action.partition(":")[0], "*"),
        "EvalDecision": decision,
        "MatchedStatements": [one for number, one in enumerate(matched) if one not in matched[:number]],
        "MissingContextValues": missing([*who.identity, *who.boundary], context),
    }


def missing(policies: Sequence[Policy], context: Context) -> list[str]:
    """Return the context keys that any statement of the policies names and the request does not tell."""
    keys = dict.fromkeys(key for policy in policies for each in statements(policy) for key in _keys(each))
    return [key for key in keys if key.lower() not in context]


def statements(policy: Policy) -> list[Mapping[str, Any]]:
    """Return a policy's statements.

    Raises:
        NotEvaluatedError: One has an element that is not known here.
    """
    found: Any = policy.document["Statement"]
    several: list[Mapping[str, Any]] = found if isinstance(found, list) else [found]
    for each in several:
        unknown = sorted(set(each) - _ELEMENTS)
        if unknown or not {"Resource", "NotResource"} & set(each):
            what = unknown[0] if unknown else "missing Resource"
            raise NotEvaluatedError(f"The sandbox can't say what a {what} allows, and {policy.id} has one.")
    return several


def _on_one(who: Simulated, action: str, resource: str, context: Context) -> tuple[Decision, list[Mapping[str, str]]]:
    """Return the decision about one resource, and the statements that lead to it."""

    def matched(policies: Sequence[Policy], effect: str) -> list[Mapping[str, str]]:
        return [
            {"SourcePolicyId": policy.id, "SourcePolicyType": policy.type}
            for policy in policies
            for each in statements(policy)
            if each["Effect"] == effect and _applies(each, action, resource, context)
        ]

    limits = [each for each in (who.boundary, who.scps) if each]
    if denied := matched([*who.identity, *who.boundary], "Deny"):
        return "explicitDeny", denied
    allowed = matched(who.identity, "Allow")
    limited = matched(who.scps, "Deny") or not all(matched(limit, "Allow") for limit in limits)
    # Without a policy of the resource, another account's is out of reach.
    elsewhere = resource != "*" and resource.split(":")[4] not in ("", who.account)
    return ("implicitDeny", []) if limited or elsewhere or not allowed else ("allowed", allowed)


def _applies(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    def matches(element: str, value: str, context: Context) -> bool:
        patterns = [_filled(each, context) for each in _many(statement[element])]
        return any(each is not None and _like(each, value) for each in patterns)

    actions = "Action" if "Action" in statement else "NotAction"
    lowered = {**statement, actions: [each.lower() for each in _many(statement[actions])]}
    on_action = any(_like(each, action.lower()) for each in lowered[actions]) == (actions == "Action")
    resources = "Resource" if "Resource" in statement else "NotResource"
    on_resource = matches(resources, resource, context) == (resources == "Resource")
    return on_action and on_resource and all(_met(*each, context) for each in _conditions(statement))


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield operator, key and values of each condition."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield operator, key, [str(each).lower() if isinstance(each, bool) else str(each) for each in _many(values)]


def _keys(statement: Mapping[str, Any]) -> Iterator[str]:
    """Yield the context keys that a statement names, in a condition or as a variable."""
    texts = [text for element in ("Resource", "NotResource") for text in _many(statement.get(element, []))]
    for _, key, values in _conditions(statement):
        yield key
        texts += values
    for text in texts:
        yield from (found["key"] for found in _VARIABLE.finditer(text) if found["key"] not in _LITERALS)


def _met(operator: str, key: str, wanted: Sequence[str], context: Context) -> bool:
    """Return whether a request meets a condition."""
    base, values = operator, context.get(key.lower())
    of_set = next((each for each in _SET_OPERATORS if base.startswith(each)), "")
    base = base.removeprefix(of_set)
    if base == "Null":
        return (values is None) == (wanted[0] == "true")
    if_exists, base = base.endswith(_IF_EXISTS), base.removesuffix(_IF_EXISTS)
    positive = base.replace("Not", "", 1)
    negated, test = positive != base, _TESTS.get(positive)
    if test is None or (negated and positive == "Bool"):
        raise NotEvaluatedError(f"The sandbox can't say what the condition operator {operator} means.")
    if values is None:
        return of_set == "ForAllValues:" or if_exists or (negated and not of_set)
    filled = [each for each in (_filled(one, context) for one in wanted) if each is not None]
    each_value = [any(test(pattern, value) for pattern in filled) != negated for value in values]
    return any(each_value) if of_set == "ForAnyValue:" else all(each_value)


def _filled(pattern: str, context: Context) -> str | None:
    """Return a pattern with its variables replaced; `None` if one has no value, which nothing matches."""
    texts = list[str]()
    end = 0
    for found in _VARIABLE.finditer(pattern):
        values = context.get(found["key"].lower()) or ([found["default"]] if found["default"] is not None else None)
        value = f"[{found['key']}]" if found["key"] in _LITERALS else "".join(values or ())
        if not value:
            return None
        texts += [pattern[end : found.start()], value]
        end = found.end()
    return "".join([*texts, pattern[end:]])


def _like(pattern: str, value: str) -> bool:
    parts = re.split(r"(\[\*\]|\[\?\]|\[\$\]|[*?])", pattern)
    wild = {"*": ".*", "?": ".", "[*]": re.escape("*"), "[?]": re.escape("?"), "[$]": re.escape("$")}
    return re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), value, re.DOTALL) is not None


def _arn_like(pattern: str, value: str) -> bool:
    parts, values = pattern.split(":", 5), value.split(":", 5)
    return len(parts) == len(values) and all(map(_like, parts, values))


_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
