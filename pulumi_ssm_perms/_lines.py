"""Speaks: the lines of a check, as docs/check-a-role.md lists them, and what they must not show."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

import pulumi

from ._document import UPDATE_INSTANCE_INFORMATION
from ._errors import SECRET, display_name, format_value, join_limited
from ._invoke import InvokeError
from ._simulator import PolicyName, Question

HEARTBEAT_INPUT: Final = "allow_update_instance_information"
_MAX_LISTED_PER_LINE: Final = 50
_HEARTBEAT: Final = f"the heartbeat ({UPDATE_INSTANCE_INFORMATION})"


class Line(Enum):
    """Each line: how it is logged, and its text."""

    DENY = (
        "warning: IAM would deny {actions} in {regions} to {roles}: there is a Deny in {policies}. Make an exception "
        "there, unless this update changes it, or its condition has other keys than Region and principal, which are "
        "missing here."
    )
    OWN_DENY = (
        "warning: IAM would deny {actions} in {regions} to {roles}: there is a Deny in {policies}, this component's "
        "own policy. Run pulumi up --refresh, which writes the policy as the program has it."
    )
    UNEXPLAINED = (
        "warning: IAM would deny {actions} in {regions} to {roles}, and names no policy that does. Look at "
        "{boundary}the SCPs."
    )
    HEARTBEAT_DENIED = (
        "warning: IAM would deny {heartbeat} in {regions} to {roles}, and nodes need it to register. Set {input} to "
        "true, or to false if another policy of this update or Default Host Management grants it."
    )
    HEARTBEAT_LOST = (
        "warning: This update takes {heartbeat} from {roles}: in {regions}, IAM allows it only by {policies}. Set "
        "{input} to true, unless {others} or Default Host Management grants it, or nodes lose their connection."
    )
    OVERWRITTEN = (
        "warning: IAM already has a policy {policies} on {roles}, and this update overwrites it. Import it first, or "
        "choose another name; a renamed component needs an alias."
    )
    NO_ROLE = (
        "warning: IAM has no {roles} in the provider's account. Correct the name or the provider, unless this program "
        "creates the role."
    )
    NO_ROLE_YET = NO_ROLE.replace("warning", "info")
    ROLE_UNASKED = "warning: IAM could not be asked about {roles} ({reason}). {remedy}"
    UNASKED = "warning: IAM could not be asked about {actions} in {regions} for {roles} ({reason}). {remedy}"
    BUG = "warning: IAM could not be asked about {roles} ({reason}). Report it, or preview without check."
    NOT_KNOWN_YET = "info: This preview does not know yet what to ask IAM about {roles}."
    NOTHING_DENIED = (
        "info: Of this policy's actions that IAM was asked about in {regions}, it would deny none to {roles} "
        "as of now, with this policy added.{sources}{unasked}"
    )

    def log(self, component: pulumi.ComponentResource, **fields: str) -> None:
        """Log the line about a component."""
        level, _, text = self.value.partition(": ")
        log = pulumi.log.warn if level == "warning" else pulumi.log.info
        log(text.format(**fields), resource=component)


class Finding(NamedTuple):
    """One thing to say about a role."""

    line: Line
    questions: Sequence[Question] = ()
    action: str = ""
    policies: Sequence[PolicyName] = ()
    boundary: str = ""
    error: InvokeError | None = None
    # Resources of other accounts.
    unasked: Sequence[str] = ()


class Secrets(NamedTuple):
    """What lines must not show, and how they show the rest."""

    # The name of a role or of the policy is secret: no name of a role or a policy is shown.
    hides_names: bool
    # The document is secret: no resource is shown, nor the Region in one. The provider's Region is.
    hides_resources: bool

    def log(self, component: pulumi.ComponentResource, by_role: Sequence[tuple[str, Sequence[Finding]]]) -> None:
        """Log what was found. One line names all actions of a role's equal findings, and all roles that share it."""
        role_names: dict[tuple[Any, ...], list[str]] = {}
        for name, findings in by_role:
            actions: dict[tuple[Any, ...], list[str]] = {}
            for finding in findings:
                said = (finding.line, *self._format_fields(finding).items())
                actions.setdefault(said, []).append(self._format_action(finding))
            for said, of_role in actions.items():
                shown_actions = join_limited([*dict.fromkeys(of_role)], _MAX_LISTED_PER_LINE)
                role_names.setdefault((*said, ("actions", shown_actions)), []).append(name)
        for (line, *fields), names in role_names.items():
            shown = SECRET if self.hides_names else join_limited([*map(format_value, names)], _MAX_LISTED_PER_LINE)
            line.log(component, roles=f"role{'s' * (len(names) > 1)} {shown}", **dict(fields))

    def _format_action(self, finding: Finding) -> str:
        """Return the action with the end of the ARN that it is on."""
        resource = finding.questions[0].resource if finding.action else "*"
        if resource == "*":
            return finding.action
        return f"{finding.action} on {self._format_resource(resource)}"

    def _format_resource(self, arn: str) -> str:
        return SECRET if self.hides_resources else arn.split(":", 5)[-1]

    def _format_fields(self, finding: Finding) -> dict[str, str]:
        """Return all that the line shows, but its actions and roles."""
        hides_names, hides_resources, error = *self, finding.error or InvokeError("")
        named = [f"{format_value(policy.name)}{' (inline)' * policy.is_inline}" for policy in finding.policies]
        policies = SECRET if hides_names else join_limited(named)
        unasked = join_limited([*dict.fromkeys(map(self._format_resource, finding.unasked))])
        regions = [SECRET if hides_resources and asked.names_region else asked.region for asked in finding.questions]
        boundary = SECRET if hides_names else format_value(finding.boundary)
        of_aws = "" if any(policy.is_inline for policy in finding.policies) else ", an AWS managed policy of that name"
        # AWS's words about a denied call name the role; by the code alone, roles share a line.
        hides_words = any(self) or error.is_access_denied
        if error.is_access_denied:
            remedy = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy."
        elif error.is_transient or error.is_not_found:  # the simulator may not know a new role yet
            remedy = "Try again later."
        else:
            remedy = "Correct that, or preview without check."
        return {
            "regions": ", ".join(dict.fromkeys(regions)),
            "policies": policies,
            "sources": f" The heartbeat comes from {policies}, not from this component." if named else "",
            "unasked": f" Of another account, so not asked about: {unasked}." if finding.unasked else "",
            "boundary": f"the permissions boundary {boundary} and " if finding.boundary else "",
            "others": f"another policy of this update{of_aws}",
            "heartbeat": _HEARTBEAT,
            "input": display_name(HEARTBEAT_INPUT),
            "reason": (error.code or "the reason may hold a secret") if hides_words else error.reason,
            "remedy": remedy,
        }
