"""Movements of our balance at the vendor."""

from __future__ import annotations

from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.store import Thing, new_id, now_ms


def balance(call: Call, kind: str, source: str, amount: int, fee: int = 0) -> Thing:
    """A movement of our balance at the vendor, amounts in minor units."""
    return call.store.put(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "created": now_ms() // 1000,
            "type": kind,
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": "usd",
            "source": source,
            "status": "pending",
        }
    )
