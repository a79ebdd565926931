"""Keep a legal person that the organization bills as, and tell who writes invoices."""

from __future__ import annotations

from uuid import UUID

from common.db import Tx
from common.outbox import publish
from events.identity import IssuingEntityChanged
from identity.domain.issuing_entity import IssuingEntity
from identity.store import faces, hosts


async def keep_entity(tx: Tx, organization_id: UUID, entity: IssuingEntity) -> IssuingEntity:
    """A first version is new, a later one a change of the one before."""
    if entity.version == 1:
        await faces.add_entity(tx, organization_id, entity)
    else:
        await faces.save_entity(tx, entity)
    told = IssuingEntityChanged(
        entity_id=entity.id, version=entity.version, legal_name=entity.legal_name, address=list(entity.address),
        country=entity.country, tax_ids=dict(entity.tax_ids), is_default=entity.is_default,
    )  # fmt: skip
    await publish(tx, organization_id, told, at=await hosts.now_at(tx, organization_id), source="identity")
    return entity
