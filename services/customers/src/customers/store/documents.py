"""Files as rows: looked at before, never changed, of at most 8 MB each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from common.db import Tx, new_id
from common.errors import NotFound
from customers.domain.files import File
from customers.store.paper_tables import documents

_SHOWN = [c for c in documents.columns if c.name != "content"]


async def add(
    tx: Tx, organization_id: UUID, file: File, *, customer_id: UUID | None, message_id: UUID | None = None
) -> UUID:
    """Keep a file; without a customer it is the host's own and hidden from portal callers by policy."""
    document_id = new_id()
    ids = {"document_id": document_id, "customer_id": customer_id, "message_id": message_id}
    what = {"name": file.name, "media_type": file.media_type, "size_bytes": len(file.content), "sha256": file.sha256}
    await tx.execute(insert(documents).values(organization_id=organization_id, **ids, **what, content=file.content))
    return document_id


async def get(tx: Tx, document_id: UUID) -> Any:
    row = (await tx.execute(select(documents).where(documents.c.document_id == document_id))).first()
    if row is None:
        raise NotFound(f"There is no document {document_id}.", field="document_id", remedy="an id of one that is there")
    return row


async def of_messages(tx: Tx, message_ids: Sequence[UUID]) -> Sequence[Any]:
    """What is attached to the messages, without the contents."""
    query = select(*_SHOWN).where(documents.c.message_id.in_(message_ids)).order_by(documents.c.document_id)
    return (await tx.execute(query)).all()
