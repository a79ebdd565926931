"""The invoice as a PDF: data goes in as JSON, so that nothing a customer wrote is ever read as markup."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import typst


class Documents(Protocol):
    """Where invoice documents are written and found."""

    async def write(self, organization_id: UUID, invoice_id: UUID, content: dict[str, Any]) -> bytes:
        """Render, keep and answer the document."""

    def read(self, organization_id: UUID, invoice_id: UUID) -> bytes | None:
        """The document as it was kept; none where it was never written."""


class TypstDocuments:
    """Documents rendered by typst and kept as files, one per invoice; the same content gives the same bytes."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._template = str(files("invoicing.gateways") / "invoice.typ")

    def _path(self, organization_id: UUID, invoice_id: UUID) -> Path:
        return self._folder / str(organization_id) / f"{invoice_id}.pdf"

    async def write(self, organization_id: UUID, invoice_id: UUID, content: dict[str, Any]) -> bytes:
        document = await asyncio.to_thread(self._render, content)
        await asyncio.to_thread(_put, self._path(organization_id, invoice_id), document)
        return document

    def read(self, organization_id: UUID, invoice_id: UUID) -> bytes | None:
        path = self._path(organization_id, invoice_id)
        return path.read_bytes() if path.exists() else None

    def _render(self, content: dict[str, Any]) -> bytes:
        rendered = typst.compile(self._template, sys_inputs={"data": json.dumps(content)}, format="pdf")
        assert isinstance(rendered, bytes)
        return rendered


def _put(path: Path, document: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(document)
    partial.replace(path)
