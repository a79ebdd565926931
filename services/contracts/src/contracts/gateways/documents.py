"""Contract documents as PDF: what is printed goes in as JSON, so that no clause is ever read as markup."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

import typst

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Printed:
    """A document with the digest of what stands in it: the same words, the same digest, on every machine."""

    content: bytes
    text_sha256: str
    file_name: str

    @property
    def file_sha256(self) -> str:
        """The fingerprint of the file itself: what a signature by click names."""
        return hashlib.sha256(self.content).hexdigest()


class Documents(Protocol):
    """Where contracts are typeset."""

    async def document(self, content: dict[str, Any]) -> Printed:
        """The document of this content."""


class TypstDocuments:
    """Typeset by typst, with the fonts that come with it; the same content gives the same bytes."""

    def __init__(self) -> None:
        self._template = files("contracts.gateways").joinpath("contract.typ").read_bytes()
        self._fonts = typst.Fonts(include_system_fonts=False)

    async def document(self, content: dict[str, Any]) -> Printed:
        words = json.dumps(content, ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(words.encode()).hexdigest()
        printed = json.dumps(content | {"digest": digest}, ensure_ascii=False)
        rendered = await asyncio.to_thread(self._render, printed)
        name = _UNSAFE.sub("-", str(content["number"])).strip("-").lower() or "draft"
        return Printed(rendered, digest, f"contract-{name}.pdf")

    def _render(self, printed: str) -> bytes:
        compiler = typst.Compiler(self._template, font_paths=self._fonts, sys_inputs={"printed": printed})
        rendered = compiler.compile(format="pdf", timestamp=0)
        if not isinstance(rendered, bytes):
            raise TypeError("the typesetter gave no document")
        return rendered
