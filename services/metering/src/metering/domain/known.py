"""The evidence of a unit, walked and resolved once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """What the evidence of one unit says, as functions of time."""
