"""`python -m hostbook.fakes.stripe --port 9001 --state .state/stripe --webhook-url http://127.0.0.1:8006/webhooks/stripe`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import uvicorn

from hostbook.fakes.stripe.app import application
from hostbook.fakes.stripe.call import Options


def main() -> None:
    parser = argparse.ArgumentParser(prog="hostbook.fakes.stripe", description="A Stripe of our own, on 127.0.0.1.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; another one only in a container")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder of the SQLite file")
    parser.add_argument("--webhook-url", default="", help="where events go; empty keeps the one of the last run")
    parser.add_argument(
        "--webhook-secret",
        default=os.environ.get("STRIPE_WEBHOOK_SECRET", "whsec_local"),
        help="by default the variable STRIPE_WEBHOOK_SECRET, which no list of processes shows",
    )
    parser.add_argument("--webhook-delay-ms", type=int, default=150)
    parser.add_argument(
        "--webhook-chaos", action=argparse.BooleanOptionalAction, default=True, help="late, doubled, out of order"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the webhook schedule")
    parser.add_argument("--settle-ms", type=int, default=1000, help="until a bank debit or a dispute comes")
    parser.add_argument("--search-lag-ms", type=int, default=1000, help="how far search is behind")
    args = parser.parse_args()
    options = Options(args.webhook_delay_ms, args.webhook_chaos, args.seed, args.settle_ms, args.search_lag_ms)
    webhook = {"url": args.webhook_url, "secret": args.webhook_secret} if args.webhook_url else None
    uvicorn.run(
        application(args.state, options, webhook),
        host=args.host,
        port=args.port,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
