"""The clock of a ticket, and when a signature counts (CM-31, SF-06, SF-10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from common.errors import Conflict
from customers.domain.agreement import (
    Agreement,
    AgreementChanged,
    Signature,
    SignatureState,
    Way,
    check_read,
    state_of,
    text_sha256,
)
from customers.domain.alert import AlertPreferences
from customers.domain.ticket import (
    FIRST_ANSWER,
    RESOLUTION,
    BadTicket,
    Priority,
    Promise,
    Side,
    State,
    Subject,
    Ticket,
    TicketClosed,
)

AT = datetime(2025, 3, 1, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = UUID(int=1)
TICKET = Ticket(
    ID, ID, "T-00001", "Offline", Priority.NORMAL, Subject(), Side.CUSTOMER, AT, AT + 8 * HOUR, AT + 72 * HOUR
)


def test_the_clock_rests_while_the_customer_has_the_word() -> None:
    asked = TICKET.answered(Side.HOST, AT + HOUR)
    assert (asked.state, asked.first_answered_at) == (State.WAITING, AT + HOUR)
    assert not asked.missed(RESOLUTION, AT + 1000 * HOUR)
    again = asked.answered(Side.CUSTOMER, AT + 11 * HOUR)
    assert (again.state, again.resolve_due_at) == (State.OPEN, AT + 82 * HOUR)
    assert not again.missed(RESOLUTION, AT + 81 * HOUR)
    assert again.missed(RESOLUTION, AT + 82 * HOUR)


def test_an_unanswered_ticket_is_late_at_its_instant_and_an_answered_one_is_not() -> None:
    assert not TICKET.missed(FIRST_ANSWER, AT + 8 * HOUR - timedelta(seconds=1))
    assert TICKET.missed(FIRST_ANSWER, AT + 8 * HOUR)
    assert not TICKET.answered(Side.HOST, AT + HOUR).missed(FIRST_ANSWER, AT + 9 * HOUR)


def test_a_resolved_ticket_opens_by_the_customers_answer_and_a_closed_one_does_not() -> None:
    resolved = TICKET.moved(State.RESOLVED, AT + HOUR)
    assert resolved.resolved_at == AT + HOUR
    assert resolved.answered(Side.HOST, AT + 2 * HOUR).state is State.RESOLVED
    opened = resolved.answered(Side.CUSTOMER, AT + 3 * HOUR)
    assert (opened.state, opened.resolved_at, opened.resolve_due_at) == (State.OPEN, None, AT + 74 * HOUR)
    closed = TICKET.moved(State.CLOSED, AT)
    with pytest.raises(TicketClosed):
        closed.answered(Side.CUSTOMER, AT)
    with pytest.raises(TicketClosed):
        closed.moved(State.OPEN, AT)


def test_another_priority_counts_from_the_opening_and_keeps_the_rest_free() -> None:
    rested = TICKET.answered(Side.HOST, AT).answered(Side.CUSTOMER, AT + 2 * HOUR)
    urgent = rested.repromised(Priority.URGENT, Promise(60, 480))
    assert (urgent.first_due_at, urgent.resolve_due_at) == (AT + HOUR, AT + 10 * HOUR)


@pytest.mark.parametrize(("first", "resolution"), [(0, 10), (20, 10), (1, 600_000)])
def test_a_promise_that_cannot_be_kept_is_refused(first: int, resolution: int) -> None:
    with pytest.raises(BadTicket):
        Promise(first, resolution)


def test_a_line_belongs_to_an_invoice() -> None:
    for line, invoice in ((1, None), (0, ID)):
        with pytest.raises(BadTicket):
            Subject(invoice_id=invoice, invoice_line=line)


AGREEMENT = Agreement(ID, "Hosting agreement", ("hosted", "lease"), "You pay, we host.")


def signed(agreement: Agreement) -> Signature:
    return Signature(ID, ID, ID, agreement.version, agreement.sha256, "A. Signer", AT, Way.CLICK, "user:1", "192.0.2.7")


def texts(*versions: Agreement) -> dict[int, str]:
    return {one.version: text_sha256(one.text) for one in versions}


def test_a_new_version_leaves_signatures_good_unless_it_must_be_signed_again() -> None:
    mine = [signed(AGREEMENT)]
    mild = AGREEMENT.published("You pay; we host.", must_sign_again=False)
    strict = mild.published("You pay more; we host.", must_sign_again=True)
    known = texts(AGREEMENT, mild, strict)
    assert state_of(AGREEMENT, [], known) is SignatureState.MISSING
    assert state_of(mild, mine, known) is SignatureState.SIGNED
    assert state_of(strict, mine, known) is SignatureState.OUTDATED
    assert state_of(strict, [*mine, signed(strict)], known) is SignatureState.SIGNED
    assert strict.changed(name="B").accepted_from_version == strict.version


def test_a_text_that_was_altered_after_the_signature_is_noticed() -> None:
    altered = {1: text_sha256("You pay double, we host.")}
    assert state_of(AGREEMENT, [signed(AGREEMENT)], altered) is SignatureState.ALTERED


def test_what_is_signed_is_what_was_read() -> None:
    newer = AGREEMENT.published("Other words.", must_sign_again=False)
    check_read(newer, 2, newer.sha256)
    for version, sha256 in ((1, AGREEMENT.sha256), (2, AGREEMENT.sha256)):
        with pytest.raises(AgreementChanged, match="changed since you read it"):
            check_read(newer, version, sha256)
    withdrawn = newer.changed(is_withdrawn=True)
    with pytest.raises(AgreementChanged, match="withdrawn"):
        check_read(withdrawn, 3, newer.sha256)
    with pytest.raises(Conflict):
        withdrawn.published("More words.", must_sign_again=True)


def test_alerts_are_told_past_the_customers_own_threshold() -> None:
    mine = AlertPreferences(ID, offline_minutes=None)
    assert not mine.wants("unit_offline", None)
    assert (mine.wants("low_hashrate", Fraction(79)), mine.wants("low_hashrate", Fraction(80))) == (True, False)
    assert not mine.wants("high_temperature", None)
    assert mine.wants("power_cap", None)
    assert replace(mine, offline_minutes=5).wants("unit_offline", None)
