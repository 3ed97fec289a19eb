"""Policy documents and keys that the tests write and read. Nothing here knows the product."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY: Final = "arn:aws:kms:us-east-2:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"


def allow(actions: Sequence[str], resource: str = "*", **more: Any) -> Mapping[str, Any]:
    """Return a statement that allows."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
