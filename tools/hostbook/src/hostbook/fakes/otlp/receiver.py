"""`/v1/traces` keeps, `/v1/metrics` and `/v1/logs` accept and forget; also to be started inside a test."""

from __future__ import annotations

import socket
import threading
from time import monotonic, sleep

import uvicorn
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hostbook.fakes.otlp.protocol import decoded, spans_of
from hostbook.fakes.otlp.spans import Spans

_PROTOBUF = "application/x-protobuf"


def application(spans: Spans) -> Starlette:
    """The receiver over a span store."""

    async def traces(request: Request) -> Response:
        if not request.headers.get("content-type", "").startswith(_PROTOBUF):
            return JSONResponse({"message": f"only {_PROTOBUF} is understood"}, 415)
        try:
            spans.add(spans_of(decoded(await request.body(), request.headers.get("content-encoding", ""))))
        except (DecodeError, OSError, EOFError) as trouble:
            return JSONResponse({"message": str(trouble)}, 400)
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type=_PROTOBUF)

    async def forgotten(_: Request) -> Response:
        return Response(b"", media_type=_PROTOBUF)

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"ok": True})

    return Starlette(
        routes=[
            Route("/v1/traces", traces, methods=["POST"]),
            Route("/v1/metrics", forgotten, methods=["POST"]),
            Route("/v1/logs", forgotten, methods=["POST"]),
            Route("/health", health),
        ]
    )


class Receiver:
    """A receiver in a thread of this process: `endpoint` for exporters, `spans` for assertions."""

    def __init__(self, spans: Spans | None = None) -> None:
        self.spans = spans or Spans(":memory:")
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(application(self.spans), log_level="critical", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        until = monotonic() + 10
        while not self._server.started:
            if monotonic() > until:
                raise TimeoutError("the span receiver did not start")
            sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        self._socket.close()
        self.spans.close()
