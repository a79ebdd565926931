"""What happened, as event objects, each with the deliveries it will get: late, doubled and out of order."""

from __future__ import annotations

import copy
import random
from typing import Any

from hostbook.fakes.stripe.call import API_VERSION, Call, Options
from hostbook.fakes.stripe.store import Store, Thing, new_id, now_ms

_DELIVERED = ("payment_intent.", "charge.", "refund.", "setup_intent.", "payment_method.", "mandate.")


def emit(call: Call, kind: str, thing: Thing) -> Thing:
    """Records the event with the object as it is now, and plans its deliveries in the same transaction."""
    event: dict[str, Any] = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now_ms() // 1000,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": kind,
        "data": {"object": copy.deepcopy(thing)},
    }
    call.store.put(event)
    if kind.startswith(_DELIVERED) and call.store.setting("webhook", None):
        plan(call.store, call.options, event["id"])
    return event


def plan(store: Store, options: Options, event_id: str) -> None:
    """Due times from a seeded schedule: one in three is doubled, one in four waits so long that others overtake it."""
    (count,) = store.sql.execute("select count(*) from deliveries").fetchone()
    dice = random.Random(f"{options.seed}/{count}")  # noqa: S311 - a schedule that can be repeated, not a secret
    waits = [options.webhook_delay_ms]
    if options.webhook_chaos:
        waits = [dice.randint(options.webhook_delay_ms // 2, options.webhook_delay_ms * 2)]
        if dice.random() < 0.25:
            waits = [waits[0] * 4]
        if dice.random() < 0.34:
            waits.append(waits[0] + dice.randint(0, options.webhook_delay_ms * 3))
    for wait in waits:
        store.sql.execute("insert into deliveries (event, due_ms) values (?, ?)", (event_id, now_ms() + wait))
