"""Panduit G5, HPE G2 metered and switched (CPQPOWER-MIB, the same table in other places), and Enlogic/nVent.

A row may stand for an outlet that does not exist: no name, no rating, all zero. HPE's `OutletWh` counts kWh.
"""

from collections.abc import Mapping
from fractions import Fraction

from hostbook.collect.driver import OutletState
from hostbook.collect.drivers.snmp.model import ENTERPRISES, SIGNED_31, Model, Register, Stamp, States, Value, by_unit
from hostbook.collect.drivers.snmp.texts import text_of

_STATES = {1: OutletState.OFF, 2: OutletState.ON, 3: OutletState.PENDING, 4: OutletState.PENDING}
_NAME, _RATING, _WATTS, _ENERGY = "2", "4", "13", "14"


class _Exists:
    """Sorts out the rows of outlets that the table has room for but the case has not."""

    def __init__(self, table: str) -> None:
        self._table = f"{ENTERPRISES}.{table}"

    def __call__(self, cells: Mapping[str, Value], row: str) -> bool:
        if text_of(cells.get(f"{self._table}.{_NAME}.{row}")):
            return True
        figures = [cells.get(f"{self._table}.{column}.{row}") for column in (_RATING, _WATTS, _ENERGY)]
        return any(isinstance(figure, int) and figure > 0 for figure in figures)


def _table_of(root: str) -> tuple[str, ...]:
    return tuple(f"{root}.{column}" for column in (_NAME, _RATING, _WATTS, _ENERGY))


PANDUIT_G5 = Model(
    name="panduit-g5",
    maker="Panduit G5",
    object_ids=("19536.10",),
    discover=_table_of("19536.10.1.5.1.1"),
    energy=Register("19536.10.1.5.1.1.14"),
    power=Register("19536.10.1.5.1.1.13"),
    names=("19536.10.1.5.1.1.2",),
    states=States("19536.10.1.5.2.1.1", _STATES),
    stamp=Stamp("19536.10.1.5.1.1.15"),
    place=by_unit,
    modulus=SIGNED_31,
    serial="19536.10.1.1.2.1.8.{unit}",
    firmware="19536.10.1.1.2.1.5.{unit}",
    product="19536.10.1.1.2.1.7.{unit}",
    keeps=_Exists("19536.10.1.5.1.1"),
)

HPE_G2 = Model(
    name="hpe-g2",
    maker="HPE G2 metered and switched",
    object_ids=("232.165.11",),
    discover=_table_of("232.165.11.5.1.1"),
    energy=Register("232.165.11.5.1.1.14", Fraction(1000)),
    power=Register("232.165.11.5.1.1.13"),
    names=("232.165.11.5.1.1.2",),
    states=States("232.165.11.5.2.1.1", _STATES),
    stamp=Stamp("232.165.11.5.1.1.15"),
    place=by_unit,
    modulus=SIGNED_31,
    keeps=_Exists("232.165.11.5.1.1"),
    cannot_read=("energy finer than 1 kWh",),
)

ENLOGIC = Model(
    name="enlogic",
    maker="Enlogic/nVent",
    object_ids=("38446.1",),
    discover=("38446.1.5.9.1.3", "38446.1.5.9.1.11"),
    energy=Register("38446.1.5.9.1.11", Fraction(100)),
    power=Register("38446.1.5.9.1.6"),
    names=("38446.1.5.9.1.3",),
    place=by_unit,
    cannot_read=("outlet state", "time of the last reset"),
)
