"""The FastAPI application of a service: its routers, health, metrics and the question whether all has settled."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import problems, telemetry
from common.db import SYSTEM, Database, sql
from common.kafka import Consumer
from common.wakeups import Dispatcher

_PROBES = ("/health/", "/metrics", "/internal/settle")  # asked so often that their spans would bury all others
_COUNTS = sql("settlement")
_LIMITS = (b"ratelimit", b"ratelimit-policy")  # what is left of a key's limit: identity tells us, we tell the caller


class Settlement(BaseModel):
    """A service's answer. Settled: nothing unpublished, unread or open, and the same `activity` at two looks."""

    service: str
    clock_at: datetime | None
    unpublished: int
    consumer_lag: int
    open_wakeups: int
    dead_letters: int
    next_due_at: datetime | None
    activity: int
    stuck: str | None

    @property
    def is_idle(self) -> bool:
        return self.unpublished == 0 and self.consumer_lag == 0 and self.open_wakeups == 0


async def settlement(
    service: str, database: Database, consumer: Consumer | None, dispatcher: Dispatcher | None,
    organization_id: UUID | None,
) -> Settlement:  # fmt: skip
    """How much is still under way here, for an organization where one is named."""
    lag = await consumer.lag() if consumer is not None else 0
    async with database.transaction(SYSTEM) as tx:
        row: Any = (await tx.execute(_COUNTS, {"organization": organization_id})).one()
    activity = row.written + (consumer.handled if consumer else 0) + (dispatcher.finished if dispatcher else 0)
    return Settlement(service=service, consumer_lag=lag, activity=activity, **row._mapping)


class Measured:
    """Counts and times every answer by route, never by address; says what is left of a limit, and that none is kept."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *(h for h in scope["headers"] if h[0] in _LIMITS)]
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")  # each answer is one caller's
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            series = telemetry.REQUEST_SECONDS.labels(self._service, scope["method"], route, str(status))
            series.observe(time.perf_counter() - started)


def create_app(service: str, routers: Sequence[APIRouter], *, version: str = "1") -> FastAPI:
    """The application with the routes alone, as `openapi.json` describes it; `attach` gives it its parts."""
    app = FastAPI(
        title=f"Hostbook {service}", version=version, openapi_url="/internal/openapi.json", docs_url=None,
        redoc_url=None, separate_input_output_schemas=False,
        telemetry={"operation_spans": False, "exclude": lambda scope: scope["path"].startswith(_PROBES)},
    )  # fmt: skip
    problems.install(app)
    app.add_middleware(Measured, service=service)
    for one in routers:
        app.include_router(one)
    return app


def attach(
    app: FastAPI, service: str, database: Database, consumer: Consumer | None, dispatcher: Dispatcher | None
) -> None:
    """Add the operator's routes, which the gateway never exposes."""
    app.state.database = database

    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"service": service, "status": "alive"}

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        try:
            now = await settlement(service, database, consumer, dispatcher, None)
        except Exception as error:
            return JSONResponse({"service": service, "ready": False, "checks": {"database": type(error).__name__}}, 503)
        ok = now.consumer_lag >= 0
        telemetry.DEAD_LETTERS.labels(service).set(now.dead_letters)
        telemetry.OPEN_WAKEUPS.labels(service).set(now.open_wakeups)
        body = {"service": service, "ready": ok, "checks": {"database": "ok", "consumer": "ok" if ok else "joining"}}
        body |= {"outbox_pending": now.unpublished, "consumer_lag": now.consumer_lag, "dead_letters": now.dead_letters}
        return JSONResponse(body, 200 if ok else 503)

    @app.get("/internal/settle", include_in_schema=False)
    async def settle(organization_id: UUID | None = None) -> Settlement:
        return await settlement(service, database, consumer, dispatcher, organization_id)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
