"""The processor as an ASGI application, with its background work in its lifespan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hostbook.fakes.stripe import background, control
from hostbook.fakes.stripe.call import Options
from hostbook.fakes.stripe.routes import ROUTES
from hostbook.fakes.stripe.store import Store
from hostbook.fakes.stripe.wire import Wire


def application(folder: Path, options: Options, webhook: dict[str, str] | None = None) -> Starlette:
    """Opens the state under `folder`; `webhook` (`url`, `secret`) replaces the endpoint kept from the last run."""
    store = Store(folder)
    if webhook:
        store.keep_setting("webhook", webhook)
    wire = Wire(store, options)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        work = asyncio.create_task(background.run(store, options))
        yield
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    async def unknown(request: Request, _: Exception) -> JSONResponse:
        message = f"Unrecognized request URL ({request.method}: {request.url.path})."
        return JSONResponse({"error": {"type": "invalid_request_error", "message": message}}, 404)

    vendor = [Route(path, wire.endpoint(operation), methods=[method]) for method, path, operation in ROUTES]
    return Starlette(
        routes=[*control.routes(store, options), *vendor],
        lifespan=lifespan,
        exception_handlers={404: unknown, 405: unknown},
    )
