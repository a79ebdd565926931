"""Seal anew, with the present key, whatever a former one sealed."""

from __future__ import annotations

from collections import Counter

from cryptography.exceptions import InvalidTag

from common.db import Database, Tx
from identity.domain.host import PLATFORM
from identity.gateways.sealing import Sealing
from identity.store import sealed_rows
from identity.store.sealed_rows import SealedColumn
from identity.store.tenancy import GATE

LOST = "none of the keys opens"


async def reseal(database: Database, sealing: Sealing) -> Counter[str]:
    """While all goes on, and safe to repeat. Answers how many values of which table, and how many `LOST`."""
    async with database.transaction(GATE) as tx:
        organizations = await sealed_rows.organizations(tx)
    done: Counter[str] = Counter()
    for organization_id in (PLATFORM, *organizations):
        for column in sealed_rows.ALL:
            async with database.of(organization_id) as tx:
                done += await _reseal(tx, column, sealing)
    return done


async def _reseal(tx: Tx, column: SealedColumn, sealing: Sealing) -> Counter[str]:
    done: Counter[str] = Counter()
    for row in await column.rows(tx):
        before = bytes(row._mapping[column.column.name])
        try:
            sealed = sealing.anew(before, column.purpose(row))
        except InvalidTag:
            done[LOST] += 1
            continue
        if sealed is not None and await column.put(tx, row, before, sealed):
            done[column.table.name] += 1
    return done
