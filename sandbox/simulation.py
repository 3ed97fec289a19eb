"""A request to IAM's policy simulator, as far as its parameters go: what it lists, and which page it wants."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.utils import ArnParser, InvalidArnException

from sandbox.calls import RefusedError

_PAGE, _LARGEST_PAGE = 100, 1000


def documents(params: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of policies."""
    found = listed(params, name)
    for document in found:
        try:
            json.loads(document)
        except ValueError as error:
            raise RefusedError("InvalidInput", f"The policy is not valid JSON: {error}") from None
    return found


def resources(params: Mapping[str, Any]) -> list[str]:
    """Return what the actions are tried on, which is everything (`*`) where nothing is listed."""
    found = listed(params, "ResourceArns")
    for resource in found:
        if resource != "*" and not is_arn(resource):
            raise RefusedError("InvalidInput", f"Invalid Input Resource: {resource}")
    if "*" in found and len(found) > 1:
        raise RefusedError("InvalidInput", "Invalid Input Resource: * and ARNs cannot be in one request.")
    return found or ["*"]


def page(params: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one page of the results, and the marker of the next one."""
    first, size = _number(params, "Marker", 0), _number(params, "MaxItems", _PAGE)
    if not 1 <= size <= _LARGEST_PAGE:
        message = f"MaxItems is {size}, and must be from 1 to {_LARGEST_PAGE}"
        raise RefusedError("ValidationError", message)
    more = {"Marker": first + size} if first + size < len(results) else {}
    return {"IsTruncated": bool(more), **more, "EvaluationResults": results[first : first + size]}


def _number(params: Mapping[str, Any], name: str, default: int) -> int:
    text = str(params.get(name, default))
    if not text.isdecimal():
        raise RefusedError("InvalidInput", f"Invalid {name}: {text}")
    return int(text)


def listed(params: Mapping[str, Any], name: str) -> list[str]:
    """Return a list in the order that its members are numbered in."""
    prefix = f"{name}.member."
    numbered = {int(key.removeprefix(prefix)): str(value) for key, value in params.items() if key.startswith(prefix)}
    return [numbered[number] for number in sorted(numbered)]


def is_arn(text: str) -> bool:
    """Whether the text has an ARN's form."""
    try:
        ArnParser().parse_arn(text)
    except InvalidArnException:
        return False
    return True
