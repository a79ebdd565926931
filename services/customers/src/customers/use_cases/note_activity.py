"""Every fact of every service becomes a line of the feed, once, under the customer whom it concerns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from common.db import Tx
from customers.domain.activity import customer_of, told
from customers.store import activity, copies
from customers.store.tables import contracts, invoices
from events.envelope import Envelope, Event


async def note_activity(tx: Tx, event: Event, envelope: Envelope) -> None:
    body = event.model_dump(mode="json")
    fact = activity.Fact(envelope.id, envelope.type, await _customer(tx, body, envelope), envelope.time)
    await activity.note(tx, envelope.organization_id, fact, told(envelope.type, body))


async def _customer(tx: Tx, body: dict[str, Any], envelope: Envelope) -> UUID | None:
    """As the fact says; else whose contract, invoice or unit it is, as far as that is known here by now."""
    named = customer_of(body)
    if named is not None:
        return UUID(named)
    for key, table in (("contract_id", contracts), ("invoice_id", invoices)):
        if body.get(key):
            found = await copies.owner_of(tx, table, key, UUID(body[key]))
            if found is not None:
                return found
    return await copies.owner_of_unit(tx, UUID(body["unit_id"]), envelope.time) if body.get("unit_id") else None
