"""Laws that every case obeys, on generated months that combine features (issue 4 section 3)."""

import copy
import random
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings

from common.money import minor_unit, round_half_up
from hostbook.scenario.measured import Meters
from hostbook.scenario.outcome import outcome
from hostbook.scenario.reading import case_of
from hostbook.scenario.world import World, computed
from invoicing.domain.connector import NoHashprice
from invoicing.domain.invoice import Invoice
from invoicing.domain.lines import LineKind, recomputed
from invoicing.domain.monthly import Month, monthly_invoice
from invoicing.domain.periods import hours_between, period_named
from invoicing.domain.rated import Source
from invoicing.domain.rating import rate
from invoicing.domain.sums import sum_usage
from invoicing.domain.usage import UnitUsage
from support.generated import SEEDS, world
from support.generator.compose import scenario


def invoices(seed: int) -> list[Invoice]:
    return [posted.invoice for posted in world(seed).books.posted]


@settings(max_examples=30)
@given(seed=SEEDS)
def test_every_amount_is_computed_again_from_the_figures_beside_it(seed: int) -> None:
    for invoice in invoices(seed):
        decimals = minor_unit(invoice.head.currency)
        assert all(recomputed(line, decimals) == line.amount for line in invoice.lines)
        assert invoice.subtotal == sum(line.amount for line in invoice.lines)
        assert invoice.tax == sum(tax.amount for tax in invoice.taxes)
        by_code: dict[str | None, Decimal] = defaultdict(Decimal)
        for line in invoice.lines:
            by_code[line.tax_code] += line.amount
        inclusive = world(seed).settings.tax.inclusive
        for tax in invoice.taxes:
            below = 100 + Fraction(tax.percent) if inclusive else Fraction(100)
            assert tax.taxable == by_code[tax.code]
            assert tax.amount == round_half_up(Fraction(tax.taxable) * Fraction(tax.percent) / below, decimals)
        assert invoice.total == invoice.subtotal + (0 if inclusive else invoice.tax)
        assert invoice.amount_due == max(invoice.total - invoice.credit_applied, 0)


@settings(max_examples=30)
@given(seed=SEEDS)
def test_the_units_of_a_line_sum_to_it(seed: int) -> None:
    for invoice in invoices(seed):
        for line in invoice.lines:
            if line.units:
                assert sum(kwh for _, kwh in line.units) == line.kwh


@settings(max_examples=30)
@given(seed=SEEDS)
def test_credit_is_neither_made_nor_lost(seed: int) -> None:
    currency = world(seed).settings.currency
    for customer in world(seed).case.customers:
        own = [i for i in invoices(seed) if (i.head.customer_id, i.head.currency) == (customer.customer_id, currency)]
        applied = sum((i.credit_applied for i in own), Decimal(0))
        won = sum((-i.total for i in own if i.total < 0 and not customer.held), Decimal(0))
        assert world(seed).books.credit[customer.customer_id, currency] == customer.credit - applied + won >= 0


@settings(max_examples=30)
@given(seed=SEEDS)
def test_generating_twice_changes_nothing(seed: int) -> None:
    document = scenario(seed)
    twice = copy.deepcopy(document)
    twice["steps"] = [step for one in document["steps"] for step in ([one] if "reads" in one else [one, one])]
    assert outcome(computed(case_of(twice))) == outcome(world(seed))


@settings(max_examples=30)
@given(seed=SEEDS)
def test_without_new_evidence_no_invoice_corrects_another(seed: int) -> None:
    document: dict[str, Any] = copy.deepcopy(scenario(seed))
    document["steps"] = [step for step in document["steps"] if "invoice" in step]
    document["steps"].sort(key=lambda step: step["invoice"])
    for posted in computed(case_of(document)).books.posted:
        assert all(line.kind is not LineKind.ADJUSTMENT for line in posted.invoice.lines)


def spans_of(seed: int) -> list[tuple[World, Source]]:
    found = []
    for posted in world(seed).books.posted:
        if posted.batch is None:
            settings = world(seed).settings
            period = period_named(posted.invoice.head.period, settings.billing_day, settings.timezone)
            found += [(world(seed), world(seed).source(c, period)) for c in world(seed).case.contracts.values()]
    return found


@settings(max_examples=30)
@given(seed=SEEDS)
def test_billed_and_unbilled_and_failover_hours_are_the_covered_hours(seed: int) -> None:
    for _, source in spans_of(seed):
        for span in source.usage:
            failover = span.failover.hours if span.failover is not None else Fraction(0)
            billed = sum((used.hours for used in span.by_method.values()), Fraction(0))
            assert billed + failover + span.unbilled_hours == hours_between(span.from_at, span.to_at)


@settings(max_examples=15)
@given(seed=SEEDS)
def test_days_billed_one_by_one_give_the_lines_of_the_whole_period(seed: int) -> None:
    """Production keeps a span per local day; their sums, and the days themselves, must bill as the long spans do."""
    for one, source in spans_of(seed):
        if not source.usage:
            continue
        meters = Meters(one.case, one.meters.reads)
        period = source.period
        days = [period.from_at + timedelta(days=n) for n in range(1, period.days)]
        units = [unit for unit in one.case.units if unit.unit_id in {span.unit_id for span in source.usage}]
        daily = [
            span
            for unit in units
            for span in meters.usage(unit, (period.from_at, period.to_at), days)
            if span.contract_id == source.terms.contract_id
        ]
        whole, by_day = rate(source), rate(Source(source.terms, period, daily))
        summed = rate(Source(source.terms, period, by_segment(source, daily)))
        for other in (by_day, summed):
            assert other.lines == whole.lines
            assert other.unbilled == whole.unbilled
            assert (other.sums.billed_kwh, other.sums.pdu_kwh) == (whole.sums.billed_kwh, whole.sums.pdu_kwh)


def by_segment(source: Source, spans: list[UnitUsage]) -> list[UnitUsage]:
    """One sum for each unit and stretch of the same rate, as a service would keep it."""
    segments: dict[tuple[str, int], list[UnitUsage]] = defaultdict(list)
    changes = [change.from_at for change in source.terms.rates[1:]]
    for span in spans:
        segments[span.unit_id, sum(at <= span.from_at for at in changes)].append(span)
    return [sum_usage(group) for group in segments.values()]


@settings(max_examples=15)
@given(seed=SEEDS)
def test_an_edge_moved_within_a_span_changes_its_neighbours_by_opposite_amounts(seed: int) -> None:
    one = world(seed)
    start = min((span.from_at for _, s in spans_of(seed) for span in s.usage), default=datetime(2025, 1, 1, tzinfo=UTC))
    end = start + timedelta(days=40)
    chance = random.Random(seed)
    edges = sorted(start + timedelta(seconds=chance.randrange(1, 40 * 86400)) for _ in range(4))
    for unit in one.case.units:
        meters = Meters(one.case, one.meters.reads)
        whole = energy(meters.usage(unit, (start, end)))
        parts = [(energy(meters.usage(unit, (start, at))), energy(meters.usage(unit, (at, end)))) for at in edges]
        assert all(before + after == whole for before, after in parts)
        assert all(a[0] - b[0] == b[1] - a[1] for a in parts for b in parts)


def energy(spans: list[UnitUsage]) -> Fraction:
    return sum((used.energy_kwh for span in spans for used in span.by_method.values()), Fraction(0))


@settings(max_examples=15)
@given(seed=SEEDS)
def test_a_preview_is_the_invoice_and_stores_nothing(seed: int) -> None:
    one = world(seed)
    before = outcome(one)
    for _, source in spans_of(seed):
        month = Month(source.terms.customer_id, source.terms.currency, source.period, [source])
        with suppress(NoHashprice):
            assert monthly_invoice(month, one.settings) == monthly_invoice(month, one.settings)
    assert outcome(one) == before
