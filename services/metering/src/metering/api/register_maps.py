"""A meter's register map as it is sent: where each value stands, in which form. Numbers in it are exact texts."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from common.http import Body
from events.types import ExactText
from metering.domain.register_maps import ENERGY_WH, LAST_REGISTER, Counting, Form, channels_fault, reach_fault


def _positive(text: str) -> str:
    if Fraction(text) <= 0:
        raise ValueError(f"{text} is not more than 0")
    return text


Positive = Annotated[ExactText, Field(max_length=60, examples=["0.1", "1/100"]), AfterValidator(_positive)]
Words = Literal["big", "little"]
Function = Literal[3, 4]
_RAW = Annotated[int, Field(ge=-(1 << 63), lt=1 << 64)]


class MappedRegister(Body):
    """Where one value stands. `unknown`: raw values that mean "not measured", beside the usual ones of its type."""

    register_: int = Field(alias="register", ge=0, le=LAST_REGISTER)
    type: Form
    words: Words | None = None
    function: Function | None = None
    scale: Positive = "1"
    unknown: list[_RAW] = Field(default_factory=list, max_length=20)


class MappedEnergy(MappedRegister):
    """A register of energy; `rolls_over_at` is the raw value at which it begins again at 0, `tick` its smallest step.

    A float tells neither, so both must be given for one.
    """

    unit: Literal["Wh", "kWh", "MWh", "GWh"]
    rolls_over_at: int | None = Field(None, gt=1, lt=1 << 64, examples=[1_000_000_000])
    tick: Positive | None = None

    @property
    def counting(self) -> Counting:
        tick = None if self.tick is None else Fraction(self.tick)
        return Counting(self.type, Fraction(self.scale) * ENERGY_WH[self.unit], self.rolls_over_at, tick)

    @model_validator(mode="after")
    def _bounded(self) -> MappedEnergy:
        if fault := self.counting.fault():
            raise ValueError(fault)
        return self


class MappedPower(MappedRegister):
    """A register of power."""

    unit: Literal["W", "kW", "MW"]


class MappedChannel(Body):
    """What is metered once: a feeder, a branch, a phase; in the order of the PDU's outlets."""

    key: str = Field(min_length=1, max_length=100)
    name: str = Field("", max_length=100)
    energy: MappedEnergy
    power: MappedPower | None = None


class RegisterMap(Body):
    """A meter's map. `first_register`: 0 where numbers are those on the wire, 1 where the maker counts from 1.

    `stamps`: registers whose change tells that energy may have begun anew or counts otherwise.
    """

    model: str = Field(min_length=1, max_length=100)
    source: str = Field("", max_length=500, description="Where the numbers come from.")
    first_register: Literal[0, 1] = 0
    words: Words = "big"
    function: Function = 3
    most_registers: int = Field(100, ge=4, le=125, description="In one question.")
    unit_id: int = Field(1, ge=0, le=255)
    serial: MappedRegister | None = None
    stamps: dict[Annotated[str, Field(max_length=60)], MappedRegister] = Field(default_factory=dict, max_length=20)
    channels: list[MappedChannel] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _together(self) -> RegisterMap:
        reaches = (reach_fault(where, one.register_, self.first_register, one.type) for where, one in self._registers())
        alike = channels_fault([(channel.key, channel.energy.counting) for channel in self.channels])
        if fault := alike or next(filter(None, reaches), None):
            raise ValueError(fault)
        return self

    def _registers(self) -> list[tuple[str, MappedRegister]]:
        found = [(f"stamps.{name}", one) for name, one in self.stamps.items()]
        found += [("serial", self.serial)] if self.serial else []
        for channel in self.channels:
            found.append((f"{channel.key}.energy", channel.energy))
            found += [(f"{channel.key}.power", channel.power)] if channel.power else []
        return found
