"""What miners say, in their own broken words, becomes exact figures or a refusal (CB-33, CM-29)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from hostbook.collect.drivers.cgminer import rates
from hostbook.collect.drivers.cgminer.answers import Answers, number, refusal
from hostbook.collect.drivers.cgminer.pools import pools_of
from hostbook.collect.drivers.cgminer.repair import NotJson, document


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b'{"a": 1.25, "b": [1, 2]}\0', {"a": Decimal("1.25"), "b": [1, 2]}),
        (b'{"STATS":[{"Type":"S9"}{"GHS 5s":"13504.56"}]}', {"STATS": [{"Type": "S9"}, {"GHS 5s": "13504.56"}]}),
        (b'{"MHS av":nan,"x":-inf,"y":1}', {"MHS av": None, "x": None, "y": 1}),
        (b'{"Firmware":"\\\'2022.REL\\\'"}', {"Firmware": "'2022.REL'"}),
        (b'{"Type":"Antminer S9\nV1.3.58"}', {"Type": "Antminer S9\nV1.3.58"}),
        (b'{"a":1,}', {"a": 1}),
        (b'{"a":[,{"b":1},]}', {"a": [{"b": 1}]}),
        (b'{"a":"3.5""temp0":"40"}', {"a": "3.5", "temp0": "40"}),
        (b'{"error_code":["206":"2023-01-06"]}', {"error_code": {"206": "2023-01-06"}}),
        (b'{"a":{"b":1}},"id":1}', {"a": {"b": 1}}),
        (b'{"a":"\\u0041\\\\"}', {"a": "A\\"}),
        (b'{"a":NaN}', {"a": None}),
    ],
)
def test_slips_of_firmwares_are_mended_and_nothing_else(raw: bytes, read: dict[str, Any]) -> None:
    assert document(raw) == read


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b'{"SUMMARY":[{"GHS 5s":110566.89,"GHS a',
        b'{"SUMMARY":[{"GHS 5s":110566.89',
        b'{"a":"unfinished',
        b"[1,2]",
        b"}",
        b'{"a":' * 5000,
    ],
)
def test_half_an_answer_is_no_answer(raw: bytes) -> None:
    with pytest.raises(NotJson):
        document(raw)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ("58.94W", Fraction("58.94")),
        ("3250 W", Fraction(3250)),
        (Decimal("60829.48"), Fraction("60829.48")),
        (True, None),
        ("", None),
        ("N/A", None),
        (Decimal("NaN"), None),
        (Decimal("1e999999"), None),
        ("-1", Fraction(-1)),
    ],
)
def test_a_number_is_taken_exactly_with_or_without_its_unit(value: Any, exact: Fraction | None) -> None:
    assert number(value) == exact


@pytest.mark.parametrize(
    ("row", "ths"),
    [
        ({"GHS 5s": Decimal("110566.89"), "GHS av": Decimal("111834.85")}, Fraction("110.56689")),
        ({"MHS 5s": Decimal("368479432.78"), "MHS 1m": Decimal("197599714.1")}, Fraction("197.5997141")),
        ({"GHS 5s": 0, "GHS av": Decimal("93600")}, Fraction(0)),
        ({"MHS 5s": 0, "MHS 1m": Decimal("0.5"), "MHS av": 44539601}, Fraction(0)),
        ({"HS RT": Decimal("67394800.97"), "MHS av": Decimal("1")}, Fraction("67.39480097")),
        ({"MHS 20s": 2_000_000}, Fraction(2)),
        ({"GHS av": Decimal("93600")}, None),
        ({}, None),
    ],
)
def test_the_rate_is_that_of_now_and_never_the_average_since_the_start(row: Any, ths: Fraction | None) -> None:
    assert rates.short_rate_ths(row) == ths


def test_total_mh_counts_only_where_it_is_a_counter() -> None:
    stock = {"Elapsed": 50474, "GHS av": Decimal("111834.85"), "Total MH": Decimal("5643633754730.0")}
    assert rates.counted_mh(stock) == 5643633754730
    average = {"Elapsed": 3453, "GHS av": Decimal("56917.91"), "Total MH": Decimal("56917916.07")}
    assert rates.counted_mh(average) is None
    assert rates.counted_mh(stock | {"Total MH": 0}) is None


def test_temperatures_come_from_sensors_and_dead_ones_do_not_count() -> None:
    row = {"temp1": 73, "temp_chip1": "78-50-0-70", "temp_num": 3, "temp_max": 255, "temp2_3": 69, "temperature": 500}
    assert rates.hottest_c(row) == 78
    assert rates.hottest_c({"temp_chip1": "0-0-0-0"}) is None


def test_pools_come_without_passwords_and_without_the_firmwares_fee() -> None:
    rows: list[dict[str, Any]] = [
        {"POOL": 1, "URL": "b:2", "User": "u", "Status": "Dead", "Priority": 1, "Stratum Active": True},
        {
            "POOL": 0,
            "URL": "a:1",
            "User": "u",
            "Status": "Alive",
            "Priority": 0,
            "Stratum Active": True,
            "Password": "x",
        },
        {"POOL": 2, "URL": "DevFee", "User": "DevFee", "Status": "Alive", "Priority": 2, "Stratum Active": True},
        {"POOL": 3, "URL": "", "User": "", "Status": "Dead", "Priority": 3, "Stratum Active": False},
        {"POOL": 4, "URL": "c:3", "User": "u", "Status": "Alive", "Priority": 4, "Stratum Active": True},
        {"POOL": 5, "URL": "d:4", "User": "u", "Status": "Deed", "Priority": 5, "Stratum Active": False},
    ]
    found = pools_of(rows)
    assert [(pool.url, pool.is_alive, pool.is_active) for pool in found] == [
        ("a:1", True, True),
        ("b:2", False, False),
        ("c:3", True, False),
        ("d:4", False, False),
    ]
    assert "x" not in {pool.worker for pool in found}


def test_each_group_of_pools_has_one_in_use() -> None:
    rows: list[dict[str, Any]] = [
        {"URL": f"{n}", "Status": "Alive", "Priority": n, "Stratum Active": n in (0, 2), "GROUP": n // 2}
        for n in range(4)
    ]
    assert [pool.is_active for pool in pools_of(rows)] == [True, False, True, False]


def test_a_refusal_is_told_from_an_answer_in_both_shapes() -> None:
    refused = {"STATUS": [{"STATUS": "E", "Code": 14, "Msg": "Invalid command"}]}
    assert refusal(refused) == (14, "Invalid command")
    assert refusal({"STATUS": "E", "Code": 24, "Msg": "Missing JSON 'command'"}) == (24, "Missing JSON 'command'")
    assert refusal({"STATUS": [{"STATUS": "S"}], "SUMMARY": []}) is None
    assert refusal({"STATUS": "S", "Msg": {}}) is None


def test_sections_of_another_shape_are_empty() -> None:
    answers = Answers({"pools": {"POOLS": "none"}, "stats": {"STATS": [1, {"a": 1}, {"a": 2, "b": 3}]}})
    assert answers.rows("pools", "POOLS") == []
    assert answers.stats() == {"a": 1, "b": 3}
