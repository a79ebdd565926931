"""Deposit, fee of an early end, clauses, and what an amendment may move (CB-02, CB-04, rule 4.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from common.errors import RuleBroken
from common.money import Money
from contracts.domain.amending import NewTerms, amended
from contracts.domain.attachments import LARGEST, checked_kind, checked_name
from contracts.domain.contract import Contract, ContractState, ContractType
from contracts.domain.escalators import PercentEscalator
from contracts.domain.exit_fee import exit_fee_of
from contracts.domain.extensions import Extensions
from contracts.domain.extras import MinimumCommitment
from contracts.domain.life import cut_short, extended_by_hand
from contracts.domain.particulars import Clause, Deposit, ExitFee, ExitFeeMode, started_months
from contracts.domain.pricing import OmTerms, ServicedSite
from contracts.domain.rates import RateOutOfRange
from contracts.domain.renewal import AutoRenewal, RenewsBy
from contracts.domain.repricing import NewPrices
from contracts.domain.terms import Term, TermKind
from unit.contracts.agreements import PRICING, SITE, contract

NOTHING = Decimal(0), Decimal(100)
JUNE = datetime(2025, 6, 1, tzinfo=UTC)
USD = "USD"


def usd(text: str) -> Money:
    return Money(Decimal(text), USD)


def active(kind: ContractType = ContractType.HOSTED, **changes: Any) -> Contract:
    return contract(kind, state=ContractState.ACTIVE, number="C-1", **changes)


@pytest.mark.parametrize(
    ("end_on", "agreed_on", "months"),
    [
        (date(2025, 5, 14), date(2025, 6, 14), 1),
        (date(2025, 5, 14), date(2025, 6, 15), 2),
        (date(2025, 5, 14), date(2025, 5, 15), 1),
        (date(2025, 1, 31), date(2025, 2, 28), 1),
        (date(2025, 6, 30), date(2025, 12, 31), 6),
        (date(2025, 2, 28), date(2025, 12, 31), 10),
        (date(2025, 6, 29), date(2025, 12, 31), 7),
        (date(2025, 12, 31), date(2025, 12, 31), 0),
    ],
)
def test_started_months_are_counted_by_the_calendar(end_on: date, agreed_on: date, months: int) -> None:
    assert started_months(end_on, agreed_on) == months


def test_an_early_end_costs_what_was_agreed_and_nothing_at_the_agreed_day_or_waived() -> None:
    fixed = active(exit_fee=ExitFee(ExitFeeMode.FIXED, usd("500.00")))
    assert exit_fee_of(fixed) is None
    assert exit_fee_of(cut_short(fixed, date(2025, 6, 30), "moves")) == usd("500.00")
    assert exit_fee_of(cut_short(fixed, date(2025, 6, 30), "moves", waive_fee=True)) is None
    assert exit_fee_of(cut_short(fixed, date(2025, 12, 31), "as agreed")) is None
    monthly = active(exit_fee=ExitFee(ExitFeeMode.PER_MONTH, usd("99.99")))
    assert exit_fee_of(cut_short(monthly, date(2025, 9, 30), "moves")) == usd("299.97")  # October to December
    lease = active(ContractType.LEASE, exit_fee=fixed.exit_fee)
    prolonged = extended_by_hand(cut_short(lease, date(2025, 6, 30), "moves"))
    assert (prolonged.tenure.end_on, exit_fee_of(prolonged)) == (date(2026, 6, 30), None)
    no_end = active(exit_fee=fixed.exit_fee, term=Term(TermKind.MONTH_TO_MONTH))
    assert exit_fee_of(cut_short(no_end, date(2025, 6, 30), "moves")) is None


def test_an_end_set_twice_counts_against_the_first_agreement() -> None:
    fee = ExitFee(ExitFeeMode.PER_MONTH, usd("100.00"))
    cut = cut_short(active(exit_fee=fee, auto_renewal=AutoRenewal()), date(2025, 3, 31), "moves")
    assert cut.auto_renewal is None
    later = cut_short(cut, date(2025, 10, 31), "stays a while")
    assert exit_fee_of(later) == usd("200.00")
    assert cut_short(later, date(2026, 1, 15), "stays on").early_end is None


def test_a_share_of_the_commitment_left_is_reckoned_at_the_rates_of_its_time() -> None:
    committed = MinimumCommitment(Decimal(80), Decimal(100))
    fee = ExitFee(ExitFeeMode.COMMITMENT, percent=Decimal(50))
    dear = PercentEscalator(Decimal(10), date(2025, 12, 1))
    cut = cut_short(active(exit_fee=fee, extras=(committed,), escalators=(dear,)), date(2025, 10, 31), "moves")
    # 80 kW over 30 days at 0.075, over 31 days at 0.0825; half of it
    by_hand = Decimal(80) * 24 * (30 * Decimal("0.075") + 31 * Decimal("0.0825")) / 2
    assert exit_fee_of(cut) == Money(by_hand.quantize(Decimal("0.01")), USD)
    agreed_rate = replace(cut, extras=(replace(committed, rate=Decimal("0.05")),))
    assert exit_fee_of(agreed_rate) == usd("2928.00")
    in_december = NewTerms(datetime(2025, 12, 1, tzinfo=UTC), prices=NewPrices(extras=(MinimumCommitment(*NOTHING),)))
    halved = cut_short(amended(active(exit_fee=fee, extras=(committed,)), in_december), date(2025, 10, 31), "moves")
    assert exit_fee_of(halved) == usd("2160.00")  # 80 kW over November's 30 days alone


def test_new_terms_count_from_their_instant_and_leave_the_rest() -> None:
    before = active(ContractType.LEASE, extensions=Extensions(3, 2))
    new = NewTerms(JUNE, Decimal("0.09"), (PercentEscalator(Decimal(3), date(2025, 9, 1)),), max_extensions=2)
    after = amended(before, new)
    assert [(at, f"{rate:f}") for at, rate in after.rate_changes(date(2026, 1, 1))] == [
        (JUNE, "0.090000"),
        (datetime(2025, 9, 1, tzinfo=UTC), "0.092700"),
    ]
    assert (after.extensions, after.tenure) == (Extensions(2, 2), before.tenure)


def test_renewal_is_switched_and_its_window_moved() -> None:
    on = amended(active(), NewTerms(JUNE, auto_renew=True, renews_by=RenewsBy.MONTH, notice_days=10))
    assert (on.auto_renewal, on.notice_days) == (AutoRenewal(10, RenewsBy.MONTH), 10)
    assert amended(on, NewTerms(JUNE, notice_days=20)).auto_renewal == AutoRenewal(20, RenewsBy.MONTH)
    assert amended(on, NewTerms(JUNE, auto_renew=False)).auto_renewal is None


def test_sites_are_added_and_left_from_a_day_on() -> None:
    other = ServicedSite("s2", usd("10.00"), date(2025, 6, 1))
    after = amended(active(ContractType.OM), NewTerms(JUNE, sites=(replace(SITE, to_on=date(2025, 8, 31)), other)))
    assert isinstance(after.pricing, OmTerms)
    assert [s.site_id for s in after.pricing.sites] == ["s1", "s2"]


NOTICED = active(auto_renewal=AutoRenewal(30, notice_given_on=date(2025, 2, 1)), notice_given_on=date(2025, 2, 1))


@pytest.mark.parametrize(
    ("before", "new", "field"),
    [
        (contract(), NewTerms(JUNE), "state"),
        (active(), NewTerms(datetime(2024, 6, 1, tzinfo=UTC)), "effective_at"),
        (active(), NewTerms(datetime(2026, 6, 1, tzinfo=UTC)), "effective_at"),
        (active(), NewTerms(JUNE, escalators=(PercentEscalator(Decimal(3), date(2025, 6, 1)),)), "escalators"),
        (active(), NewTerms(JUNE, max_extensions=2), "max_extensions"),
        (active(ContractType.LEASE, extensions=Extensions(3, 3)), NewTerms(JUNE, max_extensions=2), "max_extensions"),
        (active(ContractType.LEASE), NewTerms(JUNE, auto_renew=True), "auto_renew"),
        (NOTICED, NewTerms(JUNE, auto_renew=True), "auto_renew"),
        (active(), NewTerms(JUNE, sites=()), "sites"),
        (active(ContractType.OM), NewTerms(JUNE, sites=()), "sites"),
        (active(ContractType.OM), NewTerms(JUNE, sites=(SITE, SITE)), "sites"),
        (active(ContractType.OM), NewTerms(JUNE, sites=(replace(SITE, monthly_fee=usd("1.00")),)), "sites"),
        (active(ContractType.OM), NewTerms(JUNE, sites=(replace(SITE, to_on=date(2025, 2, 1)),)), "sites.to_on"),
        (active(ContractType.OM), NewTerms(JUNE, sites=(SITE, replace(SITE, site_id="s2"))), "sites.from_on"),
    ],
)
def test_an_amendment_that_would_rewrite_the_past_is_refused(before: Contract, new: NewTerms, field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        amended(before, new)
    assert refused.value.field == field
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (lambda: Deposit(usd("0.00")), "deposit"),
        (lambda: Deposit(usd("-1.00")), "deposit"),
        (lambda: ExitFee(ExitFeeMode.FIXED), "exit_fee"),
        (lambda: ExitFee(ExitFeeMode.FIXED, usd("1.00"), Decimal(1)), "exit_fee"),
        (lambda: ExitFee(ExitFeeMode.COMMITMENT, usd("1.00")), "exit_fee"),
        (lambda: ExitFee(ExitFeeMode.COMMITMENT, percent=Decimal(101)), "exit_fee.percent"),
        (lambda: contract(exit_fee=ExitFee(ExitFeeMode.COMMITMENT, percent=Decimal(1))), "exit_fee"),
        (lambda: contract(deposit=Deposit(Money(Decimal(1), "EUR"))), "currency"),
        (lambda: contract(exit_fee=ExitFee(ExitFeeMode.FIXED, Money(Decimal(1), "EUR"))), "currency"),
        (lambda: contract(notice_days=-1), "notice_days"),
        (lambda: Clause("", "words"), "clauses.title"),
        (lambda: Clause("Title", "a\x07b"), "clauses.text"),
        (lambda: Clause("Title", "x" * 8001), "clauses.text"),
        (lambda: contract(clauses=(Clause("A", "x"), Clause("A", "y"))), "clauses"),
        (lambda: contract(clauses=tuple(Clause(f"{n}", "x") for n in range(51))), "clauses"),
        (lambda: checked_kind(b""), "content"),
        (lambda: checked_kind(b"<html>"), "content"),
        (lambda: checked_kind(b"%PDF-" + bytes(LARGEST)), "content"),
        (lambda: checked_name("folder/"), "name"),
        (lambda: checked_name("a\u202eb.pdf"), "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_field(made: Callable[[], object], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        made()
    assert refused.value.field == field
    assert refused.value.remedy


def test_an_amended_rate_is_checked_like_any_other() -> None:
    with pytest.raises(RateOutOfRange):
        amended(active(), NewTerms(JUNE, Decimal("-0.01")))


def test_a_file_is_what_its_content_says_and_its_name_has_no_folder() -> None:
    assert checked_kind(b"%PDF-1.7") == "application/pdf"
    assert checked_kind(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert checked_kind(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert checked_name("..\\..\\etc/signed.pdf") == "signed.pdf"
    assert PRICING[ContractType.OM]
