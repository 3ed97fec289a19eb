"""`check`: who denies what is granted: a policy, the boundary, an SCP, the own policy, or nobody who would allow it."""

import copy
import pickle
from typing import Any, Final

import pytest

from pulumi_ssm_perms import NotAllowedError
from tests.answers import HEARTBEAT
from tests.checks import ADVISORY, expected, in_worlds, runs
from tests.components import OWNER, PERMISSIONS, plain, secret
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, decrypt, policy
from tests.sentences import (
    ALL_CHANNELS,
    UNSEEN,
    bounded,
    by_scp,
    denied,
    missing,
    ok,
    own_deny,
    planned,
    silent,
)
from tests.world import (
    BOTH,
    CORE,
    DENYING,
    FILES,
    GENERATED,
    KEYS,
    LIMIT,
    LOCKED,
    NO_CHANNELS,
    NODE,
    OF_FILES,
    ON_KEY,
    ONE_REGION,
    OPEN_DATA,
    OWN,
    OWN_BEFORE,
    SPOILT,
    Aws,
    Held,
    Said,
    World,
    deny,
    node,
)

FINE: Final = Said([ok(5)])
MISSING: Final = Said([missing()], [*CHANNEL_ACTIONS])
NOT_DATA: Final = [*CHANNEL_ACTIONS[:3], HEARTBEAT]
NO_DATA: Final = policy(deny(OPEN_DATA))
OF_TWO_REGIONS: Final = "eu-west-1, or in the Region of its resource"

BY_POLICIES: Final = {
    "nobody": World(
        NODE,
        Said([ok(12) + UNSEEN]),
        inputs={**KEYS, "cloudwatch_log_group_arns": [LOG_GROUP], "s3_log_bucket_arn": BUCKET},
    ),
    "a Deny": World(DENYING, Said([denied(ON_KEY, "'no'")], ["kms:Decrypt"]), BOTH, KEYS),
    "two policies": World(
        node(inline={"no": NO_DATA}, attached={CORE: OWN_BEFORE, "guard": NO_DATA}),
        Said([denied(OPEN_DATA, "'guard', 'no'")], [OPEN_DATA]),
        BOTH,
    ),
    # Its write removes the Deny, so that it ends no run.
    "a Deny in the own policy": World(
        node(inline={GENERATED: SPOILT}), Said([own_deny(OPEN_DATA)], [OPEN_DATA]), state="same"
    ),
    "a Deny in the own policy, which this update writes": World(
        node(inline={GENERATED: SPOILT}),
        FINE,
        preview=Said([own_deny(OPEN_DATA)], [OPEN_DATA]),
        state="changed",
    ),
    "a Deny in the own policy and in another one": World(
        node(inline={GENERATED: SPOILT, "no": NO_DATA}),
        Said([denied(OPEN_DATA, f"'{GENERATED}', 'no'")], [OPEN_DATA]),
        BOTH,
        state="same",
    ),
}


@in_worlds(BY_POLICIES)
def test_a_policy_denies(world: World) -> None:
    """A Deny is said with its policies, and ends a mandatory run, unless only the component's own policy has it."""
    assert runs(world) == expected(world)


BY_BOUNDARY: Final = {
    "it leaves a channel out": World(
        node(boundary=policy(allow(NOT_DATA)), inline={"files": FILES}),
        Said([bounded(OPEN_DATA, keys=OF_FILES)], [OPEN_DATA]),
        BOTH,
    ),
    "it denies a channel, and leaves a key out": World(
        node(boundary=policy(allow(["ssm*:*"]), deny(OPEN_DATA))),
        Said([bounded(OPEN_DATA), bounded(ON_KEY)], [OPEN_DATA, "kms:Decrypt"]),
        BOTH,
        KEYS,
    ),
    "it allows one Region, and the provider has another": World(
        node(boundary=LOCKED),
        Said(
            [bounded(ALL_CHANNELS, "us-east-1"), silent(region="us-east-1", limit=LIMIT)],
            [*CHANNEL_ACTIONS, HEARTBEAT],
        ),
        BOTH,
        region="us-east-1",
    ),
}


@in_worlds(BY_BOUNDARY)
def test_the_boundary_denies(world: World) -> None:
    """What it denies or leaves out ends a mandatory run; keys that IAM was not told are said of what it leaves out."""
    assert runs(world) == expected(world)


BY_SCP: Final = {
    "it denies the Region": World(
        NODE, Said([by_scp(f"{ALL_CHANNELS}, {HEARTBEAT}", "us-east-1")]), region="us-east-1", scps=ONE_REGION
    ),
    "it has no Allow": World(node(inline={"files": FILES}), Said([by_scp(keys=OF_FILES)]), scps=NO_CHANNELS),
    "it has no Allow, and neither has the boundary": World(
        node(boundary=policy(allow(NOT_DATA))),
        Said([by_scp()]),
        scps=NO_CHANNELS,
    ),
}


@in_worlds(BY_SCP)
def test_an_scp_denies(world: World) -> None:
    """It may be the cause of what nothing else explains: that ends no run, and is not listed as denied."""
    assert runs(world) == expected(world)


BY_HAND: Final = {
    "deleted": World(NODE, MISSING, preview=FINE, state="same"),
    "deleted, and another policy allows all": World(Held(attached={CORE: OWN_BEFORE}), FINE, state="same"),
    "one of two keys taken out": World(
        node(inline={GENERATED: policy(*OWN["Statement"], decrypt(OTHER_KEY))}),
        Said([missing(ON_KEY)], ["kms:Decrypt"]),
        inputs={"kms_key_arns": [KEY, OTHER_KEY]},
        preview=Said([ok(6, where=OF_TWO_REGIONS) + UNSEEN]),
        state="same",
    ),
    "deleted, and the boundary leaves a channel out": World(
        node(boundary=policy(allow(NOT_DATA))),
        Said([missing(", ".join(CHANNEL_ACTIONS[:3])), bounded(OPEN_DATA)], [*CHANNEL_ACTIONS]),
        BOTH,
        preview=Said([bounded(OPEN_DATA)], [OPEN_DATA]),
        state="same",
    ),
}


@in_worlds(BY_HAND)
def test_the_own_policy_was_changed_by_hand(world: World) -> None:
    """Only an update tells, because a preview asks with the policy as it would be."""
    assert runs(world) == expected(world)


@pytest.mark.parametrize(("way", "name"), [(plain, "web"), (secret, "[secret]")], ids=["plain", "secret"])
def test_the_error_has_the_denied_actions(way: Any, name: str) -> None:
    """Its lines say what to do, it survives a copy, and has what is denied by role, without a secret."""
    inputs = {"role": lambda: way("web"), "check": "mandatory", **KEYS}
    error = PERMISSIONS.try_declare(inputs, answer=Aws(World(DENYING))).error
    on_secret = denied("kms:Decrypt on [secret]", "[secret]", roles="role [secret]", region="[secret]")

    assert isinstance(error, NotAllowedError)
    assert error.causes == (planned(on_secret if way is secret else denied(ON_KEY, "'no'")) + ADVISORY,)
    assert str(error) == f"{OWNER}: {error.causes[0]}"
    assert error.denied_actions == {name: ("kms:Decrypt",)}
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(same), same.owner, same.denied_actions) == (str(error), OWNER, error.denied_actions)
