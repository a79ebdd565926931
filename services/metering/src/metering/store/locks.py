"""Evidence and derivation take turns: who adds evidence or facts shares the lock, who derives closed days has it alone.

So evidence is either seen by the derivation that closes a day, or comes after it and finds the day closed.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from common.db import Tx

_KEY = "hashtextextended('evidence:' || :organization, 0)"
_SHARED = text(f"select pg_advisory_xact_lock_shared({_KEY})")
_ALONE = text(f"select pg_advisory_xact_lock({_KEY})")


async def share(tx: Tx, organization_id: UUID) -> None:
    """Hold until the end of the transaction, together with others that add evidence. Call it first."""
    await tx.execute(_SHARED, {"organization": str(organization_id)})


async def alone(tx: Tx, organization_id: UUID) -> None:
    """Hold until the end of the transaction, with nobody adding evidence meanwhile. Call it first."""
    await tx.execute(_ALONE, {"organization": str(organization_id)})
