"""`/v1/auth/passkey`: sign in with what the browser's device keeps."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import Request, Response
from pydantic import Field

from common.clock import wall_now
from common.http import PUBLIC, Body, OwnDatabase, allow, new_router
from identity.api.access import OurAccess, came, from_our_page, new_token, shown_cookie, too_often
from identity.api.auth import entered
from identity.api.second_factors import Ceremony
from identity.domain.host import PLATFORM
from identity.domain.sessions import Audience, Level
from identity.domain.throttling import BY_ADDRESS
from identity.gateways.passkey_ceremonies import PasskeyRefused, text_of
from identity.store import attempts
from identity.store.credentials import digest
from identity.store.tenancy import GATE, enter, organization_of
from identity.use_cases import passkeys
from identity.use_cases.sign_in import begin, may_enter

router = new_router("sign-in")


class ShownPasskey(Body):
    """What the browser answered, where, and by which door: without an organization, at the platform."""

    credential: dict[str, Any]
    organization: str | None = Field(None, max_length=64, description="The organization's short name.")
    audience: Audience = Audience.HOST


@router.post("/v1/auth/passkey/options", **allow(PUBLIC))
async def ask(request: Request, database: OwnDatabase, access: OurAccess) -> Response:
    """What the browser needs to show a passkey: the same for everybody, since nobody is known yet."""
    from_our_page(request)
    now_at, challenge = wall_now(), text_of(secrets.token_bytes(32))
    counted = digest(f"passkey from|{came(request, Audience.HOST).address}")
    async with database.of(PLATFORM) as tx:
        wait_until = await attempts.reserve(tx, PLATFORM, counted, BY_ADDRESS, now_at)
        options = await passkeys.ask_for_one(tx, PLATFORM, challenge, access.passkeys, now_at=now_at)
    if wait_until is not None:
        return too_often(wait_until, now_at)
    return Response(Ceremony(options=options).model_dump_json(), media_type="application/json")


@router.post("/v1/auth/passkey", status_code=204, **allow(PUBLIC))
async def show(request: Request, database: OwnDatabase, access: OurAccess, body: ShownPasskey) -> Response:
    """Sign in; the device knew its holder, so that nothing else is asked for."""
    from_our_page(request)
    now_at, token = wall_now(), new_token()
    async with database.transaction(GATE) as tx:
        organization_id = PLATFORM if body.organization is None else await organization_of(tx, body.organization)
        member = await passkeys.show(tx, organization_id or PLATFORM, body.credential, access.passkeys, now_at=now_at)
        if organization_id is None:
            raise PasskeyRefused("This passkey is not known here.", remedy="try again, or sign in another way")
        await enter(tx, organization_id)
        if not await may_enter(tx, member, body.audience):
            raise PasskeyRefused("This passkey is not known here.", remedy="try again, or sign in another way")
        where = came(request, body.audience, Level.STRONG)
        tokens = token, shown_cookie(request, body.audience, organization_id)
        made = await begin(tx, organization_id, member, where, tokens, now_at=now_at)
    return entered(made, token)
