"""What the collector has to know of a PDU model to read it: the shape of the tables in `models`.

Columns are written below 1.3.6.1.4.1 (enterprises) and without the row: `1718.4.1.8.3.1.14`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.texts import stamp_text

Value = int | bytes | str
ENTERPRISES = "1.3.6.1.4.1"
UNSIGNED_32, SIGNED_31, COUNTER_64 = 2**32, 2**31, 2**64
ON_OFF = {1: OutletState.ON, 2: OutletState.OFF}
OFF_ON = {1: OutletState.OFF, 2: OutletState.ON}


@dataclass(frozen=True, slots=True)
class Place:
    """What a row's index says: which PDU of a chain, the outlet's lasting key within it, its number if it has one.

    `unit_index` is how the agent's tables of PDUs name the unit, where that differs from `unit`.
    """

    unit: str
    key: str
    number: int | None
    unit_index: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """A column of whole numbers, each worth `scale` of its unit; negative ones are the device's "not available".

    `suffix` follows the row (Raritan's sensor type). `digits` is a column saying by how many decimal digits the value
    is too large, `availability` one that holds -1 where the value is none; both are indexed like the register itself.
    """

    column: str
    scale: Fraction = Fraction(1)
    suffix: str = ""
    digits: str | None = None
    availability: str | None = None

    def oid(self, row: str, column: str | None = None) -> str:
        """Of this register in a row, or of a column that goes with it."""
        return f"{ENTERPRISES}.{column or self.column}.{row}{self.suffix}"


@dataclass(frozen=True, slots=True)
class States:
    """The column of an outlet's relay, and what its codes mean (they differ from maker to maker)."""

    column: str
    codes: Mapping[int, OutletState]
    suffix: str = ""

    def oid(self, row: str) -> str:
        return f"{ENTERPRISES}.{self.column}.{row}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the registers last began at 0, in the device's words: per outlet, or once `by_unit`.

    Where it reads `unmetered` the outlet's zeros are no measurement.
    """

    column: str
    by_unit: bool = False
    text: Callable[[Value], str | None] = stamp_text
    unmetered: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Two tables with an index each, whose rows belong together by module and outlet number: meters and switches."""

    module: str
    number: str
    switch_module: str
    switch_number: str
    switch_name: str


def by_last(index: str) -> Place:
    """`<outlet>`: one PDU behind the address."""
    return Place("1", index, int(index.rpartition(".")[2]))


def by_unit(index: str) -> Place:
    """`<unit>.<outlet>` or `<unit>.<group>.<outlet>`: the rest after the unit names the outlet."""
    unit, _, key = index.partition(".")
    return Place(unit, key, int(key.rpartition(".")[2])) if key else Place("1", unit, int(unit))


def _keeps_all(_cells: Mapping[str, Value], _row: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Model:
    """One family of PDUs. `discover` are the columns whose rows are outlets, `keeps` sorts out rows that are none.

    `modulus` is where a register begins again at 0, in its own ticks. Places in `serial`, `firmware` and `product` take
    the unit. `energy_support` is a scalar in which a device says that it has no outlet energy.
    """

    name: str
    maker: str
    object_ids: tuple[str, ...]
    discover: tuple[str, ...]
    energy: Register | None = None
    power: Register | None = None
    names: tuple[str, ...] = ()
    states: States | None = None
    stamp: Stamp | None = None
    place: Callable[[str], Place] = by_unit
    modulus: int = UNSIGNED_32
    serial: str | None = None
    firmware: str | None = None
    product: str | None = None
    described: str | None = None
    join: Join | None = None
    keeps: Callable[[Mapping[str, Value], str], bool] = _keeps_all
    energy_support: str | None = None
    cannot_read: tuple[str, ...] = field(default=())
