"""The public function `policy_document`: the document of the components, as a dict."""

from typing import Any, Unpack

from ._errors import InvalidInputError
from ._grants import GRANT_SPECS, GrantInputs
from ._inputs import NO_ARGS, merge_arguments
from ._judge import INLINE_POLICIES_LIMIT, judge


def policy_document(**grants: Unpack[GrantInputs]) -> dict[str, Any]:
    """Return the policy document that the components write, as a dict; this needs no Pulumi program.

    The statements are those of "Add Session Manager permissions to an existing IAM role" and "Create a custom IAM role
    for Session Manager" (AWS Systems Manager User Guide), in their order.

    Args:
        **grants: The inputs that `SessionManagerPermissionsArgs` and `SessionManagerManagedPolicyArgs` share, except
            `session_preferences`. Those classes describe each input. An Output is refused.

    Raises:
        InvalidInputError: A value is wrong, there is no such input, or the document has more characters than IAM takes
            for all inline policies of a role (10,240). All problems are named.

    """
    remedy = "call policy_document within Output.apply, or pass the Output to a component"
    specs = {name: spec._replace(plain_only=remedy) for name, spec in GRANT_SPECS.items()}
    raw = merge_arguments("policy_document", NO_ARGS, grants, specs)
    _, _, document, problems = judge(raw, specs, INLINE_POLICIES_LIMIT)
    if problems or document is None:
        raise InvalidInputError("policy_document", problems)
    return document
