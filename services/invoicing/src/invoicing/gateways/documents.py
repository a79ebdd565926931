"""Documents as PDF: what is printed goes in as JSON, so that nothing a customer wrote is ever read as markup."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import typst

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


class Documents(Protocol):
    """Where invoice documents are written and found."""

    async def document(self, organization_id: UUID, content: dict[str, Any]) -> bytes:
        """The document of this content: as it was kept, or rendered and kept now."""


def file_name(content: dict[str, Any]) -> str:
    """What a person's copy is called: by its number, whatever characters its prefix has."""
    return f"{_UNSAFE.sub('-', content['number']).strip('-') or 'draft'}.pdf"


class TypstDocuments:
    """Documents rendered by typst and kept as files; the same content gives the same bytes on every machine.

    A file's name holds a digest of its content: another due date is another document. Fonts of the host are not
    looked at, only the ones that come with the typesetter.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._template = files("invoicing.gateways").joinpath("invoice.typ").read_bytes()
        self._fonts = typst.Fonts(include_system_fonts=False)
        self._layout = hashlib.sha256(self._template).digest()

    def _path(self, organization_id: UUID, content: dict[str, Any], printed: str) -> Path:
        digest = hashlib.sha256(self._layout + printed.encode()).hexdigest()[:12]
        return self._folder / str(organization_id) / f"{file_name(content).removesuffix('.pdf')}.{digest}.pdf"

    async def document(self, organization_id: UUID, content: dict[str, Any]) -> bytes:
        printed = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return await asyncio.to_thread(self._kept_or_rendered, self._path(organization_id, content, printed), printed)

    def _kept_or_rendered(self, path: Path, printed: str) -> bytes:
        if path.exists():
            return path.read_bytes()
        document = self._render(printed)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{hashlib.sha256(document).hexdigest()[:8]}.part")
        partial.write_bytes(document)
        partial.replace(path)
        return document

    def _render(self, printed: str) -> bytes:
        compiler = typst.Compiler(self._template, font_paths=self._fonts, sys_inputs={"printed": printed})
        rendered = compiler.compile(format="pdf", timestamp=0)
        if not isinstance(rendered, bytes):
            raise TypeError("the typesetter gave no document")
        return rendered
