"""Whether a document of Pulumi's state is the one that the component grants."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from pulumi_ssm_perms._document import Statement, document, means

ONE: Final = Statement(("a:B", "a:C"), ("*",))
TWO: Final = Statement(("d:E",), ("arn:aws:s3:::one", "arn:aws:s3:::two"))
AS_WRITTEN: Final[Mapping[str, Any]] = document([ONE, TWO])
FIRST, SECOND = AS_WRITTEN["Statement"]
# As IAM may show it, or a transform write it.
OTHERWISE: Final[Mapping[str, tuple[Any, bool]]] = {
    "as written": (AS_WRITTEN, True),
    "statements in another order": ({**AS_WRITTEN, "Statement": [SECOND, FIRST]}, True),
    "actions in another order": ({**AS_WRITTEN, "Statement": [{**FIRST, "Action": ["a:C", "a:B"]}, SECOND]}, True),
    "lists of one": ({**AS_WRITTEN, "Statement": [{**FIRST, "Resource": ["*"]}, SECOND]}, True),
    "elements in another order": ({**AS_WRITTEN, "Statement": [dict(reversed(FIRST.items())), SECOND]}, True),
    "another action": ({**AS_WRITTEN, "Statement": [{**FIRST, "Action": ["a:B", "a:D"]}, SECOND]}, False),
    "another resource": ({**AS_WRITTEN, "Statement": [FIRST, {**SECOND, "Resource": "*"}]}, False),
    "a condition": ({**AS_WRITTEN, "Statement": [{**FIRST, "Condition": {}}, SECOND]}, False),
    "a statement less": ({**AS_WRITTEN, "Statement": FIRST}, False),
    "no document": ([], False),
}


@pytest.mark.parametrize(("written", "same"), OTHERWISE.values(), ids=OTHERWISE)
def test_a_document_means_what_it_grants(written: object, *, same: bool) -> None:
    """Order and lists of one say nothing; what cannot be read means something else."""
    assert means(json.dumps(written), [ONE, TWO]) == same
