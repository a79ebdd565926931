"""A faked miner: what it does at an instant of the simulated clock, before any firmware puts it into words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from hostbook.collect import clock
from hostbook.fakes.device_faults import Kind, Script

POOL = {"url": "stratum+tcp://pool.example:3333", "user": "worker.1"}
IDLE_W = 60


@dataclass(frozen=True, slots=True)
class Figures:
    """The truth at an instant. `minute_ths` and `second_ths` stray a little around `ths`, as real ones do."""

    elapsed_s: int
    ths: Fraction
    minute_ths: Fraction
    second_ths: Fraction
    total_mh: int
    power_w: int
    temperature_c: int
    is_asleep: bool


@dataclass
class Machine:
    """One miner. `age_s`: how long it had run, at this rate, when the fake began.

    `recorded`: a folder with a file per command (`summary.json`), answered as it lies there.
    """

    name: str
    host: str
    firmware: str
    port: int = 4028
    model: str = "Antminer S19 Pro"
    ths: Fraction = Fraction(110)
    power_w: int = 3250
    pools: Sequence[Mapping[str, str]] = (POOL,)
    is_asleep: bool = False
    recorded: Path | None = None
    age_s: int = 86_400

    def figures(self, script: Script, began_at: datetime) -> Figures:
        """What it does now, faults included; `began_at` is when the process began, which scripts count from."""
        at_s = Fraction((clock.now() - began_at).total_seconds())
        stuck = script.now(self.name, Kind.STUCK, at_s)
        at_s = stuck.from_s if stuck else at_s
        resets = [f.from_s for f in script.of(self.name) if f.kind is Kind.RESET and f.from_s <= at_s]
        running_s = at_s - max(resets, default=Fraction(-self.age_s))
        scale = script.now(self.name, Kind.SCALE, at_s)
        ths = Fraction(0) if self.is_asleep else self.ths * (scale.amount if scale else 1)
        return Figures(
            elapsed_s=int(running_s),
            ths=ths,
            minute_ths=ths * (1 + self._stray(int(at_s) // 60, 200)),
            second_ths=ths * (1 + self._stray(int(at_s) // 5, 50)),
            total_mh=int(ths * running_s * 10**6),
            power_w=IDLE_W if self.is_asleep else self.power_w,
            temperature_c=25 if self.is_asleep else 65 + int(at_s) // 600 % 8,
            is_asleep=self.is_asleep,
        )

    def _stray(self, step: int, divisor: int) -> Fraction:
        """Between -1/divisor and 1/divisor, the same for the same step."""
        digest = hashlib.sha256(f"{self.name} {step}".encode()).digest()
        return Fraction(int.from_bytes(digest[:2], "big") - 32768, 32768 * divisor)


def machine_of(entry: Mapping[str, Any]) -> Machine:
    """A machine from its JSON form; `ths` as a text or a whole number."""
    fields = dict(entry)
    if "ths" in fields:
        fields["ths"] = Fraction(str(fields["ths"]))
    if fields.get("recorded"):
        fields["recorded"] = Path(fields["recorded"])
    return Machine(**fields)
