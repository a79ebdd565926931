"""`python -m hostbook.fakes.otlp --port 4318 --db .state/traces.db`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from hostbook.fakes.otlp.receiver import application
from hostbook.fakes.otlp.spans import Spans


def main() -> None:
    parser = argparse.ArgumentParser(prog="hostbook.fakes.otlp", description="Keeps spans in SQLite, on 127.0.0.1.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; another one only in a container")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--keep", type=int, default=200_000, help="spans; older ones are dropped")
    args = parser.parse_args()
    spans = Spans(args.db, keep=args.keep)
    uvicorn.run(application(spans), host=args.host, port=args.port, log_level="critical", access_log=False)


if __name__ == "__main__":
    main()
