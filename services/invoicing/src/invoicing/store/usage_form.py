"""The stored form of a period's sum: only what prices it, small and quick to read. Days keep all they came with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

import orjson

from invoicing.domain.lines import LineMethod
from invoicing.domain.usage import FailoverUsage, MethodUsage, Quarter, UnitUsage

_METHODS = {method.value: method for method in LineMethod}


def priced_part(usage: UnitUsage) -> UnitUsage:
    """The usage without what only explains it, and without zero spans, which prepaid cycles read from the days."""
    return replace(usage, evidence=(), flags=frozenset(), hashprice=(), zero_spans=())


def packed(usage: UnitUsage) -> bytes:
    """The sum of a unit's spans; whose it is stands in the row's key."""
    failover = usage.failover
    return orjson.dumps(
        [
            [usage.from_at.isoformat(), usage.to_at.isoformat()],
            [[m.value, _text(u.energy_kwh), _text(u.hours), int(u.estimated)] for m, u in usage.by_method.items()],
            [_text(failover.hours), _text(failover.priced_hours), _text(failover.price_hours)] if failover else None,
            [_text(getattr(usage, name)) for name in _FIGURES],
            [[q.starts_at.isoformat(), {m.value: _text(e) for m, e in q.by_method.items()}] for q in usage.quarters],
            [[a.isoformat(), b.isoformat()] for a, b in usage.down_spans],
            [[a.isoformat(), b.isoformat()] for a, b in usage.covered],
        ]
    )


_FIGURES = (
    "unbilled_hours",
    "compared_billed_kwh",
    "compared_pdu_kwh",
    "compared_hours",
    "up_hours",
    "down_hours",
    "unknown_hours",
    "rated_w",
    "rated_ths",
)


def unpacked(contract_id: str, unit_id: str, body: bytes) -> UnitUsage:
    """The sum behind its stored form."""
    (from_at, to_at), methods, failover, figures, quarters, down, covered = orjson.loads(body)
    named: dict[str, Any] = dict(zip(_FIGURES, map(_often_exact, figures), strict=True))
    return UnitUsage(
        unit_id,
        contract_id,
        _instant(from_at),
        _instant(to_at),
        {_METHODS[m]: MethodUsage(_exact(kwh), _often_exact(hours), bool(e)) for m, kwh, hours, e in methods},
        FailoverUsage(*map(_exact, failover)) if failover else None,
        quarters=tuple(_quarter(q) for q in quarters),
        down_spans=_spans(down),
        covered=_spans(covered),
        **named,
    )


def _quarter(row: Any) -> Quarter:
    return Quarter(_instant(row[0]), {_METHODS[m]: _exact(e) for m, e in row[1].items()})


def _spans(rows: Any) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((_instant(a), _instant(b)) for a, b in rows)


def _text(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{number.numerator}/{number.denominator}"


def _exact(text: str) -> Fraction:
    numerator, slash, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator)) if slash else Fraction(int(numerator))


# Units of a month share edges, hours and ratings; energies differ.
_instant = lru_cache(maxsize=4096)(datetime.fromisoformat)
_often_exact = lru_cache(maxsize=4096)(_exact)
