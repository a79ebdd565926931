"""The site to simulate: a JSON file, checked whole before anything begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from common.clock import zone_of
from common.errors import RuleBroken
from hostbook.collect.drivers.modbus.map import RegisterMap, exact, load_map
from hostbook.collect.drivers.snmp.model import Model
from hostbook.collect.drivers.snmp.models import MODELS
from hostbook.fakes.device_faults import Kind as DeviceFault
from hostbook.fakes.miner.server import DIALECTS
from hostbook.fakes.snmp.load import Kind as PduFault

_PDU_FAULTS = {kind.value for kind in PduFault}
_DEVICE_FAULTS = {kind.value for kind in DeviceFault}
_A_DAY_H = 24
PAGE = "docs/collectors-meters-and-miners.md"
Exact = Annotated[Fraction, BeforeValidator(exact)]


class BadSite(RuleBroken):
    """The file of the site cannot be used: where, and what would be right."""

    code = "bad_site"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class PduGroup(_Strict):
    """`count` PDUs alike; `{n}` in the name is their number. Each outlet feeds one unit of about `power_w`."""

    name: str = "PDU-{n:02}"
    count: int = Field(1, ge=1, le=2000)
    model: str = "raritan-px"
    outlets: int = Field(24, ge=1, le=60)
    power_w: int = Field(3250, ge=1, le=20_000)

    def names(self) -> list[str]:
        return _numbered(self.name, self.count)

    @property
    def registers(self) -> Model:
        """How its outlets count: tick, modulus."""
        return next(model for model in MODELS if model.name == self.model)

    @model_validator(mode="after")
    def _known(self) -> PduGroup:
        counting = sorted(model.name for model in MODELS if model.energy is not None)
        if self.model not in counting:
            raise ValueError(f"no outlets of {self.model!r} count energy; there are {', '.join(counting)}")
        _refuse_same(self.name, self.count)
        return self


class MinerGroup(_Strict):
    """Miners that answer: on the first `count` units of the site (all without it), firmwares in turn."""

    count: int | None = Field(None, ge=0, le=20_000)
    firmwares: list[str] = Field(default=["antminer", "luxos", "braiins", "vnish", "whatsminer"], min_length=1)
    ths: Exact = Fraction(110)

    @model_validator(mode="after")
    def _known(self) -> MinerGroup:
        unknown = next((one for one in self.firmwares if one not in DIALECTS), None)
        if unknown is not None:
            raise ValueError(f"there is no firmware {unknown!r}; there are {', '.join(sorted(DIALECTS))}")
        return self


class MeterGroup(_Strict):
    """`count` Modbus meters alike, of feeders that no contract is billed by."""

    name: str = "FEEDER-{n:02}"
    count: int = Field(1, ge=1, le=200)
    map: str = "schneider-pm5000"
    power_w: int = Field(500_000, ge=1)

    def names(self) -> list[str]:
        return _numbered(self.name, self.count)

    @property
    def registers(self) -> RegisterMap:
        """Where its energy stands."""
        return load_map(self.map)

    @model_validator(mode="after")
    def _known(self) -> MeterGroup:
        try:
            load_map(self.map)
        except RuleBroken as error:
            raise ValueError(error.message) from None
        _refuse_same(self.name, self.count)
        return self


class FaultEntry(_Strict):
    """Something that goes wrong, in hours of the simulation. `amount` and kinds: see the fakes of the device."""

    device: str
    kind: str
    at_h: Exact
    until_h: Exact | None = None
    outlet: int | None = Field(None, ge=1)
    amount: int | None = None


class SitePlan(_Strict):
    """The whole site. Without `begins_at` the simulation ends an hour before now."""

    name: str = Field("Simulated site", min_length=1, max_length=120)
    code: str = Field("SIM-1", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
    timezone: str = "America/Chicago"
    hours: int = Field(_A_DAY_H, ge=1, le=_A_DAY_H * 31)
    begins_at: AwareDatetime | None = None
    poll_s: int = Field(300, ge=10, le=3600)
    scan_s: int = Field(300, ge=10, le=3600)
    seed: int = 1
    customers: int = Field(1, ge=1, le=50)
    rate_per_kwh: str = Field("0.0725", pattern=r"^0?\.[0-9]{1,6}$")
    network: int = Field(20, ge=1, le=254, description="addresses are 127.NETWORK.x.y")
    snmp_port: int = Field(16161, ge=1024, le=65535)
    modbus_port: int = Field(15020, ge=1024, le=65535)
    miner_port: int = Field(4028, ge=1024, le=65535)
    pdus: list[PduGroup] = Field(min_length=1)
    miners: MinerGroup | None = None
    meters: list[MeterGroup] = []
    faults: list[FaultEntry] = []
    schema_: Literal["hostbook-simulate/1"] | None = Field(None, alias="schema")

    @model_validator(mode="after")
    def _together(self) -> SitePlan:
        try:
            zone_of(self.timezone)
        except RuleBroken as error:
            raise ValueError(error.message) from None
        if self.hours * 3600 < 8 * self.poll_s:
            raise ValueError(f"{self.hours} h hold fewer than 8 polls of {self.poll_s} s: longer, or polled more often")
        names = [pdu.name for pdu in self.all_pdus()] + [meter for meter, _ in self.all_meters()]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice!r} is there twice")
        for place, fault in enumerate(self.faults):
            self._refuse_fault(f"faults.{place}", fault)
        return self

    def _refuse_fault(self, where: str, fault: FaultEntry) -> None:
        pdus, others = {pdu.name for pdu in self.all_pdus()}, set(self.miner_units()) | dict(self.all_meters()).keys()
        if fault.device not in pdus | others:
            raise ValueError(f"{where}: there is no device {fault.device!r}")
        known = _PDU_FAULTS if fault.device in pdus else _DEVICE_FAULTS
        if fault.kind not in known:
            raise ValueError(f"{where}: {fault.device} knows no {fault.kind!r}; there are {', '.join(sorted(known))}")
        if not 0 <= fault.at_h < self.hours:
            raise ValueError(f"{where}: at_h {fault.at_h} lies outside of the {self.hours} h")

    def all_pdus(self) -> list[Pdu]:
        """Every PDU, in order."""
        return [Pdu(name, group) for group in self.pdus for name in group.names()]

    def all_meters(self) -> list[tuple[str, MeterGroup]]:
        """Every meter's name with its group."""
        return [(name, group) for group in self.meters for name in group.names()]

    def miner_units(self) -> list[str]:
        """The units whose miners answer."""
        units = [unit for pdu in self.all_pdus() for unit in pdu.units()]
        return [] if self.miners is None else units[: self.miners.count]


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU of the plan; the unit on an outlet is named after both."""

    name: str
    group: PduGroup

    def units(self) -> list[str]:
        return [f"{self.name}-M{number:02}" for number in range(1, self.group.outlets + 1)]


def _numbered(pattern: str, count: int) -> list[str]:
    return [pattern.format(n=number) for number in range(1, count + 1)]


def _refuse_same(pattern: str, count: int) -> None:
    try:
        names = _numbered(pattern, count)
    except (KeyError, ValueError, IndexError):
        raise ValueError(f"{pattern!r} is no name; a number is {{n}} or {{n:02}}") from None
    if len(set(names)) != count:
        raise ValueError(f"{pattern!r} gives {count} devices one name: put {{n}} into it")


def read_site(path: Path) -> SitePlan:
    """The checked plan of a file. Raises `BadSite`, which names the first place at fault."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSite(f"{path} cannot be read: {error.strerror}.", field="site", remedy="a JSON file") from None
    except ValueError as error:
        raise BadSite(
            f"{path} is no JSON: {error}.", field="site", remedy="see docs/collectors-meters-and-miners.md"
        ) from None
    return site_of(content)


def site_of(content: Any) -> SitePlan:
    """A plan from plain values."""
    try:
        return SitePlan.model_validate(content)
    except ValidationError as error:
        told = [(".".join(map(str, one["loc"])) or "site", one["msg"]) for one in error.errors(include_url=False)]
        text = "; ".join(_lines(told))
        raise BadSite(
            f"The site cannot be simulated. {text}.",
            field=told[0][0],
            remedy="see docs/collectors-meters-and-miners.md",
        ) from None


def _lines(told: list[tuple[str, str]]) -> Iterator[str]:
    return (f"{where}: {what.removeprefix('Value error, ')}" for where, what in told[:5])
