"""Asks IAM whether a component's roles exist, and whether they can do all that they are granted."""

from ._check import Check, DeniedActions
from ._role import Role, get_roles

__all__ = ["Check", "DeniedActions", "Role", "get_roles"]
