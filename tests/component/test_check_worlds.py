"""`check`: in each world, what previews and updates say and list, with either level, and which of them end."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pytest

from pulumi_ssm_perms import NotAllowedError
from tests.checks import ADVISORY, said
from tests.components import PERMISSIONS, Options, depending
from tests.fleets import FLEET
from tests.mocks import Record
from tests.sentences import lines_of
from tests.world import Aws, Said, World
from tests.worlds import WORLDS


def transformed(change: Callable[[Any], Any]) -> pulumi.ResourceOptions:
    """Return options that change the document of the policy."""

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        document: Any = dict(args.props).get("policy")
        if document is None:
            return None
        changed = pulumi.Output.from_input(document).apply(lambda text: json.dumps(change(json.loads(text)), indent=1))
        return pulumi.ResourceTransformationResult({**args.props, "policy": changed}, args.opts)

    return pulumi.ResourceOptions(transformations=[transform])


OPTIONS: Final[Mapping[str, Options]] = {
    "": None,
    "after another policy": depending,
    "another document": transformed(lambda document: {**document, "Statement": document["Statement"][:1]}),
    "the same document": transformed(lambda document: document),
}


def told(record: Record) -> list[str]:
    """Return what was logged and what ended the run, without the way out, as the lines of a world."""
    error = record.error
    if isinstance(error, NotAllowedError):
        return sorted([*said(record), *(cause.removesuffix(ADVISORY) for cause in error.causes)])
    return sorted([*said(record), *(str(error).splitlines() if error else ())])


class Run(NamedTuple):
    """What a run of a world's program says, whether a check has ended it, and the denied actions if none has."""

    lines: list[str]
    ended: bool
    denied: object


def ran(world: World, level: str, *, preview: bool, calls: int | None = None) -> Run:
    """Run a world's program, which registers its policy unless an update ends. It asks IAM this often, if given.

    Component, role and policy have different names.
    """
    kind, name = (FLEET, "fleet") if "roles" in world.inputs else (PERMISSIONS, "app")
    inputs = {"check": level, **world.inputs}
    record = kind.try_declare(inputs, OPTIONS[world.opts], name=name, answer=Aws(world), preview=preview)
    ended = isinstance(record.error, NotAllowedError)
    if ended or not record.error:
        # `depending` declares another policy.
        own = [made for made in record.registrations if made.type == kind.policy_type and made.name != "own"]
        assert bool(own) != (ended and not preview)
    assert {urn.rpartition("::")[2] for urn, _ in record.logged} <= {name}, "a line is about its component"
    if calls is not None:
        assert sum(each.token.startswith("aws:iam/") for each in record.invokes) == calls
    return Run(told(record), ended, record.results.get("denied_actions"))


def expected(world: World, said: Said, *, ends: bool) -> Run:
    """Return the run that a world describes."""
    return Run(lines_of(said, ends=ends), ends, None if ends else world.listed(said))


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_check(world: World) -> None:
    """The lines, the denied actions and the end of each run; how often an advisory update asks IAM."""
    preview = world.preview or world.update
    mandatory = world.mandatory or world.update

    assert ran(world, "advisory", preview=False, calls=world.calls) == expected(world, world.update, ends=False)
    assert ran(world, "advisory", preview=True) == expected(world, preview, ends=False)
    assert ran(world, "mandatory", preview=True) == expected(world, preview, ends=world.ends[0])
    assert ran(world, "mandatory", preview=False) == expected(world, mandatory, ends=world.ends[1])
