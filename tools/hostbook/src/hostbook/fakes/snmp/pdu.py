"""A fake PDU: outlets with loads, laid out in the cells of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hostbook.collect.clock import now
from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.model import ENTERPRISES, Model, Register
from hostbook.collect.drivers.snmp.models import MODELS
from hostbook.fakes.snmp.cells import Book, Cell, Live, Oid, Type, oid_of
from hostbook.fakes.snmp.load import Fault, Kind, Load, power_w, register_wh
from hostbook.fakes.snmp.shapes import DIGITS, SHAPES

_TICK = timedelta(milliseconds=10)
_TICKS_END = 2**32
Cells = dict[Oid, Cell | Live]


@dataclass(slots=True)
class FakePdu:
    """One PDU. `faults` may be changed at any time; `start_wh` is what the registers held at `began_at`."""

    name: str
    model: str
    loads: Sequence[Load]
    start_wh: Sequence[int]
    began_at: datetime
    serial: str = "FAKE-1"
    faults: list[Fault] = field(default_factory=list)

    def book(self) -> Book:
        """Its cells, laid out as the model's."""
        model = next(one for one in MODELS if one.name == self.model)
        shape = SHAPES[self.model]
        cells: Cells = {
            oid_of("1.3.6.1.2.1.1.1.0"): Cell(Type.OCTETS, shape.description.encode()),
            oid_of("1.3.6.1.2.1.1.2.0"): Cell(Type.OID, shape.object_id),
            oid_of("1.3.6.1.2.1.1.3.0"): self._uptime,
            oid_of("1.3.6.1.2.1.1.5.0"): Cell(Type.OCTETS, self.name.encode()),
        }
        for number in range(1, len(self.loads) + 1):
            row = shape.row(number)
            cells |= {oid_of(f"{ENTERPRISES}.{column}"): cell for column, cell in shape.extras(number).items()}
            cells |= self._named(model, row, number) | self._counted(model, row, number)
        if model.serial:
            serial = model.serial.format(unit=shape.unit_index)
            cells[oid_of(f"{ENTERPRISES}.{serial}")] = Cell(Type.OCTETS, self.serial.encode())
        return Book(cells)

    def holds(self, kind: Kind) -> Fault | None:
        """A fault of the whole agent that holds now."""
        at = now()
        return next((fault for fault in self.faults if fault.kind is kind and fault.holds(at)), None)

    def _uptime(self) -> Cell:
        at = now()
        boots = [fault.from_at for fault in self.faults if fault.kind is Kind.REBOOT and fault.from_at <= at]
        return Cell(Type.TICKS, (at - max([self.began_at, *boots])) // _TICK % _TICKS_END)

    def _named(self, model: Model, row: str, number: int) -> Cells:
        text = f"{self.name}-{number}".encode()
        return {oid_of(f"{ENTERPRISES}.{column}.{row}"): Cell(Type.OCTETS, text) for column in model.names[:1]}

    def _counted(self, model: Model, row: str, number: int) -> Cells:
        cells: Cells = {}
        if model.energy:
            cells |= _with(model.energy, row, self._energy(model, number))
        if model.power:
            cells |= _with(model.power, row, self._power(number))
        if model.states:
            cells[oid_of(model.states.oid(row))] = self._relay(model, number)
        return cells

    def _of(self, number: int) -> list[Fault]:
        return [fault for fault in self.faults if fault.touches(number)]

    def _energy(self, model: Model, number: int) -> Live:
        assert model.energy
        scale = model.energy.scale / (10**DIGITS if model.energy.digits else 1)
        load, start = self.loads[number - 1], (self.began_at, self.start_wh[number - 1])
        type_ = SHAPES[self.model].energy_type

        def cell() -> Cell:
            held = register_wh(load, self._of(number), start, model.modulus * scale, now())
            return Cell(type_, int(held / scale))

        return cell

    def _power(self, number: int) -> Live:
        load, digits = self.loads[number - 1], SHAPES[self.model].power_digits

        def cell() -> Cell:
            return Cell(Type.GAUGE32, power_w(load, self._of(number), now()) * 10**digits)

        return cell

    def _relay(self, model: Model, number: int) -> Live:
        assert model.states
        codes = {state: code for code, state in sorted(model.states.codes.items(), reverse=True)}

        def cell() -> Cell:
            at = now()
            is_off = any(fault.kind is Kind.OFF and fault.holds(at) for fault in self._of(number))
            return Cell(Type.INTEGER, codes[OutletState.OFF if is_off else OutletState.ON])

        return cell


def _with(register: Register, row: str, live: Live) -> Cells:
    """A register, and beside it what says its digits and its availability."""
    cells: Cells = {oid_of(register.oid(row)): live}
    if register.digits:
        cells[oid_of(register.oid(row, register.digits))] = Cell(Type.GAUGE32, DIGITS)
    if register.availability:
        cells[oid_of(register.oid(row, register.availability))] = Cell(Type.INTEGER, 4)
    return cells
