"""Texts that people typed: kept as they are, refused when they would deceive or break."""

from __future__ import annotations

import re
import unicodedata

from common.errors import RuleBroken

_EMAIL = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[A-Za-z0-9.-]{1,185}\.[A-Za-z]{2,63}")


class BadText(RuleBroken):
    """A text that cannot be so."""

    code = "bad_text"


def checked_text(value: str, field: str, most: int, *, lines: bool = False) -> str:
    """The text itself: 1 to `most` characters, no control or direction-changing ones; line breaks where allowed."""
    if not value.strip() or len(value) > most:
        raise BadText(f"The {field} is empty or too long.", field=field, remedy=f"1 to {most} characters")
    rest = value.replace("\n", "").replace("\t", "") if lines else value
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in rest):
        raise BadText(f"The {field} holds control characters.", field=field, remedy="plain text")
    return value


def checked_email(value: str, field: str) -> str:
    """As customers and identity check it (`tests/unit/common/test_checks_in_several_services.py`)."""
    if len(value) > 254 or not _EMAIL.fullmatch(value) or ".." in value:
        raise BadText(f"{value!r} is not an e-mail address.", field=field, remedy="one address, name@domain")
    return value
