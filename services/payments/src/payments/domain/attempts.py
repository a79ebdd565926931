"""One try to collect a payment: its key, its states, and the order in which reports about it may change them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from payments.domain.outcomes import Answer, Outcome


class AttemptStatus(StrEnum):
    """`planned` was not called yet; `submitting` is written before the call; `unknown` blocks until it is resolved."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (AttemptStatus.SUCCEEDED, AttemptStatus.FAILED)


_STATUS_OF = {
    Answer.SUCCEEDED: AttemptStatus.SUCCEEDED,
    Answer.PROCESSING: AttemptStatus.PROCESSING,
    Answer.DECLINED: AttemptStatus.FAILED,
    Answer.REFUSED: AttemptStatus.FAILED,
    Answer.LIMITED: AttemptStatus.SUBMITTING,
    Answer.UNKNOWN: AttemptStatus.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """`called_at` is the wall clock of the first call: how long a processor remembers a key has no test clock."""

    payment_id: UUID
    number: int
    method_id: UUID
    status: AttemptStatus
    called_at: datetime
    reason: str = ""
    advice: str | None = None

    @property
    def key(self) -> str:
        return idempotency_key(self.payment_id, self.number)


def idempotency_key(payment_id: UUID, number: int) -> str:
    """The same for every repetition of one attempt, different for the next: a decline is not replayed as one."""
    return f"payment/{payment_id}/{number}"


def called(attempt: Attempt, at: datetime) -> Attempt:
    """The attempt as it stands just before its first call."""
    return replace(attempt, status=AttemptStatus.SUBMITTING, called_at=at)


def heard(attempt: Attempt, outcome: Outcome) -> Attempt:
    """The attempt after an answer, whichever way it came and however often.

    Answer, webhook and look may arrive in any order: a final status stays, and `unknown` never replaces knowledge.
    """
    status = _STATUS_OF[outcome.answer]
    if attempt.status.is_final:
        return attempt
    if attempt.status is AttemptStatus.PROCESSING and not status.is_final:
        return attempt
    if attempt.status is AttemptStatus.UNKNOWN and status is AttemptStatus.SUBMITTING:
        return attempt
    return replace(attempt, status=status, reason=outcome.reason, advice=outcome.advice)


def contradicts(attempt: Attempt, outcome: Outcome) -> bool:
    """Money came for an attempt that counts as failed: it is booked all the same, and someone should look."""
    return attempt.status is AttemptStatus.FAILED and outcome.answer is Answer.SUCCEEDED
