"""What a driver is: the one border between the collector and any kind of device.

A driver module offers `build(device: Device) -> Driver` and is named in `collect.registry`. It raises `BadDevice` at
once when the configuration cannot work, and never raises for what a device does: that comes back as a `Failure`.

Rules for drivers:
- Quantities are whole numbers in the unit that the name says, or exact (`Fraction`); never a binary fraction.
- What a device does not know is None. A zero that means "not measured here" is None as well.
- Whatever a device or its adapter can never tell is listed in `cannot_read`, in words for the person who set it up.
- One request at a time to a device. `device.timeout_s` is the patience for one answer, `device.retries` how often it
  is asked again.
- Secrets arrive in `device.secrets` and appear in no `Failure`, no `Identity` and no log line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from common.errors import RuleBroken


class BadDevice(RuleBroken):
    """A device's configuration cannot work; `field` is the part of its entry at fault, `remedy` what would be right."""

    code = "bad_device"


@dataclass(frozen=True, slots=True)
class Device:
    """One device as configured. `options` are the driver's own fields, to be checked by the driver itself.

    `folder` is where the configuration lies: relative paths in options begin there.
    """

    name: str
    driver: str
    address: str
    port: int | None = None
    timeout_s: Fraction = Fraction(3)
    retries: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path = field(default=Path())


class Trouble(StrEnum):
    """Why a device could not be read, as far as it can be told from here."""

    SILENT = "silent"
    """no answer within the patience"""
    UNREACHABLE = "unreachable"
    """refused, no route, name unknown"""
    DENIED = "denied"
    """it answered that we may not (credentials, access list)"""
    UNKNOWN_MODEL = "unknown_model"
    """it answers, and is none of the models we can read"""
    NONSENSE = "nonsense"
    """it answers what its protocol does not allow"""


@dataclass(frozen=True, slots=True)
class Failure:
    """Instead of a read: a sentence with the value at fault, and what to do about it."""

    trouble: Trouble
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which device answered. `outlets`: how many outlets or meter channels will be read, 0 for a miner."""

    model: str
    serial: str | None = None
    firmware: str | None = None
    outlets: int = 0
    cannot_read: tuple[str, ...] = ()


class OutletState(StrEnum):
    """Whether an outlet gives power."""

    ON = "on"
    OFF = "off"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OutletRead:
    """One outlet at the instant of its poll. `key` names it for good within its PDU; `number` is what the case says.

    `energy_wh` is the register in whole Wh (a finer one is cut, so that differences still add up); `reset_stamp` is the
    device's own word on when the register last began at 0, in its own form.
    """

    key: str
    number: int
    name: str = ""
    state: OutletState = OutletState.UNKNOWN
    energy_wh: int | None = None
    power_w: int | None = None
    reset_stamp: str | None = None


@dataclass(frozen=True, slots=True)
class PduPoll:
    """All outlets of one PDU (or channels of one meter).

    `unit` tells PDUs apart that share one address ("1" where there is one). `tick_wh` is the resolution of the reads
    (1 Wh at best), `modulus_wh` where the register begins again at 0.
    """

    unit: str
    started_at: datetime
    ended_at: datetime
    outlets: tuple[OutletRead, ...]
    tick_wh: Fraction
    modulus_wh: Fraction
    serial: str | None = None
    uptime_s: int | None = None
    cannot_read: tuple[str, ...] = ()

    @property
    def polled_at(self) -> datetime:
        """The middle of the poll, which is the instant of its reads; by the collector's clock."""
        return self.started_at + (self.ended_at - self.started_at) / 2


class MinerStatus(StrEnum):
    """What the platform knows of a miner: it hashes, it answers without hashing, it is off."""

    HASHING = "hashing"
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class MinerPool:
    """A pool slot of a miner, without its password. `is_active`: shares go there now, as far as the firmware says."""

    position: int
    url: str
    worker: str
    is_alive: bool | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class MinerRead:
    """One miner at an instant. `hashrate_ths` is the short average; None where the firmware does not say.

    A device that does not answer is a `Failure`, never an offline `MinerRead`: the collector decides what silence
    means. `total_mh` is the firmware's own counter, only where it was found to be one.
    """

    read_at: datetime
    status: MinerStatus
    hashrate_ths: Fraction | None
    power_w: int | None = None
    temperature_c: Fraction | None = None
    elapsed_s: int | None = None
    total_mh: int | None = None
    pools: tuple[MinerPool, ...] = ()
    firmware: str | None = None
    cannot_read: tuple[str, ...] = ()


Answer = tuple[PduPoll, ...] | MinerRead | Failure


class Driver(Protocol):
    """Reads one device. Built once, used for the device's whole life, by one task at a time."""

    async def identify(self) -> Identity | Failure:
        """Find out what answers there: before the first read, and again after silence or a restart of the device."""

    async def read(self) -> Answer:
        """One poll: every PDU behind the address, or the miner."""

    async def close(self) -> None:
        """Let go of sockets."""
