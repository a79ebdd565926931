"""`/internal/forward-auth`: the gateway asks here before it passes a request on; no route leads here from outside."""

from typing import Annotated

from fastapi import Depends, Request, Response

from common.auth import HEADER
from common.http import PUBLIC, allow, new_router
from identity.api.gate import Asked, Gate

router = new_router("forward-auth")


def _gate(request: Request) -> Gate:
    return request.app.state.gate  # type: ignore[no-any-return]


OurGate = Annotated[Gate, Depends(_gate)]


@router.get("/internal/forward-auth", include_in_schema=False, **allow(PUBLIC))
async def forward_auth(request: Request, gate: OurGate) -> Response:
    """200 with the internal token, or the refusal as problem+json."""
    return Response(headers={HEADER: await gate.token(Asked.of_headers(request.headers))})
