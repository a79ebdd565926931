"""One condition over time: when an alert is raised and when it clears, with hysteresis (CM-29)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from metering.domain.alert_rules import AlertRule


class Level(StrEnum):
    """How things stand at an instant; `between` the thresholds nothing changes."""

    BAD = "bad"
    BETWEEN = "between"
    WELL = "well"


class Turn(StrEnum):
    """What an instant brought."""

    NOTHING = "nothing"
    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something wrong since an instant. `well_since_at`: raised, and well again since then. `seen_at`: last look."""

    since_at: datetime
    seen_at: datetime
    is_raised: bool = False
    well_since_at: datetime | None = None


def below(observed: Fraction, rule: AlertRule) -> Level:
    """The level of a value that must not fall below the rule's threshold."""
    assert rule.raise_at is not None
    assert rule.clear_at is not None
    if observed < rule.raise_at:
        return Level.BAD
    return Level.WELL if observed >= rule.clear_at else Level.BETWEEN


def above(observed: Fraction, rule: AlertRule) -> Level:
    """The level of a value that must not rise above the rule's threshold."""
    assert rule.raise_at is not None
    assert rule.clear_at is not None
    if observed > rule.raise_at:
        return Level.BAD
    return Level.WELL if observed <= rule.clear_at else Level.BETWEEN


def look(rule: AlertRule, before: Condition | None, level: Level, at: datetime) -> tuple[Condition | None, Turn]:
    """The condition after a look at an instant, and whether an alert is raised or clears then.

    Looks come in order of time; one that is not later than the last changes nothing. A rule that is switched off
    raises nothing and clears what it had raised at the next look.
    """
    if before is not None and at <= before.seen_at:
        return before, Turn.NOTHING
    if before is None or not before.is_raised:
        return _waiting(rule, before, level, at)
    if level is not Level.WELL and rule.is_on:
        return replace(before, seen_at=at, well_since_at=None), Turn.NOTHING
    well_since_at = before.well_since_at or at
    if rule.is_on and at - well_since_at < timedelta(minutes=rule.clear_minutes):
        return replace(before, seen_at=at, well_since_at=well_since_at), Turn.NOTHING
    return None, Turn.CLEARED


def _waiting(rule: AlertRule, before: Condition | None, level: Level, at: datetime) -> tuple[Condition | None, Turn]:
    """Not raised yet: the time counts from the first bad look, as long as looks follow each other."""
    if level is not Level.BAD or not rule.is_on:
        return None, Turn.NOTHING
    patience = timedelta(minutes=rule.after_minutes)
    is_broken = before is not None and at - before.seen_at > max(patience, timedelta(hours=1))
    since_at = at if before is None or is_broken else before.since_at
    is_raised = at - since_at >= patience
    return Condition(since_at, at, is_raised), Turn.RAISED if is_raised else Turn.NOTHING
