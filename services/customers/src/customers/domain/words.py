"""Texts that people typed: kept as they are, refused when they would deceive, break a line or be mistaken for code."""

from __future__ import annotations

import re
import unicodedata

from common.errors import RuleBroken

_EMAIL = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[A-Za-z0-9.-]{1,185}\.[A-Za-z]{2,63}")
_SERVER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)*[A-Za-z0-9-]{1,63}")
_PHONE = re.compile(r"\+?[0-9(][0-9 ().x/-]{3,38}[0-9]")
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_ALIKE = ({"LATIN", "CYRILLIC"}, {"LATIN", "GREEK"}, {"CYRILLIC", "GREEK"})


class BadText(RuleBroken):
    """A text that cannot be so."""

    code = "bad_text"


def checked_line(value: str, field: str, most: int) -> str:
    """One line of 1 to `most` characters: nothing unseen, no markup, no word that mixes letters which look alike."""
    _sized(value, field, most)
    if any(unicodedata.category(c) in _UNSEEN for c in value):
        raise BadText(f"The {field} holds control or invisible characters.", field=field, remedy="plain text, one line")
    if "<" in value or ">" in value:
        raise BadText(f"The {field} holds markup.", field=field, remedy="plain text without < and >")
    for word in value.split():
        scripts = {unicodedata.name(c, "?").split()[0] for c in word if c.isalpha()}
        if any(alike <= scripts for alike in _ALIKE):
            raise BadText(f"{word!r} mixes letters of two scripts.", field=field, remedy="letters of one script a word")
    return value


def checked_prose(value: str, field: str, most: int) -> str:
    """Lines of text, shown as text wherever they are shown: line breaks and tabs may be in it, nothing unseen else."""
    _sized(value, field, most)
    rest = value.replace("\r\n", "\n").replace("\n", "").replace("\t", "")
    if any(
        unicodedata.category(c) in ("Cc", "Cs") or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069" for c in rest
    ):
        raise BadText(f"The {field} holds control characters.", field=field, remedy="plain text")
    return value


def checked_email(value: str, field: str) -> str:
    """One address in Latin letters: what looks like another letter would send an invoice to somebody else."""
    if len(value) > 254 or not _EMAIL.fullmatch(value) or ".." in value:
        shown = value if value.isprintable() and len(value) < 80 else "This"
        raise BadText(f"{shown!r} is not an e-mail address.", field=field, remedy="one address, name@domain")
    return value


def checked_server(value: str, field: str) -> str:
    """A mail server by its name, as it stands in its own headers."""
    if len(value) > 253 or not _SERVER.fullmatch(value):
        raise BadText("This is not a server's name.", field=field, remedy="a name such as mx.host.example")
    return value


def checked_phone(value: str, field: str) -> str:
    if not _PHONE.fullmatch(value):
        raise BadText("This is not a telephone number.", field=field, remedy="digits, as in +1 806 555 0100")
    return value


def _sized(value: str, field: str, most: int) -> None:
    if not value.strip():
        raise BadText(f"The {field} is empty.", field=field, remedy=f"1 to {most} characters")
    if len(value) > most:
        raise BadText(f"The {field} is longer than {most} characters.", field=field, remedy=f"1 to {most} characters")
