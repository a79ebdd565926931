"""What other billing engines counted twice: events, credits, prices, whole invoices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from common.errors import RuleBroken
from invoicing.domain.invoice import InvoiceStatus, TransitionRefused, check_transition
from invoicing.domain.ledger_credit import lots
from invoicing.domain.ledger_invoices import AlreadyCancelled, CreditNote, CreditNoteTooLarge, cancelled, credited
from invoicing.domain.ledger_payments import OpenItem, dispute_won, paid
from invoicing.domain.market_price import PricesOverlap, checked_prices
from invoicing.domain.money_state import invoice_money
from invoicing.domain.monthly import regenerated, skipped
from invoicing.domain.site_facts import PriceRow
from unit.invoicing.books import Books, usd
from unit.peers.bills import at, billed, case, channel, hosted, month, organization, result, steady, unit


def metered(reads: list[list[str]]) -> list[dict[str, object]]:
    document = case(organization(), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads={"p1": reads})
    return billed(document, month("2025-01"))


def test_an_invoice_leaves_draft_once() -> None:
    """getlago/lago-api#5523: an invoice was finalised twice and had two numbers."""
    check_transition(InvoiceStatus.DRAFT, InvoiceStatus.ISSUED)
    with pytest.raises(TransitionRefused):
        check_transition(InvoiceStatus.ISSUED, InvoiceStatus.ISSUED)


def test_an_invoice_is_cancelled_once_and_a_payment_beside_it_is_kept() -> None:
    """getlago/lago-api#5495: parallel voids, and a void beside a payment."""
    books = Books()
    books.issue("i1", "80.00")
    books.pay("p1", "80.00", "i1")
    books.post(cancelled(books.head("c1"), "i1", books.entries))
    with pytest.raises(AlreadyCancelled):
        cancelled(books.head("c2"), "i1", books.entries)
    assert books.credit() == usd("80.00")
    books.post(paid(books.head("p2"), "stripe", usd("80.00"), [OpenItem("i1", books.owed("i1"))]))
    assert books.credit() == usd("160.00")


def test_a_periodic_job_that_runs_twice_adds_nothing() -> None:
    """getlago/lago-api#4795: two schedulers ran one job."""
    reads = {"p1": steady(at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"))}
    document = case(organization(), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads=reads)
    assert billed(document, month("2025-01"), month("2025-01")) == billed(document, month("2025-01"))


def test_a_cycle_that_is_run_twice_is_charged_once() -> None:
    """polarsource/polar#11065: a subscription was cycled twice."""
    prepaid = hosted(plan="prepaid_31d", start="2025-01-31", prepaid={"cycle": "anchored_month"})
    document = case(organization(), [prepaid], [unit("u1", operational_on="2025-01-31")])
    cycles = [{"cycle": number} for number in (1, 2, 3)]
    twice = [step for one in cycles for step in (one, one)]
    assert billed(document, *twice, *cycles) == billed(document, *cycles)
    assert len(billed(document, *twice)) == 3


def test_with_skip_existing_a_customer_is_left_out_and_without_only_drafts_change() -> None:
    """getlago/lago-api#4795, the other half: which invoices stand in the way of a second run."""
    assert not skipped([])
    assert not skipped([InvoiceStatus.CANCELLED])
    for status in set(InvoiceStatus) - {InvoiceStatus.CANCELLED}:
        assert skipped([InvoiceStatus.CANCELLED, status])
    assert regenerated({"i1": InvoiceStatus.DRAFT, "i2": InvoiceStatus.ISSUED, "i3": InvoiceStatus.HELD}) == ["i1"]


def test_a_credit_of_100_against_two_invoices_of_80_is_used_once() -> None:
    """getlago/lago-api#4945, #5020, #5980: credit notes and coupons were applied twice."""
    books = Books()
    books.grant("g1", "100.00")
    books.issue("i1", "80.00")
    books.issue("i2", "80.00")
    assert books.owed("i1") == 0
    assert books.owed("i2") == usd("60.00")
    assert books.credit() == 0


def test_credit_notes_never_exceed_their_invoice() -> None:
    """getlago/lago-api#4945: the second of two notes on one invoice went through."""
    books = Books()
    books.issue("i1", "80.00")
    books.post(credited(books.head("n1"), CreditNote("n1", "i1", usd("50.00")), books.entries))
    with pytest.raises(CreditNoteTooLarge):
        credited(books.head("n2"), CreditNote("n2", "i1", usd("50.00")), books.entries)


def test_prices_that_overlap_are_refused_and_never_added() -> None:
    """getlago/lago-api#5916: events that matched two price filters were charged twice."""
    row = PriceRow(at("2025-01-01T00:00:00Z"), at("2025-01-01T02:00:00Z"), Decimal(30))
    with pytest.raises(PricesOverlap):
        checked_prices([row, replace(row, from_at=at("2025-01-01T01:00:00Z"))])
    twice = [
        ["2025-01-01T00:00:00Z", "2025-01-03T00:00:00Z", "50"],
        ["2025-01-02T00:00:00Z", "2025-01-04T00:00:00Z", "50"],
    ]
    document = case(organization(), [hosted()], [unit("u1")], hashprice=twice)
    with pytest.raises(RuleBroken):
        billed(document, month("2025-01"))


def test_a_unit_on_two_contracts_at_one_instant_is_refused() -> None:
    """getlago/lago-api#5916, our form of it: one kWh that two contracts would bill."""
    spans = (("C1", "2025-01-01T00:00:00Z", "2025-01-12T00:00:00Z"), ("C2", "2025-01-11T00:00:00Z", None))
    document = case(organization(), [hosted("C1"), hosted("C2", "B")], [unit("u1", *spans)])
    with pytest.raises(RuleBroken):
        billed(document, month("2025-01"))


def test_reads_doubled_within_a_batch_and_against_the_stored_change_nothing() -> None:
    """getlago/lago-api#4772: a batch with one duplicate in it was stored in part."""
    reads = steady(at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"), count=31)
    shuffled = [*reads, *reads[:10], reads[5]]
    Random(7).shuffle(shuffled)
    assert metered(shuffled) == metered(reads)


def test_a_batch_that_comes_again_after_the_invoice_posts_nothing() -> None:
    """getlago/lago-api#4772, after the invoice: redelivery is no change of evidence."""
    reads = steady(at("2025-01-01T00:00:00Z"), at("2025-03-01T00:00:00Z"), count=59)
    document = case(organization(), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads={"p1": reads})
    _, february = billed(document, month("2025-01"), {"reads": {"p1": reads[:20]}}, month("2025-02"))
    assert [line["kind"] for line in february["lines"]] == ["energy"]


def test_two_reads_at_one_instant_count_once_and_the_lower_one() -> None:
    """polarsource/polar#12759, getlago/lago#280: events of equal time were lost, or broke the usage."""
    reads = steady(at("2025-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"), count=31)
    higher = [reads[10][0], str(Decimal(reads[10][1]) + 1)]
    assert metered([*reads[:10], higher, *reads[10:]]) == metered(reads)
    assert metered([*reads, higher]) == metered(reads)


def test_billing_again_with_nothing_new_posts_nothing() -> None:
    """killbill/killbill#877, #783, #640, #150: items were taken back and made again in a loop."""
    reads = {"p1": steady(at("2025-01-01T00:00:00Z"), at("2025-07-01T00:00:00Z"))}
    document = case(organization(), [hosted()], [unit("u1")], channels=[channel("p1", "u1")], reads=reads)
    invoices = billed(document, *(month(f"2025-{n:02}") for n in range(1, 7)))
    assert all([line["kind"] for line in invoice["lines"]] == ["energy"] for invoice in invoices)


def test_two_batches_of_a_contract_have_invoices_of_their_own() -> None:
    """flexprice/flexprice#1400: keys with the precision of a minute made two invoices one."""
    prepaid = hosted(plan="prepaid_31d", prepaid={"cycle": "fixed_31d"}, start="2025-01-20")
    whole = ("C1", "2025-01-20T00:00:00Z", None)
    units = [unit("u1", whole, operational_on="2025-01-20"), unit("u2", whole, operational_on="2025-01-21")]
    invoices = billed(case(organization(), [prepaid], units), {"cycle": 1})
    assert len(invoices) == 2
    assert invoices[0]["period"] != invoices[1]["period"]


def test_a_payment_of_nothing_is_refused() -> None:
    """getlago/lago-api#5536: a payment that came by webhook had the amount 0."""
    with pytest.raises(RuleBroken):
        paid(Books().head("p1"), "stripe", usd("0.00"), [])


def test_two_payments_that_both_succeed_leave_a_credit_and_no_double_charge() -> None:
    """killbill/killbill#1015: while a payment was unknown the customer paid again, and then both went through."""
    books = Books()
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    books.pay("p2", "100.00", "i1")
    assert books.owed("i1") == 0
    assert books.lots() == [("payment/p2", usd("100.00"))]


def test_a_dispute_that_closes_before_it_opened_moves_nothing() -> None:
    """polarsource/polar#13050, #13048: the events of a dispute raced."""
    books = Books()
    books.issue("i1", "100.00")
    books.pay("p1", "100.00", "i1")
    assert dispute_won(books.head("w1"), "p1", books.entries) == []
    assert invoice_money(books.entries, "A", "i1").states == frozenset()
    assert lots(books.entries, "A") == []


def test_a_whole_charge_is_reversed_by_cancelling_its_invoice() -> None:
    """getlago/lago#67: asked for, a charge that can be taken back."""
    books = Books()
    books.issue("i1", "100.00")
    books.post(cancelled(books.head("c1"), "i1", books.entries))
    assert books.owed("i1") == 0
    assert invoice_money(books.entries, "A", "i1").open_amount == 0


def test_an_invoice_of_nothing_is_paid_at_once_and_no_contract_makes_none() -> None:
    """getlago/lago#704: invoices of zero stayed open."""
    document = case(organization(), [hosted(end="2025-01-31")], [unit("u1")])
    whole = result(document, month("2025-01"), month("2025-02"))
    assert [(invoice["status"], invoice["total"]) for invoice in whole["invoices"]] == [("paid", "0.00")]
