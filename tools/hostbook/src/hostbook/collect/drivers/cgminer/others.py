"""Firmwares with little of their own, and whatever else speaks the cgminer API."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from hostbook.collect.drivers.cgminer import rates
from hostbook.collect.drivers.cgminer.answers import Answers, first_number
from hostbook.collect.drivers.cgminer.family import Command, Family, model_by_type, versioned


def _supply_power(answers: Answers) -> Fraction | None:
    return first_number(answers.row("psu", "PSU"), "PowerIn")


def _auradine_temperature(answers: Answers) -> Fraction | None:
    return rates.highest(_sensors(answers))


def _sensors(answers: Answers) -> Iterator[object]:
    for board in answers.rows("temperature", "Temperature"):
        for kind in ("BoardTemp", "ChipTemp"):
            for sensor in board.get(kind) or ():
                yield sensor.get("Temperature") if isinstance(sensor, dict) else None


def _device_temperature(answers: Answers) -> Fraction | None:
    found = rates.hottest_c(answers.stats())
    return rates.highest(row.get("Temperature") for row in answers.rows("devs", "DEVS")) if found is None else found


AURADINE = Family(
    name="Auradine",
    commands=(Command("psu"), Command("temperature")),
    power=_supply_power,
    temperature=_auradine_temperature,
    version=versioned("GCMiner"),
    model=model_by_type,
    never=("serial number",),
)
SEALMINER = Family(
    name="SealMiner",
    version=versioned("Firmware", "BDMiner"),
    model=versioned("ID"),
    never=("watts: they are told over its web page alone", "serial number"),
)
GENERIC = Family(
    name="cgminer",
    commands=(Command("devs"),),
    temperature=_device_temperature,
    version=versioned("CGMiner", "Miner", "API"),
    model=model_by_type,
    never=("watts", "serial number"),
)
