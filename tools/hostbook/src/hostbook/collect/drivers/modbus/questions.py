"""As few questions as a meter allows: registers near each other are read together, and no value is torn apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hostbook.collect.drivers.modbus.map import RegisterMap

_GAP = 16
"""Unused registers that are read along rather than asking once more."""


@dataclass(frozen=True, slots=True)
class Question:
    """One read: so many registers from an address on the wire, by one function."""

    function: int
    address: int
    count: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value of the map and where it lies on the wire."""

    function: int
    address: int
    count: int


def wanted(registers: RegisterMap) -> dict[str, Wanted]:
    """Every value by its place in the map."""
    return {
        where: Wanted(one.function or registers.function, one.register_ - registers.first_register, one.count)
        for where, one in registers.registers().items()
    }


def questions(values: Mapping[str, Wanted], most: int) -> list[Question]:
    """The reads that bring all values, each at most `most` registers long."""
    asked: list[Question] = []
    for one in sorted(set(values.values()), key=lambda v: (v.function, v.address)):
        last = asked[-1] if asked else None
        end = one.address + one.count
        joins = last is not None and last.function == one.function and one.address <= last.address + last.count + _GAP
        if last is not None and joins and end - last.address <= most:
            asked[-1] = Question(last.function, last.address, max(last.count, end - last.address))
        else:
            asked.append(Question(one.function, one.address, one.count))
    return asked


def words_of(value: Wanted, answers: Mapping[Question, list[int]]) -> list[int]:
    """A value's registers out of the answer that holds them all."""
    for question, words in answers.items():
        offset = value.address - question.address
        if question.function == value.function and offset >= 0 and offset + value.count <= question.count:
            return words[offset : offset + value.count]
    raise AssertionError(f"{value} was not asked for")
