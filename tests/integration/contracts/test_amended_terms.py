"""Everything of a contract in force is amended from an instant on and told with what held before (rule 4.6, CB-04)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from events.contracts import ChargeAgreed, ContractAmended, ContractResumed, ContractSuspended, UnitReleased
from events.identity import IssuingEntityChanged
from events.invoicing import InvoiceIssued, InvoiceSettled, InvoiceWrittenOff
from support.contracting_host import ALL, ContractingHost, open_host
from support.one_service import OneService

MAY, JULY = "2025-05-01T05:00:00Z", "2025-07-01T05:00:00Z"


async def test_an_amendment_of_the_terms_is_told_with_those_before_it(host: ContractingHost) -> None:
    """Methods, failover, cap, overage, extras, exit fee, an index; what held before stands beside it."""
    active = await host.active(await host.unit(), term="2_years", extras={"demand": {"per_kw": "7"}})
    body: dict[str, Any] = {
        "effective_at": MAY,
        "billing_methods": ["metered", "hash"],
        "failover": {"mode": "fixed_rate", "rate_per_kwh": "0.05"},
        "power_cap_kw": "40",
        "cap_overage_rate": "0.1",
        "extras": {"uptime": {"sla_percent": "95"}, "commitment": {"percent": "80", "of_kw": "30"}},
        "exit_fee": {"mode": "fixed", "amount": "250.00"},
        "index_escalators": [{"reference": "100", "values": [{"on": "2025-06-01", "value": "102"}]}],
        "drops": ["demand"],
    }
    after = await host.moved(active, "amend", body)
    assert (after["terms"]["billing_methods"], after["terms"]["power_cap_kw"]) == (["metered", "hash"], "40")
    assert sorted(after["terms"]["extras"]) == ["commitment", "uptime"]
    assert after["particulars"]["exit_fee"]["amount"] == "250.00"
    (before,) = after["terms"]["former"]
    assert (before["until_at"], before["billing_methods"], before["failover"]) == (MAY, ["metered"], None)
    assert list(before["extras"]) == ["demand"]
    assert [r["rate_per_kwh"] for r in after["terms"]["rates"]] == ["0.07", "0.071400"]
    later = await host.moved(active, "amend", {"effective_at": JULY, "drops": ["failover", "cap_overage_rate"]})
    assert [one["until_at"] for one in later["terms"]["former"]] == [MAY, JULY]
    back = await host.refused("POST", f"/v1/contracts/{active['id']}/amend", {"effective_at": MAY, "power_cap_kw": "9"})
    assert (back["code"], back["status"]) == ("amendment_out_of_order", 409)
    told = [e for e in await host.told(ContractAmended) if str(e.contract_id) == active["id"]]
    assert [len(e.terms.former) for e in told] == [1, 2]
    assert told[1].terms.former[0] == told[0].terms.former[0]
    assert told[1].terms.former[1].power_cap_kw == "40"


async def test_another_price_needs_the_right_to_it(service: OneService) -> None:
    """In force: whatever was agreed. In a draft: a rate that is not the default (CB-42, CB-43)."""
    host = await open_host(service, default_rate_per_kwh="0.07")
    active = await host.active(await host.unit(), term="1_year", exit_fee={"mode": "fixed", "amount": "250"})
    path = f"/v1/contracts/{active['id']}"
    few = [name for name in ALL if name != "rates.override"]

    async with host.service.client(host.id, few) as sales:

        async def said(path: str, **body: Any) -> int:
            return int((await sales.post(path, json=body)).status_code)

        demand: dict[str, Any] = {"extras": {"demand": {"per_kw": "7"}}}
        assert await said(f"{path}/amend", effective_at=MAY, power_cap_kw="40", cap_overage_rate="0.1") == 403
        assert await said(f"{path}/amend", effective_at=MAY, **demand) == 403
        assert await said(f"{path}/amend", effective_at=MAY, power_cap_kw="40", rate_per_kwh=None) == 200
        assert await said(f"{path}/end", end_on="2025-06-30", reason="sold", waive_exit_fee=True) == 403
        assert await said(f"{path}/end", end_on="2025-06-30", reason="sold") == 200
        assert await said("/v1/contracts", **host.fields(rate_per_kwh="0.06")) == 403
        assert await said("/v1/contracts", **host.fields(rate_per_kwh="0.0700")) == 201
        cheap = await host.draft(rate_per_kwh="0.06")
        version = {"If-Match": f'"{cheap["version"]}"'}
        kept = host.fields(rate_per_kwh="0.06", auto_renew=True, term="1_year")
        assert (await sales.put(f"/v1/contracts/{cheap['id']}", json=kept, headers=version)).status_code == 200
    foreign = await host.refused("POST", "/v1/contracts", host.fields(rate_per_kwh=None, currency="JPY"))
    assert foreign["errors"][0]["field"] == "rate_per_kwh"  # 0.07 dollars are not 0.07 yen
    await host.http.aclose()


async def test_a_contract_by_meter_alone_needs_an_outlet_also_when_amended(host: ContractingHost) -> None:
    """CB-32."""
    active = await host.active(await host.unit(fed=False), billing_methods=["metered", "hash"])
    body = {"effective_at": MAY, "billing_methods": ["metered"]}
    problem = await host.refused("POST", f"/v1/contracts/{active['id']}/amend", body)
    assert (problem["code"], problem["errors"][0]["field"]) == ("outlet_missing", "billing_methods")


async def test_contracts_name_who_invoices_and_those_of_one_invoice_name_one(service: OneService) -> None:
    """Issuing entities: one invoice comes from one legal person (rule 7.1)."""
    host = await open_host(service)
    first, second = (
        IssuingEntityChanged(
            entity_id=uuid4(),
            version=1,
            legal_name=name,
            address=["1 Road"],
            country="US",
            tax_ids={},
            is_default=False,
        )
        for name in ("Hosting LLC", "Machines LLC")
    )
    await service.tell(host.id, first, second, at=host.clock_at)
    await service.settled(host.id)
    one = await host.active(await host.unit(), issuing_entity_id=str(first.entity_id))
    assert one["issuing_entity_id"] == str(first.entity_id)
    assert one["terms"]["issuing_entity_id"] == str(first.entity_id)
    other = await host.draft(await host.unit(), issuing_entity_id=str(second.entity_id))
    problem = await host.refused("POST", f"/v1/contracts/{other['id']}/activate", {})
    assert (problem["code"], problem["errors"][0]["field"]) == ("issuer_differs", "issuing_entity_id")
    elsewhere = await host.draft(await host.unit(), issuing_entity_id=str(second.entity_id), currency="EUR")
    assert (await host.moved(elsewhere, "activate"))["state"] == "active"
    moved = await host.moved(one, "amend", {"effective_at": MAY, "issuing_entity_id": str(second.entity_id)})
    assert moved["issuing_entity_id"] == str(second.entity_id)
    assert (await host.moved(other, "activate"))["state"] == "active"
    blank = await host.moved(one, "amend", {"effective_at": MAY, "drops": ["issuing_entity"]})
    assert blank["issuing_entity_id"] is None
    await host.http.aclose()


async def test_a_unit_is_not_noted_as_running_by_another_way_while_its_gate_is_closed(host: ContractingHost) -> None:
    """Rule 6.2 holds for the change of a unit too, not only for `energize`."""
    unit_id = await host.unit()
    await host.active(unit_id, plan="prepaid_31d")
    unit = await host.read(f"/v1/units/{unit_id}")
    kept = ("name", "model", "site_id", "rated_w", "rated_ths", "customer_id")
    body = {name: unit[name] for name in kept}
    running = body | {"operational_on": "2025-03-01"}
    problem = await host.refused("PUT", f"/v1/units/{unit_id}", running, version=unit["version"])
    assert problem["code"] == "energize_gate_closed"
    planned = await host.put(f"/v1/units/{unit_id}", body | {"operational_on": "2025-03-09"}, unit["version"])
    assert planned["operational_on"] == "2025-03-09"


async def test_a_deposit_holds_the_gate_where_it_was_agreed_to(host: ContractingHost) -> None:
    kept = await host.active(await host.unit(), deposit="500.00")
    asked = await host.active(await host.unit(), deposit="500.00", deposit_opens_gate=True)

    async def missing(contract: Any) -> list[str]:
        gate = await host.read(f"/v1/contracts/{contract['id']}/energize-gate")
        return list(gate["units"][0]["missing"])

    async def tell(fact: Any) -> None:
        await host.service.tell(host.id, fact, at=host.clock_at)
        await host.service.settled(host.id)

    assert (await missing(kept), await missing(asked)) == ([], ["the deposit is not invoiced yet"])
    charged = next(e for e in await host.told(ChargeAgreed) if str(e.contract_id) == asked["id"])
    day = date(2025, 4, 1)
    about: dict[str, Any] = {"invoice_id": uuid4(), "customer_id": host.customer_id, "number": "INV-9"}
    about |= {"currency": "USD"}
    figures = {"issued_on": day, "due_on": day, "total": "500", "amount_due": "500"}
    await tell(InvoiceIssued(**about, **figures, period="2025-03", charge_ids=[charged.charge_id]))
    assert await missing(asked) == ["the deposit on invoice INV-9 is not paid"]
    await tell(InvoiceWrittenOff(**about, amount="500"))
    assert await missing(asked) == ["the deposit on invoice INV-9 is not paid"]
    await tell(InvoiceSettled(**about, settled_on=day))
    assert await missing(asked) == []


async def test_a_register_that_was_read_at_a_swap_travels_with_the_release(host: ContractingHost) -> None:
    old, new = await host.unit(), await host.unit()
    await host.active(old)
    (held,) = (await host.read("/v1/assignments", unit_id=old))["items"]
    body = {"unit_id": new, "at": "2025-03-12T00:00:00Z", "reason": "RMA", "register_kwh": "1234.5"}
    assert (await host.post(f"/v1/assignments/{held['id']}/swap", body))["split_by"] == "reading"
    told = next(e for e in await host.told(UnitReleased) if e.unit_id == UUID(old))
    assert (told.split_by, told.register_kwh) == ("reading", "1234.5")


async def test_a_rest_is_told_with_the_terms_that_it_leaves(host: ContractingHost) -> None:
    active = await host.active(await host.unit())
    await host.moved(active, "suspend", {"reason": "repairs"})
    await host.moved(active, "resume")
    suspended = next(e for e in await host.told(ContractSuspended) if str(e.contract_id) == active["id"])
    resumed = next(e for e in await host.told(ContractResumed) if str(e.contract_id) == active["id"])
    assert suspended.terms is not None
    assert [(r.from_at, r.to_at) for r in suspended.terms.rests] == [(suspended.since_at, None)]
    assert resumed.terms is not None
    assert resumed.version == suspended.version + 1
