"""When alerts are mailed, and in which words: many in one mail, and not too many mails (CM-29)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from common.clock import zone_of
from common.errors import RuleBroken

MOST_LISTED = 20
LONGEST_GATHER_MINUTES, LONGEST_WINDOW_MINUTES = 60, 1440


class BadPace(RuleBroken):
    """A pace at which no mail can go out."""

    code = "bad_alert_mail_settings"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a first alert waits for others, and how far apart two mails to the same people are at least.

    A critical alert waits for neither, but comes no sooner than `gather_minutes` after the last mail: so a site that
    fails unit by unit makes a mail of the first, and one of all that follow.
    """

    gather_minutes: int = 5
    window_minutes: int = 60

    def __post_init__(self) -> None:
        for field, least, most in (
            ("gather_minutes", 0, LONGEST_GATHER_MINUTES),
            ("window_minutes", self.gather_minutes, LONGEST_WINDOW_MINUTES),
        ):
            minutes = getattr(self, field)
            if not least <= minutes <= most:
                raise BadPace(f"{minutes} minutes are not possible.", field=field, remedy=f"{least} to {most}")

    @property
    def gather(self) -> timedelta:
        return timedelta(minutes=self.gather_minutes)

    def mail_at(self, now_at: datetime, last_mailed_at: datetime | None, *, is_urgent: bool) -> datetime:
        """When what is known now is mailed, all of it; `is_urgent`: something critical has begun."""
        wait = timedelta(0) if is_urgent else self.gather
        if last_mailed_at is None:
            return now_at + wait
        apart = self.gather if is_urgent else timedelta(minutes=self.window_minutes)
        return max(now_at + wait, last_mailed_at + apart)

    def is_overtaken(self, due_at: datetime, now_at: datetime) -> bool:
        """The clock has passed the appointment by more than it was to wait: others are on their way just now."""
        return self.gather_minutes > 0 and now_at > due_at + self.gather


@dataclass(frozen=True, slots=True)
class News:
    """An alert began, or is over. `place`: its site, `unit`: its machine, as far as they are known."""

    alert_id: UUID
    is_over: bool
    kind: str
    severity: str
    at: datetime
    text: str
    place: str | None = None
    unit: str | None = None

    @property
    def words(self) -> str:
        return self.kind.replace("_", " ")


def digest(news: Sequence[News], timezone: str) -> tuple[str, str]:
    """Subject and text of one mail about all of it, grouped by what happened, kind and site."""
    ends = {one.alert_id: one.at for one in news if one.is_over}
    begun = {one.alert_id for one in news if not one.is_over}
    told = [one for one in news if not (one.is_over and one.alert_id in begun)]
    lines = [f"{_counted(news)}. Times are those of {timezone}."]
    groups = sorted(told, key=lambda one: (*_group(one), one.at, one.unit or ""))
    for (is_over, _, _, _), members in groupby(groups, key=_group):
        lines += ["", *_listed(list(members), timezone, {} if is_over else ends)]
    return _subject(told, news), "\n".join(lines) + "\n"


def _group(one: News) -> tuple[bool, bool, str, str]:
    """What began comes before what is over, critical before the rest."""
    return one.is_over, one.severity != "critical", one.kind, one.place or ""


def _listed(members: Sequence[News], timezone: str, ends: dict[UUID, datetime]) -> list[str]:
    first = members[0]
    over, critical = (" is over" if first.is_over else ""), (", critical" if first.severity == "critical" else "")
    where = f" at {first.place}" if first.place else ""
    lines = [f"{first.words.capitalize()}{over}{where}: {len(members)}{critical}"]
    for one in members[:MOST_LISTED]:
        ended = f" (over at {_local(ends[one.alert_id], timezone)})" if one.alert_id in ends else ""
        named = f"{one.unit}: " if one.unit else ""
        lines.append(f"  {_local(one.at, timezone)}  {named}{one.text}{ended}")
    if len(members) > MOST_LISTED:
        lines.append(f"  and {len(members) - MOST_LISTED} more")
    return lines


def _subject(told: Sequence[News], news: Sequence[News]) -> str:
    if len(told) == 1:
        (one,) = told
        how, again = "Over" if one.is_over else one.severity.capitalize(), ", over again" if len(news) > 1 else ""
        return f"{how}: {one.unit or one.place or 'a unit'} {one.words}{again}"
    urgent = any(one.severity == "critical" and not one.is_over for one in told)
    return f"{'Critical: ' if urgent else ''}{_counted(news)}"


def _counted(news: Sequence[News]) -> str:
    """What is over may have begun in the same mail."""
    counts = Counter(one.is_over for one in news)
    began = f"{counts[False]} alert{'s' if counts[False] != 1 else ''} began"
    over = f"{counts[True]} {'are' if counts[True] != 1 else 'is'} over"
    if counts[False] and counts[True]:
        return f"{began}, {over}"
    return began if counts[False] else f"{counts[True]} alert{'s are' if counts[True] != 1 else ' is'} over"


def _local(at: datetime, timezone: str) -> str:
    return f"{at.astimezone(zone_of(timezone)):%d %b %H:%M}"
