"""Text that people wrote, and addresses of mail, in the one form in which they are kept.

Names and addresses are checked as customers checks them (`tests/unit/common/test_checks_in_several_services.py`).
"""

from __future__ import annotations

import re
import unicodedata

from common.errors import RuleBroken

_ALIKE = ({"LATIN", "CYRILLIC"}, {"LATIN", "GREEK"}, {"CYRILLIC", "GREEK"})
_EMAIL = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[A-Za-z0-9.-]{1,185}\.[A-Za-z]{2,63}")
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


class BadText(RuleBroken):
    """Not a text that can stand in this field."""

    code = "bad_text"


def plain_text(value: str, field: str, most: int) -> str:
    """The text itself; refused when empty, too long, or holding control or direction-changing characters."""
    if not value.strip() or len(value) > most:
        raise BadText(f"The {field} is empty or too long.", field=field, remedy=f"1 to {most} characters")
    if any(unicodedata.category(c) in _UNSEEN for c in value):
        raise BadText(f"The {field} holds control characters.", field=field, remedy="plain text")
    return value


def plain_name(value: str, field: str, most: int) -> str:
    """A text that names somebody or something to others: no markup, and no word of letters that only look alike."""
    plain_text(value, field, most)
    if "<" in value or ">" in value:
        raise BadText(f"The {field} holds markup.", field=field, remedy="plain text without < and >")
    for word in value.split():
        scripts = {unicodedata.name(c, "?").split()[0] for c in word if c.isalpha()}
        if any(alike <= scripts for alike in _ALIKE):
            raise BadText(f"{word!r} mixes letters of two scripts.", field=field, remedy="letters of one script a word")
    return value


def checked_email(text: str, field: str = "email") -> str:
    """The address in the one form by which people are found: trimmed, lower case, in Latin letters alone.

    What only looks like another letter would let somebody else in.
    """
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or not text.isascii() or ".." in email:  # some become ASCII in lower case
        raise BadText(f"{text!r} is not an e-mail address.", field=field, remedy="one address, name@domain")
    return email
