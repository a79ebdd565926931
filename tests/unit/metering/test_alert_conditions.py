"""Alerts over time: patience, hysteresis, and rules that cannot be (CM-29)."""

from dataclasses import replace
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import RuleBroken
from metering.domain.alert_rules import DEFAULTS, AlertKind, AlertRule, Preference, Severity, checked, own_rule
from metering.domain.conditions import Condition, Level, Turn, above, below, look
from unit.metering.plain import when

LOW = AlertRule(True, Severity.WARNING, 30, 10, True, Fraction(90), Fraction(93))


def turns(rule: AlertRule, *levels: tuple[int, Level]) -> list[tuple[int, Turn]]:
    """The turns by minute, of looks at minutes."""
    condition: Condition | None = None
    found: list[tuple[int, Turn]] = []
    for minute, level in levels:
        condition, turn = look(rule, condition, level, when(Fraction(minute, 60)))
        if turn is not Turn.NOTHING:
            found.append((minute, turn))
    return found


def test_it_is_raised_when_it_has_lasted_and_clears_when_it_has_been_well() -> None:
    bad = [(minute, Level.BAD) for minute in range(0, 41, 5)]
    well = [(minute, Level.WELL) for minute in range(45, 70, 5)]
    assert turns(LOW, *bad, *well) == [(30, Turn.RAISED), (55, Turn.CLEARED)]


def test_a_dip_shorter_than_the_patience_says_nothing() -> None:
    assert turns(LOW, (0, Level.BAD), (25, Level.BAD), (29, Level.WELL), (31, Level.BAD), (60, Level.BAD)) == []


def test_a_value_that_swings_between_the_thresholds_makes_one_alert() -> None:
    swings = [(minute, Level.BETWEEN if minute % 10 else Level.BAD) for minute in range(35, 200, 5)]
    bad = [(minute, Level.BAD) for minute in range(0, 31, 5)]
    assert turns(LOW, *bad, *swings, (200, Level.WELL), (211, Level.WELL)) == [(30, Turn.RAISED), (211, Turn.CLEARED)]


def test_well_must_last_on_end_to_clear() -> None:
    bad = [(minute, Level.BAD) for minute in range(0, 31, 5)]
    rest = [(35, Level.WELL), (40, Level.BETWEEN), (44, Level.WELL), (50, Level.WELL), (54, Level.WELL)]
    assert turns(LOW, *bad, *rest) == [(30, Turn.RAISED), (54, Turn.CLEARED)]


def test_looks_that_are_far_apart_are_no_sustained_condition() -> None:
    assert turns(LOW, (0, Level.BAD), (500, Level.BAD), (529, Level.BAD)) == []


def test_an_old_look_changes_nothing_and_a_rule_switched_off_clears() -> None:
    raised = Condition(when(0), when(1), is_raised=True)
    assert look(LOW, raised, Level.WELL, when(1)) == (raised, Turn.NOTHING)
    assert look(replace(LOW, is_on=False), raised, Level.BAD, when(2)) == (None, Turn.CLEARED)
    assert look(replace(LOW, is_on=False), None, Level.BAD, when(2)) == (None, Turn.NOTHING)


def test_thresholds_divide_values_into_bad_between_and_well() -> None:
    hot = DEFAULTS[AlertKind.HIGH_TEMPERATURE]
    assert [below(Fraction(one), LOW) for one in (89, 90, 92, 93)] == [
        Level.BAD, Level.BETWEEN, Level.BETWEEN, Level.WELL,
    ]  # fmt: skip
    assert [above(Fraction(one), hot) for one in (86, 85, 81, 80)] == [
        Level.BAD, Level.BETWEEN, Level.BETWEEN, Level.WELL,
    ]  # fmt: skip


@given(st.lists(st.sampled_from(list(Level)), max_size=60), st.integers(0, 40), st.integers(0, 20))
def test_raised_and_cleared_take_turns(levels: list[Level], after: int, clear: int) -> None:
    rule = replace(LOW, after_minutes=after, clear_minutes=clear)
    found = [turn for _, turn in turns(rule, *((5 * n, level) for n, level in enumerate(levels)))]
    assert found == [Turn.RAISED, Turn.CLEARED] * (len(found) // 2) + [Turn.RAISED] * (len(found) % 2)


@pytest.mark.parametrize("kind", AlertKind)
def test_every_default_rule_can_be(kind: AlertKind) -> None:
    assert checked(kind, DEFAULTS[kind]) == DEFAULTS[kind]


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (AlertKind.UNIT_OFFLINE, {"after_minutes": -1}, "after_minutes"),
        (AlertKind.UNIT_OFFLINE, {"clear_minutes": 20_000}, "clear_minutes"),
        (AlertKind.UNIT_OFFLINE, {"raise_at": Fraction(5)}, "raise_at"),
        (AlertKind.PDU_SILENT, {"after_minutes": 0}, "after_minutes"),
        (AlertKind.LOW_HASHRATE, {"raise_at": None}, "raise_at"),
        (AlertKind.LOW_HASHRATE, {"clear_at": Fraction(89)}, "clear_at"),
        (AlertKind.LOW_HASHRATE, {"clear_at": Fraction(101)}, "clear_at"),
        (AlertKind.LOW_HASHRATE, {"raise_at": Fraction(0)}, "raise_at"),
        (AlertKind.HIGH_TEMPERATURE, {"clear_at": Fraction(86)}, "clear_at"),
        (AlertKind.POWER_CAP, {"raise_at": Fraction(2000)}, "raise_at"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(
    kind: AlertKind, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        checked(kind, replace(DEFAULTS[kind], **changes))  # type: ignore[arg-type]
    assert refused.value.field == f"alert_rules.{kind}.{field}"
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("minutes", "percent", "celsius", "clears"),
    [(5, 95, 70, (98, 65)), (60, 50, 99, (53, 94)), (16, 99, 86, (100, 81))],
)
def test_a_customers_thresholds_are_its_own_whether_stricter_or_laxer_than_the_hosts(
    minutes: int, percent: int, celsius: int, clears: tuple[int, int]
) -> None:
    wish = Preference(UUID(int=1), minutes, Fraction(percent), Fraction(celsius))
    got = {kind: own_rule(kind, rule, wish) for kind, rule in DEFAULTS.items()}
    offline, low, hot = (got.pop(AlertKind(name)) for name in ("unit_offline", "low_hashrate", "high_temperature"))
    assert offline is not None
    assert low is not None
    assert hot is not None
    assert set(got.values()) == {None}
    assert offline.after_minutes == minutes
    assert (low.raise_at, low.clear_at) == (Fraction(percent), Fraction(clears[0]))
    assert (hot.raise_at, hot.clear_at) == (Fraction(celsius), Fraction(clears[1]))


def test_a_customer_without_a_threshold_or_with_the_hosts_has_no_rule_of_its_own() -> None:
    same = Preference(UUID(int=1), 15, Fraction(90), Fraction(85))
    for wish in (same, Preference(UUID(int=1))):
        assert {own_rule(kind, rule, wish) for kind, rule in DEFAULTS.items()} == {None}
    strict = Preference(UUID(int=1), 5)
    host = DEFAULTS[AlertKind.UNIT_OFFLINE]
    for rule in (replace(host, is_visible=False), replace(host, is_on=False)):
        assert own_rule(AlertKind.UNIT_OFFLINE, rule, strict) is None
