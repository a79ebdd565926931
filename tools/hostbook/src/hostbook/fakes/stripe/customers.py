"""Customers: whom payment methods belong to."""

from __future__ import annotations

from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.errors import missing
from hostbook.fakes.stripe.events import emit
from hostbook.fakes.stripe.listing import PAGE, page
from hostbook.fakes.stripe.store import Thing, new_id, now_ms

_KNOWN = {
    "email": "str",
    "name": "str",
    "phone": "str",
    "description": "str",
    "metadata": "map",
    "address": "any",
    "invoice_settings": "any",
    "test_clock": "str",
}


def create(call: Call) -> Thing:
    params = call.params(_KNOWN)
    customer: Thing = {
        "id": new_id("cus"),
        "object": "customer",
        "created": now_ms() // 1000,
        "livemode": False,
        "balance": 0,
        "email": params.get("email"),
        "name": params.get("name"),
        "phone": params.get("phone"),
        "description": params.get("description"),
        "metadata": params.get("metadata", {}),
        "address": params.get("address"),
        "invoice_settings": {"default_payment_method": None} | params.get("invoice_settings", {}),
    }
    call.store.put(customer)
    emit(call, "customer.created", customer)
    return customer


def existing(call: Call, key: str | None, param: str = "customer") -> Thing:
    """The customer of that id; unknown and deleted ones are refused alike."""
    customer = call.store.get("customer", key)
    if customer is None or customer.get("deleted"):
        raise missing("customer", key or "", param)
    return customer


def retrieve(call: Call) -> Thing:
    return existing(call, call.path["id"], "id")


def update(call: Call) -> Thing:
    customer = existing(call, call.path["id"], "id")
    params = call.params(_KNOWN)
    labels = customer["metadata"] | params.pop("metadata", {})
    settings = customer["invoice_settings"] | params.pop("invoice_settings", {})
    customer |= params | {"metadata": labels, "invoice_settings": settings}
    call.store.put(customer)
    emit(call, "customer.updated", customer)
    return customer


def delete(call: Call) -> Thing:
    customer = existing(call, call.path["id"], "id")
    call.store.put(customer | {"deleted": True})
    return {"id": customer["id"], "object": "customer", "deleted": True}


def listed(call: Call) -> Thing:
    params = call.params(PAGE | {"email": "str"})
    rows = [c for c in call.store.all("customer") if not c.get("deleted")]
    if "email" in params:
        rows = [c for c in rows if c["email"] == params["email"]]
    return page(call, rows, params)
