"""`/v1/api-keys`: keys for programs, bound to the organization they are made in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel

from common.clock import wall_now
from common.db import Tx
from common.http import Caller, OwnDatabase, Transaction, allow, new_router
from common.listing import Page, page_of, paged
from identity.api.access import OurGate
from identity.api.key_schemas import ApiKeyAnswer, ApiKeyList, ApiKeyMade, NewApiKey, Rotation
from identity.domain.api_keys import SECRET_BYTES, new_key
from identity.domain.host import PLATFORM, Mode
from identity.domain.roles import Role
from identity.store import credentials, hosts
from identity.use_cases.create_api_key import BadKey, WantedKey, create_api_key, rotate_api_key

router = new_router("api-keys")


class Filter(BaseModel):
    """Which keys; those that are `over` open nothing any more. `q` is looked for in names and prefixes."""

    state: Literal["live", "over"] | None = None
    role: list[Role] | None = Query(None, max_length=20)
    site_id: UUID | None = None
    q: str | None = Query(None, min_length=1, max_length=100)


@router.post("/v1/api-keys", status_code=201, **allow("api_keys.write", transaction=False))
async def make(database: OwnDatabase, caller: Caller, request: Request, body: NewApiKey) -> ApiKeyMade:
    """Make a key; it is shown in this answer alone. Repeating the call with the same Idempotency-Key is a 409."""
    if (body.role is None) == (body.permissions is None):
        raise BadKey("A key has either a role or permissions.", field="permissions", remedy="one of the two")
    own, scope = caller.organization_id, body.role or body.permissions or []
    key_id = _id_of(caller.subject, request.headers["Idempotency-Key"])
    async with database.transaction(caller.tenant) as tx:
        secret = await _fresh(tx, own)
        wanted = WantedKey(key_id, body.name, scope, body.expires_on, body.site_id, body.rate_per_minute)
        key = await create_api_key(tx, caller, wanted, secret=secret)
    return ApiKeyMade(**ApiKeyAnswer.of(key).model_dump(), key=secret)


async def _fresh(tx: Tx, organization_id: UUID) -> str:
    mode = Mode.LIVE if organization_id == PLATFORM else (await hosts.get(tx, organization_id)).mode
    return new_key(mode, secrets.token_bytes(SECRET_BYTES))


@router.post("/v1/api-keys/{key_id}/rotate", status_code=201, **allow("api_keys.write", transaction=False))
async def rotate(
    database: OwnDatabase, caller: Caller, gate: OurGate, request: Request, key_id: UUID, body: Rotation
) -> ApiKeyMade:
    """A successor with the same rights, shown once; the former key goes on for a while beside it."""
    successor_id = _id_of(caller.subject, request.headers["Idempotency-Key"])
    former_until = wall_now() + timedelta(hours=body.overlap_hours)
    async with database.transaction(caller.tenant) as tx:
        secret = await _fresh(tx, caller.organization_id)
        key = await rotate_api_key(tx, caller, key_id, (successor_id, secret), former_until=former_until)
    gate.forget_all()
    return ApiKeyMade(**ApiKeyAnswer.of(key).model_dump(), key=secret)


def _id_of(subject: str, idempotency_key: str) -> UUID:
    """The usual replay would need the answer, and with it the secret, to be kept; so the id is what recurs."""
    return UUID(bytes=hashlib.sha256(f"{subject}|{idempotency_key}".encode()).digest()[:16])


@router.get("/v1/api-keys", **allow("api_keys.read"))
async def list_keys(
    tx: Transaction, page: Annotated[Page, paged(credentials.KEYS)], wanted: Annotated[Filter, Query()]
) -> ApiKeyList:
    """The keys, usually in the order in which they were made."""
    found = await credentials.keys_page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [ApiKeyAnswer.of(key).model_dump() for key in found]
    return ApiKeyList(**page_of(rows, page))


@router.delete("/v1/api-keys/{key_id}", status_code=204, **allow("api_keys.write", transaction=False))
async def end(database: OwnDatabase, caller: Caller, gate: OurGate, key_id: UUID) -> Response:
    """End a key at once."""
    async with database.transaction(caller.tenant) as tx:
        await credentials.key(tx, key_id)
        await credentials.end_key(tx, key_id)
    gate.forget_all()
    return Response(status_code=204)
