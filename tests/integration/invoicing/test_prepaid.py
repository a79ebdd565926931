"""The prepaid 31-day plan in the service: cycles in advance, reconciliation, what is held (rule 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from common.clock import day_start
from common.db import new_id
from events.contracts import ContractActivated, Prepaid, UnitAssigned, UnitRegistered, UnitReleased
from events.invoicing import InvoiceIssued
from events.metering import ZeroSpan
from support.billed_house import ZONE, Host, days_from, terms_of, used

FIRST = date(2025, 4, 10)
CHARGE = "208.32"  # 3.5 kW x 24 x 31 x 0.08


async def _prepaid(host: Host, units: int = 2, first_on: date = FIRST) -> tuple[UUID, UUID, list[UUID]]:
    """A prepaid contract whose units run from its first day on."""
    customer_id, contract_id = await host.customer(), new_id()
    terms = terms_of(customer_id, plan="prepaid_31d", prepaid=Prepaid(), start_on=first_on)
    unit_ids = [new_id() for _ in range(units)]
    facts: list[Any] = [ContractActivated(contract_id=contract_id, version=1, terms=terms)]
    for n, unit_id in enumerate(unit_ids):
        facts.append(
            UnitRegistered(
                unit_id=unit_id, version=1, name=f"rig-{n + 1}", model="S21", site_id=uuid4(), rated_w="3500",
                rated_ths="200", owner="customer",
            )
        )  # fmt: skip
        facts.append(_assigned(customer_id, contract_id, unit_id, first_on))
    await host.tell(*facts)
    return customer_id, contract_id, unit_ids


def _assigned(customer_id: UUID, contract_id: UUID, unit_id: UUID, first_on: date = FIRST) -> UnitAssigned:
    return UnitAssigned(
        assignment_id=new_id(), unit_id=unit_id, contract_id=contract_id, customer_id=customer_id,
        from_at=day_start(first_on, ZONE), operational_on=first_on,
    )  # fmt: skip


async def test_the_first_invoice_takes_the_last_cycle_too(host: Host) -> None:
    customer_id, contract_id, unit_ids = await _prepaid(host)
    await host.until(host.clock_at + timedelta(days=1))
    invoice = await host.invoice()
    assert [(li["kind"], li["description"], li["amount"]) for li in invoice["lines"]] == [
        ("prepayment", "cycle 1", "416.64"), ("prepayment", "last cycle, held", "416.64"),
    ]  # fmt: skip
    assert (invoice["first_on"], invoice["last_on"], invoice["due_on"]) == ("2025-04-10", "2025-05-10", "2025-04-10")
    (entry,) = await host.ledger(customer_id)
    accounts = {p["account"]: p["amount"] for p in entry["postings"]}
    assert accounts == {"receivable": "833.28", "revenue": "-416.64", "prepayments": "-416.64"}
    assert len(await host.letters()) == 1
    told = [e for e in await host.service.published("invoicing.invoice", host.id) if isinstance(e, InvoiceIssued)]
    assert [(e.contract_id, e.cycle, sorted(e.unit_ids)) for e in told] == [(contract_id, 1, sorted(unit_ids))]


async def test_each_cycle_is_invoiced_once_in_advance_and_reconciled_two_later(host: Host) -> None:
    customer_id, contract_id, (first, second) = await _prepaid(host, 2, date(2025, 1, 14))
    days = days_from(date(2025, 1, 20), 2)
    away = [used(contract_id, customer_id, first, day, "0") for day in days]
    zero = [ZeroSpan(from_at=span.from_at, to_at=span.to_at) for span in away]
    await host.tell(
        *(span.model_copy(update={"zero_spans": [part]}) for span, part in zip(away, zero, strict=True)),
        *(used(contract_id, customer_id, second, day, "84") for day in days),
    )
    await host.until(host.clock_at + timedelta(days=1))
    made = await host.invoices(customer_id=customer_id)
    assert [i["period"].rpartition("/")[2] for i in made] == ["1", "2", "3"]
    assert [i["total"] for i in made] == ["833.28", "416.64", "403.20"]
    third = made[2]["lines"]
    assert [(li["kind"], li["amount"]) for li in third] == [("prepayment", "416.64"), ("adjustment", "-13.44")]
    await host.tell(used(contract_id, customer_id, first, days[1], "84", revision=2))
    again = await host.do("/v1/invoices/cycles", contract_id=str(contract_id))
    assert again["invoice_ids"] == []
    await host.until(datetime(2025, 4, 2, 12, tzinfo=UTC))
    fourth = (await host.invoices(customer_id=customer_id))[3]["lines"]
    assert [(li["kind"], li["refers_to"], li["amount"]) for li in fourth][1:] == [
        ("adjustment", f"{contract_id}/2025-01-14/1", "13.44")
    ]


async def test_a_unit_that_leaves_gets_its_held_amount_on_its_final_cycle(host: Host) -> None:
    customer_id, contract_id, (first, _) = await _prepaid(host, 2, date(2025, 3, 17))
    await host.until(host.clock_at + timedelta(days=1))
    connection = await host.database()
    assignment_id = await connection.fetchval("select assignment_id from assignments where unit_id = $1", first)
    await connection.close()
    to_at = day_start(date(2025, 4, 20), ZONE)
    await host.tell(UnitReleased(assignment_id=assignment_id, unit_id=first, contract_id=contract_id, to_at=to_at))
    await host.until(datetime(2025, 4, 2, 12, tzinfo=UTC))
    _, second = await host.invoices(customer_id=customer_id)
    assert [(li["description"], li["amount"]) for li in second["lines"]] == [
        ("cycle 2", "416.64"), ("prepayment applied", f"-{CHARGE}"),
    ]  # fmt: skip
    accounts = {p["account"]: p["amount"] for p in (await host.ledger(customer_id))[1]["postings"]}
    assert accounts == {"receivable": CHARGE, "revenue": "-416.64", "prepayments": CHARGE}


async def test_units_that_come_after_the_first_invoice_are_a_further_part_of_the_batch(host: Host) -> None:
    customer_id, contract_id, _ = await _prepaid(host, 1)
    await host.do("/v1/invoices/cycles", contract_id=str(contract_id))
    late = new_id()
    await host.tell(
        UnitRegistered(
            unit_id=late, version=1, name="rig-9", model="S21", site_id=uuid4(), rated_w="3500", rated_ths="200",
            owner="customer",
        ),
        _assigned(customer_id, contract_id, late),
    )  # fmt: skip
    await host.do("/v1/invoices/cycles", contract_id=str(contract_id))
    await host.do("/v1/invoices/cycles", contract_id=str(contract_id))
    made = await host.invoices(customer_id=customer_id)
    assert [i["period"].split("/", 1)[1] for i in made] == ["2025-04-10/1", "2025-04-10.2/1"]
    assert {i["total"] for i in made} == {"416.64"}
    await host.do(f"/v1/invoices/{made[0]['id']}/cancel", reason="wrong address")
    assert (await host.do("/v1/invoices/cycles", contract_id=str(contract_id)))["invoice_ids"] == []
    once_more = await host.do("/v1/invoices/cycles", contract_id=str(contract_id), again=True)
    assert len(once_more["invoice_ids"]) == 1


async def test_a_contract_by_usage_has_no_cycles_and_a_prepaid_one_no_monthly_invoice(host: Host) -> None:
    usage = await host.month()
    answer = await host.http.post("/v1/invoices/cycles", json={"contract_id": str(usage.contract_id)})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_prepaid")
    customer_id, _, _ = await _prepaid(host)
    await host.until(datetime(2025, 4, 1, 12, tzinfo=UTC))
    assert [i["period"].count("/") for i in await host.invoices(customer_id=customer_id)] == [2]
