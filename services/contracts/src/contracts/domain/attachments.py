"""Files that belong to a contract: which kinds, how large, what they may be called."""

from __future__ import annotations

from common.errors import RuleBroken
from contracts.domain.words import checked_words

LARGEST = 8 * 1024 * 1024
_KINDS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class AttachmentKindUnknown(RuleBroken):
    """Neither a PDF nor a picture, whatever its name says."""

    code = "attachment_kind_unknown"


class AttachmentTooLarge(RuleBroken):
    """A file of nothing, or of more than a paper has."""

    code = "attachment_too_large"


class AttachmentsTooLarge(RuleBroken):
    """All files of a contract together."""

    code = "attachments_too_large"


def checked_kind(content: bytes) -> str:
    """The media type that the content itself shows."""
    if not 0 < len(content) <= LARGEST:
        raise AttachmentTooLarge(
            f"A file of {len(content)} bytes is not taken.", field="content", remedy=f"1 to {LARGEST} bytes"
        )
    for start, media_type in _KINDS:
        if content.startswith(start):
            return media_type
    raise AttachmentKindUnknown(
        "The file is neither a PDF nor a PNG or JPEG picture.", field="content", remedy="one of these three kinds"
    )


def checked_name(name: str) -> str:
    """A name that is only a name: no folder before it, nothing hidden in it."""
    plain = checked_words(name, field="name", longest=120).replace("\\", "/").rpartition("/")[2]
    return checked_words(plain.replace('"', "'"), field="name", longest=120)
