"""`python -m hostbook.fakes.mail --smtp-port 2525 --dir .state/mail --http-port 8025`."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import uvicorn

from hostbook.fakes.mail.folder import Folder
from hostbook.fakes.mail.server import listing, smtp
from hostbook.stopping import stop_signal


async def serve(folder: Folder, host: str, smtp_port: int, http_port: int) -> None:
    """Until SIGTERM or SIGINT."""
    letters = await smtp(folder, smtp_port, host)
    if http_port:
        config = uvicorn.Config(listing(folder), host=host, port=http_port, log_level="critical")
        await uvicorn.Server(config).serve()
    else:
        await stop_signal().wait()
    letters.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="hostbook.fakes.mail", description="Keeps mail as files, on 127.0.0.1.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; another one only in a container")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--http-port", type=int, default=0, help="of the listing; none without it")
    args = parser.parse_args()
    asyncio.run(serve(Folder(args.dir), args.host, args.smtp_port, args.http_port))


if __name__ == "__main__":
    main()
