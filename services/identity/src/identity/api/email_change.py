"""`/v1/account/email`, `/v1/auth/email/use`: go by another address, once a link that was mailed there was used."""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import Field

from common.clock import wall_now
from common.http import PUBLIC, Body, Caller, OwnDatabase, allow, new_router
from identity.api.access import OurAccess, came, from_our_page, new_token, too_often
from identity.api.account import check_fresh, own_place
from identity.api.mailed_links import Link, OnItsWay
from identity.domain.host import PLATFORM
from identity.domain.sessions import Audience
from identity.domain.texts import checked_email
from identity.domain.throttling import BY_PERSON
from identity.store import attempts
from identity.store.credentials import digest
from identity.store.tenancy import GATE, within
from identity.use_cases.change_email import ask_for_email, confirm_email

router = new_router("account")


class EmailChange(Body):
    """The address to go by."""

    email: str = Field(max_length=254, examples=["ops@alpha.example"])


@router.post("/v1/account/email", status_code=202, response_model=OnItsWay, **allow("account.write", transaction=False))
async def ask(
    request: Request, database: OwnDatabase, caller: Caller, access: OurAccess, body: EmailChange
) -> Response:
    """Ask for another address, minutes after showing who you are; the mail's link confirms it. The old one is told."""
    now_at, email = wall_now(), checked_email(body.email)
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        check_fresh(session)
        async with within(tx, PLATFORM):
            counted = digest(f"address|{member.person_id}")
            wait_until = await attempts.reserve(tx, PLATFORM, counted, BY_PERSON, now_at)
        if wait_until is None:
            pages = access.public_url, new_token()
            async with within(tx, member.home_id):
                await ask_for_email(tx, member, email, pages, access.sealing, now_at=now_at)
    if wait_until is not None:
        return too_often(wait_until, now_at)
    return Response(OnItsWay().model_dump_json(), 202, media_type="application/json")


@router.post("/v1/auth/email/use", status_code=204, **allow(PUBLIC))
async def use(request: Request, database: OwnDatabase, access: OurAccess, body: Link) -> Response:
    """Confirm the new address by its link: it counts from now on, and the person signs in anew with it."""
    from_our_page(request)
    address = came(request, Audience.HOST).address
    async with database.transaction(GATE) as tx:
        await confirm_email(tx, body.token, address, access.sealing, now_at=wall_now())
    access.gate.forget_all()
    return Response(status_code=204)
