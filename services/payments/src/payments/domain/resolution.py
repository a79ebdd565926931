"""How an unknown outcome becomes a known one: repeat with the same key while it is remembered, else look."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from payments.domain.outcomes import Answer, Outcome

KEY_TRUSTED_FOR = timedelta(hours=23)
NOT_FOUND_MEANS_NOTHING_AFTER = timedelta(minutes=10)


class Step(StrEnum):
    """What to do next about an attempt whose outcome is unknown."""

    REPEAT = "repeat"
    LOOK = "look"


def steps(age: timedelta) -> tuple[Step, ...]:
    """In order, by wall-clock age of the first call: after a day the same key would charge a second time."""
    return (Step.REPEAT, Step.LOOK) if age < KEY_TRUSTED_FOR else (Step.LOOK,)


def conclusive(repeated: Outcome) -> bool:
    """Whether a repetition settles it. A refusal does not: it speaks about the repetition, not about the first call."""
    return repeated.answer in (Answer.SUCCEEDED, Answer.PROCESSING, Answer.DECLINED)


def concluded(found: Outcome | None, age: timedelta) -> Outcome:
    """What a look tells. Not found is no answer at first: the call may still be on its way; later it never arrived."""
    if found is not None:
        return found
    if age < NOT_FOUND_MEANS_NOTHING_AFTER:
        return Outcome(Answer.UNKNOWN, reason="not_found_yet")
    return Outcome(Answer.DECLINED, reason="not_received")
