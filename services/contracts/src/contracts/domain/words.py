"""Texts that people write into contracts: no control characters, nothing endless, nothing empty."""

from __future__ import annotations

from unicodedata import category

from common.errors import RuleBroken


class TextNotPossible(RuleBroken):
    """A text is empty, too long, or holds characters that nobody sees."""

    code = "text_not_possible"


def checked_words(text: str, *, field: str, longest: int, lines: bool = False) -> str:
    """The text without blanks around it; `lines` allows line breaks. Other control characters are refused."""
    settled = text.strip()
    hidden = next((sign for sign in settled if category(sign) in ("Cc", "Cf") and not (lines and sign in "\n\t")), None)
    if hidden is not None:
        raise TextNotPossible(
            f"The text holds the control character U+{ord(hidden):04X}.", field=field, remedy="plain text"
        )
    if not 1 <= len(settled) <= longest:
        raise TextNotPossible(
            f"A text of {len(settled)} characters is not possible here.",
            field=field,
            remedy=f"1 to {longest} characters",
        )
    return settled
