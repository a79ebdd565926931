"""The charge of a cycle, the last cycle's prepayment, and its return in the final cycle (rules 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from common.money import allocate, minor_unit, round_half_up
from invoicing.domain.cycles import CYCLE_DAYS, Batch, Member
from invoicing.domain.exact import exact_sum
from invoicing.domain.lines import KWH_DECIMALS, TAX_ENERGY, Factor, Line, LineKind, Product, line_amount, share_kwh

HOURS = 24 * CYCLE_DAYS
HELD = "last cycle, held"


def charge_line(batch: Batch, number: int) -> Line | None:
    """Rated kW x 24 x 31 x the rate in force at the cycle's first instant, never prorated."""
    members = batch.running(number)
    return _nameplate(batch, members, number, f"cycle {number}") if members else None


def held_members(batch: Batch) -> list[Member]:
    """Those that pay for their last cycle in advance: all but the units of a single cycle."""
    return batch.running(2)


def held_line(batch: Batch) -> Line | None:
    """The last cycle, on the first invoice, at the first cycle's charge."""
    members = held_members(batch)
    return _nameplate(batch, members, 1, HELD) if members else None


def held_shares(batch: Batch) -> dict[str, Decimal]:
    """The amount held by unit: largest remainder over rated power."""
    line = held_line(batch)
    if line is None:
        return {}
    members = held_members(batch)
    parts = allocate(line.amount, [member.rated_kw for member in members], minor_unit(batch.terms.currency))
    return {member.unit_id: part for member, part in zip(members, parts, strict=True)}


def held_amount(lines: Sequence[Line]) -> Decimal:
    """What an invoice takes for the last cycle: a liability until it is applied (rule 6.2)."""
    held = (line.amount for line in lines if line.kind is LineKind.PREPAYMENT and line.description == HELD)
    return sum(held, Decimal(0))


def release_line(batch: Batch, number: int, held: Mapping[str, Decimal], unreturned: frozenset[str]) -> Line | None:
    """Minus the amount held for the units whose final cycle this is.

    `unreturned` names units whose last day became known only after the invoice of their final cycle: they follow now.
    """
    leaving = [
        member.unit_id
        for member in batch.members
        if member.unit_id in held
        and (final := batch.final_cycle(member)) is not None
        and (final == number or (final < number and member.unit_id in unreturned))
    ]
    if not leaving:
        return None
    return Line(
        kind=LineKind.PREPAYMENT,
        contract_id=batch.terms.contract_id,
        amount=-sum((held[unit_id] for unit_id in leaving), Decimal(0)),
        description="prepayment applied",
        products=tuple(Product(u, (Factor("amount held", -Fraction(held[u])),)) for u in leaving),
        tax_code=TAX_ENERGY,
    )


def released_units(lines: Sequence[Line]) -> frozenset[str]:
    """The units whose prepayment these lines have returned."""
    return frozenset(
        product.of
        for line in lines
        if line.kind is LineKind.PREPAYMENT and line.kwh is None
        for product in line.products
    )


def _nameplate(batch: Batch, members: Sequence[Member], number: int, description: str) -> Line:
    used = [(member.unit_id, member.rated_kw * HOURS) for member in members]
    kwh = round_half_up(exact_sum([energy for _, energy in used]), KWH_DECIMALS)
    rate = batch.terms.rate_at(batch.cycle(number).from_at)
    return Line(
        kind=LineKind.PREPAYMENT,
        contract_id=batch.terms.contract_id,
        kwh=kwh,
        rate=rate,
        amount=line_amount(kwh, rate, minor_unit(batch.terms.currency)),
        units=share_kwh(kwh, used),
        description=description,
        tax_code=TAX_ENERGY,
    )
