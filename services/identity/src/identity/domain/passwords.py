"""Which passwords are taken: long ones, without composition rules, that do not repeat what everybody knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator

from common.errors import RuleBroken

SHORTEST, LONGEST = 12, 128
_OURS = ("password", "passwort", "hostbook", "qwerty", "letmein", "welcome", "bitcoin", "123456", "iloveyou", "admin")
_LEFT = 6  # as many characters at least stand beside what everybody knows
_WORD = 5


class WeakPassword(RuleBroken):
    """A password that would be guessed."""

    code = "weak_password"


def checked_password(password: str, *about: str, common: Container[str] = frozenset(), field: str = "password") -> str:
    """The password in the normal form that is hashed (NFKC), so that two keyboards give the same.

    `about` is what strangers know too: the person's address and name, the organization's; `common` what many people
    chose before, in lower case.
    """
    normal = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise WeakPassword(
            f"A password of {len(normal)} characters is not taken.",
            field=field,
            remedy=f"{SHORTEST} to {LONGEST} characters; a few unrelated words are good",
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in normal):
        raise WeakPassword("The password holds control characters.", field=field, remedy="printable characters")
    small = normal.lower()
    if len(set(normal)) < 5 or _mostly_known(small, {*_OURS, *_words(about)}) or _mostly_common(small, common):
        raise WeakPassword(
            "The password is easy to guess.",
            field=field,
            remedy="not your name or address or your host's, nothing that many people use, no repetition",
        )
    return normal


def _words(about: tuple[str, ...]) -> Iterator[str]:
    """The names in whole and in their parts."""
    for text in about:
        small = text.lower()
        yield from (word for word in (small, *re.split(r"[\W_]+", small)) if len(word) >= 4)


def _mostly_known(password: str, words: set[str]) -> bool:
    rest = password
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < _LEFT


def _mostly_common(password: str, common: Container[str]) -> bool:
    """One or two passwords of the many, and little beside; three words and more make a phrase."""
    if password in common:
        return True
    place, words, left = 0, 0, 0
    while place < len(password):
        ends = range(len(password), place + _WORD - 1, -1)
        end = next((end for end in ends if password[place:end] in common), None)
        words, left, place = (words, left + 1, place + 1) if end is None else (words + 1, left, end)
    return words in (1, 2) and left < _LEFT
