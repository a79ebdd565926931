"""From an HTTP request to an operation and back: keys, idempotency, and the faults of the script."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from hostbook.fakes.stripe import faults
from hostbook.fakes.stripe.answers import Answer, LostAnswer, refused, response, server_error
from hostbook.fakes.stripe.call import Call, Options
from hostbook.fakes.stripe.errors import Refusal
from hostbook.fakes.stripe.form import nested
from hostbook.fakes.stripe.listing import expanded
from hostbook.fakes.stripe.routes import Operation
from hostbook.fakes.stripe.store import Store, new_id, now_ms

_KEY_LIVES_MS = 24 * 3_600_000


class Wire:
    """Runs operations one at a time, each in a transaction that also keeps its answer for the idempotency key."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._options = options
        self._running: set[str] = set()

    def endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            form = nested(request.url.query if request.method != "POST" else (await request.body()).decode())
            key = request.headers.get("idempotency-key") if request.method == "POST" else None
            call = Call(
                self._store,
                self._options,
                form,
                {name: str(value) for name, value in request.path_params.items()},
                request.url.path,
                new_id("req")[:18],
                key,
            )
            try:
                _authorise(request)
                fault = faults.take(self._store, request.method, request.url.path)
                reply = await self._guarded(call, operation, request, fault)
            except Refusal as refusal:
                return response(refused(call, refusal), call)
            if fault == "lose_answer_after_commit":
                return LostAnswer()
            if fault == "answer_500_after_commit":
                return response(refused(call, server_error()), call)
            return response(reply, call)

        return answer

    async def _guarded(self, call: Call, operation: Operation, request: Request, fault: str) -> Answer:
        await self._before(request, fault)
        key = call.idempotency_key
        if key is None:
            return self._run(call, operation, "", fault)
        print_ = hashlib.sha256(json.dumps([call.url, call.form], sort_keys=True).encode()).hexdigest()
        if key in self._running:
            raise Refusal(
                409,
                "idempotency_error",
                "There is currently another in-progress request using this Idempotent Key.",
                code="idempotency_key_in_use",
            )
        known = self._kept(key, print_)
        if known:
            return known
        self._running.add(key)
        try:
            if fault == "slow":
                await asyncio.sleep(faults.read(self._store).get("slow_ms", 500) / 1000)
            return self._run(call, operation, print_, fault)
        finally:
            self._running.discard(key)

    async def _before(self, request: Request, fault: str) -> None:
        if fault == "rate_limit":
            raise Refusal(429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit")
        if fault == "answer_500_before_commit":
            raise server_error()
        if fault == "timeout":
            until = now_ms() + faults.read(self._store).get("timeout_ms", 30_000)
            while now_ms() < until and not await request.is_disconnected():  # noqa: ASYNC110 - patience has no event
                await asyncio.sleep(0.05)
            raise server_error()

    def _kept(self, key: str, print_: str) -> Answer | None:
        row = self._store.sql.execute(
            "select request, status, body, request_id, at from answers where key = ?", (key,)
        ).fetchone()
        if row is None or row[4] < now_ms() - _KEY_LIVES_MS:
            self._store.sql.execute("delete from answers where key = ?", (key,))
            return None
        if row[0] != print_:
            raise Refusal(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            )
        return Answer(row[1], row[2], row[3], replayed=True)

    def _run(self, call: Call, operation: Operation, print_: str, fault: str) -> Answer:
        with self._store.transaction():
            try:
                thing = expanded(call, operation(call)) if call.form.get("expand") else operation(call)
                reply = Answer(200, json.dumps(thing, indent=2), call.request_id or "")
            except Refusal as refusal:
                if not refusal.keeps:
                    raise
                reply = refused(call, refusal)
            if print_:
                kept = refused(call, server_error()) if fault == "answer_500_after_commit" else reply
                self._store.sql.execute(
                    "insert into answers values (?, ?, ?, ?, ?, ?)",
                    (call.idempotency_key, print_, kept.status, kept.body, kept.request_id, now_ms()),
                )
        return reply


def _authorise(request: Request) -> None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        secret = base64.b64decode(secret).decode().partition(":")[0]
    if not secret.startswith(("sk_test_", "rk_test_")):
        raise Refusal(401, "invalid_request_error", "Invalid API Key provided.")
