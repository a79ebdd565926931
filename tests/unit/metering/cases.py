"""Random evidence of one unit in the scenario format, and the same evidence as metering's own values."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from common.clock import instant_of
from metering.domain.registers import reads_of
from metering.domain.values import (
    Channel,
    ContractWindow,
    FormerChannel,
    HashpriceRow,
    Method,
    Rating,
    ResetEstimate,
    TelemetryRow,
    UnitEvidence,
    UnitStatus,
)
from metering.domain.windows import clipped
from support.generator.chance import DAY, HOUR, happens, instant_text
from support.generator.power import MODELS, Model, drawing, telemetry
from support.generator.reads import Dial, instants, rows, series, spoil, walk_at_random

Json = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = 1_740_787_200  # 2025-03-01T00:00Z
END = START + 12 * DAY


def at(seconds: Fraction | int) -> datetime:
    """The instant of so many seconds since 1970."""
    return EPOCH + timedelta(microseconds=int(seconds * 10**6))


@dataclass(frozen=True)
class Life:
    """The channels of one outlet: (id, unit, from, to) in order, with holes or without."""

    outlet: str
    channels: Sequence[tuple[str, str, int | None, int | None]]


def lives(rng: Random) -> list[Life]:
    """One to three outlets, now and then replaced, now and then lent to another unit for a while."""
    found = []
    for number in range(rng.choice((1, 1, 1, 2, 2, 3))):
        cuts = sorted(rng.sample(range(START // HOUR, END // HOUR), rng.choice((0, 0, 0, 1, 2))))
        edges = [None, *(cut * HOUR for cut in cuts), None]
        parts = []
        for index, (opens, closes) in enumerate(itertools.pairwise(edges)):
            hole = rng.choice((0, 0, 3 * HOUR)) if opens is not None else 0
            unit = "u2" if index > 0 and happens(rng, 25) else "u1"
            parts.append((f"o{number}/{index}", unit, None if opens is None else opens + hole, closes))
        found.append(Life(f"o{number}", [part for part in parts if part[3] is None or (part[2] or 0) < part[3]]))
    return found


def case(seed: int) -> Json:
    """A scenario of one contract and unit, whose evidence fails in every way."""
    rng = Random(seed)
    model = rng.choice(MODELS)
    truth = drawing(rng, model, START - DAY, END + DAY)
    tick, places = rng.choice((("0.1", 1), ("0.001", 3), ("0.01", 2), ("1", 0)))
    modulus = rng.choice(("1000", "10000", "100000", "1000000"))
    dial = Dial(Fraction(modulus), Fraction(tick), places, Fraction(model.watts, 1000))
    level = rng.randint(1, 4)
    outlets = lives(rng)
    channels, reads = [], {}
    for life in outlets:
        for name, unit, opens, closes in life.channels:
            row: Json = {"id": name, "outlet": life.outlet, "unit": unit, "modulus_kwh": modulus, "tick_kwh": tick}
            row |= {} if opens is None else {"from": instant_text(opens)}
            row |= {} if closes is None else {"to": instant_text(closes)}
            channels.append(row)
            when = instants(rng, opens or START - DAY, closes or END + DAY, rng.choice((6, 30, 120)))
            if happens(rng, 30):
                seen = walk_at_random(rng, dial, when)
            else:
                seen = series(rng, dial, truth, when, Fraction(1, len(outlets)))
                spoil(rng, dial, seen, level)
            reads[name] = rows(rng, dial, seen, level)
    return _scenario(rng, model, level, truth) | {"channels": channels, "reads": reads}


def _scenario(rng: Random, model: Model, level: int, truth: list[tuple[int, int, Fraction]]) -> Json:
    unit: Json = {"rated_w": model.watts, "rated_ths": model.ths, "assignments": []}
    unit |= {"efficiency_jth": model.jth} if happens(rng, 60) else {}
    methods = list(Method)
    rng.shuffle(methods)
    contract: Json = {
        "id": "C1",
        "customer": "A",
        "type": "hosted",
        "start": "2025-03-02",
        "end": rng.choice((None, "2025-03-10")),
        "rate_per_kwh": "0.07",
        "billing_methods": [str(method) for method in methods[: rng.randint(1, 3)]],
    }
    contract |= {"efficiency_jth": "21.25"} if happens(rng, 30) else {}
    begins = START + rng.randrange(3 * DAY)
    assigned = {"contract": "C1", "from": instant_text(begins), "to": instant_text(END - rng.randrange(3 * DAY))}
    prices = [
        [instant_text(day), instant_text(day + rng.choice((DAY, 9 * HOUR))), str(40 + n)]
        for n, day in enumerate(range(START, END, DAY))
    ]
    return {
        "organization": {"timezone": "UTC", "currency": "USD", "reset_estimate": rng.choice(("none", "mean"))},
        "contracts": [contract],
        "units": [
            unit | {"id": "u1", "assignments": [assigned]},
            unit | {"id": "u2"},
        ],
        "telemetry": {"u1": telemetry(rng, model, truth, level)} if happens(rng, 70) else {},
        "hashprice": prices,
    }


def evidence_of(case: Json, unit_id: str = "u1") -> UnitEvidence:
    """The case's unit as metering takes it."""
    units = {row["id"]: row for row in case["units"]}
    channels = {row["id"]: _channel(row) for row in case["channels"]}
    reads = {
        name: reads_of(channel, [(instant_of(when), Fraction(kwh)) for when, kwh in case["reads"][name]])
        for name, channel in channels.items()
    }
    mine = [one for one in reads.values() if one.channel.unit_id == unit_id]
    outlets = {one.channel.outlet_id for one in mine}
    return UnitEvidence(
        unit_id=unit_id,
        ratings=[rating_of(units[unit_id])],
        channels=mine,
        telemetry=[
            TelemetryRow(instant_of(a), instant_of(b), Fraction(ths), UnitStatus(status))
            for a, b, ths, status in case["telemetry"].get(unit_id, [])
        ],
        hashprice=[HashpriceRow(instant_of(a), instant_of(b), Fraction(price)) for a, b, price in case["hashprice"]],
        reset_estimate=ResetEstimate(case["organization"]["reset_estimate"]),
        former=[
            FormerChannel(one, [rating_of(units[one.channel.unit_id])])
            for one in reads.values()
            if one.channel.unit_id != unit_id and one.channel.outlet_id in outlets
        ],
    )


def rating_of(row: Json) -> Rating:
    """A unit's one rating."""
    stated = row.get("efficiency_jth")
    return Rating(Fraction(row["rated_w"]), Fraction(row["rated_ths"]), None if stated is None else Fraction(stated))


def _channel(row: Json) -> Channel:
    return Channel(
        row["id"],
        row["outlet"],
        row["unit"],
        Fraction(row["modulus_kwh"]),
        Fraction(row["tick_kwh"]),
        None if "from" not in row else instant_of(row["from"]),
        None if "to" not in row else instant_of(row["to"]),
    )


def window_of(case: Json) -> ContractWindow:
    """The contract's one window: its assignment within it."""
    terms, assigned = case["contracts"][0], case["units"][0]["assignments"][0]
    end = None if terms["end"] is None else instant_of("2025-03-11T00:00:00Z")
    inside = clipped(
        (instant_of(assigned["from"]), instant_of(assigned["to"])), (instant_of("2025-03-02T00:00:00Z"), end)
    )
    assert inside is not None
    return ContractWindow(
        contract_id=terms["id"],
        from_at=inside[0],
        to_at=inside[1],
        methods=[Method(method) for method in terms["billing_methods"]],
        failover=True,
        efficiency_jth=Fraction(terms["efficiency_jth"]) if "efficiency_jth" in terms else None,
    )


def shuffled(evidence: UnitEvidence, rng: Random) -> UnitEvidence:
    """The same set of evidence in another order, some of it twice."""
    channels = []
    for one in evidence.channels:
        pairs = list(zip(one.instants_us, one.registers, strict=True))
        pairs += rng.sample(pairs, len(pairs) // 3)
        rng.shuffle(pairs)
        channels.append(replace(one, instants_us=[us for us, _ in pairs], registers=[value for _, value in pairs]))
    rows = [*evidence.telemetry, *evidence.telemetry[:2]]
    rng.shuffle(rows)
    rng.shuffle(channels)
    return replace(evidence, channels=channels, telemetry=rows)
