"""A register map: which registers of a meter hold energy and power, in which form. Checked whole before the first poll.

Quantities in a map are exact: `0.1`, "1/10" and 10 are read as what they say, not as binary fractions.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hostbook.collect.driver import BadDevice

LAST_REGISTER = 65535


class Form(StrEnum):
    """How a value lies in its registers of 16 bits."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"

    @property
    def bits(self) -> int:
        return int(self.value.lstrip("uintfloa"))

    @property
    def is_signed(self) -> bool:
        return self.value.startswith("int")

    @property
    def is_float(self) -> bool:
        return self.value.startswith("float")


ENERGY_WH = {"Wh": 1, "kWh": 10**3, "MWh": 10**6, "GWh": 10**9}
POWER_W = {"W": 1, "kW": 10**3, "MW": 10**6}


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
        return self.type.bits // 16


class Energy(Register):
    """A register of energy; `rolls_over_at` is the raw value at which it begins again at 0."""

    unit: Literal["Wh", "kWh", "MWh", "GWh"]
    rolls_over_at: int | None = Field(None, gt=1)
    tick: Exact | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Energy:
        if self.type.is_float and (self.rolls_over_at is None or self.tick is None):
            raise ValueError(
                f"energy as {self.type} needs rolls_over_at and tick: a float tells neither where it begins again nor "
                "its steps"
            )
        most = 1 << (self.type.bits - self.type.is_signed)
        if not self.type.is_float and self.rolls_over_at is not None and self.rolls_over_at > most:
            raise ValueError(f"rolls_over_at {self.rolls_over_at} does not fit into {self.type}, at most {most}")
        return self

    @property
    def unit_wh(self) -> Fraction:
        """Wh of one step of the raw value."""
        return self.scale * ENERGY_WH[self.unit]

    @property
    def tick_wh(self) -> Fraction:
        """The steps in which the register moves; below 1 Wh it is read in whole Wh."""
        return max((self.tick or Fraction(1)) * self.unit_wh, Fraction(1))

    @property
    def modulus_wh(self) -> Fraction:
        """Where the register begins again at 0."""
        return (self.rolls_over_at or 1 << (self.type.bits - self.type.is_signed)) * self.unit_wh


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
        keys = [channel.key for channel in self.channels]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise ValueError(f"channel {twice!r} is there twice")
        energies = [channel.energy for channel in self.channels]
        for name, found in (
            ("tick", {one.tick_wh for one in energies}),
            ("rolls_over_at", {one.modulus_wh for one in energies}),
        ):
            if len(found) > 1:
                raise ValueError(f"channels differ in {name} ({', '.join(map(str, sorted(found)))} Wh): one map each")
        for where, one in self.registers().items():
            first, last = one.register_ - self.first_register, one.register_ - self.first_register + one.count - 1
            if first < 0 or last > LAST_REGISTER:
                raise ValueError(f"{where} reaches registers {first} to {last}; there are 0 to {LAST_REGISTER}")
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


def load_map(name: str, folder: Path = Path()) -> RegisterMap:
    """A map that comes along, by its name, or a file of your own, relative to the folder where its path is.

    Raises `BadDevice` with the place at fault.
    """
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
        reason = f"The map {name} is no YAML: {' '.join(str(error).split())}"
        raise BadDevice(reason, field="options.map", remedy="see docs/collectors-meters-and-miners.md") from None
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
