"""A register map: which registers of a meter hold energy and power, in which form. Checked whole before the first poll.

Quantities in a map are exact: `0.1`, "1/10" and 10 are read as what they say, not as binary fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hostbook.collect.driver import BadDevice
from metering.domain.register_maps import (
    ENERGY_WH,
    LAST_REGISTER,
    POWER_W,
    Counting,
    Form,
    channels_fault,
    reach_fault,
)


def exact(value: Any) -> Fraction:
    """A number or its text, exactly as written."""
    try:
        return Fraction(value if isinstance(value, Fraction) else str(value))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{value!r} is no number; write 10, 0.1 or 1/10") from None


def _positive(value: Fraction) -> Fraction:
    if value <= 0:
        raise ValueError(f"{value} is not more than 0")
    return value


Exact = Annotated[Fraction, BeforeValidator(exact), AfterValidator(_positive)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Register(_Strict):
    """Where one value stands. `unknown`: raw values that mean "not measured", beside the usual ones of its type."""

    register_: int = Field(alias="register", ge=0, le=LAST_REGISTER)
    type: Form
    words: Literal["big", "little"] | None = None
    function: Literal[3, 4] | None = None
    scale: Exact = Fraction(1)
    unknown: list[int] = []

    @property
    def count(self) -> int:
        """How many registers the value takes."""
        return self.type.register_count


class Energy(Register):
    """A register of energy; `rolls_over_at` is the raw value at which it begins again at 0."""

    unit: Literal["Wh", "kWh", "MWh", "GWh"]
    rolls_over_at: int | None = Field(None, gt=1)
    tick: Exact | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Energy:
        if fault := self.counting.fault():
            raise ValueError(fault)
        return self

    @property
    def unit_wh(self) -> Fraction:
        """Wh of one step of the raw value."""
        return self.scale * ENERGY_WH[self.unit]

    @property
    def counting(self) -> Counting:
        return Counting(self.type, self.unit_wh, self.rolls_over_at, self.tick)

    @property
    def tick_wh(self) -> Fraction:
        return self.counting.tick_wh

    @property
    def modulus_wh(self) -> Fraction:
        return self.counting.modulus_wh


class Power(Register):
    """A register of power."""

    unit: Literal["W", "kW", "MW"]

    @property
    def unit_w(self) -> Fraction:
        return self.scale * POWER_W[self.unit]


class Channel(_Strict):
    """What is metered once: a feeder, a branch, a phase."""

    key: str = Field(min_length=1, max_length=100)
    name: str = Field("", max_length=100)
    energy: Energy
    power: Power | None = None


class RegisterMap(_Strict):
    """A meter's map. `first_register`: 0 where numbers are those on the wire, 1 where the maker counts from 1.

    `stamps`: registers whose change tells that energy may have begun anew or counts otherwise (restarts, last reset,
    current transformer).
    """

    model: str = Field(min_length=1, max_length=100)
    source: str = ""
    first_register: Literal[0, 1] = 0
    words: Literal["big", "little"] = "big"
    function: Literal[3, 4] = 3
    most_registers: int = Field(100, ge=4, le=125, description="In one question.")
    unit_id: int = Field(1, ge=0, le=255)
    serial: Register | None = None
    stamps: dict[str, Register] = {}
    channels: list[Channel] = Field(min_length=1, max_length=2000)

    @model_validator(mode="after")
    def _together(self) -> RegisterMap:
        reaches = (
            reach_fault(where, one.register_, self.first_register, one.type) for where, one in self.registers().items()
        )
        alike = channels_fault([(channel.key, channel.energy.counting) for channel in self.channels])
        if fault := alike or next(filter(None, reaches), None):
            raise ValueError(fault)
        return self

    def registers(self) -> dict[str, Register]:
        """Every value of the map by its place in it."""
        found: dict[str, Register] = {f"stamps.{name}": one for name, one in self.stamps.items()}
        if self.serial is not None:
            found["serial"] = self.serial
        for channel in self.channels:
            found[f"{channel.key}.energy"] = channel.energy
            if channel.power is not None:
                found[f"{channel.key}.power"] = channel.power
        return found


def shipped() -> list[str]:
    """The names of the maps that come along."""
    return sorted(one.name.removesuffix(".yaml") for one in files(__package__).joinpath("maps").iterdir())


def load_map(name: str | Mapping[str, Any], folder: Path = Path()) -> RegisterMap:
    """A map as it stands, or one that comes along, by its name, or a file, relative to the folder where its path is.

    Raises `BadDevice` with the place at fault.
    """
    if not isinstance(name, str):
        return checked_map(name, "itself")
    known = name in shipped()
    try:
        text = (files(__package__).joinpath("maps", f"{name}.yaml") if known else folder / name).read_text("utf-8")
    except OSError as error:
        remedy = f"a file (from {folder.absolute()} on), or one of {', '.join(shipped())}"
        raise BadDevice(f"There is no map {name!r} ({error.strerror}).", field="options.map", remedy=remedy) from None
    return parsed_map(text, name)


def parsed_map(text: str, name: str) -> RegisterMap:
    """A map from its text; every fault is told with its place, the first one as the field."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)  # where, and nothing of what stands there
        reason = f"The map {name} is no YAML (line {mark.line + 1 if mark else 1})."
        raise BadDevice(reason, field="options.map", remedy="see docs/collectors-meters-and-miners.md") from None
    return checked_map(found, name)


def checked_map(found: Any, name: str) -> RegisterMap:
    """A map from plain values."""
    try:
        return RegisterMap.model_validate(found)
    except ValidationError as error:
        faults = [(".".join(map(str, one["loc"])) or "map", _said(one["msg"])) for one in error.errors()]
        told = "; ".join(f"{where}: {what}" for where, what in faults[:5])
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise BadDevice(
            f"The map {name} cannot be used. {told}{more}.",
            field=f"options.map:{faults[0][0]}",
            remedy="see docs/collectors-meters-and-miners.md",
        ) from None


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")
