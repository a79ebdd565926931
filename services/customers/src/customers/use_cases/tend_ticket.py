"""Another state, priority or assignee for a ticket; and the look whether a promise was kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.clock import instant_of
from common.db import Tx
from common.http import Stale
from common.outbox import publish
from customers.domain.ticket import Priority, State, Ticket
from customers.store import tickets
from customers.use_cases.write_ticket import tell_state, watch
from events.customers import TicketLate


async def change_ticket(
    tx: Tx, organization_id: UUID, ticket_id: UUID, changes: dict[str, Any], *, version: int, at: datetime
) -> Ticket:
    """Every part of the change makes one version together."""
    before = await tickets.get(tx, ticket_id, for_change=True)
    if before.version != version:
        raise Stale("The ticket was changed meanwhile.", field="If-Match", remedy="read it again and repeat the change")
    after = before.changed(**{k: v for k, v in changes.items() if k in ("title", "assignee")})
    if "priority" in changes:
        priority = Priority(changes["priority"])
        after = after.repromised(priority, (await tickets.promises(tx))[priority])
    if "state" in changes:
        after = after.moved(State(changes["state"]), at)
    after = after.as_version(before.version + 1)
    await tickets.save(tx, after)
    if after.state is not before.state:
        await tell_state(tx, organization_id, after, at)
    await watch(tx, organization_id, after)
    return after


async def look_at_promise(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    """The job at a promise's instant: says once that it was not kept."""
    ticket, promise = await tickets.get(tx, UUID(payload["ticket_id"]), for_change=True), payload["promise"]
    is_current = ticket.due_at(promise) == instant_of(payload["due_at"])
    if not is_current or promise in ticket.late or not ticket.missed(promise, due_at):
        return
    await tickets.save(tx, ticket.noted_late(promise))
    names = {"ticket_id": ticket.id, "customer_id": ticket.customer_id, "number": ticket.number}
    late = TicketLate(**names, missed=promise, due_at=due_at)
    await publish(tx, organization_id, late, at=due_at, source="customers")
