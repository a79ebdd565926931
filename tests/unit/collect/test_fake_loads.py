"""Registers of fake PDUs grow exactly by their script, with every fault that a real one was seen to have (issue 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from hostbook.fakes.snmp.cells import Cell, Type, oid_of
from hostbook.fakes.snmp.load import Fault, Kind, drawn_wh, power_w, register_wh
from hostbook.fakes.snmp.recording import recorded

BEGAN = datetime(2025, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOAD = [(BEGAN, 3000), (BEGAN + HOUR, 0), (BEGAN + 2 * HOUR, 1500)]
MODULUS = Fraction(2**32)


def _register(at: datetime, *faults: Fault, start: int = 1000) -> Fraction:
    return register_wh(LOAD, faults, (BEGAN, start), MODULUS, at)


def test_energy_is_the_integral_of_the_script() -> None:
    assert drawn_wh(LOAD, [], BEGAN, BEGAN + 3 * HOUR) == 4500
    assert drawn_wh(LOAD, [], BEGAN, BEGAN + timedelta(seconds=1)) == Fraction(3000, 3600)
    assert [power_w(LOAD, [], BEGAN + n * HOUR) for n in range(3)] == [3000, 0, 1500]
    assert power_w(LOAD, [], BEGAN - HOUR) == 0


@pytest.mark.parametrize(
    ("fault", "after_three_hours"),
    [
        (Fault(Kind.RESET, BEGAN + 2 * HOUR), 1500),
        (Fault(Kind.ROLLOVER, BEGAN + 2 * HOUR, value=100), 1400),
        (Fault(Kind.STUCK, BEGAN + timedelta(minutes=30)), 2500),
        (Fault(Kind.STUCK, BEGAN + timedelta(minutes=30), BEGAN + 2 * HOUR), 5500),
        (Fault(Kind.WRONG_SCALE, BEGAN + 2 * HOUR), 55_000),
        (Fault(Kind.OFF, BEGAN, BEGAN + timedelta(minutes=20)), 4500),
        (Fault(Kind.SILENT, BEGAN), 5500),
    ],
)
def test_a_fault_does_what_it_says(fault: Fault, after_three_hours: int) -> None:
    assert _register(BEGAN + 3 * HOUR, fault) == after_three_hours


def test_a_register_begins_again_at_its_modulus() -> None:
    assert _register(BEGAN + HOUR, start=2**32 - 1000) == 2000


def test_recordings_of_both_forms_are_read_and_what_is_neither_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.snmprec").write_text(
        "1.3.6.1.2.1.1.1.0|4|A | B\n1.3.6.1.4.1.1.1|2|-1\n1.3.6.1.4.1.1.2|4x|0aff\n\nnoise\n"
    )
    (tmp_path / "a.snmpwalk").write_text(
        '.1.3.6.1.2.1.1.1.0 = STRING: "A"\n.1.3.6.1.2.1.1.3.0 = 161500\n.1.3.6.1.4.1.1.1 = INTEGER: -1\n'
        ".1.3.6.1.4.1.1.2 = Hex-STRING: 0A FF\n.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.318\n"
    )
    book = recorded(tmp_path / "a.snmprec")
    assert book.at(oid_of("1.3.6.1.2.1.1.1.0")) == Cell(Type.OCTETS, b"A | B")
    assert book.at(oid_of("1.3.6.1.4.1.1.2")) == Cell(Type.OCTETS, b"\x0a\xff")
    walked = recorded(tmp_path / "a.snmpwalk")
    assert walked.at(oid_of("1.3.6.1.2.1.1.3.0")) == Cell(Type.TICKS, 161500)
    assert walked.at(oid_of("1.3.6.1.2.1.1.2.0")) == Cell(Type.OID, "1.3.6.1.4.1.318")
    assert (len(book), len(walked)) == (3, 5)
    assert walked.after(oid_of("1.3.6.1.4.1.1.1")) == oid_of("1.3.6.1.4.1.1.2")
