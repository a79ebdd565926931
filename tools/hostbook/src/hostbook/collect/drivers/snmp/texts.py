"""What devices write, as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from common.clock import instant_text

_SPACE = re.compile(r"[\x00-\x20\x7f]+")
_DATED = re.compile(r"\d{2,4}[/-]\d{2}[/-]\d{2,4} \d{2}:\d{2}(:\d{2})?")


def text_of(value: int | bytes | str | None) -> str:
    """Readable text: control characters and ends trimmed, wrong encodings made visible; "" for nothing."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return _SPACE.sub(" ", str(value)).strip() if value is not None else ""


def stamp_text(value: int | bytes | str) -> str | None:
    """A device's date and time without what trails behind it; None where it is not supported or never happened."""
    text = text_of(value)
    found = _DATED.search(text)
    if found and not found.group().startswith("00/00/"):
        return found.group()
    return None


def unix_text(value: int | bytes | str) -> str | None:
    """Seconds since 1970 as an instant; 0 means never."""
    if not isinstance(value, int) or value <= 0:
        return None
    return instant_text(datetime.fromtimestamp(value, UTC))
