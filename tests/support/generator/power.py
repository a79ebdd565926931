"""What a machine truly draws, and the telemetry that somebody recorded of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from support.generator.chance import DAY, HOUR, happens, instant_text, shown


@dataclass(frozen=True)
class Model:
    """A machine's rating."""

    watts: int
    ths: str
    jth: str


MODELS = (
    Model(3500, "200", "17.5"),
    Model(3245, "110", "29.5"),
    Model(5360, "335", "16"),
    Model(35000, "2000", "17.5"),
    Model(1000, "100", "10"),
    Model(4000, "152.5", "21.5"),
)
Draw = tuple[int, int, Fraction]


def drawing(rng: Random, model: Model, start: int, end: int) -> list[Draw]:
    """Spans of constant power (kW): full, low, exactly at the band, or nothing at all."""
    spans, at = [], start
    while at < end:
        length = rng.choice((HOUR, 5 * HOUR, DAY, DAY + HOUR, 2 * DAY, 5 * DAY, rng.randint(600, 9 * DAY)))
        share = rng.choice((0, 0, 30, 80, 90, 95, 100, 100, 100, 105, 110, rng.randint(1, 124)))
        spans.append((at, min(end, at + length), Fraction(model.watts * share, 100_000)))
        at += length
    return spans


def energy(spans: list[Draw], at: int) -> Fraction:
    """kWh drawn until an instant."""
    total = sum((kw * max(0, min(end, at) - start) for start, end, kw in spans if start < at), Fraction(0))
    return total / HOUR


def telemetry(rng: Random, model: Model, spans: list[Draw], level: int) -> list[list[Any]]:
    """Rows along the true power, with holes, lies and (from level 2) overlaps."""
    rows: list[list[Any]] = []
    for start, end, kw in spans:
        if happens(rng, 12):
            continue
        ths, status = _state(rng, model, kw)
        stop = end + (rng.choice((0, 0, 600, 3 * HOUR)) if level > 1 else 0)
        late = start + (rng.choice((0, 0, 300, HOUR + 7)) if level > 1 else 0)
        if late < stop:
            rows.append([instant_text(late), instant_text(stop), ths, status])
            if level > 1 and happens(rng, 8):
                rows.append([instant_text(late), instant_text(end + HOUR), shown(Fraction(ths) + 1, 2), status])
    if level > 1 and happens(rng, 30):
        rng.shuffle(rows)
    return rows


def _state(rng: Random, model: Model, kw: Fraction) -> tuple[str, str]:
    if kw == 0:
        return "0", rng.choice(("offline", "offline", "offline", "online", "hashing"))
    if happens(rng, 15):
        return rng.choice(("0", model.ths)), rng.choice(("online", "hashing", "offline"))
    return shown(kw * 1000 / Fraction(model.jth), rng.choice((0, 1, 2))), "hashing"
