"""What the gateway answers where it has no words of its own: it asks here for them; no route leads here from outside.

It gives each its status, 503 or 500 (`hostbook.engines.gateway`).
"""

from __future__ import annotations

from fastapi import Response

from common.errors import Unavailable
from common.http import PUBLIC, allow, new_router
from common.problems import problem

router = new_router("gateway-pages")


@router.get("/internal/gateway/unavailable", include_in_schema=False, **allow(PUBLIC))
async def unavailable() -> Response:
    """Identity, or the service that was asked, does not answer: in a moment it will."""
    raise Unavailable("A part of the system does not answer; try again.")


@router.get("/internal/gateway/failed", include_in_schema=False, **allow(PUBLIC))
async def failed() -> Response:
    """A service failed, and said so."""
    return problem(500, "internal", "Something went wrong on our side; the trace id names it.")
