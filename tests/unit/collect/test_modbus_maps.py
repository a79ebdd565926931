"""A register map is checked whole before the first poll, and what it names becomes exact Wh (CB-32)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from hostbook.collect.driver import BadDevice, Device
from hostbook.collect.drivers.modbus.decode import energy_wh, power_w, value_of
from hostbook.collect.drivers.modbus.gateway import build
from hostbook.collect.drivers.modbus.map import Energy, Power, Register, load_map, parsed_map, shipped
from hostbook.collect.drivers.modbus.questions import Question, questions, wanted, words_of
from metering.domain.register_maps import Form

GOOD = """
model: A meter
channels:
  - key: total
    energy: {register: 100, type: uint32, unit: kWh, scale: 0.1}
    power: {register: 104, type: int16, unit: W}
"""


def _register(form: Form, **fields: object) -> Register:
    return Register.model_validate({"register": 0, "type": form, **fields})


@pytest.mark.parametrize(
    ("form", "words", "order", "value"),
    [
        (Form.INT16, [0xFFFE], "big", -2),
        (Form.INT16, [0x8000], "big", None),
        (Form.UINT16, [0xFFFE], "big", 65534),
        (Form.UINT16, [0xFFFF], "big", None),
        (Form.UINT32, [0x0001, 0x0002], "big", 65538),
        (Form.UINT32, [0x0002, 0x0001], "little", 65538),
        (Form.INT32, [0xFFFF, 0xFFFE], "big", -2),
        (Form.INT64, [0, 0, 1, 0], "big", 65536),
        (Form.INT64, [0x8000, 0, 0, 0], "big", None),
        (Form.UINT64, [0, 1, 0, 0], "little", 65536),
        (Form.FLOAT32, [0x42F7, 0x4000], "big", Fraction("123.625")),
        (Form.FLOAT32, [0x7FC0, 0x0000], "big", None),
        (Form.FLOAT64, [0x405E, 0xE800, 0, 0], "big", Fraction("123.625")),
    ],
)
def test_registers_are_read_in_their_form_and_order(form: Form, words: list[int], order: str, value: object) -> None:
    assert value_of(_register(form), words, "big" if order == "big" else "little") == value


def test_values_that_a_map_calls_unknown_are_none() -> None:
    assert value_of(_register(Form.INT16, unknown=[-1]), [0xFFFF], "big") is None


def test_energy_becomes_whole_wh_cut_and_power_whole_watts_rounded() -> None:
    energy = Energy.model_validate({"register": 0, "type": "uint32", "unit": "kWh", "scale": "1/7"})
    assert energy_wh(energy, Fraction(3)) == 428
    assert energy_wh(energy, Fraction(-1)) is None
    assert energy_wh(energy, None) is None
    power = Power.model_validate({"register": 0, "type": "float32", "unit": "kW"})
    assert power_w(power, Fraction("3.5005")) == 3501
    assert power_w(power, Fraction(-1)) is None


def test_tick_and_modulus_follow_from_form_scale_and_unit() -> None:
    tenth = parsed_map(GOOD, "m").channels[0].energy
    assert (tenth.tick_wh, tenth.modulus_wh) == (Fraction(100), Fraction(2**32 * 100))
    ended = Energy.model_validate(
        {"register": 0, "type": "uint32", "unit": "kWh", "scale": "0.01", "rolls_over_at": 10**9}
    )
    assert (ended.tick_wh, ended.modulus_wh) == (Fraction(10), Fraction(10**10))
    fine = Energy.model_validate({"register": 0, "type": "int32", "unit": "Wh", "scale": 0.001})
    assert (fine.tick_wh, fine.modulus_wh) == (Fraction(1), Fraction(2**31, 1000))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("", "map: Input should be a valid dictionary"),
        ("channels: []", "model: Field required"),
        ("model: [", "is no YAML"),
        (GOOD.replace("uint32", "uint24"), "channels.0.energy.type: Input should be"),
        (GOOD.replace("kWh", "kVAh"), "channels.0.energy.unit: Input should be"),
        (GOOD.replace("scale: 0.1", "scale: 0"), "0 is not more than 0"),
        (GOOD.replace("scale: 0.1", "scale: ten"), "'ten' is no number"),
        (GOOD.replace("register: 100", "register: 70000"), "channels.0.energy.register: Input should be less"),
        (GOOD.replace("register: 100", "register: 65535"), "reaches registers 65535 to 65536"),
        (
            GOOD.replace("model: A meter", "model: A meter\nfirst_register: 1").replace("100", "0"),
            "reaches registers -1",
        ),
        (GOOD.replace("uint32", "float32"), "needs rolls_over_at and tick"),
        (GOOD.replace("scale: 0.1", "rolls_over_at: 5000000000"), "does not fit into uint32"),
        (GOOD.replace("model: A meter", "model: A meter\ncolour: red"), "colour: Extra inputs"),
        (GOOD + GOOD.partition("channels:\n")[2], "channel 'total' is there twice"),
        (
            GOOD + "  - {key: b, energy: {register: 200, type: uint32, unit: Wh}}\n",
            "channels differ in tick (1, 100 Wh)",
        ),
        ("model: A meter\nchannels: []", "channels: List should have at least 1 item"),
    ],
)
def test_a_map_that_cannot_work_is_refused_with_its_place(change: str, told: str) -> None:
    with pytest.raises(BadDevice) as refused:
        parsed_map(change, "m.yaml")
    assert told in refused.value.message
    assert refused.value.field is not None
    assert refused.value.field.startswith("options.map")
    assert refused.value.remedy


def test_the_maps_that_come_along_can_all_be_used() -> None:
    assert shipped() == ["accuenergy-acudc", "schneider-pm5000", "shark-200"]
    for name in shipped():
        assert load_map(name).channels
    pm5000 = load_map("schneider-pm5000")
    assert wanted(pm5000)["total.energy"].address == 3203  # counted from 1 in the maker's list


def test_a_map_of_your_own_is_a_file_and_a_missing_one_is_told(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(GOOD)
    assert load_map(str(own)).model == "A meter"
    assert load_map("own.yaml", tmp_path).model == "A meter"
    with pytest.raises(BadDevice, match="There is no map"):
        load_map(str(tmp_path / "none.yaml"))


def test_near_registers_are_asked_together_and_values_are_never_torn() -> None:
    rows = "".join(f"  - {{key: c{n}, energy: {{register: {n * 4}, type: int64, unit: Wh}}}}\n" for n in range(40))
    branches = parsed_map(f"model: m\nmost_registers: 50\nchannels:\n{rows}", "m")
    values = wanted(branches)
    asked = questions(values, 50)
    assert [(one.address, one.count) for one in asked] == [(0, 48), (48, 48), (96, 48), (144, 16)]
    answers = {one: list(range(one.address, one.address + one.count)) for one in asked}
    assert words_of(values["c12.energy"], answers) == [48, 49, 50, 51]


def test_far_registers_and_other_functions_are_asked_apart() -> None:
    meter = parsed_map(GOOD.replace("register: 104,", "register: 104, function: 4,"), "m")
    assert questions(wanted(meter), 100) == [Question(3, 100, 2), Question(4, 104, 1)]
    far = parsed_map(GOOD.replace("register: 104", "register: 140"), "m")
    assert questions(wanted(far), 100) == [Question(3, 100, 2), Question(3, 140, 1)]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "options.map"),
        ({"map": 7}, "options.map"),
        ({"map": "schneider-pm5000", "colour": "red"}, "options.colour"),
        ({"map": "schneider-pm5000", "unit_id": 256}, "options.unit_id"),
        ({"map": "schneider-pm5000", "unit_id": "one"}, "options.unit_id"),
    ],
)
def test_a_meter_configured_wrongly_is_refused_at_once(options: dict[str, object], field: str) -> None:
    with pytest.raises(BadDevice) as refused:
        build(Device("M1", "modbus", "127.0.0.1", options=options))
    assert refused.value.field == field
