"""The two doors of the mail sink: SMTP in, a small HTTP listing out."""

from __future__ import annotations

import asyncio
import json

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hostbook.fakes.mail.folder import Folder


class Letters:
    """What the SMTP server does with recipients and contents; names are the protocol library's."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self._folder.faults().get("refuse", []):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        faults = self._folder.faults()
        if faults.get("temporary", 0) > 0:
            self._folder.script(faults | {"temporary": faults["temporary"] - 1})
            return "451 4.3.0 Try again later"
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        self._folder.keep(raw, envelope.mail_from or "", list(envelope.rcpt_tos))
        return "250 OK"


async def smtp(folder: Folder, port: int, host: str = "127.0.0.1") -> asyncio.Server:
    """Listens until the server is closed."""
    loop = asyncio.get_running_loop()
    letters = Letters(folder)
    return await loop.create_server(
        lambda: SMTP(letters, hostname="localhost", enable_SMTPUTF8=True, loop=loop), host, port
    )


def listing(folder: Folder) -> Starlette:
    """`GET /mails`, `GET /mails/<file>`, `POST /_fake/faults`."""

    async def index(_: Request) -> JSONResponse:
        return JSONResponse(folder.rows())

    async def mail(request: Request) -> Response:
        name = request.path_params["file"]
        if name not in {row["file"] for row in folder.rows()}:
            return PlainTextResponse("no such mail", 404)
        return Response((folder.path / name).read_bytes(), media_type="message/rfc822")

    async def script(request: Request) -> JSONResponse:
        folder.script(json.loads(await request.body()))
        return JSONResponse(folder.faults())

    return Starlette(
        routes=[
            Route("/mails", index),
            Route("/mails/{file}", mail),
            Route("/_fake/faults", script, methods=["POST"]),
        ]
    )
