"""Which names can be exact names: none that a component generates, as far as the name itself tells."""

from typing import Final

import pytest

from pulumi_ssm_perms._names import inline_problems

OF_WEB: Final = ("", "-0a1b2c3", "-0a1b2c3d4e", "-WXYZ", "s", ".2")
OTHERS: Final = ("app-{}-0a1b", "app.dev_{}", "@{}=")
REFUSED: Final = (
    *(f"web-session-manager{end}" for end in OF_WEB),
    *(other.format("web-session-manager") for other in OTHERS),
    *("api-session-manager-0a1b2c3", "-session-manager-0a1b2c3"),
)
ACCEPTED: Final = (
    *("ssm", "session-manager", "web", "web-session", "web-sessionmanager", "web_session-manager"),
    *("session-manager-web", "cobweb-session-manager", "2web-session-manager-0a1b", "api-session-manager"),
    *("api-session-manager-0a1b2c", "api-session-manager-0a1b2c3d", "api-session-manager-WXYZ123"),
)


def problems(component: str, name: str) -> list[str]:
    """Return the inputs that a component refuses because of an exact name: the sentence is in messages.txt."""
    return [problem.path for problem in inline_problems(component, name)]


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_a_component_generates_is_refused(name: str) -> None:
    """What `web` generates with any pattern of auto-naming, and what any component generates without one."""
    assert problems("web", name) == ["policy_name"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_any_other_name_is_accepted(name: str) -> None:
    """So is one that another component would generate with a pattern of auto-naming, which the name does not tell."""
    assert problems("web", name) == []


def test_the_components_name_is_no_pattern() -> None:
    """A plus stands for itself."""
    assert problems("a+b", "aab-session-manager") == []
    assert problems("a+b", "a+b-session-manager") == ["policy_name"]
