"""A quote from sending to its end, on the real engines: mail, facts, and the clock (CB-100)."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from events.customers import CustomerChanged
from events.quotes import QuoteAccepted, QuoteSent
from support.selling_house import AT, House


async def send(house: House, quote: dict[str, Any]) -> dict[str, Any]:
    sent = await house.ok("POST", f"/v1/quotes/{quote['id']}/send")
    await house.service.settled(house.organization_id)
    return sent


async def test_sending_mails_the_buyers_copy_once_and_tells_the_others(house: House) -> None:
    await house.furnish()
    sent = await send(house, await house.draft(notes="thin"))
    assert (sent["state"], sent["sent_at"], sent["expires_at"]) == (
        "sent", "2025-03-01T16:00:00Z", "2025-04-01T05:00:00Z",
    )  # fmt: skip
    (mail,) = house.mails(sent["buyer_email"])
    assert "19586.00 USD" in mail
    assert not [word for word in ("3600", "2200", "thin") if word in mail.partition("\n\n")[2]]
    (fact,) = await house.service.published("quotes.quote", house.organization_id)
    assert isinstance(fact, QuoteSent)
    assert (fact.number, fact.total, fact.buyer_email) == ("Q-00001", "19586.00", sent["buyer_email"])
    assert (await house.refused("POST", f"/v1/quotes/{sent['id']}/send"))[:2] == (409, "quote_state")


async def test_a_quote_that_no_server_will_take_is_sent_all_the_same_and_says_so(house: House) -> None:
    faults = house.mail_folder / "faults.json"
    faults.write_text(json.dumps({"refuse": [f"{house.customer_id.hex}@alpha.test"]}))
    sent = await send(house, await house.draft())
    faults.unlink()
    read = await house.ok("GET", f"/v1/quotes/{sent['id']}")
    assert read["state"] == "sent"
    assert "550" in read["mail_refused"]


async def test_it_goes_to_the_address_the_customer_has_now(house: House) -> None:
    quote = await house.draft()
    moved = CustomerChanged(customer_id=house.customer_id, version=2, name="Alpha", contact_email="new@alpha.test")
    await house.service.tell(house.organization_id, moved, at=AT)
    await house.service.settled(house.organization_id)
    assert (await send(house, quote))["buyer_email"] == "new@alpha.test"


async def test_accepting_carries_everything_a_contract_draft_needs(house: House) -> None:
    sent = await send(house, await house.draft(site_id=str(house.site_id)))
    await house.ok("POST", f"/v1/quotes/{sent['id']}/accept")
    await house.service.settled(house.organization_id)
    facts = await house.service.published("quotes.quote", house.organization_id)
    (fact,) = [f for f in facts if isinstance(f, QuoteAccepted)]
    assert (fact.customer_id, fact.site_id, fact.term) == (house.customer_id, house.site_id, "1_year")
    assert (fact.rate_per_kwh, fact.fulfilment, fact.currency) == ("0.075", "host_procures", "USD")
    (item,) = fact.items
    assert (item.quantity, item.unit_price, item.power_w, item.efficiency_jth) == (4, "4150.00", "3500", "17.5")
    await house.service.advance(house.organization_id, AT, datetime(2025, 6, 1, tzinfo=UTC))
    assert (await house.ok("GET", f"/v1/quotes/{sent['id']}"))["state"] == "accepted"


async def test_of_many_acceptances_at_once_one_counts(house: House) -> None:
    sent = await send(house, await house.draft())
    path = f"/v1/quotes/{sent['id']}/accept"
    answers = await asyncio.gather(*(house.http.post(path) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409, 409, 409]
    await house.service.settled(house.organization_id)
    facts = await house.service.published("quotes.quote", house.organization_id)
    assert len([f for f in facts if isinstance(f, QuoteAccepted)]) == 1


async def test_a_prospect_accepts_as_a_customer_of_this_organization(house: House) -> None:
    sent = await send(house, await house.draft(customer_id=None, prospect={"name": "Beta", "email": "b@beta.test"}))
    path = f"/v1/quotes/{sent['id']}/accept"
    assert (await house.refused("POST", path))[::2] == (422, "customer_id")
    foreign = {"customer_id": "01890000-0000-7000-8000-000000000000"}
    assert (await house.refused("POST", path, foreign))[::2] == (404, "customer_id")
    taken = await house.ok("POST", path, {"customer_id": str(house.customer_id)})
    assert taken["customer_id"] == str(house.customer_id)


async def test_a_quote_nobody_takes_expires_at_its_hour_and_is_not_accepted_after(house: House) -> None:
    sent = await send(house, await house.draft())
    path = f"/v1/quotes/{sent['id']}"
    almost, then = datetime(2025, 4, 1, 4, 59, 59, tzinfo=UTC), datetime(2025, 4, 1, 5, tzinfo=UTC)
    await house.service.advance(house.organization_id, AT, almost)
    assert (await house.ok("GET", path))["state"] == "sent"
    await house.service.advance(house.organization_id, almost, then)
    assert (await house.ok("GET", path))["state"] == "expired"
    assert (await house.refused("POST", f"{path}/accept"))[:2] == (409, "quote_state")
    assert len(house.mails(sent["buyer_email"])) == 1
