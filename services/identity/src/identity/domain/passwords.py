"""Which passwords are taken: long ones, without composition rules, that do not repeat what everybody knows."""

from __future__ import annotations

import unicodedata

from common.errors import RuleBroken

SHORTEST, LONGEST = 12, 128
_COMMON = ("password", "passwort", "hostbook", "qwerty", "letmein", "welcome", "bitcoin", "123456", "iloveyou", "admin")


class WeakPassword(RuleBroken):
    """A password that would be guessed."""

    code = "weak_password"


def checked_password(password: str, *, email: str) -> str:
    """The password in the normal form that is hashed (NFKC), so that two keyboards give the same."""
    normal = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise WeakPassword(
            f"A password of {len(normal)} characters is not taken.",
            field="password",
            remedy=f"{SHORTEST} to {LONGEST} characters; a few unrelated words are good",
        )
    if any(unicodedata.category(c) == "Cc" for c in normal):
        raise WeakPassword("The password holds control characters.", field="password", remedy="printable characters")
    if len(set(normal)) < 5 or _mostly_known(normal.lower(), email.partition("@")[0]):
        raise WeakPassword(
            "The password is easy to guess.", field="password", remedy="not your name, no common word, no repetition"
        )
    return normal


def _mostly_known(password: str, name: str) -> bool:
    rest = password
    for word in (*_COMMON, name):
        if len(word) >= 4:
            rest = rest.replace(word, "")
    return len(rest) < 6
