"""Agreements, their texts and signatures: rows and queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, insert, select, update

from common.db import Tx
from common.errors import NotFound
from customers.domain.agreement import Agreement, Signature, Way, text_sha256
from customers.store.paper_tables import agreement_texts, agreements, signatures

_JOINED = select(agreements, agreement_texts.c.text, agreement_texts.c.published_at).join(
    agreement_texts,
    and_(
        agreement_texts.c.organization_id == agreements.c.organization_id,
        agreement_texts.c.agreement_id == agreements.c.agreement_id,
        agreement_texts.c.version == agreements.c.version,
    ),
)
_SIGNATURE = [
    c.name for c in signatures.columns if c.name not in ("organization_id", "signature_id", "recorded_at", "way")
]


def _agreement(row: Any) -> Agreement:
    return Agreement(
        id=row.agreement_id,
        name=row.name,
        contract_types=tuple(row.contract_types),
        text=row.text,
        version=row.version,
        accepted_from_version=row.accepted_from_version,
        is_withdrawn=row.is_withdrawn,
    )


def _values(agreement: Agreement) -> dict[str, Any]:
    return {
        "name": agreement.name,
        "contract_types": list(agreement.contract_types),
        "version": agreement.version,
        "accepted_from_version": agreement.accepted_from_version,
        "is_withdrawn": agreement.is_withdrawn,
    }


async def add(tx: Tx, organization_id: UUID, agreement: Agreement, *, by: str, at: datetime) -> None:
    ids = {"organization_id": organization_id, "agreement_id": agreement.id}
    await tx.execute(insert(agreements).values(**ids, **_values(agreement)))
    await _add_text(tx, organization_id, agreement, by=by, at=at)


async def publish_text(tx: Tx, organization_id: UUID, agreement: Agreement, *, by: str, at: datetime) -> None:
    """Keep the next version beside the earlier ones."""
    here = agreements.c.agreement_id == agreement.id
    await tx.execute(update(agreements).where(here).values(**_values(agreement)))
    await _add_text(tx, organization_id, agreement, by=by, at=at)


async def _add_text(tx: Tx, organization_id: UUID, agreement: Agreement, *, by: str, at: datetime) -> None:
    values = {"version": agreement.version, "text": agreement.text, "text_sha256": agreement.sha256}
    ids = {"organization_id": organization_id, "agreement_id": agreement.id}
    await tx.execute(insert(agreement_texts).values(**ids, **values, published_by=by, published_at=at))


async def get(tx: Tx, agreement_id: UUID, *, for_change: bool = False) -> Agreement:
    query = _JOINED.where(agreements.c.agreement_id == agreement_id)
    row = (await tx.execute(query.with_for_update(of=agreements) if for_change else query)).first()
    if row is None:
        raise NotFound(
            f"There is no agreement {agreement_id}.", field="agreement_id", remedy="an id of one that is there"
        )
    return _agreement(row)


async def all_of(tx: Tx) -> list[Agreement]:
    """Every agreement of the organization with its newest text, the oldest first."""
    return [_agreement(row) for row in await tx.execute(_JOINED.order_by(agreements.c.agreement_id))]


async def version_of(tx: Tx, agreement_id: UUID, version: int) -> Any:
    t = agreement_texts.c
    query = select(agreement_texts).where(t.agreement_id == agreement_id, t.version == version)
    row = (await tx.execute(query)).first()
    if row is None:
        raise NotFound(
            f"There is no version {version} of this agreement.", field="version", remedy="one that was published"
        )
    return row


async def versions(tx: Tx, agreement_id: UUID) -> Sequence[Any]:
    t = agreement_texts.c
    shown = select(t.version, t.text_sha256, t.published_at, t.published_by).where(t.agreement_id == agreement_id)
    return (await tx.execute(shown.order_by(t.version))).all()


async def fingerprints(tx: Tx, agreement_id: UUID) -> dict[int, str]:
    """Each version's text as it is stored now, hashed now: not what was noted when it was published."""
    t = agreement_texts.c
    rows = await tx.execute(select(t.version, t.text).where(t.agreement_id == agreement_id))
    return {version: text_sha256(text) for version, text in rows}


async def sign(tx: Tx, organization_id: UUID, signature: Signature) -> None:
    values = {name: getattr(signature, name) for name in _SIGNATURE}
    ids = {"organization_id": organization_id, "signature_id": signature.id, "way": signature.way.value}
    await tx.execute(insert(signatures).values(**ids, **values))


async def signatures_of(tx: Tx, customer_id: UUID, agreement_id: UUID | None = None) -> list[Signature]:
    query = select(signatures).where(signatures.c.customer_id == customer_id).order_by(signatures.c.signature_id)
    if agreement_id is not None:
        query = query.where(signatures.c.agreement_id == agreement_id)
    rows = await tx.execute(query)
    return [
        Signature(id=row.signature_id, way=Way(row.way), **{name: getattr(row, name) for name in _SIGNATURE})
        for row in rows
    ]
