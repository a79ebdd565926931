"""Avalons: figures stand in brackets inside one long text, `GHSspd[81072.68] PS[0 1214 1316 242 3189 1320 3504]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from hostbook.collect.drivers.cgminer import rates
from hostbook.collect.drivers.cgminer.answers import Answers, number, words
from hostbook.collect.drivers.cgminer.family import Command, Family, versioned

_BRACKET = re.compile(r"([A-Za-z0-9_]+)\[([^\]]*)\]")
_WALL = 6
"""Place of the watts at the wall among the numbers of `PS`; the fifth are those behind the power supply."""


def bracketed(answers: Answers) -> Mapping[str, str]:
    """Every bracketed figure of the first controller, from whichever command told it."""
    for command in ("stats", "estats", "litestats"):
        for row in answers.rows(command, "STATS"):
            for name, value in row.items():
                if name.startswith("MM ID") and isinstance(value, str):
                    return dict(_BRACKET.findall(value))
    return {}


def _rate(answers: Answers) -> Fraction | None:
    """The rate of now; the averages go on long after a soft-off."""
    if _is_asleep(answers):
        return Fraction(0)
    told = number(bracketed(answers).get("GHSspd"))
    return told / 1000 if told is not None else rates.short_rate_ths(answers.row("summary", "SUMMARY"))


def _power(answers: Answers) -> Fraction | None:
    figures = bracketed(answers)
    told = number(figures.get("WALLPOWER"))
    supply = figures.get("PS", "").split()
    return told if told is not None else number(supply[_WALL]) if len(supply) > _WALL else None


def _temperature(answers: Answers) -> Fraction | None:
    figures = bracketed(answers)
    return rates.highest(figures.get(name) for name in ("TMax", "TAvg", "Temp", "ITemp"))


def _is_asleep(answers: Answers) -> bool:
    figures = bracketed(answers)
    return (number(figures.get("SoftOFF")) or 0) != 0 or "In Idle" in figures.get("SYSTEMSTATU", "")


AVALON = Family(
    name="Avalon",
    commands=(Command("estats"), Command("litestats")),
    rate=_rate,
    power=_power,
    temperature=_temperature,
    version=versioned("LVERSION", "CGVERSION", "CGMiner"),
    model=lambda answers: words(answers.row("version", "VERSION").get("PROD")),
    is_asleep=_is_asleep,
    never=("serial number",),
)
