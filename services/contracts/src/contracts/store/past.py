"""What is written once: versions of contracts, the history of machines, hand-overs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from common.db import Tx, new_id
from common.listing import Listing, Page
from contracts.store.agreements import document
from contracts.store.contracts import Kept
from contracts.store.kept_tables import contract_versions, hand_overs, unit_history


@dataclass(frozen=True, slots=True)
class Why:
    """What was done to a contract or a machine, from when on it holds, why, and by whom."""

    change: str
    effective_at: datetime
    reason: str = ""
    by: str = "hostbook"


async def keep_version(tx: Tx, organization_id: UUID, kept: Kept, why: Why, *, at: datetime) -> None:
    """The contract as it stands after a change. An earlier version is never written again."""
    await tx.execute(
        insert(contract_versions).values(
            organization_id=organization_id,
            contract_id=kept.contract_id,
            version=kept.version,
            customer_id=kept.customer_id,
            change=why.change,
            effective_at=why.effective_at,
            at=at,
            reason=why.reason,
            by=why.by,
            agreement=document(kept.contract),
        )
    )


async def versions_of(tx: Tx, contract_id: UUID) -> Sequence[Any]:
    query = select(contract_versions).where(contract_versions.c.contract_id == contract_id)
    return (await tx.execute(query.order_by(contract_versions.c.version))).all()


async def note_unit(tx: Tx, organization_id: UUID, unit_id: UUID, why: Why, told: tuple[Any, Any]) -> None:
    """A change of a machine, with what was and what is."""
    before, after = told
    await tx.execute(
        insert(unit_history).values(
            organization_id=organization_id,
            entry_id=new_id(),
            unit_id=unit_id,
            kind=why.change,
            at=why.effective_at,
            reason=why.reason,
            by=why.by,
            before=before,
            after=after,
        )
    )


HISTORY = Listing(
    key=[unit_history.c.entry_id],
    sorts={"added": unit_history.c.entry_id, "at": unit_history.c.at},
    filters={
        "kind": unit_history.c.kind.in_,
        "from_at": unit_history.c.at.__ge__,
        "to_at": unit_history.c.at.__lt__,
    },
    usual="added",
)


async def history_of(tx: Tx, unit_id: UUID, page: Page, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """Changes of a machine."""
    return await page.read(tx, select(unit_history).where(unit_history.c.unit_id == unit_id), wanted)


async def note_hand_over(tx: Tx, organization_id: UUID, row: dict[str, Any]) -> UUID:
    hand_over_id = new_id()
    await tx.execute(insert(hand_overs).values(organization_id=organization_id, hand_over_id=hand_over_id, **row))
    return hand_over_id


async def hand_overs_of(tx: Tx, unit_id: UUID) -> Sequence[Any]:
    """Those that the machine came or went by, the oldest first."""
    query = select(hand_overs).where(hand_overs.c.unit_id == unit_id)
    return (await tx.execute(query.order_by(hand_overs.c.at))).all()
