"""Units with their channels, reads and telemetry."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

from support.generator import reads as meter
from support.generator.chance import DAY, HOUR, happens, instant_text, moment, shown
from support.generator.power import MODELS, Draw, Model, drawing, telemetry

TICKS = (("0.001", 3), ("0.001", 4), ("0.01", 2), ("0.1", 1))
MODULI = ("1000000", "10000000", "100000", "65536", "99999", "4294967.296", "1000", "10000")


@dataclass
class Fleet:
    """The parts of a scenario that describe machines and what is known of them."""

    units: list[dict[str, Any]] = field(default_factory=list)
    channels: list[dict[str, Any]] = field(default_factory=list)
    reads: dict[str, list[list[str]]] = field(default_factory=dict)
    telemetry: dict[str, list[list[Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """What kind of evidence a unit should have."""

    level: int
    busy: int
    meters: bool
    telemetry: bool


def add_unit(rng: Random, fleet: Fleet, wish: Wish, span: tuple[int, int]) -> dict[str, Any]:
    """One more unit with evidence over a span; its assignments are for the caller to fill in."""
    name = f"u{len(fleet.units) + 1}"
    model = rng.choice(MODELS)
    watts = model.watts + (rng.randint(-60, 160) if happens(rng, 40) else 0)
    unit: dict[str, Any] = {"id": name, "rated_w": watts, "rated_ths": model.ths, "assignments": []}
    if not (wish.level > 1 and happens(rng, 15)):
        unit["efficiency_jth"] = model.jth
    fleet.units.append(unit)
    draws = drawing(rng, model, *span)
    feeds = 0 if not wish.meters else rng.choice((1, 1, 1, 2) if wish.level < 3 else (1, 1, 2, 3))
    for number in range(1, feeds + 1):
        _outlet(rng, fleet, (name, f"p{number}/{name[1:]}", watts), (draws, Fraction(1, feeds)), wish)
    if wish.telemetry:
        fleet.telemetry[name] = telemetry(rng, Model(watts, model.ths, model.jth), draws, wish.level)
    return unit


def _outlet(
    rng: Random, fleet: Fleet, at: tuple[str, str, int], power: tuple[list[Draw], Fraction], wish: Wish
) -> None:
    """One outlet: a channel, or several one after the other with holes between (a replaced PDU)."""
    unit, outlet, watts = at
    start, end = power[0][0][0], power[0][-1][1]
    lives = _lives(rng, start, end, wish.level)
    for index, (opens, closes) in enumerate(lives):
        dial = _dial(rng, watts, wish.level)
        name = outlet if len(lives) == 1 else f"{outlet}-{'abc'[index]}"
        channel: dict[str, Any] = {"id": name, "outlet": outlet, "unit": unit}
        channel |= {"modulus_kwh": _plain(dial.modulus), "tick_kwh": _plain(dial.tick)}
        bounded = happens(rng, 20)
        if index or bounded:
            channel["from"] = instant_text(opens)
        if index + 1 < len(lives) or (bounded and happens(rng, 50)):
            channel["to"] = instant_text(closes)
        fleet.channels.append(channel)
        fleet.reads[name] = _channel_reads(rng, dial, power, (opens, closes), wish)


def _lives(rng: Random, start: int, end: int, level: int) -> list[tuple[int, int]]:
    if level == 1 or not happens(rng, 25):
        return [(start, end)]
    lives, at = [], start
    for _ in range(rng.choice((1, 1, 2))):
        stop = moment(rng, at, end, 300 if end - at > 2 * DAY else 1)
        lives.append((at, stop))
        at = min(end - 2, stop + rng.choice((0, 300, 6 * HOUR, 3 * DAY)))
    return [*lives, (max(at, lives[-1][1]), end)]


def _dial(rng: Random, watts: int, level: int) -> meter.Dial:
    tick, places = rng.choice(TICKS[:1] if level == 1 else TICKS)
    modulus = "1000000" if happens(rng, 60) or level == 1 else rng.choice(MODULI)
    return meter.Dial(Fraction(modulus), Fraction(tick), places, Fraction(watts, 1000))


def _channel_reads(
    rng: Random, dial: meter.Dial, power: tuple[list[Draw], Fraction], life: tuple[int, int], wish: Wish
) -> list[list[str]]:
    start, end = life
    if wish.level > 2 and happens(rng, 30):
        start, end = start - rng.choice((0, HOUR, DAY)), end + rng.choice((0, 1, HOUR))
    when = meter.instants(rng, start, max(end, start + 1), wish.busy)
    if wish.level > 2 and happens(rng, 20):
        found = meter.walk_at_random(rng, dial, when)
    else:
        found = meter.series(rng, dial, power[0], when, power[1])
        meter.spoil(rng, dial, found, wish.level)
    if wish.level > 1:
        found = [read for read in found if not happens(rng, rng.choice((0, 5, 30)))]
    return meter.rows(rng, dial, found, wish.level)


def _plain(number: Fraction) -> str:
    return shown(number, 3).rstrip("0").rstrip(".") if number.denominator > 1 else str(number)
