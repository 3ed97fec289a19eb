"""How the SSM agent reads the session preferences: the templates that it replaces, and the prefix that it writes to."""

import posixpath
import re
from typing import Final

TEMPLATE_RULE: Final = (
    "the agent replaces {{ … }} with the value of a parameter, so that a policy for this text never matches"
)

# {{ssm:NAME}} and {{ PARAMETER }}, in every input of a Session document.
_TEMPLATE: Final = re.compile(r"\{\{.*\}\}", re.DOTALL)


def has_template(text: str) -> bool:
    """Return whether the agent would replace a part of the text."""
    return _TEMPLATE.search(text) is not None


def written_prefix(prefix: str) -> str:
    """Return the prefix of the objects that the agent writes: without empty, `.`, `..` and outer `/` parts.

    It joins the prefix and the file's name with Go's `path.Join`, and the AWS SDK cleans the path of the request's URL
    as an absolute one: a `..` that would leave the bucket's root stays in it.
    """
    return posixpath.normpath("/" + prefix.lstrip("/")).removeprefix("/")
