"""Attach a file to a contract: what kind it is says its content, not its name."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from common.db import Tx, new_id
from contracts.domain.attachments import AttachmentsTooLarge, checked_kind, checked_name
from contracts.store import contracts, papers

MOST_BYTES = 50 * 1024 * 1024


async def attach_paper(
    tx: Tx, organization_id: UUID, contract_id: UUID, paper: tuple[str, bytes, bool], *, by: str, at: datetime
) -> Any:
    """`paper` is its name, its content, and whether only the host sees it. Answers the row."""
    name, content, is_internal = paper
    kept = await contracts.get(tx, contract_id, for_change=True)
    media_type, name = checked_kind(content), checked_name(name)
    so_far = await papers.total_size(tx, contract_id)
    if so_far + len(content) > MOST_BYTES:
        raise AttachmentsTooLarge(
            f"The contract's attachments would be {so_far + len(content)} bytes.",
            field="content",
            remedy=f"at most {MOST_BYTES} bytes in all",
        )
    attachment_id = new_id()
    row = {
        "attachment_id": attachment_id,
        "contract_id": contract_id,
        "customer_id": kept.customer_id,
        "name": name,
        "media_type": media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
        "is_internal": is_internal,
        "added_at": at,
        "by": by,
    }
    await papers.attach(tx, organization_id, row)
    return await papers.attachment(tx, contract_id, attachment_id, shared_only=False)
