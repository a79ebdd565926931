"""Bring an agreement, a new version of its text, or its end, to those who must know (SF-10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx
from common.http import Stale
from common.outbox import publish
from customers.domain.agreement import Agreement
from customers.store import agreements
from events.customers import AgreementRequired


async def add_agreement(tx: Tx, organization_id: UUID, agreement: Agreement, *, by: str, at: datetime) -> Agreement:
    await agreements.add(tx, organization_id, agreement, by=by, at=at)
    await _tell(tx, organization_id, agreement, at)
    return agreement


async def publish_version(
    tx: Tx, organization_id: UUID, agreement_id: UUID, text: str, *, must_sign_again: bool, made: tuple[str, datetime]
) -> Agreement:
    """`made`: by whom and when. Whoever signed before stays signed, unless they must sign again."""
    by, at = made
    before = await agreements.get(tx, agreement_id, for_change=True)
    after = before.published(text, must_sign_again=must_sign_again)
    await agreements.publish_text(tx, organization_id, after, by=by, at=at)
    await _tell(tx, organization_id, after, at)
    return after


async def change_agreement(
    tx: Tx,
    organization_id: UUID,
    agreement_id: UUID,
    changes: dict[str, Any],
    *,
    version: int,
    made: tuple[str, datetime],
) -> Agreement:
    """Name, contract types, or that it is no longer wanted: a version of its own, of the same text."""
    by, at = made
    before = await agreements.get(tx, agreement_id, for_change=True)
    if before.version != version:
        raise Stale("The agreement was changed meanwhile.", field="If-Match", remedy="read it again")
    after = before.changed(**changes)
    await agreements.publish_text(tx, organization_id, after, by=by, at=at)
    await _tell(tx, organization_id, after, at)
    return after


async def _tell(tx: Tx, organization_id: UUID, agreement: Agreement, at: datetime) -> None:
    said: dict[str, Any] = {"agreement_id": agreement.id, "name": agreement.name, "text_sha256": agreement.sha256}
    said |= {"version": agreement.version, "accepted_from_version": agreement.accepted_from_version}
    said |= {"contract_types": list(agreement.contract_types), "is_withdrawn": agreement.is_withdrawn}
    await publish(tx, organization_id, AgreementRequired(**said), at=at, source="customers")
