"""Scans: what all miners of a site said in one interval, in the form of POST /v1/telemetry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from common.clock import instant_text
from common.money import exact_text
from hostbook.collect.driver import Failure, MinerRead, MinerStatus, Trouble

_GONE = {Trouble.SILENT, Trouble.UNREACHABLE}
_MINERS = "miners."


@dataclass(frozen=True, slots=True)
class Scan:
    """The site's miners over [scanned_at, scanned_at + interval)."""

    site: str
    scanned_at: datetime
    interval_s: int
    answers: Mapping[str, MinerRead | Failure]

    def body(self, *, temperatures: bool) -> bytes | None:
        """As it is sent; None if nothing is known of any miner.

        A silent miner is offline - as long as another device of the site answered in the same interval. If none did, it
        is as likely that this machine is cut off: then nothing is said, and the time stays unknown rather than down.
        """
        miners = {name: _seen(answer, self._is_anyone_there()) for name, answer in self.answers.items()}
        known = {name: seen for name, seen in miners.items() if seen is not None}
        if not known:
            return None
        content: dict[str, Any] = {
            "site": self.site,
            "scanned_at": instant_text(self.scanned_at),
            "interval_s": self.interval_s,
            "miners": known,
        }
        warm = self._temperatures() if temperatures else {}
        if warm:
            content["temperatures_c"] = warm
        return json.dumps(content, separators=(",", ":")).encode()

    def _is_anyone_there(self) -> bool:
        return any(not isinstance(answer, Failure) or answer.trouble not in _GONE for answer in self.answers.values())

    def _temperatures(self) -> dict[str, str]:
        reads = {name: answer for name, answer in self.answers.items() if isinstance(answer, MinerRead)}
        return {
            name: decimal_text(read.temperature_c) for name, read in reads.items() if read.temperature_c is not None
        }


def _seen(answer: MinerRead | Failure, is_anyone_there: bool) -> tuple[str, str] | None:
    if isinstance(answer, Failure):
        is_offline = answer.trouble in _GONE and is_anyone_there
        return ("0", MinerStatus.OFFLINE.value) if is_offline else None
    if answer.hashrate_ths is None:
        return None if answer.status is MinerStatus.HASHING else ("0", answer.status.value)
    return (decimal_text(answer.hashrate_ths), answer.status.value)


def decimal_text(value: Fraction) -> str:
    """A plain decimal with at most six places: what a miner says is no finer."""
    return exact_text(Fraction(round(value * 10**6), 10**6))


def part_of(body: bytes, field: str) -> bytes | None:
    """Of a scan, the miner that a refusal names (`miners.NAME`), as a scan of its own; None if it names the whole."""
    if not field.startswith(_MINERS):
        return None
    scan = json.loads(body)
    name = field.removeprefix(_MINERS)
    if name not in scan["miners"]:
        return None
    warm = {unit: value for unit, value in scan.pop("temperatures_c", {}).items() if unit == name}
    rest = {"temperatures_c": warm} if warm else {}
    return json.dumps({**scan, "miners": {name: scan["miners"][name]}, **rest}, separators=(",", ":")).encode()
