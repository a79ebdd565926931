"""The catalogue of every event: one row each, found by type."""

from __future__ import annotations

from events import audit, contracts, customers, identity, invoicing, metering, payments, quotes, revenueguard
from events.envelope import Event

_MODULES = (audit, identity, customers, contracts, metering, invoicing, payments, revenueguard, quotes)
PARTITIONS = 4


def _declared() -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Event) and "KIND" in vars(value):
                found[value.KIND.type] = value
    return dict(sorted(found.items()))


EVENTS: dict[str, type[Event]] = _declared()
TOPICS: tuple[str, ...] = tuple(sorted({event.KIND.topic for event in EVENTS.values()}))
