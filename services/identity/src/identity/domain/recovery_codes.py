"""Recovery codes: for the day on which the telephone is lost. Each opens once; only their hashes are kept."""

from __future__ import annotations

COUNT, _OCTETS, _LENGTH = 10, 16, 24
BYTES = _OCTETS * COUNT
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads like another


def codes_of(random: bytes) -> list[str]:
    """Ten codes of more than 112 random bits each, in groups of four that a person can copy from paper."""
    return [_code(random[start : start + _OCTETS]) for start in range(0, BYTES, _OCTETS)]


def normal(code: str) -> str:
    """The code as it was made, however it was typed."""
    return "".join(c for c in code.lower() if c in _LETTERS)


def _code(octets: bytes) -> str:
    number, text = int.from_bytes(octets, "big"), ""
    while len(text) < _LENGTH:
        number, digit = divmod(number, len(_LETTERS))
        text += _LETTERS[digit]
    return "-".join(text[start : start + 4] for start in range(0, _LENGTH, 4))
