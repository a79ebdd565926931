"""The test's side of the process, under `/_fake`: faults, an independent count of charges, what is still to come."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hostbook.fakes.stripe import charging, events, faults, intents, methods, refunds, setups
from hostbook.fakes.stripe.call import Call, Options
from hostbook.fakes.stripe.errors import Refusal
from hostbook.fakes.stripe.store import Store

Json = dict[str, Any]


def charges(store: Store) -> Json:
    """Succeeded charges and refunds in minor units: in total, and by each metadata key and value."""
    by_label: dict[str, dict[str, Json]] = defaultdict(
        lambda: defaultdict(lambda: {"count": 0, "amount": 0, "refunded": 0})
    )
    rows = [charge for charge in store.all("charge") if charge["status"] == "succeeded"]
    for charge in rows:
        for name, text in charge["metadata"].items():
            total = by_label[name][text]
            total["count"] += 1
            total["amount"] += charge["amount"]
            total["refunded"] += charge["amount_refunded"]
    return {
        "count": len(rows),
        "amount": sum(charge["amount"] for charge in rows),
        "refunded": sum(charge["amount_refunded"] for charge in rows),
        "by": by_label,
    }


def pending(store: Store) -> Json:
    """Deliveries not yet answered 2xx and transitions still to come; `pending` 0 means that everything has settled."""
    (deliveries,) = store.sql.execute("select count(*) from deliveries where done = 0").fetchone()
    (transitions,) = store.sql.execute("select count(*) from transitions").fetchone()
    return {"pending": deliveries + transitions, "deliveries": deliveries, "transitions": transitions}


def _webhook(call: Call, body: Json) -> Json:
    """Sets the endpoint: `url` and `secret`; without a url nothing more is planned."""
    call.store.keep_setting("webhook", body if body.get("url") else None)
    return {"url": body.get("url")}


def _faults(call: Call, body: Json) -> Json:
    return faults.script(call.store, body)


def _dispute(call: Call, body: Json) -> Json:
    """A dispute of the payment intent's charge; with `close` (`won` or `lost`) the verdict on an open one."""
    intent = intents.existing(call, body["payment_intent"])
    if body.get("close"):
        case = call.store.all("dispute", parent=intent["id"])[0]
        return refunds.close(call, case, won=body["close"] == "won")
    charge = call.store.get("charge", intent["latest_charge"])
    assert charge is not None
    return refunds.dispute(call, charge, body.get("reason", "fraudulent"))


def _authenticate(call: Call, body: Json) -> Json:
    """The customer answers the bank's question on the intent that waits for it (`outcome`: `succeed` or `fail`)."""
    key, good = body["intent"], body.get("outcome", "succeed") == "succeed"
    intent = call.store.get("setup_intent", key) or intents.existing(call, key)
    method = methods.resolve(call, intent["payment_method"])
    if intent["object"] == "setup_intent":
        return setups.finish(call, intent, method)
    card = methods.card_of(method)
    return charging.settle(call, intent, method, (card.later if card else "") if good else "authentication_not_handled")


def _resend(call: Call, body: Json) -> Json:
    events.plan(call.store, call.options, body["event"])
    return pending(call.store)


def routes(store: Store, options: Options) -> list[Route]:
    def writes(operation: Callable[[Call, Json], Json]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> JSONResponse:
            body = json.loads(await request.body() or b"{}")
            try:
                with store.transaction():
                    return JSONResponse(operation(Call(store, options), body))
            except (Refusal, faults.BadScript, KeyError) as trouble:
                return JSONResponse({"error": str(trouble)}, 400)

        return endpoint

    def reads(operation: Callable[[Store], Any]) -> Callable[[Request], Any]:
        async def endpoint(_: Request) -> JSONResponse:
            return JSONResponse(operation(store))

        return endpoint

    async def clear(_: Request) -> JSONResponse:
        faults.clear(store)
        return JSONResponse({})

    return [
        Route("/_fake/health", reads(lambda _: {"ok": True}), methods=["GET"]),
        Route("/_fake/charges", reads(charges), methods=["GET"]),
        Route("/_fake/pending", reads(pending), methods=["GET"]),
        Route("/_fake/faults", reads(faults.read), methods=["GET"]),
        Route("/_fake/faults", clear, methods=["DELETE"]),
        Route("/_fake/faults", writes(_faults), methods=["POST"]),
        Route("/_fake/webhook", writes(_webhook), methods=["POST"]),
        Route("/_fake/disputes", writes(_dispute), methods=["POST"]),
        Route("/_fake/authenticate", writes(_authenticate), methods=["POST"]),
        Route("/_fake/resend", writes(_resend), methods=["POST"]),
    ]
