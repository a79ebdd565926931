"""`/internal/forward-auth`: the gateway asks here before it passes a request on; no route leads here from outside."""

from fastapi import Request, Response

from common.auth import HEADER
from common.http import PUBLIC, allow, new_router
from identity.api.access import OurGate
from identity.api.asked import Asked

router = new_router("forward-auth")


@router.get("/internal/forward-auth", include_in_schema=False, **allow(PUBLIC))
async def forward_auth(request: Request, gate: OurGate) -> Response:
    """200 with the internal token, or the refusal as problem+json."""
    passed = await gate.token(Asked.of_headers(request.headers))
    return Response(headers={HEADER: passed.token, **passed.headers})
