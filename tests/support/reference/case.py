"""A scenario as the reference reads it: instants and numbers instead of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from support.reference.days import EVER, NEVER, Instant, day, end_of, first_instant, instant

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Contract:
    """A contract's life as instants; its terms stay in `terms`."""

    id: str
    customer: str
    currency: str
    start: Instant
    end: Instant
    terms: Json

    @property
    def prepaid(self) -> bool:
        return bool(self.terms.get("plan") == "prepaid_31d")

    @property
    def methods(self) -> list[str]:
        return list(self.terms.get("billing_methods") or [])

    def number(self, key: str) -> Fraction:
        return Fraction(self.terms[key])

    def rate(self, at: Instant) -> Fraction:
        """The rate in force: the last change that is not after the instant (rule 4.6)."""
        current = Fraction(self.terms["rate_per_kwh"])
        for since, changed in self.rate_changes():
            if since <= at:
                current = changed
        return current

    def rate_changes(self) -> list[tuple[Instant, Fraction]]:
        pairs = [(instant(at), Fraction(rate)) for at, rate in self.terms.get("rates") or []]
        return sorted(pairs, key=lambda pair: pair[0])


@dataclass(frozen=True)
class Unit:
    """A machine and the spans in which it is assigned: (contract, from, to)."""

    id: str
    rated_kw: Fraction
    rated_ths: Fraction
    jth: Fraction | None
    assigned: tuple[tuple[str, Instant, Instant], ...]
    operational_on: date | None

    def windows(self, contract: Contract) -> list[tuple[Instant, Instant]]:
        """The unit's time on a contract: an assignment counts only within it (rule 4.5)."""
        found = []
        for name, start, end in self.assigned:
            opens, closes = max(start, contract.start), min(end, contract.end)
            if name == contract.id and opens < closes:
                found.append((opens, closes))
        return sorted(found)


@dataclass(frozen=True)
class Channel:
    """One register's life on an outlet."""

    id: str
    outlet: str
    unit: str
    modulus: Fraction
    tick: Fraction
    start: Instant
    end: Instant


def _at(text: str | None, otherwise: Instant) -> Instant:
    return otherwise if text is None else instant(text)


def contracts_of(scenario: Json) -> list[Contract]:
    zone, home = scenario["organization"]["timezone"], scenario["organization"]["currency"]
    return [
        Contract(
            id=terms["id"],
            customer=terms["customer"],
            currency=terms.get("currency") or home,
            start=first_instant(day(terms["start"]), zone),
            end=NEVER if terms.get("end") is None else end_of(day(terms["end"]), zone),
            terms=terms,
        )
        for terms in scenario.get("contracts", [])
    ]


def _unit(row: Json) -> Unit:
    watts, ths = Fraction(row.get("rated_w") or 0), Fraction(row.get("rated_ths") or 0)
    stated = row.get("efficiency_jth")
    return Unit(
        id=row["id"],
        rated_kw=watts / 1000,
        rated_ths=ths,
        jth=Fraction(stated) if stated is not None else (watts / ths if ths else None),
        assigned=tuple((a["contract"], instant(a["from"]), _at(a.get("to"), NEVER)) for a in row["assignments"]),
        operational_on=day(row["operational_on"]) if row.get("operational_on") else None,
    )


def units_of(scenario: Json) -> list[Unit]:
    return [_unit(row) for row in scenario.get("units", [])]


def channels_of(scenario: Json) -> list[Channel]:
    return [
        Channel(
            id=row["id"],
            outlet=row["outlet"],
            unit=row["unit"],
            modulus=Fraction(row["modulus_kwh"]),
            tick=Fraction(row["tick_kwh"]),
            start=_at(row.get("from"), EVER),
            end=_at(row.get("to"), NEVER),
        )
        for row in scenario.get("channels", [])
    ]
