"""`check`: who denies what is granted: a policy, the boundary or an SCP."""

import copy
import pickle
from typing import Any, Final

import pytest

from pulumi_ssm_perms import NotAllowedError
from tests.answers import HEARTBEAT
from tests.checks import ADVISORY, expected, in_worlds, runs
from tests.components import OWNER, PERMISSIONS, plain, secret
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, policy
from tests.sentences import ALL_CHANNELS, UNSEEN, bounded, by_scp, denied, ok, silenced_by_boundary, silenced_by_scp
from tests.world import (
    BOTH,
    CORE,
    DENYING,
    FILES,
    FIXED,
    GENERATED,
    KEYS,
    LOCKED,
    NO_CHANNELS,
    NO_DATA,
    NODE,
    OF_FILES,
    ON,
    ON_KEY,
    ONE_REGION,
    OPEN_DATA,
    OWN_BEFORE,
    Aws,
    Role,
    Said,
    World,
    deny,
    node,
)

NOT_DATA: Final = [*CHANNEL_ACTIONS[:3], HEARTBEAT]
OF_TWO_REGIONS: Final = "eu-west-1, or in the Region of its resource"

BY_POLICIES: Final = {
    "nobody": World(
        role=NODE,
        said=Said([ok(11) + UNSEEN]),
        inputs={**KEYS, "cloudwatch_log_group_arns": [LOG_GROUP], "s3_log_bucket_arn": BUCKET},
    ),
    "nobody, in two Regions": World(
        role=NODE, said=Said([ok(5, where=OF_TWO_REGIONS) + UNSEEN]), inputs={"kms_key_arns": [KEY, OTHER_KEY]}
    ),
    "a Deny": World(role=DENYING, said=Said([denied(ON_KEY, "'no'")], ["kms:Decrypt"]), ends=BOTH, inputs=KEYS),
    # What is marked in the package's own words is the name of an input.
    "a Deny of a resource with marks": World(
        role=node(inline={"no": policy(deny("s3:PutObject"))}),
        said=Said([denied("s3:PutObject on arn:aws:s3:::session-logs/«my_team»/*", "'no'")], ["s3:PutObject"]),
        ends=BOTH,
        inputs={"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "«my_team»"},
    ),
    "two policies": World(
        role=node(inline={"no": NO_DATA}, attached={CORE: OWN_BEFORE, "guard": NO_DATA}),
        said=Said([denied(OPEN_DATA, "'guard', 'no'")], [OPEN_DATA]),
        ends=BOTH,
    ),
    # `pulumi up --refresh` with an advisory check takes it out.
    "a Deny by hand in the own policy": World(
        role=node(inline={GENERATED: NO_DATA}),
        said=Said([denied(OPEN_DATA, f"'{GENERATED}'")], [OPEN_DATA]),
        ends=BOTH,
        in_state=True,
    ),
    "a policy and the boundary": World(
        role=node(inline={"no": NO_DATA}, boundary=policy(allow(["*"]), deny(OPEN_DATA))),
        said=Said([denied(OPEN_DATA, "'limit', 'no'")], [OPEN_DATA]),
        ends=BOTH,
    ),
}


@in_worlds(BY_POLICIES)
def test_a_policy_denies(world: World) -> None:
    """A Deny is said with its policies, and ends a mandatory run."""
    assert runs(world) == expected(world)


BY_BOUNDARY: Final = {
    "it leaves a channel out": World(
        role=node(boundary=policy(allow(NOT_DATA)), inline={"files": FILES}),
        said=Said([bounded(OPEN_DATA, keys=OF_FILES)], [OPEN_DATA]),
        ends=BOTH,
    ),
    "it denies a channel, and leaves a key out": World(
        role=node(boundary=policy(allow(["ssm*:*"]), deny(OPEN_DATA))),
        said=Said([bounded(f"{OPEN_DATA}, {ON_KEY}")], [OPEN_DATA, "kms:Decrypt"]),
        ends=BOTH,
        inputs=KEYS,
    ),
    "it allows one Region, and the provider has another": World(
        role=node(boundary=LOCKED),
        said=Said(
            [bounded(ALL_CHANNELS, "us-east-1"), silenced_by_boundary("us-east-1")], [*CHANNEL_ACTIONS, HEARTBEAT]
        ),
        ends=BOTH,
        region="us-east-1",
    ),
    "it denies the heartbeat": World(
        role=node(boundary=policy(allow(["*"]), deny(HEARTBEAT))),
        said=Said([silenced_by_boundary(), ok(4, None)], [HEARTBEAT]),
    ),
}


@in_worlds(BY_BOUNDARY)
def test_the_boundary_denies(world: World) -> None:
    """What it denies or leaves out ends a mandatory run, if it is granted.

    Keys that IAM was not told are said of what it leaves out.
    """
    assert runs(world) == expected(world)


BY_SCP: Final = {
    "it denies the Region": World(
        role=NODE,
        said=Said([by_scp(ALL_CHANNELS, "us-east-1"), silenced_by_scp("us-east-1")]),
        region="us-east-1",
        scps=ONE_REGION,
    ),
    "it has no Allow": World(role=node(inline={"files": FILES}), said=Said([by_scp(keys=OF_FILES)]), scps=NO_CHANNELS),
    "it has no Allow, and neither has the boundary": World(
        role=node(boundary=policy(allow(NOT_DATA))), said=Said([by_scp()]), scps=NO_CHANNELS
    ),
}


@in_worlds(BY_SCP)
def test_an_scp_denies(world: World) -> None:
    """It may be the cause of what nothing else explains: that ends no run, and is not listed as denied."""
    assert runs(world) == expected(world)


BY_HAND: Final = {
    "deleted": World(role=NODE, said=Said([ok(4)]), in_state=True),
    "an exact name, deleted": World(role=Role(), said=Said([ok(5, None)]), inputs={**FIXED, **ON}, in_state=True),
}


@in_worlds(BY_HAND)
def test_the_own_policy_was_deleted_by_hand(world: World) -> None:
    """No check notices, because each asks about the role with the policy."""
    assert runs(world) == expected(world)


@pytest.mark.parametrize(("way", "name"), [(plain, "web"), (secret, "[secret]")], ids=["plain", "secret"])
def test_the_error_has_the_denied_actions(way: Any, name: str) -> None:
    """Its lines say what to do, it survives a copy, and has what is denied by role, without a secret."""
    inputs = {"role": lambda: way("web"), "check": "mandatory", **KEYS}
    error = PERMISSIONS.try_declare(inputs, answer=Aws(World(role=DENYING))).error
    on_secret = denied("kms:Decrypt on [secret]", "[secret]", roles="role [secret]", region="[secret]")

    assert isinstance(error, NotAllowedError)
    assert error.causes == ((on_secret if way is secret else denied(ON_KEY, "'no'")) + ADVISORY,)
    assert str(error) == f"{OWNER}: {error.causes[0]}"
    assert error.denied_actions == {name: ("kms:Decrypt",)}
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(same), same.owner, same.denied_actions) == (str(error), OWNER, error.denied_actions)
