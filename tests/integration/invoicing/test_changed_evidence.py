"""Evidence and terms that change after the invoice: the difference stands on the next one (rules 4.6, 7.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from common.clock import day_start
from events.contracts import ContractActivated, RateFrom
from events.identity import OrganizationChanged
from events.metering import MethodUsage, UsageMeasured
from invoicing.domain.sums import sum_usage
from invoicing.store.usage_form import priced_part, unpacked
from invoicing.store.wire import USAGE
from support.billed_house import APRIL, LAST_DAYS, ZONE, Billed, Host, days_from, terms_of, used


def _revised(customer: Billed, day: date, kwh: str, revision: int = 2) -> UsageMeasured:
    return used(customer.contract_id, customer.id, customer.units[0], day, kwh, revision=revision)


async def test_a_late_read_after_the_invoice_posts_the_difference_on_the_next_one(host: Host) -> None:
    customer = await host.month()
    await host.until(APRIL)
    await host.tell(_revised(customer, LAST_DAYS[0], "1300"))
    await host.tell(_revised(customer, LAST_DAYS[0], "9999", revision=1))
    preview = await host.do("/v1/invoices/preview", period="2025-03", customer_id=str(customer.id))
    assert preview["invoices"][0]["total"] == "204.00"
    await host.april_is_over()
    first, second = await host.invoices()
    (line,) = second["lines"]
    assert (first["total"], second["total"]) == ("200.00", "4.00")
    assert (line["kind"], line["refers_to"], line["amount"]) == ("adjustment", "2025-03", "4.00")
    explained = (await host.http.get(f"/v1/invoices/{second['id']}/explain")).json()["lines"]
    assert [child["text"] for child in explained[0]["children"]] == [
        "computed again: amount 204", "posted before: amount -200",
    ]  # fmt: skip
    await host.billed("2025-04", skip_existing=False)
    assert len(await host.invoices()) == 2


async def test_an_invoice_is_explained_by_what_stood_when_it_was_made(host: Host) -> None:
    customer = await host.month()
    await host.until(APRIL)
    first = await host.invoice()
    before = (await host.http.get(f"/v1/invoices/{first['id']}/explain")).json()
    await host.tell(_revised(customer, LAST_DAYS[0], "1300"))
    changed_at = day_start(date(2025, 3, 31), ZONE)
    terms = terms_of(customer.id)
    rates = [*terms.rates, RateFrom(from_at=changed_at, rate_per_kwh="0.1")]
    await host.amend(customer.contract_id, 2, changed_at, terms.model_copy(update={"rates": rates}))
    await host.tell(_revised(customer, LAST_DAYS[0], "1400", revision=3))
    after = (await host.http.get(f"/v1/invoices/{first['id']}/explain")).json()
    assert after == before
    spans = before["lines"][0]["children"][-1]["children"]
    assert [span["text"].count("1250") for span in spans] == [1, 1]


async def test_a_correction_goes_with_a_cancelled_invoice_and_comes_back_with_the_next(host: Host) -> None:
    customer = await host.month()
    await host.until(APRIL)
    await host.tell(_revised(customer, LAST_DAYS[0], "1150"))
    await host.april_is_over()
    _, second = await host.invoices()
    assert (second["total"], second["status"]) == ("-8.00", "paid")
    assert await host.credit(customer.id) == "8.00"
    await host.tell(_revised(customer, LAST_DAYS[0], "1350", revision=3))
    await host.until(datetime(2025, 5, 2, 12, tzinfo=UTC))
    preview = await host.do("/v1/invoices/preview", period="2025-05", customer_id=str(customer.id))
    assert [li["amount"] for li in preview["invoices"][0]["lines"]] == ["16.00"]


async def test_a_rate_amended_into_the_past_is_billed_as_a_difference(host: Host) -> None:
    customer = await host.month()
    await host.until(APRIL)
    changed_at = day_start(date(2025, 3, 31), ZONE)
    terms = terms_of(customer.id)
    rates = [*terms.rates, RateFrom(from_at=changed_at, rate_per_kwh="0.1")]
    await host.amend(customer.contract_id, 2, changed_at, terms.model_copy(update={"rates": rates}))
    await host.amend(customer.contract_id, 1, changed_at, terms)
    await host.april_is_over()
    _, second = await host.invoices()
    assert [(li["refers_to"], li["amount"]) for li in second["lines"]] == [("2025-03", "25.00")]


async def test_a_new_end_of_the_contract_reprices_nothing_before_it(host: Host) -> None:
    customer = await host.month()
    await host.until(APRIL)
    ended = terms_of(customer.id, end_on=date(2025, 4, 10), end_at=day_start(date(2025, 4, 11), ZONE))
    await host.amend(customer.contract_id, 2, APRIL, ended)
    connection = await host.database()
    assert await connection.fetchval("select count(*) from changed_periods") == 0
    await connection.close()


async def test_usage_that_comes_before_its_contract_and_out_of_order_counts_once(host: Host) -> None:
    customer_id = await host.customer()
    contract_id, unit_id = UUID(int=7 << 100), UUID(int=8 << 100)
    spans = [used(contract_id, customer_id, unit_id, day, "625") for day in LAST_DAYS]
    newer = spans[0].model_copy(
        update={"revision": 2, "by_method": {"metered": MethodUsage(energy_kwh="1875", hours="24")}}
    )
    await host.tell(newer, *spans, spans[1])
    await host.close(LAST_DAYS)
    change = RateFrom(from_at=day_start(LAST_DAYS[1], ZONE), rate_per_kwh="0.1")
    terms = terms_of(customer_id)
    await host.tell(
        ContractActivated(
            contract_id=contract_id, version=1, terms=terms.model_copy(update={"rates": [*terms.rates, change]})
        )
    )
    await host.until(APRIL)
    lines = (await host.invoice())["lines"]
    assert [(li["kwh"], li["rate"], li["amount"]) for li in lines] == [
        ("1875.000", "0.08", "150.00"), ("625.000", "0.1", "62.50"),
    ]  # fmt: skip


async def test_a_span_that_no_longer_stands_is_taken_out(host: Host) -> None:
    customer = await host.month()
    gone = _revised(customer, LAST_DAYS[0], "0").model_copy(
        update={"is_void": True, "by_method": {}, "compared_billed_kwh": "0", "compared_pdu_kwh": "0"}
    )
    await host.tell(gone)
    await host.until(APRIL)
    assert (await host.invoice())["total"] == "100.00"


async def test_sums_kept_span_by_span_are_the_sums_of_the_days(host: Host) -> None:
    customer_id = await host.customer()
    contract_id, units = await host.contract(customer_id, 2)
    days = days_from(date(2025, 3, 5), 9)
    spans = [
        used(
            contract_id, customer_id, unit, day, f"{100 + n}/7", unbilled_hours=f"1/{n + 1}",
            rated_w="3500" if day.day < 9 else "3600",
        )
        for n, day in enumerate(days) for unit in units
    ]  # fmt: skip
    half = day_start(days[3], ZONE) + timedelta(hours=12)
    first = spans[6].model_copy(update={"to_at": half, "revision": 2})
    second = spans[6].model_copy(update={"from_at": half})
    await host.tell(*spans[::2], *spans[1::2][::-1], second, first)
    connection = await host.database()
    totals = [
        unpacked(str(row["contract_id"]), str(row["unit_id"]), row["body"])
        for row in await connection.fetch("select * from usage_totals order by unit_id, segment")
    ]
    days_kept = [
        priced_part(USAGE.validate_json(row["body"]))
        for row in await connection.fetch("select body from usage_spans order by unit_id, from_at")
    ]
    await connection.close()
    assert len(totals) == 4
    for total in totals:
        same = [s for s in days_kept if (s.unit_id, s.rated_w) == (total.unit_id, total.rated_w)]
        assert total == replace(sum_usage(same), zero_spans=())
    assert sum((t.unbilled_hours for t in totals), Fraction(0)) == sum(
        (s.unbilled_hours for s in days_kept), Fraction(0)
    )


async def test_another_billing_day_cuts_the_usage_into_its_own_periods(host: Host) -> None:
    await host.month()
    customer = await host.month("Basin", start_on=date(2025, 2, 1))
    await host.use(customer.contract_id, customer.id, customer.units, days_from(date(2025, 3, 12), 6), "100")
    connection, periods = await host.database(), "select period, count(*) from usage_totals group by 1 order by 1"
    assert [tuple(row) for row in await connection.fetch(periods)] == [("2025-03", 2)]
    changed = OrganizationChanged(
        organization_id=host.id, version=2, slug=f"h-{host.id.hex[:8]}", name="Host", timezone=ZONE, currency="USD",
        billing_day=15, due_days=15, mode="test",
    )  # fmt: skip
    await host.tell(changed)
    assert [tuple(row) for row in await connection.fetch(periods)] == [("2025-02", 1), ("2025-03", 2)]
    await connection.close()
