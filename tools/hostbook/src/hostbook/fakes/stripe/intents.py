"""Payment intents: one per payment, confirmed again after a decline, never charged twice."""

from __future__ import annotations

from typing import Any

from hostbook.fakes.stripe import charging, listing, methods
from hostbook.fakes.stripe.call import Call, required
from hostbook.fakes.stripe.customers import existing as existing_customer
from hostbook.fakes.stripe.errors import invalid, missing
from hostbook.fakes.stripe.events import emit
from hostbook.fakes.stripe.store import Thing, new_id, now_ms

_CHANGE = {
    "amount": "int",
    "currency": "str",
    "customer": "str",
    "description": "str",
    "metadata": "map",
    "receipt_email": "str",
    "statement_descriptor": "str",
    "statement_descriptor_suffix": "str",
    "setup_future_usage": "str",
    "payment_method": "str",
    "payment_method_types": "any",
    "payment_method_options": "any",
}
_CONFIRM = {
    "payment_method": "str",
    "off_session": "str",
    "mandate": "str",
    "mandate_data": "any",
    "return_url": "str",
    "error_on_requires_action": "bool",
    "payment_method_options": "any",
    "payment_method_types": "any",
    "receipt_email": "str",
}
_CREATE = _CHANGE | _CONFIRM | {"confirm": "bool", "automatic_payment_methods": "any", "capture_method": "str"}
_EMPTY_AT_FIRST = ("payment_method", "latest_charge", "last_payment_error", "next_action", "cancellation_reason")
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Thing:
    params = call.params(_CREATE)
    _check(call, params)
    key = new_id("pi")
    intent: Thing = {
        "id": key,
        "object": "payment_intent",
        "created": now_ms() // 1000,
        "livemode": False,
        "amount": params["amount"],
        "amount_received": 0,
        "amount_capturable": 0,
        "currency": params["currency"],
        "client_secret": f"{key}_secret_{new_id('x')[2:]}",
        "customer": params.get("customer"),
        "description": params.get("description"),
        "metadata": params.get("metadata", {}),
        "statement_descriptor": params.get("statement_descriptor"),
        "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
        "capture_method": "automatic",
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "status": "requires_payment_method",
    }
    intent |= dict.fromkeys(_EMPTY_AT_FIRST)
    if params.get("payment_method"):
        intent["payment_method"] = methods.resolve(call, params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
    call.store.put(intent)
    emit(call, "payment_intent.created", intent)
    return charging.confirm(call, intent, params) if params.get("confirm") else intent


def _check(call: Call, params: dict[str, Any]) -> None:
    amount, currency = required(params, "amount"), required(params, "currency")
    if amount < 50:
        raise invalid("Amount must be at least $0.50 usd", param="amount", code="amount_too_small")
    if amount > 99_999_999:
        raise invalid("Amount must be no more than $999,999.99 usd", param="amount", code="amount_too_large")
    if len(currency) != 3 or not currency.isalpha() or not currency.islower():
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    if params.get("customer"):
        existing_customer(call, params["customer"])
    if params.get("off_session", "false") != "false" and not params.get("confirm"):
        raise invalid("You cannot set `off_session` without `confirm`.", param="off_session")


def existing(call: Call, key: str) -> Thing:
    intent = call.store.get("payment_intent", key)
    if intent is None:
        raise missing("payment_intent", key, "intent")
    return intent


def retrieve(call: Call) -> Thing:
    return existing(call, call.path["id"])


def update(call: Call) -> Thing:
    intent = _open(call, "update")
    params = call.params(_CHANGE)
    labels = intent["metadata"] | params.pop("metadata", {})
    if params.get("payment_method"):
        params["payment_method"] = methods.resolve(call, params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
    return call.store.put(intent | params | {"metadata": labels})


def confirm(call: Call) -> Thing:
    intent = _open(call, "confirm")
    return charging.confirm(call, intent, call.params(_CONFIRM))


def cancel(call: Call) -> Thing:
    intent = existing(call, call.path["id"])
    params = call.params({"cancellation_reason": "str"})
    if intent["status"] not in (*OPEN, "processing"):
        raise _unexpected(intent, "cancel")
    intent |= {
        "status": "canceled",
        "canceled_at": now_ms() // 1000,
        "cancellation_reason": params.get("cancellation_reason"),
    }
    call.store.put(intent)
    emit(call, "payment_intent.canceled", intent)
    return intent


def listed(call: Call) -> Thing:
    params = call.params(listing.PAGE | {"customer": "str"})
    return listing.page(call, call.store.all("payment_intent", customer=params.get("customer")), params)


def searched(call: Call) -> Thing:
    return listing.search(call, "payment_intent")


def _open(call: Call, verb: str) -> Thing:
    intent = existing(call, call.path["id"])
    if intent["status"] not in OPEN:
        raise _unexpected(intent, verb)
    return intent


def _unexpected(intent: Thing, verb: str) -> Exception:
    return invalid(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
