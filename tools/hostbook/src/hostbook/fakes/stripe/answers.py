"""Answers on the wire: headers, refusals as JSON, and the answer that never arrives whole."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hostbook.fakes.stripe.call import API_VERSION, Call
from hostbook.fakes.stripe.errors import Refusal


class LostAnswer(Response):
    """The connection breaks before the answer is complete."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the protocol's shape
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9999")]})


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out, and the request that it was first made for."""

    status: int
    body: str
    request_id: str
    replayed: bool = False


def server_error() -> Refusal:
    return Refusal(500, "api_error", "An unknown error occurred.")


def refused(call: Call, refusal: Refusal) -> Answer:
    return Answer(refusal.status, json.dumps({"error": refusal.error}, indent=2), call.request_id or "")


def response(answer: Answer, call: Call) -> Response:
    headers = {"request-id": call.request_id or answer.request_id, "stripe-version": API_VERSION}
    if call.idempotency_key:
        headers |= {"idempotency-key": call.idempotency_key, "original-request": answer.request_id}
    if answer.replayed:
        headers["idempotent-replayed"] = "true"
    return Response(answer.body, answer.status, headers, "application/json")
