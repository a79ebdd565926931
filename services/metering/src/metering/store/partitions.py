"""Time partitions of raw evidence, a month each: the first row of a month makes the next month's as well.

So the open month's partition is always there before it begins, however long a process runs.

They lie in a schema of their own that the service's role cannot name: rows are reached through the parents alone,
whose row-level security applies. A function of the database's owner makes them (migration 0002).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import text

from common.clock import add_months
from common.db import SYSTEM, Database, Tx

EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
_MAKE = text("select make_evidence_partition(:of, :month)")
_NO_PARTITION = ("23514", "no partition of relation")
_made: dict[str, set[tuple[str, date]]] = {}


async def make_partitions(database: Database, of: str, instants: Iterable[datetime]) -> None:
    """Make the partitions of `polls` or `telemetry` that the instants need, in a transaction of their own."""
    made = _made.setdefault(database.url, set())
    months = {(at.year, at.month) for at in instants}
    wanted = {(of, date(year, month, 1)) for year, month in months} - made
    for name, month in sorted(wanted):
        async with database.transaction(SYSTEM) as tx:
            for one in (month, add_months(month, 1)):
                await tx.execute(_MAKE, {"of": name, "month": one})
        made.add((name, month))


async def make_partition(tx: Tx, of: str, at: datetime) -> None:
    """Make the one that an instant needs, in the caller's transaction: for single rows."""
    await tx.execute(_MAKE, {"of": of, "month": at.astimezone(UTC).date()})


def lacks_partition(error: BaseException) -> bool:
    """Whether a row found no partition: its month was let go after this process had made it."""
    state, words = _NO_PARTITION
    return getattr(error, "sqlstate", None) == state and words in str(error)


def forget_partitions(database: Database) -> None:
    """Make partitions anew where they are needed: some that were made are gone."""
    _made.pop(database.url, None)
