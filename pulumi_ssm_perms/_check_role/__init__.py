"""Asks IAM whether a component's roles can do all that they are granted."""

from ._check import Check, DeniedActions

__all__ = ["Check", "DeniedActions"]
