"""Level 5: a few reads of small registers, each on or beside a limit that the tests of the walk look at."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from support.generator import reads as meter
from support.generator.chance import DAY, HOUR, happens, instant_text
from support.reference.days import period

Row = dict[str, Any]


def scenario(seed: int) -> Row:
    """One unit at one or two contracts, one to three channels, a month in UTC."""
    rng = Random(seed)
    month = period("2025-03", 1, "UTC")
    begin = month.start + rng.choice((-2 * DAY, 0, 5 * DAY))
    turn = begin + rng.choice((7, 30, 80)) * HOUR
    found: Row = {
        "scenario": f"generated-{seed}",
        "about": "Generated, level 5.",
        "rules": ["3 metered"],
        "organization": {"timezone": "UTC", "billing_day": 1, "currency": "USD", "due_days": 15, "tax": {}},
        "customers": {"A": {"credit": "0.00"}},
        "contracts": [_contract("C1"), _contract("C2")],
        "units": [{"id": "u1", "rated_w": 1000, "rated_ths": "100", "efficiency_jth": "10"}],
        "channels": [],
        "reads": {},
        "steps": [{"invoice": "2025-03"}],
    }
    found["organization"]["reset_estimate"] = rng.choice(("none", "mean"))
    handed = [_span("C1", None, turn), _span("C2", turn, None)]
    found["units"][0]["assignments"] = handed if happens(rng, 50) else [_span("C1", None, None)]
    for outlet in range(1, rng.choice((1, 1, 1, 2)) + 1):
        _outlet(rng, found, f"p{outlet}", begin)
    _late(rng, found)
    return found


def _contract(name: str) -> Row:
    found: Row = {"id": name, "customer": "A", "type": "hosted", "start": "2025-01-01", "end": None}
    return found | {"plan": "usage", "rate_per_kwh": "1", "billing_methods": ["metered"]}


def _span(contract: str, start: int | None, end: int | None) -> Row:
    since = "2025-01-01T00:00:00Z" if start is None else instant_text(start)
    return {"contract": contract, "from": since, "to": None if end is None else instant_text(end)}


def _outlet(rng: Random, found: Row, outlet: str, begin: int) -> None:
    """Channels one after the other, each with its own dial; only the inner ends are bounded."""
    at, count = begin, rng.choice((1, 1, 1, 2, 3))
    for number in range(count):
        modulus = rng.choice((9, 20, 50, 100, 1000, 100_000))
        dial = meter.Dial(Fraction(modulus), Fraction(1), 2, Fraction(1))
        when = [at]
        for _ in range(rng.randint(0, 14)):
            when.append(when[-1] + rng.choice((1, 1, 2, 4, 4, 8, 13)) * HOUR)
        name = f"{outlet}-{number}"
        channel = {"id": name, "outlet": outlet, "unit": "u1", "modulus_kwh": str(modulus), "tick_kwh": "1"}
        if number:
            channel["from"] = instant_text(at)
        if number + 1 < count:
            channel["to"] = instant_text(when[-1])
        found["channels"].append(channel)
        found["reads"][name] = meter.rows(rng, dial, meter.walk_at_random(rng, dial, when), 3)
        at = when[-1] + rng.choice((0, 3)) * HOUR


def _late(rng: Random, found: Row) -> None:
    """At times some reads come after the invoice, and April shows the difference."""
    name = rng.choice(list(found["reads"]))
    rows = found["reads"][name]
    if happens(rng, 30) and len(rows) > 2:
        cut = rng.randrange(1, len(rows))
        found["reads"][name] = rows[:cut]
        found["steps"] += [{"reads": {name: rows[cut:]}}, {"invoice": "2025-04"}]
