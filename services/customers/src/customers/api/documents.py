"""`/v1/documents`: stored files, always handed out as downloads."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from fastapi import Response

from common.http import Transaction, allow, new_router
from customers.store import documents

router = new_router("documents")
FILE = {"description": "The file.", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}


@router.get("/v1/documents/{document_id}", response_class=Response, responses={200: FILE}, **allow("customers.read"))
async def download(tx: Transaction, document_id: UUID) -> Response:
    """A signed agreement or an attachment; a customer's people get their own alone, and none of internal notes."""
    row = await documents.get(tx, document_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return Response(bytes(row.content), media_type=row.media_type, headers=headers)
