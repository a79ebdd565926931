"""Close an account that stands twice in favour of the other (CM-02).

The rule: an account on which anything was ever booked is not merged, since contracts, invoices and ledgers name their
customer for good; nor is one whose people sign in, since a log-in must not show another account from one day to the
next. Such a pair is merged the other way round, or the people are removed first. What goes over: contacts (and the
addresses, as a contact), groups, tags, notes, tickets with what was written to them. Signatures do not: each account
signs for itself.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.db import Tx, new_id
from common.errors import Conflict
from common.outbox import publish_all
from customers.domain.customer import BadCustomer, Customer
from customers.domain.person import Contact
from customers.store import copies, customers, people, tickets
from customers.use_cases.announce import facts
from events.customers import CustomerChanged, CustomerMerged


class MergeRefused(Conflict):
    """The doubled account is not empty enough to be given up."""

    code = "merge_refused"


async def merge_customers(tx: Tx, organization_id: UUID, doubled_id: UUID, into_id: UUID, *, at: datetime) -> Customer:
    """Answers the account that stays."""
    if doubled_id == into_id:
        raise BadCustomer("An account is not merged into itself.", field="into_customer_id", remedy="the other account")
    locked = {i: await customers.get(tx, i, for_change=True) for i in sorted((doubled_id, into_id))}
    doubled, stays = locked[doubled_id], locked[into_id]
    await _check_empty(tx, doubled)
    closed = doubled.merged(into_id)
    notes = "\n\n".join(note for note in (stays.notes, doubled.notes) if note) or None
    folded = {tag.casefold() for tag in stays.tags}
    tags = stays.tags + tuple(tag for tag in doubled.tags if tag.casefold() not in folded)
    kept = stays.changed(notes=notes, tags=tags)
    await customers.save(tx, closed)
    await customers.save(tx, kept)
    await people.move_contacts(tx, doubled_id, into_id)
    await people.move_groups(tx, organization_id, doubled_id, into_id)
    await tickets.move(tx, doubled_id, into_id)
    await _keep_addresses(tx, organization_id, doubled, kept)
    merged = CustomerMerged(customer_id=doubled_id, into_customer_id=into_id)
    told = [CustomerChanged(**facts(closed)), CustomerChanged(**facts(kept)), merged]
    await publish_all(tx, organization_id, told, at=at, source="customers")
    return kept


async def _check_empty(tx: Tx, doubled: Customer) -> None:
    found = {name: count for name, count in (await copies.book_of(tx, doubled.id)).items() if count}
    team = len(await people.team_of(tx, doubled.id))
    found |= {"people who sign in": team} if team else {}
    if doubled.in_default or doubled.is_redirected or doubled.on_billing_hold:
        found["open state of default, redirect or hold"] = 1
    if found:
        said = ", ".join(f"{count} {name}" for name, count in found.items())
        raise MergeRefused(
            f"{doubled.name} cannot be given up: it has {said}.",
            field="customer_id",
            remedy="merge the other way round, or remove its people first",
        )


async def _keep_addresses(tx: Tx, organization_id: UUID, doubled: Customer, kept: Customer) -> None:
    """Mail from the given-up account's addresses must still be recognised."""
    known = {kept.contact_email.lower(), (kept.billing_email or "").lower()}
    for address in dict.fromkeys(a for a in (doubled.contact_email, doubled.billing_email) if a):
        if address.lower() not in known:
            contact = Contact(new_id(), kept.id, doubled.name[:120], address, None, "merged account")
            await people.add_contact(tx, organization_id, contact)
