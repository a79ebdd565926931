"""Where and when a case plays: zone, billing day, billing periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from support.generator.chance import DAY, happens
from support.reference.days import Period, first_instant, local_day, period

PLAIN = ("UTC", "Asia/Kolkata", "Asia/Kathmandu")
CHANGING = (
    "America/Chicago",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "America/St_Johns",
    "Europe/Oslo",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "America/Asuncion",
    "Africa/Casablanca",
    "Atlantic/Azores",
    "Africa/Cairo",
)


@dataclass(frozen=True)
class Timeline:
    """The billing periods of a case, in order, and a margin of evidence around them."""

    zone: str
    billing_day: int
    periods: tuple[Period, ...]

    @property
    def start(self) -> int:
        return self.periods[0].start

    @property
    def end(self) -> int:
        return self.periods[-1].end

    def on(self, at: int) -> date:
        return local_day(at, self.zone)

    def opens(self, on: date) -> int:
        return first_instant(on, self.zone)


def timeline(rng: Random, level: int) -> Timeline:
    """One to four periods, often over a clock change."""
    zone = rng.choice(PLAIN if level == 1 or happens(rng, 25) else CHANGING)
    billing_day = 1 if happens(rng, 50 - 10 * level) else rng.randint(1, 28)
    year, month = rng.randint(2016, 2026), rng.randint(1, 12)
    if level > 2 and happens(rng, 10):
        zone, year = rng.choice((("Pacific/Apia", 2011), ("America/St_Johns", 2009), ("Asia/Amman", 2021)))
    if happens(rng, 70):
        month = rng.choice((2, 3, 4, 9, 10, 11, 12))
    count = rng.choice((1, 1, 2) if level == 1 else (1, 2, 2, 3, 4))
    names = [f"{year + (month - 1 + n) // 12}-{(month - 1 + n) % 12 + 1:02d}" for n in range(count)]
    return Timeline(zone, billing_day, tuple(period(name, billing_day, zone) for name in names))


def margin(rng: Random) -> int:
    """How far evidence reaches over an end of the periods, in seconds."""
    return rng.choice((0, 0, 5 * 60, DAY, 3 * DAY + 17))
