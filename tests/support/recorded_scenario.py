"""A recorded month as a scenario document, and an excerpt of it with a few machines.

`python -m support.recorded_scenario [FOLDER] > month.json` writes what `hostbook scenario --json month.json` prices.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hostbook.demo.recorded import RecordedMonth
from hostbook.engines.layout import ROOT
from support.facts import Document
from support.polls import text
from support.world import reads_of_polls

AMARILLO = ROOT / "examples" / "amarillo-2025-03"
_BATCH = 5000


def scenario_of(month: RecordedMonth) -> Document:
    """The month's organization, contracts, units, channels and all of its evidence; one step: its invoices."""
    site = month.site
    host = {k: site["organization"][k] for k in ("timezone", "billing_day", "currency", "due_days", "tax")}
    units = [{k: v for k, v in unit.items() if k != "model"} for unit in site["units"]]
    return {
        "scenario": "recorded-month",
        "organization": host,
        "customers": {name: {"credit": one["credit"]} for name, one in site["customers"].items()},
        "contracts": site["contracts"],
        "units": units,
        "channels": site["channels"],
        "reads": _reads(month, {channel["id"] for channel in site["channels"]}),
        "telemetry": _telemetry(month),
        "hashprice": site["hashprice"],
        "steps": [{"invoice": site["invoice"]}],
    }


def _reads(month: RecordedMonth, channels: Collection[str]) -> dict[str, list[list[str]]]:
    reads: dict[str, list[list[str]]] = {channel: [] for channel in channels}
    for batch in month.polls(_BATCH):
        for poll in batch:
            for channel, found in reads_of_polls(poll["pdu"], [poll]).items():
                reads[channel] += found
    return reads


def _telemetry(month: RecordedMonth) -> dict[str, list[list[str]]]:
    rows: dict[str, list[list[str]]] = {}
    for batch in month.scans(_BATCH):
        for scan in batch:
            to_at = text(datetime.fromisoformat(scan["scanned_at"]) + timedelta(seconds=scan["interval_s"]))
            for unit, (ths, status) in scan["miners"].items():
                rows.setdefault(unit, []).append([scan["scanned_at"], to_at, str(ths), status])
    return rows


class Excerpt(RecordedMonth):
    """The whole month of some of the machines; a PDU keeps the outlets of these alone, numbered anew."""

    def __init__(self, folder: Path, units: Collection[str]) -> None:
        super().__init__(folder)
        self._units = frozenset(units)
        self._kept: dict[str, list[int]] = {}
        channels = []
        for channel in self.site["channels"]:
            if channel["unit"] in self._units:
                pdu, _, position = channel["id"].partition("/")
                kept = self._kept.setdefault(pdu, [])
                kept.append(int(position) - 1)
                channels.append(channel | {"id": f"{pdu}/{len(kept)}"})
        self.site = self.site | {
            "channels": channels,
            "units": [unit for unit in self.site["units"] if unit["id"] in self._units],
        }

    def polls(self, batch: int) -> Iterator[list[dict[str, Any]]]:
        for rows in super().polls(batch):
            yield [self._narrowed(poll) for poll in rows if poll["pdu"] in self._kept]

    def _narrowed(self, poll: dict[str, Any]) -> dict[str, Any]:
        kept = self._kept[poll["pdu"]]
        vectors = {name: [poll[name][n] for n in kept] for name in ("energy_wh", "power_w") if poll.get(name)}
        return poll | vectors

    def scans(self, batch: int) -> Iterator[list[dict[str, Any]]]:
        for rows in super().scans(batch):
            yield [
                scan | {"miners": {name: row for name, row in scan["miners"].items() if name in self._units}}
                for scan in rows
            ]


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else AMARILLO
    json.dump(scenario_of(RecordedMonth(folder)), sys.stdout)
