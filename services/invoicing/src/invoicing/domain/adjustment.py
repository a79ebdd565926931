"""Changed evidence: the lines of an old period computed again, less everything posted for them (rule 7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from invoicing.domain.lines import Factor, Line, LineKind, Product

NOT_CORRECTED = frozenset({LineKind.SERVICE, LineKind.ADJUSTMENT, LineKind.LATE_FEE, LineKind.PREPAYMENT})

Posted = Mapping[tuple[str, str, str], Decimal]
"""What was posted so far by (contract, corrected period, tax code)."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One contract's lines of an old period, as the evidence gives them now."""

    contract_id: str
    period: str
    lines: tuple[Line, ...]


def posted_of(invoices: Iterable[tuple[str, Iterable[Line]]]) -> dict[tuple[str, str, str], Decimal]:
    """Sums of (period of the invoice, its lines): own lines count for that period, adjustments for the one corrected.

    Pass the invoices of one customer and currency that are not cancelled.
    """
    posted: dict[tuple[str, str, str], Decimal] = {}
    for period, lines in invoices:
        for line in lines:
            if line.contract_id is None or line.tax_code is None:
                continue
            about = line.refers_to if line.kind is LineKind.ADJUSTMENT else period
            if about is None or (line.kind in NOT_CORRECTED and line.kind is not LineKind.ADJUSTMENT):
                continue
            key = (line.contract_id, about, line.tax_code)
            posted[key] = posted.get(key, Decimal(0)) + line.amount
    return posted


def adjustment_lines(recomputed: Iterable[Recomputed], posted: Posted) -> tuple[Line, ...]:
    """One line per contract, period and tax code that differs; give the periods oldest first."""
    lines: list[Line] = []
    for again in recomputed:
        now: dict[str, Decimal] = {}
        for line in again.lines:
            if line.kind not in NOT_CORRECTED and line.tax_code is not None:
                now[line.tax_code] = now.get(line.tax_code, Decimal(0)) + line.amount
        before = {
            c: a for (contract, name, c), a in posted.items() if (contract, name) == (again.contract_id, again.period)
        }
        for code in dict.fromkeys((*now, *before)):
            amount = now.get(code, Decimal(0)) - before.get(code, Decimal(0))
            if amount:
                lines.append(_line(again, code, now.get(code, Decimal(0)), before.get(code, Decimal(0))))
    return tuple(lines)


def _line(again: Recomputed, code: str, now: Decimal, before: Decimal) -> Line:
    return Line(
        kind=LineKind.ADJUSTMENT,
        contract_id=again.contract_id,
        amount=now - before,
        tax_code=code,
        refers_to=again.period,
        products=(
            Product("computed again", (Factor("amount", Fraction(now)),)),
            Product("posted before", (Factor("amount", -Fraction(before)),)),
        ),
    )
