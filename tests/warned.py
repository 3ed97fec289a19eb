"""What the warnings of `check_role` say, word for word, after whom and what they are about."""

from typing import Final

HEARTBEAT: Final = "ssm:UpdateInstanceInformation"
UNSEEN: Final = "(IAM's simulator sees no key, bucket and endpoint policies and no RCPs.)"
TASKS: Final = "Tasks of ECS need no heartbeat. "
_NO_HEARTBEAT: Final = (
    f"may not call {HEARTBEAT}, the heartbeat: no policy of the role allows it, or an SCP of the organization does not."
    " Nodes with this role do not register with Systems Manager (TargetNotConnected). Set "
    "allowUpdateInstanceInformation (allow_update_instance_information in Python), or ignore this where Default Host "
    "Management is on. "
)
NO_HEARTBEAT: Final = f"{_NO_HEARTBEAT}{UNSEEN}"
NO_HEARTBEAT_OF_SEVERAL: Final = f"{_NO_HEARTBEAT}{TASKS}{UNSEEN}"
FORBIDDEN: Final = (
    "the cause is an explicit deny in a policy, an SCP of the organization, or a condition that the simulator cannot "
    "know, such as one on the Region, so that real requests may pass. Look for the first two, and make an exception "
    "there. " + UNSEEN
)
COULD_NOT_ASK: Final = "IAM could not be asked about"
_LEAVE_OUT: Final = "or leave checkRole (check_role in Python) out."
MAY_NOT_ASK: Final = f"Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it, {_LEAVE_OUT}"
ASK_AGAIN: Final = f"Run it again, {_LEAVE_OUT}"
