"""Whatsminers over port 4028 (API 1 and 2). Reads are plain there: token and AES are for writes, which we never do."""

from __future__ import annotations

from fractions import Fraction

from hostbook.collect.drivers.cgminer import rates
from hostbook.collect.drivers.cgminer.answers import Answers, first_number, words
from hostbook.collect.drivers.cgminer.family import Command, Family

_SENSORS = ("Chip Temp Max", "Temperature", "Chip Temp Avg")


def _power(answers: Answers) -> Fraction | None:
    """The smoothed watts, else those of the moment; -1 says that they are unknown."""
    summary = answers.row("summary", "SUMMARY")
    found = (first_number(summary, name) for name in ("Power", "Power_RT"))
    return next((watts for watts in found if watts is not None and watts >= 0), None)


def _temperature(answers: Answers) -> Fraction | None:
    rows = (answers.row("summary", "SUMMARY"), *answers.rows("devs", "DEVS"))
    return rates.highest(row.get(name) for row in rows for name in _SENSORS)


def _version(answers: Answers) -> str | None:
    told = answers.message("get_version").get("fw_ver") or answers.message("status").get("FirmwareVersion")
    return words(told) or words(answers.row("summary", "SUMMARY").get("Firmware Version"))


def _model(answers: Answers) -> str | None:
    return words(answers.row("devdetails", "DEVDETAILS").get("Model"))


def _is_asleep(answers: Answers) -> bool:
    """Mining was switched off by command; the summary keeps old figures then, or is not answered at all."""
    status = answers.message("status")
    return any(str(status.get(name, "")).lower() == "true" for name in ("btmineroff", "mineroff"))


WHATSMINER = Family(
    name="Whatsminer",
    commands=(Command("status", "cmd"), Command("get_version", "cmd"), Command("devdetails")),
    power=_power,
    temperature=_temperature,
    version=_version,
    model=_model,
    is_asleep=_is_asleep,
    never=("watts on some old firmware", "serial number"),
)
