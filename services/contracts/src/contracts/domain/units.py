"""Machines: whose they are, what they are rated at, and which of them a contract may take (CB-16, CM-22)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from common.errors import RuleBroken
from common.money import exact_text

HIGHEST_RATED_W = 100_000
HIGHEST_RATED_THS = 100_000


class RatingOutOfRange(RuleBroken):
    """A rated power, hashrate or efficiency that no machine has."""

    code = "rating_out_of_range"


class UnitNotSelectable(RuleBroken):
    """The unit is in a state in which no contract can take it."""

    code = "unit_not_selectable"
    status = 409


class UnitBelongsToAnother(RuleBroken):
    """A lease takes the host's machines, a hosted contract its own customer's (CB-05, CB-16)."""

    code = "unit_belongs_to_another"


class UnitState(StrEnum):
    """Where a unit stands with contracts. `assigned` follows from its assignments and is never set by hand."""

    RECEIVED = "received"
    STAGED = "staged"
    UNASSIGNED = "unassigned"
    RESERVED = "reserved"
    ASSIGNED = "assigned"
    OUT_OF_SERVICE = "out_of_service"
    RETURNED = "returned"


class RatingSource(StrEnum):
    """Who says what a machine is rated at."""

    NAMEPLATE = "nameplate"
    MANUFACTURER = "manufacturer"
    MEASURED = "measured"
    FIRMWARE = "firmware"
    HOST = "host"


SELECTABLE = frozenset({UnitState.STAGED, UnitState.UNASSIGNED})


@dataclass(frozen=True, slots=True)
class Unit:
    """One machine. `owner_customer_id` None: the host's inventory. Efficiency J/TH, where blank rated W / TH/s."""

    unit_id: str
    serial: str
    model: str
    rated_w: Fraction
    rated_ths: Fraction
    efficiency_jth: Fraction | None = None
    owner_customer_id: str | None = None
    site_id: str | None = None
    state: UnitState = UnitState.STAGED

    def __post_init__(self) -> None:
        checked_rating(self.rated_w, self.rated_ths, self.efficiency_jth)

    @property
    def effective_jth(self) -> Fraction | None:
        """J/TH: the given one, else W / (TH/s); none for a machine without a rated hashrate (rule 3)."""
        if self.efficiency_jth is not None:
            return self.efficiency_jth
        return self.rated_w / self.rated_ths if self.rated_ths else None


def checked_rating(
    rated_w: Fraction, rated_ths: Fraction, efficiency_jth: Fraction | None, *, within: str = ""
) -> None:
    """Refuses ratings below zero, a machine without power, and absurd figures."""
    if not 0 < rated_w <= HIGHEST_RATED_W:
        raise RatingOutOfRange(
            f"A rated power of {exact_text(rated_w)} W is not possible.",
            field=f"{within}rated_w",
            remedy=f"more than 0, at most {HIGHEST_RATED_W} W",
        )
    if not 0 <= rated_ths <= HIGHEST_RATED_THS:
        raise RatingOutOfRange(
            f"A rated hashrate of {exact_text(rated_ths)} TH/s is not possible.",
            field=f"{within}rated_ths",
            remedy=f"0 to {HIGHEST_RATED_THS} TH/s",
        )
    checked_efficiency(efficiency_jth, field=f"{within}efficiency_jth")


def checked_efficiency(efficiency_jth: Fraction | None, *, field: str) -> None:
    """Refuses an efficiency of nothing or of more than any machine ever had."""
    if efficiency_jth is not None and not 0 < efficiency_jth <= 10_000:
        raise RatingOutOfRange(
            f"An efficiency of {exact_text(efficiency_jth)} J/TH is not possible.",
            field=field,
            remedy="more than 0, at most 10000 J/TH, or blank",
        )
