"""Asks IAM whether a component's roles exist, and whether they can do all that they are granted."""

from ._check import Check, Denied, Policy, declare_checked
from ._role import Role, get_roles

__all__ = ["Check", "Denied", "Policy", "Role", "declare_checked", "get_roles"]
