"""From a PDU's outlets to the vector that Hostbook expects: each outlet at its own position, for good.

A position is learnt the first time that an outlet is seen and kept in the spool. So an outlet that is missing from one
answer leaves a gap (null) and moves no other, and a PDU added to a chain shifts nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from common.clock import instant_text
from hostbook.collect.driver import OutletRead, PduPoll

Places = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Placed:
    """The body of a poll, and numbers of outlets that have no place in it because the PDU is registered smaller."""

    body: bytes
    beyond: tuple[int, ...]


def learnt(poll: PduPoll, places: Places) -> dict[tuple[str, str], int]:
    """Positions of outlets that are new: the number on the case if it is free, else behind all others."""
    taken = {position for (unit, _), position in places.items() if unit == poll.unit}
    fresh: dict[tuple[str, str], int] = {}
    for outlet in poll.outlets:
        if (poll.unit, outlet.key) in places:
            continue
        position = outlet.number if outlet.number >= 1 and outlet.number not in taken else max(taken, default=0) + 1
        taken.add(position)
        fresh[poll.unit, outlet.key] = position
    return fresh


def placed(pdu: str, poll: PduPoll, places: Places, outlet_count: int | None) -> Placed:
    """The poll as it is sent, as long as the PDU is registered (or, while that is unknown, as its outlets reach)."""
    by_position = {places[poll.unit, outlet.key]: outlet for outlet in poll.outlets}
    size = outlet_count if outlet_count is not None else max(by_position, default=0)
    positions = range(1, size + 1)
    content = {
        "pdu": pdu,
        "polled_at": instant_text(poll.polled_at),
        "energy_wh": [_energy(by_position.get(position)) for position in positions],
        "power_w": [_power(by_position.get(position)) for position in positions],
    }
    beyond = tuple(outlet.number for position, outlet in sorted(by_position.items()) if position > size)
    return Placed(json.dumps(content, separators=(",", ":")).encode(), beyond)


def fitted(body: bytes, outlet_count: int) -> bytes:
    """A poll's body with its vectors as long as the PDU is registered now: nulls added, or outlets beyond left out."""
    content = json.loads(body)
    for field in ("energy_wh", "power_w"):
        if content.get(field) is not None:
            vector = content[field][:outlet_count]
            content[field] = vector + [None] * (outlet_count - len(vector))
    return json.dumps(content, separators=(",", ":")).encode()


def _energy(outlet: OutletRead | None) -> int | None:
    return outlet.energy_wh if outlet else None


def _power(outlet: OutletRead | None) -> int | None:
    return outlet.power_w if outlet else None
