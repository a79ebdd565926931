"""Change what may change of a PDU: its model, and how a collector reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from common.db import Tx
from common.http import Stale
from metering.store import meters
from metering.store.meters import Pdu


async def change_pdu(tx: Tx, pdu_id: UUID, changes: Mapping[str, Any], *, version: int) -> Pdu:
    """`version` is the one that the caller read."""
    before = await meters.pdu_of(tx, pdu_id)
    if before.version != version:
        raise Stale("The PDU was changed meanwhile.", field="If-Match", remedy="read it again")
    after = replace(before, version=before.version + 1, **changes)
    await meters.change_pdu(tx, after)
    return after
