"""How each firmware words the same figures: documents by command, and the slips that its text is known for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hostbook.fakes.miner.machine import Figures, Machine

Document = dict[str, Any]
Words = Callable[[Machine, Figures], Document]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A firmware: what it answers to which command, and how its JSON leaves it.

    `refused`: the code with which unknown commands are refused. `ends`: what follows the text.
    """

    name: str
    answers: Mapping[str, Words]
    spoil: Callable[[str], str] = lambda text: text
    ends: bytes = b"\0"
    refused: int = 14


def decimal(value: Fraction) -> float:
    """JSON's number: fakes round as firmwares do."""
    return round(float(value), 2)


def status(code: int, text: str, by: str, letter: str = "S") -> Document:
    """The head of an answer."""
    return {"STATUS": [{"STATUS": letter, "When": 1760000000, "Code": code, "Msg": text, "Description": by}]}


def pools(by: str, *, first: int = 0, extra: tuple[Document, ...] = ()) -> Words:
    """The pool slots, numbered from `first`; the first is in use."""

    def answer(machine: Machine, _: Figures) -> Document:
        rows = [
            {
                "POOL": number,
                "URL": pool["url"],
                "User": pool["user"],
                "Status": "Alive",
                "Priority": number - first,
                "Stratum Active": number == first,
                "Last Share Time": "0:00:02",
            }
            for number, pool in enumerate(machine.pools, first)
        ]
        return status(7, f"{len(rows)} Pool(s)", by) | {"POOLS": [*rows, *extra]}

    return answer


def ghs_summary(by: str, *, minute: bool = False, is_counter: bool = True, as_text: bool = False) -> Words:
    """A summary in GH/s. `is_counter`: Total MH counts work, rather than repeating the average."""

    def answer(_: Machine, now: Figures) -> Document:
        short = decimal(now.second_ths * 1000)
        row: Document = {"Elapsed": now.elapsed_s, "GHS 5s": str(short) if as_text else short}
        if minute:
            row |= {"GHS 1m": decimal(now.minute_ths * 1000), "GHS 5m": decimal(now.ths * 1000)}
        row |= {"GHS av": decimal(now.ths * 1000), "Accepted": now.elapsed_s // 10, "Rejected": 1}
        row["Total MH"] = float(now.total_mh) if is_counter else decimal(now.ths * 10**6)
        return status(11, "Summary", by) | {"SUMMARY": [row]}

    return answer


def mhs_row(now: Figures) -> Document:
    """Rates in MH/s over three windows, and the counter."""
    return {
        "Elapsed": now.elapsed_s,
        "MHS av": decimal(now.ths * 10**6),
        "MHS 5s": decimal(now.second_ths * 10**6),
        "MHS 1m": decimal(now.minute_ths * 10**6),
        "MHS 5m": decimal(now.ths * 10**6),
        "Total MH": float(now.total_mh),
    }


def text_of(dialect: Dialect, document: Document) -> bytes:
    """The answer as the firmware sends it."""
    return dialect.spoil(json.dumps(document)).encode() + dialect.ends
