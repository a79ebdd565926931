"""An organization's face: its logo, and the legal persons that it bills as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from common.db import Tx
from common.errors import Conflict, NotFound
from common.http import Stale
from identity.domain.issuing_entity import IssuingEntity
from identity.store.tables import issuing_entities, logos, sso_providers

_FIELDS = ("legal_name", "country", "tax_ids", "is_default", "version")


async def put_logo(tx: Tx, organization_id: UUID, png: bytes, sha256: str) -> None:
    query = upsert(logos).values(organization_id=organization_id, png=png, sha256=sha256)
    await tx.execute(
        query.on_conflict_do_update(index_elements=["organization_id"], set_={"png": png, "sha256": sha256})
    )


async def remove_logo(tx: Tx) -> None:
    await tx.execute(delete(logos))


async def logo(tx: Tx, organization_id: UUID) -> tuple[bytes, str] | None:
    """At the gate, or in the organization: picture and hash."""
    row: Any = (await tx.execute(select(logos).where(logos.c.organization_id == organization_id))).first()
    return (row.png, row.sha256) if row else None


async def logo_sha256(tx: Tx) -> str | None:
    found: str | None = (await tx.execute(select(logos.c.sha256))).scalar()
    return found


def _of_row(row: Any) -> IssuingEntity:
    return IssuingEntity(row.entity_id, address=tuple(row.address), **{name: getattr(row, name) for name in _FIELDS})


def _values(entity: IssuingEntity) -> dict[str, Any]:
    return {n: getattr(entity, n) for n in _FIELDS} | {"address": list(entity.address), "tax_ids": dict(entity.tax_ids)}


async def _one_default(tx: Tx, entity: IssuingEntity) -> None:
    if entity.is_default:
        others = (issuing_entities.c.is_default, issuing_entities.c.entity_id != entity.id)
        await tx.execute(update(issuing_entities).where(*others).values(is_default=False))


async def add_entity(tx: Tx, organization_id: UUID, entity: IssuingEntity) -> None:
    await _one_default(tx, entity)
    try:
        row = {"organization_id": organization_id, "entity_id": entity.id} | _values(entity)
        await tx.execute(insert(issuing_entities).values(row))
    except IntegrityError as error:
        raise Conflict(
            f"{entity.legal_name} is there already.", field="legal_name", remedy="change that one"
        ) from error


async def entity(tx: Tx, entity_id: UUID) -> IssuingEntity:
    row = (await tx.execute(select(issuing_entities).where(issuing_entities.c.entity_id == entity_id))).first()
    if row is None:
        raise NotFound(f"There is no issuing entity {entity_id}.", field="entity_id")
    return _of_row(row)


async def save_entity(tx: Tx, changed: IssuingEntity) -> None:
    await _one_default(tx, changed)
    at_version = (issuing_entities.c.entity_id == changed.id, issuing_entities.c.version == changed.version - 1)
    if (await tx.execute(update(issuing_entities).where(*at_version).values(_values(changed)))).rowcount != 1:
        raise Stale("It was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")


async def entities(tx: Tx) -> Sequence[IssuingEntity]:
    query = select(issuing_entities).order_by(issuing_entities.c.legal_name)
    return [_of_row(row) for row in await tx.execute(query)]


async def has_sso(tx: Tx) -> bool:
    """Whether the sign-in page offers the organization's own provider."""
    return (await tx.execute(select(sso_providers.c.version))).first() is not None
