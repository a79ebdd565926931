"""`/v1/ticket-settings`: what the host promises, and where it is told."""

from __future__ import annotations

from fastapi import Response

from common.db import Tx
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from customers.api.ticket_schemas import Minutes, Promises, TicketSettings, TicketSettingsAnswer
from customers.domain.words import checked_email, checked_server
from customers.store import desk
from customers.store.desk import Desk

router = new_router("tickets")


@router.get("/v1/ticket-settings", **allow("tickets.manage"))
async def read(tx: Transaction, response: Response) -> TicketSettingsAnswer:
    """The promises by priority; the product's own until the host set others (version 0)."""
    return await _answer(tx, response)


@router.put("/v1/ticket-settings", **allow("tickets.manage"))
async def write(
    tx: Transaction, caller: Caller, body: TicketSettings, version: IfMatch, response: Response
) -> TicketSettingsAnswer:
    """Promise otherwise; tickets that are open keep what they were promised."""
    if body.support_email is not None:
        checked_email(body.support_email, "support_email")
    if body.mail_authserv_id is not None:
        checked_server(body.mail_authserv_id, "mail_authserv_id")
    wanted = Desk(body.promises.promises(), body.support_email, body.mail_authserv_id, version + 1)
    await desk.save(tx, caller.organization_id, wanted)
    return await _answer(tx, response)


async def _answer(tx: Tx, response: Response) -> TicketSettingsAnswer:
    known = await desk.read(tx)
    response.headers.update(etag(known.version))
    minutes = {
        p.value: Minutes(first_answer_minutes=one.first_answer_minutes, resolution_minutes=one.resolution_minutes)
        for p, one in known.promises.items()
    }
    own = {name: getattr(known, name) for name in ("support_email", "mail_authserv_id", "version")}
    return TicketSettingsAnswer(promises=Promises(**minutes), **own)
