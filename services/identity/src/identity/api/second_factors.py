"""`/v1/account/totp`, `/recovery-codes`, `/passkeys`: what a person shows beside the password, or in its place."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from common.clock import wall_now
from common.http import Body, Caller, OwnDatabase, Transaction, allow, new_router
from identity.api.access import OurAccess, OurGate, leave_cookie, new_token
from identity.api.account import check_fresh, own_place, tell
from identity.api.auth import Code
from identity.domain.passkey import Passkey
from identity.domain.recovery_codes import BYTES
from identity.domain.sessions import Level
from identity.gateways.passkey_ceremonies import text_of
from identity.store import factors, sessions
from identity.store.tenancy import within
from identity.use_cases import passkeys
from identity.use_cases.second_factors import begin_totp, confirm_totp, new_recovery_codes, remove_totp
from identity.use_cases.sign_out_everywhere import sign_out_everywhere

router = new_router("account")


class TotpAnswer(BaseModel):
    """For the authenticator app, this once."""

    secret: str
    link: str


class RecoveryCodes(BaseModel):
    """For the day on which the telephone is lost: each opens once."""

    recovery_codes: list[str]


class Ceremony(BaseModel):
    """What the browser's `navigator.credentials` is given."""

    options: dict[str, Any]


class NewPasskey(Body):
    """What the browser made, and what its holder calls it."""

    name: str = Field(min_length=1, max_length=100, examples=["my telephone"])
    credential: dict[str, Any]


class PasskeyAnswer(BaseModel):
    id: UUID
    name: str
    made_at: datetime

    @classmethod
    def of(cls, passkey: Passkey) -> PasskeyAnswer:
        return cls(id=passkey.id, name=passkey.name, made_at=passkey.made_at)


class PasskeyList(BaseModel):
    items: list[PasskeyAnswer]


@router.post("/v1/account/totp", status_code=201, **allow("account.write", transaction=False))
async def new_totp(request: Request, database: OwnDatabase, caller: Caller, access: OurAccess) -> TotpAnswer:
    """A secret for an authenticator app; it counts once a code of it was shown."""
    async with database.transaction(caller.tenant) as tx:
        _, member = await own_place(tx, request, caller)
        made = await begin_totp(tx, member, "Hostbook", access.sealing, now_at=wall_now())
    return TotpAnswer(secret=made.secret, link=made.link)


@router.post("/v1/account/totp/confirm", **allow("account.write", transaction=False))
async def first_code(
    request: Request, response: Response, database: OwnDatabase, caller: Caller, access: OurAccess, body: Code
) -> RecoveryCodes:
    """Show the app's first code: from now on it is asked for. The recovery codes come in this answer alone."""
    now_at, token = wall_now(), new_token()
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        random = secrets.token_bytes(BYTES)
        codes = await confirm_totp(tx, member, body.code, random, access.sealing, now_at=now_at)
        async with within(tx, session.organization_id):
            await sessions.raised(tx, session, Level.STRONG, token, now_at)
        await sign_out_everywhere(tx, member.person_id, but=session.id)
        await tell(tx, member, "an authenticator was set up", access)
    access.gate.forget_all()
    leave_cookie(response, session, token)
    return RecoveryCodes(recovery_codes=codes)


@router.delete("/v1/account/totp", status_code=204, **allow("account.write", transaction=False))
async def end_totp(request: Request, database: OwnDatabase, caller: Caller, access: OurAccess) -> Response:
    """Remove the authenticator with its recovery codes, minutes after showing who you are."""
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        check_fresh(session)
        await remove_totp(tx, member)
        await tell(tx, member, "the authenticator was removed", access)
    return Response(status_code=204)


@router.post("/v1/account/recovery-codes", status_code=201, **allow("account.write", transaction=False))
async def fresh_codes(request: Request, database: OwnDatabase, caller: Caller, access: OurAccess) -> RecoveryCodes:
    """Ten fresh recovery codes, in this answer alone; those before open nothing from now on."""
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        check_fresh(session)
        codes = await new_recovery_codes(tx, member, secrets.token_bytes(BYTES))
        await tell(tx, member, "the recovery codes were made anew", access)
    return RecoveryCodes(recovery_codes=codes)


@router.get("/v1/account/passkeys", **allow("account.read"))
async def list_passkeys(tx: Transaction, caller: Caller, request: Request) -> PasskeyList:
    """The person's passkeys."""
    _, member = await own_place(tx, request, caller)
    async with within(tx, member.home_id):
        found = await factors.passkeys_of(tx, member.person_id)
    return PasskeyList(items=[PasskeyAnswer.of(one) for one in found])


@router.post("/v1/account/passkeys/options", **allow("account.write", transaction=False))
async def ask_for_new(request: Request, database: OwnDatabase, caller: Caller, access: OurAccess) -> Ceremony:
    """What the browser needs to make a passkey for this person."""
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        check_fresh(session)
        where, challenge = session.organization_id, text_of(secrets.token_bytes(32))
        async with within(tx, where):
            options = await passkeys.ask_for_new(tx, where, member, challenge, access.passkeys, now_at=wall_now())
    return Ceremony(options=options)


@router.post("/v1/account/passkeys", status_code=201, **allow("account.write", transaction=False))
async def add_passkey(
    request: Request, response: Response, database: OwnDatabase, caller: Caller, access: OurAccess, body: NewPasskey
) -> PasskeyAnswer:
    """Keep the passkey that the browser made. It counts as a second factor; other sessions end."""
    now_at, token = wall_now(), new_token()
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        passkey = await passkeys.add(tx, member, body.name, body.credential, access.passkeys, now_at=now_at)
        async with within(tx, session.organization_id):
            await sessions.raised(tx, session, Level.STRONG, token, now_at)
        await sign_out_everywhere(tx, member.person_id, but=session.id)
        await tell(tx, member, "a passkey was added", access)
    access.gate.forget_all()
    leave_cookie(response, session, token)
    return PasskeyAnswer.of(passkey)


@router.delete("/v1/account/passkeys/{passkey_id}", status_code=204, **allow("account.write", transaction=False))
async def end_passkey(
    request: Request, database: OwnDatabase, caller: Caller, gate: OurGate, access: OurAccess, passkey_id: UUID
) -> Response:
    """Remove a passkey; it opens nothing from now on."""
    async with database.transaction(caller.tenant) as tx:
        session, member = await own_place(tx, request, caller)
        check_fresh(session)
        async with within(tx, member.home_id):
            await factors.remove_passkey(tx, member.person_id, passkey_id)
        await tell(tx, member, "a passkey was removed", access)
    gate.forget_all()
    return Response(status_code=204)
