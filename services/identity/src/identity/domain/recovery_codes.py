"""Recovery codes: for the day on which the telephone is lost. Each opens once; only their hashes are kept."""

from __future__ import annotations

COUNT = 10
BYTES = 10 * COUNT
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads like another


def codes_of(random: bytes) -> list[str]:
    """Ten codes of 80 random bits each, in groups of four that a person can copy from paper."""
    return [_code(random[start : start + 10]) for start in range(0, BYTES, 10)]


def normal(code: str) -> str:
    """The code as it was made, however it was typed."""
    return "".join(c for c in code.lower() if c in _LETTERS)


def _code(octets: bytes) -> str:
    number, text = int.from_bytes(octets, "big"), ""
    while len(text) < 16:
        number, digit = divmod(number, len(_LETTERS))
        text += _LETTERS[digit]
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))
