"""How far the billed energy lies from the PDU's, in percent, with its colour (rule 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from common.money import round_half_up

DECIMALS = 4
YELLOW_FROM = 5
RED_FROM = 20


class Band(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Variance:
    """`percent` is signed and rounded for printing; the band was decided on the exact figure."""

    percent: Decimal
    band: Band
    billed_kwh: Fraction
    pdu_kwh: Fraction


def variance_of(billed_kwh: Fraction, pdu_kwh: Fraction) -> Variance | None:
    """(billed - PDU) / PDU; without PDU energy there is neither figure nor colour."""
    if not pdu_kwh:
        return None
    exact = (billed_kwh - pdu_kwh) / pdu_kwh * 100
    size = abs(exact)
    band = Band.GREEN if size < YELLOW_FROM else Band.YELLOW if size < RED_FROM else Band.RED
    return Variance(round_half_up(exact, DECIMALS), band, billed_kwh, pdu_kwh)
