"""Files in requests: their content in base64, looked at before anything is kept."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from pydantic import BaseModel, Field

from common.http import Body
from customers.domain.files import MOST_BYTES, BadFile, File, checked_file

MOST_FILES = 5


class Upload(Body):
    """A file: what it is called, and its content in base64."""

    name: str = Field(min_length=1, max_length=200, examples=["agreement.pdf"])
    content: str = Field(min_length=1, max_length=(MOST_BYTES + 2) // 3 * 4 + 4, examples=["JVBERi0xLjcK"])

    def file(self, field: str, *, only_pdf: bool = False) -> File:
        return checked_file(self.name, decoded(self.content, f"{field}.content"), field=field, only_pdf=only_pdf)


class DocumentAnswer(BaseModel):
    """A stored file; its content is at `/v1/documents/<id>`."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str


def decoded(content: str, field: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise BadFile("The content is not base64.", field=field, remedy="the file's bytes in base64") from None


def files_of(uploads: Sequence[Upload]) -> list[File]:
    """All of them, together no more than one may be."""
    files = [upload.file(f"files.{n}") for n, upload in enumerate(uploads)]
    if sum(len(file.content) for file in files) > MOST_BYTES:
        raise BadFile("The files are too large together.", field="files", remedy="8 MB a message")
    return files
