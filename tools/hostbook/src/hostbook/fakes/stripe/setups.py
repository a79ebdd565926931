"""Setup intents and mandates: the consent to charge later, without the customer at the keyboard."""

from __future__ import annotations

from typing import Any

from hostbook.fakes.stripe import methods
from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.customers import existing as existing_customer
from hostbook.fakes.stripe.errors import Refusal, invalid, missing
from hostbook.fakes.stripe.events import emit
from hostbook.fakes.stripe.listing import PAGE, page
from hostbook.fakes.stripe.store import Thing, new_id, now_ms

_CONFIRM = {"payment_method": "str", "return_url": "str", "mandate_data": "any", "payment_method_options": "any"}
_CREATE = _CONFIRM | {
    "customer": "str",
    "usage": "str",
    "confirm": "bool",
    "metadata": "map",
    "description": "str",
    "payment_method_types": "any",
    "automatic_payment_methods": "any",
}


def create(call: Call) -> Thing:
    params = call.params(_CREATE)
    if params.get("customer"):
        existing_customer(call, params["customer"])
    key = new_id("seti")
    intent: Thing = {
        "id": key,
        "object": "setup_intent",
        "created": now_ms() // 1000,
        "livemode": False,
        "client_secret": f"{key}_secret_{new_id('x')[2:]}",
        "customer": params.get("customer"),
        "description": params.get("description"),
        "metadata": params.get("metadata", {}),
        "usage": params.get("usage", "off_session"),
        "payment_method": None,
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "mandate": None,
        "last_setup_error": None,
        "next_action": None,
        "status": "requires_payment_method",
    }
    call.store.put(intent)
    emit(call, "setup_intent.created", intent)
    if params.get("payment_method"):
        intent["payment_method"] = methods.resolve(call, params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
        call.store.put(intent)
    return _confirmed(call, intent, params) if params.get("confirm") else intent


def _existing(call: Call) -> Thing:
    intent = call.store.get("setup_intent", call.path["id"])
    if intent is None:
        raise missing("setupintent", call.path["id"], "intent")
    return intent


def retrieve(call: Call) -> Thing:
    return _existing(call)


def listed(call: Call) -> Thing:
    params = call.params(PAGE | {"customer": "str"})
    return page(call, call.store.all("setup_intent", customer=params.get("customer")), params)


def confirm(call: Call) -> Thing:
    return _confirmed(call, _existing(call), call.params(_CONFIRM))


def cancel(call: Call) -> Thing:
    intent = _existing(call) | {"status": "canceled"}
    call.store.put(intent)
    emit(call, "setup_intent.canceled", intent)
    return intent


def _confirmed(call: Call, intent: Thing, params: dict[str, Any]) -> Thing:
    if intent["status"] in ("succeeded", "canceled"):
        raise invalid(
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )
    key = params.get("payment_method") or intent["payment_method"]
    if not key:
        raise invalid("You cannot confirm this SetupIntent because it's missing a payment method.")
    method = methods.resolve(call, key)
    intent["payment_method"] = method["id"]
    card = methods.card_of(method)
    if card and card.authentication:
        intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
        call.store.put(intent)
        emit(call, "setup_intent.requires_action", intent)
        return intent
    return finish(call, intent, method, consent=params.get("mandate_data"))


def finish(call: Call, intent: Thing, method: Thing, *, consent: Any = None) -> Thing:
    """The method is saved to the customer; a decline while saving fails the intent and is answered with 402."""
    try:
        if intent["customer"]:
            methods.attach_to(call, method, intent["customer"])
    except Refusal as refusal:
        intent |= {"status": "requires_payment_method", "last_setup_error": dict(refusal.error)}
        call.store.put(intent)
        emit(call, "setup_intent.setup_failed", intent)
        refusal.error["setup_intent"] = intent
        raise
    if method["type"] == "us_bank_account":
        intent["mandate"] = mandate(call, method, consent)["id"]
    intent |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    call.store.put(intent)
    call.store.put(method | {"set_up": intent["usage"]})
    emit(call, "setup_intent.succeeded", intent)
    return intent


def mandate(call: Call, method: Thing, consent: Any) -> Thing:
    """A standing mandate for a bank account; without the customer's acceptance there is none."""
    if not isinstance(consent, dict) or "customer_acceptance" not in consent:
        raise invalid(
            "This PaymentMethod needs a mandate.", param="mandate_data", code="payment_intent_mandate_invalid"
        )
    return call.store.put(
        {
            "id": new_id("mandate"),
            "object": "mandate",
            "created": now_ms() // 1000,
            "livemode": False,
            "type": "multi_use",
            "status": "active",
            "payment_method": method["id"],
            "customer_acceptance": consent["customer_acceptance"],
        }
    )
