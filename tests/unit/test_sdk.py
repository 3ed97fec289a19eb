"""What is needed of Pulumi's SDK beyond its public names."""

import asyncio

from pulumi.resource import DependencyResource

from pulumi_ssm_perms import _sdk


def test_a_plugin_is_not_told_what_a_parent_is() -> None:
    """A plugin is given a stand-in of the parent, which has a URN and neither type nor name."""

    async def stand_in() -> DependencyResource:
        return DependencyResource("urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev")

    assert _sdk.type_and_name(asyncio.run(stand_in())) is None
