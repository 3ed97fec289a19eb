"""What the rows of the tables declare: components, their parents and options.

A row says the worst that becomes of a bare resource and of a component in its place, `bare` and `ours`: an update
"fails", a role "loses" a permission for good, the run "leaves" a policy, or a role is without for "a moment".
"""

from collections.abc import Sequence
from typing import Any, Final

import pulumi

from tests.engine.moves.declarations import AsOutput, Fleet, Options, Single, Wrapper

WEB: Final = Single("web", "web")
SSM: Final = Single("web", "web", "ssm")
API: Final = Single("api", "api", "ssm")


def nodes(*roles: str, name: str | None = "ssm", within: Sequence[Wrapper] = ()) -> list[Single]:
    """Return a component for each role, called by its position."""
    return [Single(f"node-{number}", role, name, within=within) for number, role in enumerate(roles)]


def outputs(*roles: str) -> list[Single]:
    """Return the same, with the roles as Outputs."""
    return nodes(*map(AsOutput, roles))


def options(**given: Any) -> Options:
    """Return plain options."""
    return lambda _: pulumi.ResourceOptions(**given)


def retain(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Transform the options."""
    more = pulumi.ResourceOptions(retain_on_delete=True)
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, more))


def provider(name: str, **how: str) -> Options:
    """Return the option of an explicit provider."""
    return lambda at: pulumi.ResourceOptions(provider=at.provider(name, **how))


def fleet_with(**inputs: Any) -> Fleet:
    """Return a fleet with these inputs."""
    return Fleet(inputs=inputs)


FLEET: Final = Fleet()
NAMED: Final = fleet_with(policy_name="fixed")
