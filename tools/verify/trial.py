"""How a claim is tested: the engine acts, AWS is asked, and both are compared with the claim."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi.automation as auto
from botocore.exceptions import BotoCoreError, ClientError

from sandbox import ProcessTimeoutError
from tools.verify.account import Account, Policies, policies_of
from tools.verify.engine import Done, Engine, errors
from tools.verify.run import Run, say

HOLDS: Final = "holds"
FAILS: Final = "fails"
NOT_TRIED: Final = "not tried"


@dataclass(frozen=True)
class Result:
    """The result of a claim: what the engine did and AWS answered, and what was wanted."""

    claim: str
    result: str
    wanted: Any = None
    answered: Any = None


@dataclass
class Trial:
    """The claims of a run. After one fails, the rest of its group is not tried."""

    account: Account
    engine: Engine
    run: Run
    before: Policies
    results: list[Result] = field(default_factory=list)
    _failed: bool = False

    def group(self, title: str) -> None:
        """Begin a group of claims, which does not depend on earlier groups."""
        say("", title)
        self._failed = False

    def claim(
        self,
        sentence: str,
        act: Callable[[], Done],
        steps: Sequence[str],
        wanted: Callable[[Done], Any],
        look: Callable[[Done], Any] | None = None,
    ) -> None:
        """Test a claim: the engine must do exactly these steps, and then AWS must answer what is wanted.

        Without `look`, AWS is asked for the inline policies of the roles.
        """
        result = Result(sentence, NOT_TRIED)
        if not self._failed:
            try:
                done = act()
                expected = {"engine": [*steps], "AWS": wanted(done)}
                seen = self.run.until(expected["AWS"], lambda: (look or self.inline)(done))
                found = {"engine": done.steps, "AWS": seen}
                result = Result(sentence, HOLDS if found == expected else FAILS, expected, {**found, **done.noted})
            except (auto.CommandError, ProcessTimeoutError, ClientError, BotoCoreError) as error:
                result = Result(sentence, FAILS, answered=errors(error))
        self._failed = result.result != HOLDS
        self.results.append(result)
        say(f"  {'✓' if result.result == HOLDS else '✗'} {sentence}{_why(result)}")

    def inline(self, _: Done | None = None) -> Mapping[str, Any]:
        """Return the inline policies that the run has made on its first two roles."""
        return self._on_both(lambda policies: {n: d for n, d in policies.inline.items() if self.run.made(n)})

    def attached(self, _: Done | None = None) -> Mapping[str, Any]:
        """Return the managed policies that the run has attached to its first two roles."""
        return self._on_both(lambda policies: [arn for arn in policies.attached if self._made(arn)])

    def _on_both(self, own: Callable[[Policies], Any]) -> Mapping[str, Any]:
        first, second = (policies_of(self.account, role) for role in self.run.roles[:2])
        inline = {name: document for name, document in first.inline.items() if not self.run.made(name)}
        others = Policies(inline, [arn for arn in first.attached if not self._made(arn)])
        return on_both(own(first), own(second), others_as_before=others == self.before)

    def _made(self, arn: str) -> bool:
        return self.run.made(arn.rpartition("/")[2])


def on_both(first: Any, second: Any, *, others_as_before: bool = True) -> Mapping[str, Any]:
    """Return the run's policies on the first two roles, and whether the first role's other policies are as before."""
    return {"first role": first, "second role": second, "others as before": others_as_before}


def _why(result: Result) -> str:
    """Return the differences, if there are any."""
    if result.result != FAILS:
        return "" if result.result == HOLDS else "\n    not tried"
    if not isinstance(result.answered, Mapping):
        return f"\n    {result.answered}"
    differs = [key for key, value in result.wanted.items() if result.answered[key] != value]
    return "".join(f"\n    {key}: {result.answered[key]}\n    wanted: {result.wanted[key]}" for key in differs)
