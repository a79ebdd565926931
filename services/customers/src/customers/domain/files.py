"""Files that people hand over: known by their content, never by what they claim to be."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from common.errors import RuleBroken
from customers.domain.words import checked_line

MOST_BYTES = 8 * 1024 * 1024
_ENDINGS = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "text/plain": ("txt", "log", "csv", "json"),
}
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")


class BadFile(RuleBroken):
    """A file that is not taken."""

    code = "bad_file"


@dataclass(frozen=True, slots=True)
class File:
    """A file that was looked at: a safe name, the media type that its content has, and the content."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def checked_file(name: str, content: bytes, *, field: str, only_pdf: bool = False) -> File:
    """A PDF, a PNG or JPEG picture or plain text of at most 8 MB; programs, archives, SVG and HTML are refused."""
    checked_line(name, f"{field}.name", 200)
    if not content or len(content) > MOST_BYTES:
        said = f"{len(content)} bytes" if content else "no content"
        raise BadFile(f"{name} has {said}.", field=field, remedy=f"1 byte to {MOST_BYTES // 1024 // 1024} MB")
    media_type = _kind(content)
    if media_type is None or (only_pdf and media_type != "application/pdf"):
        kinds = "a PDF" if only_pdf else "a PDF, PNG, JPEG or plain text"
        raise BadFile(f"{name} is not {kinds} by its content.", field=field, remedy=kinds)
    ending = name.rpartition(".")[2].lower()
    if "/" in name or "\\" in name or ending not in _ENDINGS[media_type]:
        fitting = ", ".join(f".{e}" for e in _ENDINGS[media_type])
        raise BadFile(f"The content of {name} is {media_type}.", field=f"{field}.name", remedy=f"a name with {fitting}")
    if media_type == "application/pdf" and _ACTIVE.search(content):
        raise BadFile(f"{name} holds active content.", field=field, remedy="a PDF without scripts and files inside")
    return File(name, media_type, content)


def _kind(content: bytes) -> str | None:
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-16:]:
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-64:]:
        return "image/jpeg"
    return "text/plain" if _is_text(content) else None


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(c) < 32 and c not in "\r\n\t" for c in text) and not text.lstrip("\ufeff \r\n\t").startswith("<")
