"""What a site's collector is to do, as far as it can be right or wrong without the collector (CB-32)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from common.errors import RuleBroken

SECRET_WORDS = ("password", "passphrase", "secret", "community", "token")


class MinerDriver(StrEnum):
    """The languages in which collectors speak with miners."""

    CGMINER = "cgminer"
    WHATSMINER = "whatsminer"


class MeterDriver(StrEnum):
    """The languages in which collectors speak with PDUs and meters."""

    SNMP = "snmp"
    MODBUS = "modbus"


class BadCollector(RuleBroken):
    """Settings that no collector could work with; `field` is the place at fault."""

    code = "bad_collector"


def secret_among(names: Iterable[str]) -> str | None:
    """The name of an option that would be a secret: those are kept at the collector alone."""
    return next((name for name in names if any(word in name.lower() for word in SECRET_WORDS)), None)


def refuse_doubles(miners: Sequence[str], pdus: Mapping[str, str]) -> None:
    """One name, one device: `miners` are names of units, `pdus` those of the site's PDUs with a device, by name."""
    seen: dict[str, int] = {}
    for place, name in enumerate(miners):
        field = f"miners.{place}.name"
        if name in seen:
            raise BadCollector(
                f"{name!r} is there twice (miners {seen[name]} and {place}).", field=field, remedy="one entry a unit"
            )
        if name in pdus:
            raise BadCollector(
                f"{name!r} is the name of a PDU of this site.", field=field, remedy="the unit's name; no PDU's"
            )
        seen[name] = place
