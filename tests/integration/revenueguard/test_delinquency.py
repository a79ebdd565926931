"""From an overdue invoice over reminders into default, and out of it again (CB-101 to CB-105)."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path
from uuid import uuid4

from events.customers import CustomerRegistered
from events.invoicing import InvoiceCancelled, InvoiceReopened
from events.revenueguard import ReminderSent
from integration.revenueguard.conftest import DUE_ON, Debtor
from support.processes import Program


async def test_a_reminder_that_no_server_will_take_holds_up_no_step_and_says_so(debtor: Debtor) -> None:
    faults = debtor.mail_folder / "faults.json"
    faults.write_text(json.dumps({"refuse": [f"{debtor.customer_id.hex}@alpha.test"]}))
    await debtor.owes()
    await debtor.wait(days=15, hours=9)
    faults.unlink()
    assert await debtor.told() == [*REMINDERS, "CustomerDefaulted"]
    assert debtor.mails() == []
    assert "550" in (await debtor.standing())["mail_refused"]
    first = (await debtor.service.published("revenueguard.customer", debtor.id))[0]
    assert isinstance(first, ReminderSent)
    assert "550" in str(first.mail_refused)


REMINDERS = ["ReminderSent first_reminder", "ReminderSent second_reminder", "ReminderSent final_reminder"]


async def test_each_step_comes_on_its_day_by_mail_and_the_last_one_is_default(debtor: Debtor) -> None:
    invoice_id = await debtor.owes()
    assert (await debtor.told(), debtor.mails()) == ([], [])
    await debtor.wait(hours=9)
    assert await debtor.told() == REMINDERS[:1]
    (first,) = debtor.mails()
    assert "INV-1  due 16 April 2025  96.80 USD" in str(first.get_payload())
    await debtor.wait(days=4)
    assert await debtor.told() == REMINDERS[:2]
    await debtor.wait(days=9, hours=12)
    assert await debtor.told() == REMINDERS
    assert (await debtor.standing())["in_default"] is False
    await debtor.wait(days=1)
    assert await debtor.told() == [*REMINDERS, "CustomerDefaulted"]
    shown = await debtor.standing()
    assert (shown["in_default"], shown["reason"]) == (True, "Invoice INV-1 unpaid 15 days after the due date.")
    assert shown["overdue"] == [
        {
            "invoice_id": str(invoice_id),
            "number": "INV-1",
            "due_on": "2025-04-16",
            "balance": "96.80",
            "currency": "USD",
        }
    ]
    assert len(debtor.mails()) == 3


async def test_a_long_step_of_the_clock_takes_every_step_at_its_own_instant(debtor: Debtor) -> None:
    await debtor.owes()
    await debtor.wait(days=30)
    assert await debtor.told() == [*REMINDERS, "CustomerDefaulted"]
    assert (await debtor.standing())["defaulted_at"] == "2025-05-01T14:00:00Z"


async def test_a_payment_ends_it_at_once_and_nothing_more_is_sent(debtor: Debtor) -> None:
    invoice_id = await debtor.owes()
    await debtor.wait(days=16)
    await debtor.pays(invoice_id)
    assert await debtor.told() == [*REMINDERS, "CustomerDefaulted", "DefaultCleared"]
    shown = await debtor.standing()
    assert (shown["in_default"], shown["steps_done"], shown["overdue"]) == (False, [], [])
    await debtor.wait(days=40)
    assert len(await debtor.told()) == 5


async def test_all_invoices_have_to_be_paid_and_the_oldest_one_counts(debtor: Debtor) -> None:
    old = await debtor.owes(due_on=date(2025, 4, 10))
    new = await debtor.owes("12.00")
    await debtor.wait(hours=9)
    assert await debtor.told() == REMINDERS[:2]  # 1 and 5 days after the older due date have passed
    await debtor.pays(old)
    assert (await debtor.standing())["steps_done"] == ["first_reminder", "second_reminder"]
    await debtor.pays(new)
    assert (await debtor.standing())["steps_done"] == []


async def test_a_cancelled_invoice_is_owed_no_more_and_a_reopened_one_is_again(debtor: Debtor) -> None:
    invoice_id = await debtor.owes()
    await debtor.wait(hours=9)
    about = {"invoice_id": invoice_id, "customer_id": debtor.customer_id, "number": "INV-1", "currency": "USD"}
    await debtor.hear(InvoiceCancelled.model_validate(about | {"reason": "wrong"}))
    assert (await debtor.standing())["overdue"] == []
    await debtor.hear(InvoiceReopened.model_validate(about | {"due_on": DUE_ON, "balance": "50.00"}))
    await debtor.wait(days=1)
    assert [d["balance"] for d in (await debtor.standing())["overdue"]] == ["50.00"]


async def test_facts_that_come_twice_or_before_the_customer_do_no_harm(debtor: Debtor) -> None:
    stranger = Debtor(debtor.service, debtor.id, uuid4(), debtor.http, debtor.mail_folder)
    await debtor.service.tell(
        debtor.id, *(await _overdue(stranger)), at=debtor.clock_at
    )  # the customer's own fact is still on its way
    registered = CustomerRegistered(
        customer_id=stranger.customer_id, version=1, name="Late", contact_email=f"{stranger.customer_id.hex}@alpha.test"
    )
    await debtor.hear(registered, registered)
    await debtor.wait(hours=9)
    assert len(stranger.mails()) == 1


async def _overdue(debtor: Debtor) -> list[InvoiceReopened]:
    about = {"invoice_id": uuid4(), "customer_id": debtor.customer_id, "number": "INV-9", "currency": "USD"}
    event = InvoiceReopened.model_validate(about | {"due_on": DUE_ON, "balance": "1.00"})
    return [event, event]


async def test_mail_that_cannot_be_sent_holds_the_step_back_until_it_can(
    debtor: Debtor, post: tuple[Path, Program]
) -> None:
    await debtor.owes()
    await post[1].kill()
    stuck = debtor.service.advance(debtor.id, debtor.clock_at, debtor.clock_at.replace(hour=15))
    waiting = asyncio.create_task(stuck)
    await asyncio.sleep(1.5)
    assert not waiting.done()
    assert await debtor.told() == []
    await post[1].start()
    await waiting
    assert await debtor.told() == REMINDERS[:1]
    assert len(debtor.mails()) == 1


async def test_a_killed_service_goes_on_where_it_was(debtor: Debtor) -> None:
    await debtor.owes()
    await debtor.wait(hours=9)
    await debtor.service.kill()
    await debtor.service.start()
    await debtor.wait(days=15)
    assert await debtor.told() == [*REMINDERS, "CustomerDefaulted"]
    assert len(debtor.mails()) == 3


async def test_amounts_have_the_decimals_of_their_currency(debtor: Debtor) -> None:
    await debtor.owes("5000", currency="JPY")
    await debtor.owes("5.125", currency="KWD")
    assert [d["balance"] for d in (await debtor.standing())["overdue"]] == ["5000", "5.125"]
