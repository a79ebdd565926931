"""What happens without a request: bank debits settle, disputes come, and webhooks are delivered until answered 2xx."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json

import httpx

from hostbook.fakes.stripe import charging, intents, methods, refunds
from hostbook.fakes.stripe.call import Call, Options
from hostbook.fakes.stripe.events import emit
from hostbook.fakes.stripe.faults import read as faults_now
from hostbook.fakes.stripe.store import Store, now_ms

_FIRST_RETRY_MS, _LAST_RETRY_MS, _TRIES = 200, 5_000, 200
_AT_ONCE = 8


def signature(secret: str, body: str, at: int) -> str:
    """The vendor's header: HMAC-SHA256 over `<unix seconds>.<raw body>` with the whole secret as key."""
    mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


async def run(store: Store, options: Options) -> None:
    """Until cancelled: due transitions, then due deliveries."""
    async with httpx.AsyncClient(timeout=10) as client:
        while True:
            settle_due(store, options)
            due = [] if faults_now(store).get("hold_webhooks") else _due(store)
            if due:
                await asyncio.gather(*(_deliver(store, client, *row) for row in due))
            else:
                await asyncio.sleep(0.02)


def settle_due(store: Store, options: Options) -> None:
    rows = store.sql.execute(
        "select id, kind, subject, detail from transitions where due_ms <= ? order by due_ms, id", (now_ms(),)
    ).fetchall()
    for key, kind, subject, detail in rows:
        with store.transaction():
            store.sql.execute("delete from transitions where id = ?", (key,))
            _happen(Call(store, options), kind, subject, detail)


def _happen(call: Call, kind: str, subject: str, detail: str) -> None:
    if kind == "refund":
        refund = call.store.get("refund", subject)
        if refund:
            refund["status"] = "succeeded"
            emit(call, "refund.updated", call.store.put(refund))
        return
    charge = call.store.get("charge", subject)
    if charge is None:
        return
    if kind == "dispute":
        refunds.dispute(call, charge, detail)
        return
    intent = intents.existing(call, charge["payment_intent"])
    method = methods.resolve(call, charge["payment_method"])
    if intent["status"] != "processing":
        return
    if detail:
        charging.failed(call, intent, charge, method, detail)
        return
    charging.succeeded(call, intent, charge)
    dispute = methods.account_of(method).dispute
    if dispute:
        call.store.later("dispute", charge["id"], after_ms=call.options.settle_ms, detail=dispute)


def _due(store: Store) -> list[tuple[int, str, int]]:
    return store.sql.execute(
        "select id, event, tries from deliveries where done = 0 and due_ms <= ? order by due_ms, id limit ?",
        (now_ms(), _AT_ONCE),
    ).fetchall()


async def _deliver(store: Store, client: httpx.AsyncClient, key: int, event_id: str, tries: int) -> None:
    """One try, signed afresh; the plan is changed only after the answer, so a killed process tries again."""
    target = store.setting("webhook", None)
    event = store.get("event", event_id)
    if target is None or event is None:
        store.sql.execute("update deliveries set done = 1, last = 'no endpoint' where id = ?", (key,))
        return
    body = json.dumps(event, indent=2)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0",
        "stripe-signature": signature(target["secret"], body, now_ms() // 1000),
    }
    try:
        answer = await client.post(target["url"], content=body, headers=headers)
        done, last = answer.is_success, str(answer.status_code)
    except httpx.HTTPError as trouble:
        done, last = False, type(trouble).__name__
    wait = min(_LAST_RETRY_MS, _FIRST_RETRY_MS * 2 ** min(tries, 10))
    store.sql.execute(
        "update deliveries set done = ?, tries = tries + 1, last = ?, due_ms = ? where id = ?",
        (int(done or tries + 1 >= _TRIES), last, now_ms() + wait, key),
    )
