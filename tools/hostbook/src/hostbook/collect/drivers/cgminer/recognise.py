"""Which firmware answers: by the words that it says of itself, never by its address or what was configured."""

from __future__ import annotations

from collections.abc import Iterator

from hostbook.collect.drivers.cgminer.answers import Answers
from hostbook.collect.drivers.cgminer.antminer import BRAIINS, LUXOS, STOCK, VNISH
from hostbook.collect.drivers.cgminer.avalon import AVALON, bracketed
from hostbook.collect.drivers.cgminer.family import Family
from hostbook.collect.drivers.cgminer.others import AURADINE, GENERIC, SEALMINER
from hostbook.collect.drivers.cgminer.whatsminer import WHATSMINER

_SIGNS = (
    ("luxminer", LUXOS),
    ("bosminer", BRAIINS),
    ("boser", BRAIINS),
    ("vnish", VNISH),
    ("whatsminer", WHATSMINER),
    ("btminer", WHATSMINER),
    ("avalon", AVALON),
    ("bdminer", SEALMINER),
    ("gcminer", AURADINE),
    ("antminer", STOCK),
    ("bmminer", STOCK),
)
_OF_WHATSMINER = ("Factory GHS", "HS RT", "Power Limit", "Chip Temp Avg")


def family_of(answers: Answers) -> Family:
    """The first sign that is found counts: replaced firmwares keep the name of the machine they run on."""
    if bracketed(answers):
        return AVALON
    said = " ".join(_words(answers)).lower()
    for sign, family in _SIGNS:
        if sign in said:
            return VNISH if family is STOCK and _has_chain_power(answers) else family
    summary = answers.row("summary", "SUMMARY")
    return WHATSMINER if any(name in summary for name in _OF_WHATSMINER) else GENERIC


def _has_chain_power(answers: Answers) -> bool:
    """Early VNish calls itself after the machine alone, and is the only firmware with watts per chain."""
    return "chain_consumption1" in answers.stats()


def _words(answers: Answers) -> Iterator[str]:
    """Descriptions of answers, names of the version's fields, type and product."""
    for document in (*answers.documents.values(), *answers.refusals):
        status = document.get("STATUS")
        row = status[0] if isinstance(status, list) and status and isinstance(status[0], dict) else document
        yield str(row.get("Description", ""))
    version = answers.row("version", "VERSION")
    yield from version
    for row in (version, answers.stats()):
        yield from (str(row.get(name, "")) for name in ("Type", "PROD", "Miner"))
