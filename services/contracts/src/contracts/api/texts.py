"""Texts as callers may write them: names on one line, nothing hidden, no markup."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, Field


def plain(text: str) -> str:
    """Refuses characters that nobody sees, and what a browser would read as markup."""
    for sign in text:
        if category(sign) in ("Cc", "Cf", "Co", "Cs"):
            raise ValueError(f"holds the control character U+{ord(sign):04X}; plain text on one line is right")
        if sign in "<>":
            raise ValueError(f"holds {sign!r}; plain text without markup is right")
    return text


def _latin(text: str) -> str:
    if not plain(text).isascii():
        raise ValueError("holds letters that no label has; Latin letters, digits and signs are right")
    return text


def _small(text: str) -> str:
    return text.lower()


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(plain)]
LongName = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(plain)]
Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(plain)]
Remark = Annotated[str, Field(max_length=500), AfterValidator(plain)]
Place = Annotated[str, Field(max_length=120), AfterValidator(plain)]
Label = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_latin)]
Mac = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$"), AfterValidator(_small)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]
"""A day that a contract can be about; with terms added it stays one that the calendar has."""
Figure = Annotated[str, Field(max_length=40, examples=["3500"])]
