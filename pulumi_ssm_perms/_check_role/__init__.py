"""Asks IAM whether a component's roles exist, and whether they can do all that they are granted."""

from ._check import Check, Denied, declare_checked
from ._role import MissingRole, Role, get_roles

__all__ = ["Check", "Denied", "MissingRole", "Role", "declare_checked", "get_roles"]
