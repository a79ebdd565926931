"""Antminers and the firmwares that replace Bitmain's on them."""

from __future__ import annotations

from fractions import Fraction

from hostbook.collect.drivers.cgminer import rates
from hostbook.collect.drivers.cgminer.answers import Answers, first_number, number, words
from hostbook.collect.drivers.cgminer.family import Command, Family, model_by_type, temperature, versioned

_CHAINS = range(1, 9)


def _told_power(answers: Answers) -> Fraction | None:
    """Newer stock firmware may tell watts, as a number or as a text with its unit."""
    found = first_number(answers.stats(), "power", "chain_power")
    return found or None


def _chain_power(answers: Answers) -> Fraction | None:
    """VNish tells each board's watts; all zero while it hashes means that they are not measured."""
    stats = answers.stats()
    found = [watts for n in _CHAINS if (watts := number(stats.get(f"chain_consumption{n}"))) is not None]
    total = sum(found, Fraction(0))
    return total if found and (total or not rates.short_rate_ths(stats)) else None


def _lux_power(answers: Answers) -> Fraction | None:
    return first_number(answers.row("power", "POWER"), "Watts")


def _tuner_power(answers: Answers) -> Fraction | None:
    return first_number(answers.row("tunerstatus", "TUNERSTATUS"), "ApproximateMinerPowerConsumption")


def _sensors(answers: Answers) -> Fraction | None:
    """Braiins tells boards and chips apart; the hottest of both counts."""
    rows = answers.rows("temps", "TEMPS")
    found = rates.highest(row.get(name) for row in rows for name in ("Chip", "Board"))
    return temperature(answers) if found is None else found


def _braiins_model(answers: Answers) -> str | None:
    return words(answers.row("devdetails", "DEVDETAILS").get("Model")) or model_by_type(answers)


def _serial(answers: Answers) -> str | None:
    return words(answers.row("config", "CONFIG").get("SerialNumber"))


STOCK = Family(
    name="Antminer",
    power=_told_power,
    version=versioned("Miner", "BMMiner", "CGMiner"),
    model=model_by_type,
    never=("serial number",),
)
VNISH = Family(
    name="VNish",
    power=_chain_power,
    version=versioned("build_version", "Miner"),
    model=model_by_type,
    never=("serial number", "watts of fans and control board: the boards' alone are told"),
)
LUXOS = Family(
    name="LuxOS",
    commands=(Command("power"), Command("config")),
    power=_lux_power,
    version=versioned("LUXminer", "Miner"),
    model=model_by_type,
    serial=_serial,
    never=("a counter of work: its Total MH is an average",),
)
BRAIINS = Family(
    name="Braiins OS",
    commands=(Command("tunerstatus"), Command("temps"), Command("devdetails")),
    power=_tuner_power,
    temperature=_sensors,
    version=versioned("BOSer", "BOSminer+", "BOSminer"),
    model=_braiins_model,
    never=("serial number", "measured watts: they are the tuner's estimate"),
)
