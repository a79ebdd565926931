"""Pool slots, without passwords: some firmwares tell them, and they go no further than here."""

from __future__ import annotations

from collections.abc import Sequence

from hostbook.collect.driver import MinerPool
from hostbook.collect.drivers.cgminer.answers import Row, number, words

_ALIVE = {"alive": True, "dead": False, "deed": False, "disabled": False, "rejecting": False}


def pools_of(rows: Sequence[Row]) -> tuple[MinerPool, ...]:
    """The customer's pools in order of priority. Slots of the firmware's own fee and empty ones are left out.

    Several slots may call themselves active; in each group the first living one by priority is taken at its word.
    """
    kept = [row for row in rows if (words(row.get("URL")) and not _is_fee(row))]
    kept.sort(key=lambda row: (number(row.get("Priority")) or 0, number(row.get("POOL")) or 0))
    active: dict[object, int] = {}
    for position, row in enumerate(kept):
        if row.get("Stratum Active") is True and _is_alive(row) is not False:
            active.setdefault(number(row.get("GROUP")), position)
    return tuple(_pool(position, row, position in active.values()) for position, row in enumerate(kept))


def _pool(position: int, row: Row, is_active: bool) -> MinerPool:
    told = isinstance(row.get("Stratum Active"), bool)
    return MinerPool(
        position=position,
        url=words(row.get("URL")) or "",
        worker=words(row.get("User")) or "",
        is_alive=_is_alive(row),
        is_active=is_active if told else None,
    )


def _is_fee(row: Row) -> bool:
    return "devfee" in (str(row.get("URL", "")).lower(), str(row.get("User", "")).lower())


def _is_alive(row: Row) -> bool | None:
    return _ALIVE.get(str(row.get("Status", "")).lower())
