"""View the portal as a customer: a session of its own, for half an hour, that reads alone and names both (CM-17)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.auth import Principal
from common.db import Tx, new_id
from common.errors import NotFound
from identity.domain.portal_view import PortalView
from identity.domain.sessions import VIEW, Audience, Level, Session
from identity.store import customers, members, portal_views, sessions
from identity.use_cases.person_behind import person_behind


async def view_portal(
    tx: Tx, caller: Principal, customer_id: UUID, reason: str, token: str, *, now_at: datetime
) -> PortalView:
    person_id = await person_behind(tx, caller)
    member = await members.of_person(tx, person_id)
    if member is None or await customers.is_open(tx, customer_id) is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer_id")
    view = PortalView(new_id(), customer_id, person_id, member.name, reason, now_at, now_at + VIEW)
    await portal_views.add(tx, caller.organization_id, view)
    session = Session(
        new_id(), caller.organization_id, person_id, Audience.PORTAL, Level.STRONG, now_at, now_at, now_at,
        view_id=view.id, address=caller.address,
    )  # fmt: skip
    await sessions.add(tx, session, token)
    return view
