"""HTTP for every service: one request is one transaction; every route declares its permission; every POST has a key.

The permission stands in the route's OpenAPI as `x-permission`; a route without one fails when the app is built.
"""

import contextlib
import hashlib
from collections.abc import Callable, Coroutine
from operator import attrgetter
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, field_validator

from common.auth import HEADER, Principal, verify
from common.db import Database, Tx, sql
from common.errors import Forbidden, RuleBroken, refusal
from events.types import plain

Run = Callable[[Request], Coroutine[Any, Any, Response]]
PUBLIC, MAX_BODY = "public", 12 * 1024 * 1024
_CLAIM, _EARLIER, _ANSWERED = sql("claim_key"), sql("earlier_answer"), sql("keep_answer")

_HELD = {
    "second_factor": "set up a second factor: POST /v1/account/totp",
    "step_up": "show again who you are: POST /v1/account/confirm",
    "approval": "ask for it with POST /v1/approvals, then send its id as X-Hostbook-Approval",
}


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    _plain = field_validator("*", mode="before")(plain)


KeyMissing = refusal("idempotency_key_missing", 400, "A POST came without the key that makes repeating it safe.")
KeyReused = refusal("idempotency_key_reused", 409, "The same key came with another request.")
PreconditionMissing = refusal("if_match_missing", 428, "A change came without saying which version it changes.")
Stale = refusal("stale_version", 412, "The thing was changed since the caller read it.")
BodyTooLarge = refusal("body_too_large", 413, "More than a request may carry.")


def allow(permission: str, *, transaction: bool = True) -> dict[str, Any]:
    """Arguments of a route: its permission; without `transaction` it opens its own (it calls Kafka or a vendor)."""
    return {"openapi_extra": {"x-permission": permission, "x-transaction": transaction}}


class Route(APIRoute):
    """Authenticate, check the permission, open the transaction, honour the Idempotency-Key, run, commit."""

    def get_route_handler(self) -> Run:
        run = super().get_route_handler()
        extra = self.openapi_extra or {}
        if "x-permission" not in extra:
            raise RuntimeError(f"{self.path} declares no permission; use **allow(...).")
        permission, transactional = extra["x-permission"], extra.get("x-transaction", True)
        query, taken = ParamTypes.query, get_flat_params(self.dependant)
        known = {"fields", *(one.alias for one in taken if getattr(one.field_info, "in_", query) is query)}

        async def handle(request: Request) -> Response:
            await _limited(request)
            if permission == PUBLIC:
                return await run(request)
            principal = verify(request.headers.get(HEADER), request.app.state.public_key)
            request.state.principal = principal
            if principal.approved:  # done once: whatever key the caller thinks of, the approval's own is what counts
                others = [pair for pair in request.scope["headers"] if pair[0] != b"idempotency-key"]
                key = f"approval/{principal.approved[0]}"
                request.scope["headers"][:] = [*others, (b"idempotency-key", key.encode())]
            await authorise(request, principal, permission)
            if unknown := sorted({*request.query_params} - known):
                remedy = f"of this call: {', '.join(sorted(known))}"
                raise RuleBroken(f"There is no parameter {', '.join(unknown)}.", field=unknown[0], remedy=remedy)
            if request.method == "POST" and not request.headers.get("Idempotency-Key"):
                raise KeyMissing("A POST needs a key.", field="Idempotency-Key", remedy="send a fresh UUID")
            if not transactional:
                return _sparse(request, await run(request))
            async with request.app.state.database.transaction(principal.tenant) as tx:
                request.state.tx = tx
                answer = _once(request, principal, tx, run) if request.method == "POST" else run(request)
                return _sparse(request, await answer)

        return handle


async def authorise(request: Request, principal: Principal, permission: str) -> None:
    """Refuse a caller who may not do this (now); a route whose body asks for more than the route calls it too."""
    if principal.may(permission) and not (principal.read_only and request.method not in ("GET", "HEAD")):
        return
    reason = principal.held.get(permission, principal.held.get("*"))
    if reason is None or principal.read_only:
        raise Forbidden(f"This call needs the permission {permission}.", remedy="ask an owner or admin for it")
    _, approved_permission, digest = (reason == "approval" and principal.approved) or ("", "", "")
    place = f"{request.url.path}?{request.url.query}".rstrip("?")
    if approved_permission != permission or digest != request_digest(request.method, place, await request.body()):
        refusal = Forbidden(f"Before {permission} comes: {reason.replace('_', ' ')}.", remedy=_HELD[reason])
        refusal.code, refusal.status = f"{reason}_required", 409 if reason == "approval" else 403
        raise refusal


def request_digest(method: str, place: str, body: bytes) -> str:
    """What an approval is given for: method, path with query, and the JSON body however it is written."""
    with contextlib.suppress(orjson.JSONDecodeError):
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(f"{method} {place}\n".encode() + body).hexdigest()


async def _limited(request: Request) -> None:
    length = request.headers.get("content-length", "0")
    if (length.isdigit() and int(length) > MAX_BODY) or len(await request.body()) > MAX_BODY:
        raise BodyTooLarge(f"The body is larger than {MAX_BODY // 1024 // 1024} MB.", remedy="send it in parts")


def _sparse(request: Request, response: Response) -> Response:
    """The answer with the `fields` that a GET asks for alone; of a list, each entry with them."""
    asked = request.query_params.get("fields") if request.method == "GET" else None
    if not asked or response.headers.get("content-type") != "application/json":
        return response
    wanted, told = asked.split(","), orjson.loads(response.body)
    entries = told.get("items", [told])
    if entries and not set(wanted) <= entries[0].keys():
        raise RuleBroken("There is no such field.", field="fields", remedy=f"some of {', '.join(entries[0])}")
    entries[:] = [{name: one[name] for name in wanted} for one in entries]
    del response.headers["content-length"]
    return Response(orjson.dumps(told if "items" in told else entries[0]), 200, dict(response.headers))


async def _once(request: Request, principal: Principal, tx: Tx, run: Run) -> Response:
    key = request.headers["Idempotency-Key"][:255]
    content = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    at_key = {"organization": principal.organization_id, "subject": principal.subject, "key": key}
    digest = hashlib.sha256(content).hexdigest()
    if (await tx.execute(_CLAIM, at_key | {"hash": digest})).first() is None:
        earlier = (await tx.execute(_EARLIER, at_key)).one()
        if earlier.request_hash != digest:
            raise KeyReused("This key came with another request.", field="Idempotency-Key", remedy="use a fresh key")
        headers = dict(earlier.headers or {}) | {"Idempotent-Replayed": "true"}
        return Response(bytes(earlier.body or b""), earlier.status or 200, headers)
    response = await run(request)
    kept = {k: v for k, v in response.headers.items() if k in ("content-type", "etag", "location")}
    said = {"status": response.status_code, "headers": orjson.dumps(kept).decode(), "body": bytes(response.body)}
    await tx.execute(_ANSWERED, at_key | said)
    return response


def new_router(noun: str) -> APIRouter:
    """A router whose routes are all of ours, tagged with their noun."""
    return APIRouter(route_class=Route, tags=[noun])


def _kept(place: str) -> Any:
    async def read(request: Request) -> Any:  # as all of these: a plain function would cost a thread a request
        return attrgetter(place)(request)

    return Depends(read)


async def _if_match(if_match: Annotated[str | None, Header()] = None) -> int:
    if if_match is None:
        raise PreconditionMissing("A change needs its version.", field="If-Match", remedy="send the ETag you read")
    digits = if_match.removeprefix("W/").strip('"')
    if not digits.isdigit():
        raise Stale(f"{if_match} is not a version.", field="If-Match", remedy="send the ETag you read")
    return int(digits)


Caller = Annotated[Principal, _kept("state.principal")]
Transaction = Annotated[Tx, _kept("state.tx")]
OwnDatabase = Annotated[Database, _kept("app.state.database")]
IfMatch = Annotated[int, Depends(_if_match)]


def etag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return {"ETag": f'"{version}"'}
