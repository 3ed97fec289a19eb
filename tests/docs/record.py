"""What a test of the documentation reads from the sandbox's record."""

from itertools import groupby

from sandbox import Sandbox


def changes(box: Sandbox) -> list[tuple[str, str]]:
    """Return action and target of each write, in order.

    What the AWS SDK sends a second time, since on a busy machine the first answer may get lost, counts once.
    """
    sent = ((call.action, call.target, call.params) for call in box.writes)
    return [(action, target) for (action, target, _), _ in groupby(sent)]
