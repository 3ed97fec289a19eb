"""How IAM decides about a request, and how its policy simulator says so. Pure: policies and context in plain data.

Written after "Policy evaluation logic" (IAM User Guide), and judged by recorded answers of AWS: `tests/recorded.py`.
Nothing is guessed: what no check asks, and what a policy says in a way that is not known here, is an error.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

Context = Mapping[str, Sequence[str]]
"""What is known of a request: one value for each context key."""
Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
Document = Mapping[str, Any]

# The SDK lists other types of policies; real answers have these.
IDENTITY: Final = "IAM Policy"
BOUNDARY: Final = "Permissions Boundary Policy"

_ELEMENTS: Final = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_KEY: Final = re.compile(r"\w+:[\w/-]+")


class NotEvaluatedError(Exception):
    """What a question or a policy means is not known here."""


class Policy(NamedTuple):
    """A document, with the id and the type that it has in matched statements."""

    id: str
    document: Document
    type: str = IDENTITY


class Simulated(NamedTuple):
    """Whose request it is: a principal's account and policies, and what limits them.

    `scps` has the policies of each level of the organization: its root, its units, the account.
    """

    account: str
    identity: Sequence[Policy]
    boundary: Sequence[Policy] = ()
    scps: Sequence[Sequence[Policy]] = ()


class Verdict(NamedTuple):
    """A decision, and whether boundary and SCPs allow it; `None` where there are none.

    `by` has the policy of each statement that leads to the decision: nobody's for an implicit denial, nor an SCP's.
    """

    decision: Decision
    by: Sequence[Policy]
    boundary: bool | None
    scps: bool | None


def of_role(role: str, inline: Mapping[str, Document], attached: Mapping[str, Document]) -> list[Policy]:
    """Return a role's policies, given by name, with the ids that the simulator gives to inline and managed ones."""
    ids = {f"role_{role}_{name}": document for name, document in inline.items()}
    return [Policy(id_, document) for id_, document in [*ids.items(), *attached.items()]]


def of_request(documents: Sequence[Document], *, boundary: bool = False) -> list[Policy]:
    """Return the documents that a request adds to a role's policies, or has instead of its boundary."""
    name, type_ = ("PermissionsBoundaryPolicyInputList", BOUNDARY) if boundary else ("PolicyInputList", IDENTITY)
    return [Policy(f"{name}.{number}", document, type_) for number, document in enumerate(documents, 1)]


def decide(who: Simulated, action: str, resource: str, context: Context) -> Verdict:
    """Return IAM's decision about one resource, or about `*`.

    Raises:
        NotEvaluatedError: It is not known what the question or a policy means.
    """
    _refuse_unknown(who, action, resource)
    known = {key.lower(): values for key, values in context.items()}

    def matching(policies: Sequence[Policy], effect: str) -> list[Policy]:
        return [
            policy
            for policy in policies
            for each in _statements(policy)
            if each["Effect"] == effect and _applies(each, policy, action, resource, known)
        ]

    def allows(limit: Sequence[Policy]) -> bool:
        return bool(matching(limit, "Allow")) and not matching(limit, "Deny")

    levels = [level for level in who.scps if level]
    limits = allows(who.boundary) if who.boundary else None, all(map(allows, levels)) if levels else None
    if denied := matching([*who.identity, *who.boundary], "Deny"):
        return Verdict("explicitDeny", denied, *limits)
    if any(matching(level, "Deny") for level in levels):
        return Verdict("explicitDeny", (), *limits)
    allowed = matching(who.identity, "Allow")
    if not allowed or False in limits:
        return Verdict("implicitDeny", (), *limits)
    return Verdict("allowed", allowed, *limits)


def evaluate(who: Simulated, action: str, resource: str, context: Context) -> dict[str, Any]:
    """Return an `EvaluationResult`, which unless the resource is `*` says the same once more beneath that resource.

    Raises:
        NotEvaluatedError: It is not known what the question or a policy means.
    """
    verdict = decide(who, action, resource, context)
    untold = missing([*who.identity, *who.boundary], context) if verdict.decision == "implicitDeny" else []
    said: dict[str, Any] = {
        "MatchedStatements": [{"SourcePolicyId": each.id, "SourcePolicyType": each.type} for each in verdict.by],
        "MissingContextValues": untold,
    }
    if verdict.boundary is not None:
        said["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": verdict.boundary}
    result = {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": verdict.decision, **said}
    if verdict.scps is not None:
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": verdict.scps}
    if resource == "*":
        return result
    single = {"EvalResourceName": resource, "EvalResourceDecision": verdict.decision, **said}
    return {**result, "EvalDecisionDetails": {}, "ResourceSpecificResults": [single]}


def missing(policies: Sequence[Policy], context: Context) -> list[str]:
    """Return the context keys that any statement names, in a condition or as a variable, and that are not known."""
    found = {key.lower() for key in context}
    return [
        key for key in dict.fromkeys(key for policy in policies for key in _keys(policy)) if key.lower() not in found
    ]


def _refuse_unknown(who: Simulated, action: str, resource: str) -> None:
    """Refuse a resource of another account, whose own policy decides, and one that the action can't be about."""
    if resource == "*":
        return
    _, _, service, _, account, _ = resource.split(":", 5)
    if service != action.partition(":")[0].lower() or account not in ("", who.account):
        raise NotEvaluatedError(f"The sandbox can't say what a role of account {who.account} may do to {resource}.")


def _statements(policy: Policy) -> Iterator[Mapping[str, Any]]:
    for each in _many(policy.document["Statement"]):
        if unknown := sorted(set(each) - _ELEMENTS):
            raise NotEvaluatedError(f"The sandbox can't say what a {unknown[0]} allows, and {policy.id} has one.")
        for element in ("Action", "Resource"):
            if len({element, f"Not{element}"} & set(each)) != 1:
                raise NotEvaluatedError(f"{policy.id} has a statement without one {element} or Not{element}.")
        yield each


def _applies(statement: Document, policy: Policy, action: str, resource: str, context: Context) -> bool:
    not_action, not_resource = "NotAction" in statement, "NotResource" in statement
    actions = _many(statement["NotAction" if not_action else "Action"])
    resources = _many(statement["NotResource" if not_resource else "Resource"])
    variables = context if _has_variables(policy) else None
    return (
        any(_like(each.lower(), action.lower()) for each in actions) != not_action
        and any(_like(each, resource) for each in _filled(resources, variables, negated=not_resource)) != not_resource
        and all(_met(name, wanted, context.get(key.lower()), variables) for name, key, wanted in _conditions(statement))
    )


def _conditions(statement: Document) -> Iterator[tuple[str, str, list[str]]]:
    """Yield operator, key and values of each condition."""
    for name, wanted in statement.get("Condition", {}).items():
        for key, values in wanted.items():
            yield name, key, [str(each).lower() if isinstance(each, bool) else str(each) for each in _many(values)]


def _met(name: str, wanted: Sequence[str], values: Sequence[str] | None, variables: Context | None) -> bool:
    """Return whether the value of a context key, `None` if it is absent, meets a condition."""
    if name == "Null":
        return str(values is None).lower() in [each.lower() for each in wanted]
    plain = name.removeprefix("ForAllValues:").removesuffix("IfExists")
    negated = plain.startswith(("StringNot", "ArnNot"))
    test = _TESTS.get(plain.replace("Not", "", 1) if negated else plain)
    if test is None:
        raise NotEvaluatedError(f"The sandbox can't say what the condition operator {name} means.")
    if values is None:
        return negated or plain != name
    [value] = values
    return any(test(pattern, value) for pattern in _filled(wanted, variables, negated=negated)) != negated


def _has_variables(policy: Policy) -> bool:
    """Return whether `${…}` is a variable: in a document of the older version, which is the default, it is text."""
    return bool(policy.document.get("Version") == "2012-10-17")


def _variables(text: str) -> list[str]:
    for each in _VARIABLE.findall(text):
        if not _KEY.fullmatch(each):
            raise NotEvaluatedError(f"The sandbox can't say what ${{{each}}} stands for.")
    return _VARIABLE.findall(text)


def _filled(patterns: Sequence[str], variables: Context | None, *, negated: bool) -> Sequence[str]:
    """Return the patterns with their variables replaced, without those whose variable has no value: they match nothing.

    Raises:
        NotEvaluatedError: There is one of these, and what does not match it is asked for.
    """
    if variables is None:
        return patterns
    found = [pattern for pattern in patterns if all(key.lower() in variables for key in _variables(pattern))]
    if negated and len(found) != len(patterns):
        raise NotEvaluatedError(f"The sandbox can't say what does not match {', '.join(patterns)}.")
    return [_VARIABLE.sub(lambda key: variables[key[1].lower()][0], pattern) for pattern in found]


def _keys(policy: Policy) -> Iterator[str]:
    for statement in _statements(policy):
        texts = [text for element in ("Resource", "NotResource") for text in _many(statement.get(element, []))]
        for _, key, values in _conditions(statement):
            yield key
            texts += values
        if _has_variables(policy):
            yield from (key for text in texts for key in _variables(text))


def _like(pattern: str, value: str) -> bool:
    wild = {"*": ".*", "?": "."}
    return re.fullmatch("".join(wild.get(each) or re.escape(each) for each in pattern), value, re.DOTALL) is not None


def _arn_like(pattern: str, value: str) -> bool:
    parts, values = pattern.split(":", 5), value.split(":", 5)
    return len(parts) == len(values) and all(map(_like, parts, values))


def _same_in_any_case(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": _same_in_any_case,
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _same_in_any_case,
}
