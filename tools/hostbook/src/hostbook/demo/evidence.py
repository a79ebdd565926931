"""The month's evidence on its way in: hashprice, polls and telemetry, in the recorded order."""

from __future__ import annotations

from typing import Any

from hostbook.client.hashprice import add_hashprice as send_prices
from hostbook.client.readings import send_readings
from hostbook.client.shapes import HashpriceRow, Taken
from hostbook.client.telemetry import send_telemetry
from hostbook.demo.api import Api
from hostbook.demo.recorded import RecordedMonth
from hostbook.demo.stages import Stages
from hostbook.demo.world import World

POLLS_A_CALL = 500
SCANS_A_CALL = 200


def add_hashprice(api: Api, site: dict[str, Any]) -> None:
    """The month's hashprice series."""
    rows: list[HashpriceRow] = [
        {"from_at": a, "to_at": b, "usd_per_ph_day": price} for a, b, price in site["hashprice"]
    ]
    send_prices(api, {"series": "default", "rows": rows})


def send_polls(api: Api, world: World, month: RecordedMonth, stages: Stages) -> int:
    """Every recorded poll; any refusal stops the demo."""
    sent = 0
    for batch in month.polls(POLLS_A_CALL):
        polls = [{**poll, "pdu": world.pdus[poll["pdu"]]} for poll in batch]
        sent += _accepted(send_readings(api, {"polls": polls}), len(polls))
        stages.note(f"{sent:,} polls")
    return sent


def send_scans(api: Api, world: World, month: RecordedMonth, stages: Stages) -> int:
    """Every recorded telemetry scan."""
    sent = 0
    for batch in month.scans(SCANS_A_CALL):
        scans = [{**scan, "site": world.site_id, "miners": _miners(world, scan["miners"])} for scan in batch]
        sent += _accepted(send_telemetry(api, {"scans": scans}), len(scans))
        stages.note(f"{sent:,} scans")
    return sent


def _miners(world: World, recorded: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {world.units[name]: [str(ths), status] for name, (ths, status) in recorded.items()}


def _accepted(answer: Taken, sent: int) -> int:
    if answer["refused"] or answer["accepted"] != sent:
        raise RuntimeError(f"{len(answer['refused'])} of {sent} were refused: {answer['refused'][:3]}")
    return sent
