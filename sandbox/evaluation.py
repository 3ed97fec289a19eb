"""How IAM decides about a request, and how its policy simulator says so. Pure: policies and context in plain data.

After "Policy evaluation logic" (IAM User Guide), the text of `EvaluationResult` in AWS's SDK, and public answers of the
simulator, which the tests have. No policy of a resource's own is known, so another account's is out of reach.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from sandbox.conditions import Context, NotEvaluatedError, filled, keys, like, met

__all__ = [
    "BOUNDARY",
    "IDENTITY",
    "Context",
    "Decision",
    "Document",
    "NotEvaluatedError",
    "Policy",
    "Simulated",
    "Verdict",
    "decide",
    "evaluate",
    "missing",
    "of_request",
    "of_role",
]

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
Document = Mapping[str, Any]

# From the mildest to the strictest.
_DECISIONS: Final[Sequence[Decision]] = ("allowed", "implicitDeny", "explicitDeny")
# The SDK lists other types of policies; real answers have these.
IDENTITY: Final = "IAM Policy"
BOUNDARY: Final = "Permissions Boundary Policy"

_ELEMENTS: Final = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
# The resource types of the Service Authorization Reference, of what is asked here: by action, else by service.
_TEMPLATES: Final = {
    "kms": "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}",
    "logs": "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}",
    "s3": "arn:${Partition}:s3:::${BucketName}/${KeyName}",
    "s3:GetEncryptionConfiguration": "arn:${Partition}:s3:::${BucketName}",
}


class Policy(NamedTuple):
    """A document, with the id and the type that it has in matched statements."""

    id: str
    document: Document
    type: str = IDENTITY


class Simulated(NamedTuple):
    """Whose request it is: a principal's account and policies, and what limits them."""

    account: str
    identity: Sequence[Policy]
    boundary: Sequence[Policy] = ()
    scps: Sequence[Policy] = ()


class Verdict(NamedTuple):
    """A decision, the policies that lead to it, and whether boundary and SCPs allow it; `None` where there are none."""

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
    """Return IAM's decision about one resource.

    Raises:
        NotEvaluatedError: It is not known what a policy says.
    """
    known = {key.lower(): values for key, values in context.items()}

    def by(policies: Sequence[Policy], effect: str) -> list[Policy]:
        return [each for each in policies if _says(each, effect, action, resource, known)]

    def allow(limit: Sequence[Policy]) -> bool | None:
        return bool(by(limit, "Allow") and not by(limit, "Deny")) if limit else None

    limits = allow(who.boundary), allow(who.scps)
    if denied := by([*who.identity, *who.boundary], "Deny"):
        return Verdict("explicitDeny", denied, *limits)
    allowed = by(who.identity, "Allow")
    elsewhere = [*resource.split(":"), *[""] * 4][4] not in ("", "*", who.account)
    if elsewhere or not allowed or False in limits:  # also where an SCP denies explicitly
        return Verdict("implicitDeny", (), *limits)
    return Verdict("allowed", allowed, *limits)


def evaluate(who: Simulated, action: str, resources: Sequence[str], context: Context) -> dict[str, Any]:
    """Return an `EvaluationResult`: the strictest decision, and unless the resource is `*`, that about each.

    Raises:
        NotEvaluatedError: It is not known what a policy says.
    """
    verdicts = {each: decide(who, action, each, context) for each in resources}
    decision = max((each.decision for each in verdicts.values()), key=_DECISIONS.index)
    absent = missing([*who.identity, *who.boundary], context)
    result = {
        "EvalActionName": action,
        "EvalResourceName": _TEMPLATES.get(action) or _TEMPLATES.get(action.partition(":")[0], "*"),
        "EvalDecision": decision,
        **_reasons([each for each in verdicts.values() if each.decision == decision], absent),
    }
    if [*resources] == ["*"]:
        return result
    single = [
        {"EvalResourceName": resource, "EvalResourceDecision": each.decision, **_reasons([each], absent)}
        for resource, each in verdicts.items()
    ]
    return {**result, "MissingContextValues": [], "ResourceSpecificResults": single}


def missing(policies: Sequence[Policy], context: Context) -> list[str]:
    """Return the context keys that any statement names, in a condition or as a variable, and that are not known."""
    found = {key.lower(): "" for key in context}
    named = [key for policy in policies for key in _keys(policy)]
    return [found.setdefault(key.lower(), key) for key in named if key.lower() not in found]


def _reasons(verdicts: Sequence[Verdict], absent: Sequence[str]) -> dict[str, Any]:
    """Return what a result says beside its decision: it names each policy once, and no SCP."""
    by = dict.fromkeys((policy.id, policy.type) for each in verdicts for policy in each.by)
    found: dict[str, Any] = {
        "MatchedStatements": [{"SourcePolicyId": id_, "SourcePolicyType": type_} for id_, type_ in by],
        "MissingContextValues": absent,
    }
    if verdicts[0].boundary is not None:
        allowed = all(each.boundary for each in verdicts)
        found["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    if verdicts[0].scps is not None:
        found["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": all(each.scps for each in verdicts)}
    return found


def _says(policy: Policy, effect: str, action: str, resource: str, context: Context) -> bool:
    """Return whether a policy has a statement with this effect that applies to the request."""
    variables = context if _has_variables(policy) else None

    def applies(statement: Mapping[str, Any]) -> bool:
        not_action, not_resource = "NotAction" in statement, "NotResource" in statement
        actions = _many(statement["NotAction" if not_action else "Action"])
        resources = _many(statement["NotResource" if not_resource else "Resource"])
        patterns = filled(resources, variables, negated=not_resource)
        return (
            any(like(each.lower(), action.lower()) for each in actions) != not_action
            and any(like(each, resource) for each in patterns) != not_resource
            and all(met(name, wanted, context.get(key.lower()), variables) for name, key, wanted in _asks(statement))
        )

    return any(each["Effect"] == effect and applies(each) for each in _statements(policy))


def _statements(policy: Policy) -> Iterator[Mapping[str, Any]]:
    for each in _many(policy.document["Statement"]):
        if unknown := sorted(set(each) - _ELEMENTS):
            raise NotEvaluatedError(f"The sandbox can't say what a {unknown[0]} allows, and {policy.id} has one.")
        for element in ("Action", "Resource"):
            if len({element, f"Not{element}"} & set(each)) != 1:
                raise NotEvaluatedError(f"{policy.id} has a statement without one {element} or Not{element}.")
        yield each


def _has_variables(policy: Policy) -> bool:
    """Return whether `${…}` is a variable: in a document of the older version, which is the default, it is text."""
    return bool(policy.document.get("Version") == "2012-10-17")


def _asks(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield operator, key and values of each condition."""
    for name, wanted in statement.get("Condition", {}).items():
        for key, values in wanted.items():
            yield name, key, [str(each).lower() if isinstance(each, bool) else str(each) for each in _many(values)]


def _keys(policy: Policy) -> Iterator[str]:
    for statement in _statements(policy):
        texts = [text for element in ("Resource", "NotResource") for text in _many(statement.get(element, []))]
        for _, key, values in _asks(statement):
            yield key
            texts += values
        if _has_variables(policy):
            yield from (key for text in texts for key in keys(text))


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
