"""What recorded PDUs taught: units, sentinels, indexes and codes by maker (CB-32; issue 5, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

import pytest

from hostbook.collect.driver import OutletRead, OutletState
from hostbook.collect.drivers.snmp.discovery import rows_in
from hostbook.collect.drivers.snmp.model import COUNTER_64, SIGNED_31, UNSIGNED_32, Model
from hostbook.collect.drivers.snmp.models import MODELS
from hostbook.collect.drivers.snmp.reading import cells_of, outlet_of, spans_text
from hostbook.collect.drivers.snmp.recognition import SYS_DESCR, SYS_OBJECT_ID, candidates_of

E = "1.3.6.1.4.1"
Walk = Mapping[str, int | bytes | str]


def model_of(name: str) -> Model:
    return next(model for model in MODELS if model.name == name)


def read(name: str, walk: Walk) -> list[OutletRead]:
    """The outlets of a device whose agent holds exactly these cells (below enterprises)."""
    model, cells = model_of(name), {f"{E}.{oid}": value for oid, value in walk.items()}
    return [outlet_of(model, row, cells) for row in rows_in(model, cells)]


def one(name: str, walk: Walk) -> OutletRead:
    found = read(name, walk)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("object_id", "description", "expected"),
    [
        ("13742.6", "Raritan PDU", "raritan-px"),
        ("13742.4", "PX", "raritan-px1"),
        ("1718.4", "Sentry Smart PDU", "sentry4"),
        ("1718.3", "Sentry Switched CDU", "sentry3"),
        ("318.1.3.4.6", "APC Web/SNMP Management Card", "apc-rpdu2"),
        ("21239.5.2", "GEIST", "vertiv-v5"),
        ("476.1.42", "Liebert", "liebert-mph2"),
        ("534.6.6.7", "Eaton", "eaton-g3"),
        ("3808.1.1.6", "CPS", "cyberpower-epdu2"),
        ("3808.1.1.3", "CPS", "cyberpower-epdu"),
        ("850.1", "PDUMH", "tripp-lite"),
        ("19536.10.1", "Panduit", "panduit-g5"),
        ("55108.1", "UPDU", "rnx-updu"),
        ("21239.42.1.52", "A-U32.024_PDU-B", "vertiv-v5"),
    ],
)
def test_a_device_is_known_by_its_object_identifier(object_id: str, description: str, expected: str) -> None:
    said: Walk = {SYS_OBJECT_ID: f"{E}.{object_id}", SYS_DESCR: description.encode()}
    assert candidates_of(said)[0].name == expected


def test_an_identifier_that_comes_as_text_with_a_dot_in_front_is_one() -> None:
    assert candidates_of({SYS_OBJECT_ID: b".1.3.6.1.4.1.232.165.11"})[0].name == "hpe-g2"


def test_a_number_that_begins_alike_is_another_maker() -> None:
    """1718.40 is not below 1718.4."""
    models = candidates_of({SYS_OBJECT_ID: f"{E}.1718.40"})
    assert [model.name for model in models] == [model.name for model in MODELS]


def test_the_byte_swapped_identifier_of_chatsworth_is_met_with_its_description() -> None:
    said: Walk = {SYS_OBJECT_ID: "0.10.43.6.1.4.1", SYS_DESCR: b"Epicenter SNMP"}
    assert candidates_of(said)[0].name == "chatsworth"


RARITAN: Walk = {
    "13742.6.3.5.3.1.2.1.3": b"3",
    "13742.6.5.4.3.1.4.1.3.8": 5_812_658,
    "13742.6.5.4.3.1.6.1.3.8": 0,
    "13742.6.5.4.3.1.2.1.3.8": 1,
    "13742.6.5.4.3.1.3.1.3.8": 4,
    "13742.6.3.5.4.1.7.1.3.8": 0,
    "13742.6.5.4.3.1.4.1.3.5": 143,
    "13742.6.5.4.3.1.3.1.3.5": 4,
    "13742.6.3.5.4.1.7.1.3.5": 0,
    "13742.6.5.4.3.1.3.1.3.14": 7,
}


def test_raritan_energy_is_the_unsigned_column_scaled_by_its_digits() -> None:
    assert one("raritan-px", RARITAN) == OutletRead("3", 3, "3", OutletState.ON, 5_812_658, 143)
    tenths = {**RARITAN, "13742.6.3.5.4.1.7.1.3.8": 1}
    assert one("raritan-px", tenths).energy_wh == 581_265


def test_a_raritan_sensor_in_state_unavailable_gives_nothing_although_column_2_says_available() -> None:
    gone = {**RARITAN, "13742.6.5.4.3.1.3.1.3.8": -1, "13742.6.5.4.3.1.4.1.3.8": 0}
    assert one("raritan-px", gone).energy_wh is None
    assert one("raritan-px", gone).power_w == 143


def test_a_raritan_without_digits_has_no_scale_and_so_no_energy() -> None:
    unknown = {oid: value for oid, value in RARITAN.items() if oid != "13742.6.3.5.4.1.7.1.3.8"}
    assert one("raritan-px", unknown).energy_wh is None


def test_what_belongs_to_an_outlet_is_asked_for_together() -> None:
    model = model_of("raritan-px")
    (row,) = rows_in(model, {f"{E}.{oid}": value for oid, value in RARITAN.items()})
    asked = {oid.removeprefix(f"{E}.") for oid in cells_of(model, row)}
    assert asked == RARITAN.keys() - {
        "13742.6.3.5.3.1.2.1.3",
        "13742.6.5.4.3.1.6.1.3.8",
        "13742.6.5.4.3.1.2.1.3.8",
    }


def test_px1_says_itself_that_it_has_no_outlet_energy() -> None:
    assert model_of("raritan-px1").energy_support == "13742.4.1.1.32.0"


def test_sentry_energy_is_in_wh_negative_is_none_and_cords_are_counted_through() -> None:
    table = "1718.4.1.8.3.1"
    walk: Walk = {
        f"{table}.14.1.1.1": 8937,
        f"{table}.7.1.1.1": -1,
        f"{table}.1.1.1.1": 1,
        f"{table}.14.1.2.1": -1,
        f"{table}.1.1.2.1": 2,
        f"{table}.14.2.1.1": 5,
    }
    first, second, expansion = read("sentry4", walk)
    assert (first.energy_wh, first.power_w, first.state, first.number) == (8937, None, OutletState.ON, 1)
    assert (second.energy_wh, second.state, second.number, second.key) == (None, OutletState.OFF, 2, "2.1")
    assert (expansion.energy_wh, expansion.number) == (5, 1)


def apc(stamp: bytes) -> Walk:
    meter, switch = "318.1.1.26.9.4.3.1", "318.1.1.26.9.2.3.1"
    return {
        f"{meter}.11.25": 123,
        f"{meter}.7.25": 3480,
        f"{meter}.2.25": 2,
        f"{meter}.4.25": 1,
        f"{meter}.3.25": b"miner 1",
        f"{switch}.2.7": 2,
        f"{switch}.4.7": 1,
        f"{switch}.5.7": 2,
        "318.1.1.26.4.3.1.15.2": stamp,
    }


def test_apc_outlets_are_known_by_module_and_number_and_tick_in_tenths_of_a_kwh() -> None:
    outlet = one("apc-rpdu2", apc(b"09/20/2016 10:00:00"))
    assert outlet == OutletRead("1", 1, "miner 1", OutletState.ON, 12_300, 3480, "09/20/2016 10:00:00")


def test_apc_text_is_compared_without_its_trailing_space() -> None:
    assert one("apc-rpdu2", apc(b"notsupported ")).reset_stamp is None


def test_switched_apc_outlets_without_a_meter_are_listed_and_say_nothing() -> None:
    switch = "318.1.1.26.9.2.3.1"
    walk: Walk = {f"{switch}.2.1": 1, f"{switch}.4.1": 1, f"{switch}.5.1": 1, f"{switch}.3.1": b"Outlet 1"}
    assert one("apc-rpdu2", walk) == OutletRead("1", 1, "Outlet 1", OutletState.OFF)


def test_eaton_counts_units_from_0_and_negative_watts_are_none() -> None:
    table = "534.6.6.7.6.5.1"
    walk: Walk = {f"{table}.4.0.24": 4_000_000_000, f"{table}.3.0.24": -1, f"{table}.5.0.24": 1_660_000_000}
    outlet = one("eaton-g3", walk)
    assert (outlet.key, outlet.number, outlet.energy_wh, outlet.power_w) == ("24", 24, 4_000_000_000, None)
    assert outlet.reset_stamp == "2022-08-08T23:06:40Z"
    assert one("eaton-g3", {**walk, f"{table}.5.0.24": 0}).reset_stamp is None


@pytest.mark.parametrize(
    ("stamp", "energy_wh", "power_w"), [(b"00/00/2000 00:00:00", None, None), (b"05/24/2023 08:00:00", 300, 0)]
)
def test_cyberpower_zeros_with_an_empty_date_are_no_measurement(
    stamp: bytes, energy_wh: int | None, power_w: int | None
) -> None:
    table = "3808.1.1.3.3.5.1.1"
    walk: Walk = {f"{table}.8.1": 0, f"{table}.13.1": 3, f"{table}.14.1": stamp, f"{table}.4.1": 1}
    outlet = one("cyberpower-epdu", walk)
    assert (outlet.energy_wh, outlet.power_w, outlet.state) == (energy_wh, power_w, OutletState.ON)


def test_tripp_lite_has_no_energy_and_perhaps_no_power_but_its_outlets_are_there() -> None:
    table = "850.1.1.3.2.3.3.1.1"
    assert one("tripp-lite", {f"{table}.4.1.24": 2}) == OutletRead("24", 24, "24", OutletState.ON)
    assert any("outlet energy" in text for text in model_of("tripp-lite").cannot_read)


def test_panduit_rows_without_name_rating_or_figures_are_no_outlets_and_stamps_lose_their_junk() -> None:
    table = "19536.10.1.5.1.1"
    walk: Walk = {
        f"{table}.2.1.1": b"OUTLET 1",
        f"{table}.14.1.1": 222_198,
        f"{table}.13.1.1": 210,
        f"{table}.15.1.1": b"2018/07/16 16:26\n\x07\xfe?",
        f"{table}.2.1.33": b"",
        f"{table}.4.1.33": 0,
        f"{table}.14.1.33": 0,
    }
    outlet = one("panduit-g5", walk)
    assert (outlet.energy_wh, outlet.reset_stamp) == (222_198, "2018/07/16 16:26")


def test_hpe_counts_kwh_under_the_name_of_wh() -> None:
    assert one("hpe-g2", {"232.165.11.5.1.1.2.1.1": b"a", "232.165.11.5.1.1.14.1.1": 7}).energy_wh == 7000


def test_only_outlets_of_an_rnx_are_counted() -> None:
    table = "55108.1.3.1.1"
    walk: Walk = {
        f"{table}.3.1.0": 4,
        f"{table}.4.1.0": 999,
        f"{table}.3.1.1": 6,
        f"{table}.4.1.1": 500,
        f"{table}.7.1.1": 31,
    }
    outlet = one("rnx-updu", walk)
    assert (outlet.key, outlet.number, outlet.energy_wh, outlet.power_w) == ("1.1", 1, 500, 31)


def test_chatsworth_tells_chained_pdus_apart_by_mac_and_has_no_watts() -> None:
    table = "30932.1.10.1.4.10.1"
    mac = ".".join(["12", *(str(ord(letter)) for letter in "000ED300AD21")])
    walk: Walk = {f"{table}.10.15.{mac}": 36_000, f"{table}.8.15.{mac}": 240, f"{table}.11.15.{mac}": 1}
    model, cells = model_of("chatsworth"), {f"{E}.{oid}": value for oid, value in walk.items()}
    (row,) = rows_in(model, cells)
    assert (row.unit, row.number) == ("000ED300AD21", 15)
    assert outlet_of(model, row, cells) == OutletRead("15", 15, "15", OutletState.ON, 100, None)


def test_registers_begin_again_where_their_type_ends() -> None:
    ends = {model.name: model.modulus for model in MODELS}
    assert ends["sentry4"] == ends["apc-rpdu2"] == ends["panduit-g5"] == SIGNED_31
    assert ends["raritan-px"] == ends["vertiv-v5"] == ends["eaton-g3"] == UNSIGNED_32
    assert ends["rnx-updu"] == ends["chatsworth"] == COUNTER_64


def test_cut_registers_still_add_up() -> None:
    """Ten-watt-seconds are cut to whole Wh; over a span the cuts come to less than one."""
    scale = Fraction(10, 3600)
    cut = [int(register * scale) for register in range(0, 100_000, 7)]
    assert abs(sum(b - a for a, b in pairwise(cut)) - (99_995 * scale)) < 1


def test_numbers_are_told_as_runs() -> None:
    assert spans_text([3, 1, 2, 7, 9, 10]) == "1-3, 7, 9-10"
