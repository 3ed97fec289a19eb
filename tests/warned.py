"""What the warnings of `check_role` say, word for word, after whom and what they are about."""

from typing import Final

HEARTBEAT: Final = "ssm:UpdateInstanceInformation"
UNSEEN: Final = "(IAM's simulator sees no key, bucket and endpoint policies and no RCPs.)"
NO_HEARTBEAT: Final = (
    "nodes with this role do not register with Systems Manager (TargetNotConnected). Set "
    "allowUpdateInstanceInformation (allow_update_instance_information in Python), or ignore this where Default Host "
    "Management is on. " + UNSEEN
)
FORBIDDEN: Final = (
    "an explicit deny in one of the role's policies or an SCP of its organization forbids it. Make an exception there; "
    "but if it has a condition, such as one on the Region, real requests may pass, which the simulator cannot know. "
    + UNSEEN
)
COULD_NOT_ASK: Final = "IAM could not be asked about"
_LEAVE_OUT: Final = "or leave checkRole (check_role in Python) out."
MAY_NOT_ASK: Final = f"Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it, {_LEAVE_OUT}"
ASK_AGAIN: Final = f"Run it again, {_LEAVE_OUT}"
