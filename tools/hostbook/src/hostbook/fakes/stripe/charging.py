"""The moment of the charge: what the bank answers, and what becomes of the intent."""

from __future__ import annotations

from typing import Any

from hostbook.fakes.stripe import faults, methods, setups
from hostbook.fakes.stripe.balance import balance
from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.errors import decline_fields, declined, invalid
from hostbook.fakes.stripe.events import emit
from hostbook.fakes.stripe.store import Thing, new_id, now_ms


def confirm(call: Call, intent: Thing, params: dict[str, Any]) -> Thing:
    """Charges the method; 402 with the intent inside on a decline, `processing` for a bank debit."""
    key = params.get("payment_method") or intent["payment_method"]
    if not key:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    method = methods.resolve(call, key)
    if method["customer"] not in (None, intent["customer"]) or method.get("detached"):
        raise invalid(f"The PaymentMethod {method['id']} does not belong to the customer.", param="payment_method")
    intent["payment_method"] = method["id"]
    off_session = params.get("off_session", "false") != "false"
    if method["type"] == "us_bank_account":
        return _debit(call, intent, method, params)
    card = methods.card_of(method)
    assert card is not None
    reason = faults.next_decline(call.store, method["id"])
    if not reason and _asks(card.authentication, method):
        if off_session or params.get("error_on_requires_action"):
            reason = "authentication_required"
        else:
            intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
            call.store.put(intent)
            emit(call, "payment_intent.requires_action", intent)
            return intent
    return settle(call, intent, method, reason or card.refused or card.later)


def _asks(authentication: str, method: Thing) -> bool:
    return authentication == "always" or (authentication == "unless_set_up" and not method.get("set_up"))


def settle(call: Call, intent: Thing, method: Thing, reason: str) -> Thing:
    """A card's answer at once: succeeded, or declined for the reason."""
    charge = _charge(call, intent, method, "failed" if reason else "succeeded")
    if reason:
        failed(call, intent, charge, method, reason)
        raise declined(reason, charge=charge["id"], payment_intent=intent, payment_method=method)
    card = methods.card_of(method)
    if card and card.dispute:
        call.store.later("dispute", charge["id"], after_ms=call.options.settle_ms, detail=card.dispute)
    return succeeded(call, intent, charge)


def _debit(call: Call, intent: Thing, method: Thing, params: dict[str, Any]) -> Thing:
    account = methods.account_of(method)
    if not params.get("mandate"):
        setups.mandate(call, method, params.get("mandate_data"))
    charge = _charge(call, intent, method, "pending")
    intent |= {"status": "processing", "latest_charge": charge["id"], "next_action": None}
    call.store.put(intent)
    emit(call, "payment_intent.processing", intent)
    if not account.stuck:
        call.store.later("debit", charge["id"], after_ms=call.options.settle_ms, detail=account.failure)
    return intent


def succeeded(call: Call, intent: Thing, charge: Thing) -> Thing:
    """Money taken: charge, balance transaction with the fee, intent, and their events in the vendor's order."""
    charge |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": charge["amount"]}
    charge["balance_transaction"] = balance(call, "charge", charge["id"], charge["amount"], _fee(charge))["id"]
    call.store.put(charge)
    emit(call, "charge.succeeded", charge)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
    }
    call.store.put(intent)
    emit(call, "payment_intent.succeeded", intent)
    return intent


def failed(call: Call, intent: Thing, charge: Thing, method: Thing, reason: str) -> None:
    """The charge failed; the intent waits for another try or another method."""
    parts = decline_fields(reason)
    charge |= {"status": "failed", "failure_code": parts["code"], "failure_message": parts["message"]}
    charge["outcome"] = {"type": "issuer_declined", "reason": reason, "network_status": "declined_by_network"}
    call.store.put(charge)
    emit(call, "charge.failed", charge)
    error = parts | {"type": "card_error", "charge": charge["id"], "payment_method": method}
    intent |= {"status": "requires_payment_method", "latest_charge": charge["id"], "last_payment_error": error}
    call.store.put(intent)
    emit(call, "payment_intent.payment_failed", intent)


def _fee(charge: Thing) -> int:
    amount: int = charge["amount"]
    if charge["payment_method_details"]["type"] == "us_bank_account":
        return min(500, (amount * 8 + 500) // 1000)
    return (amount * 29 + 500) // 1000 + 30


def _charge(call: Call, intent: Thing, method: Thing, status: str) -> Thing:
    kind = method["type"]
    charge: Thing = {
        "id": new_id("ch"),
        "object": "charge",
        "created": now_ms() // 1000,
        "livemode": False,
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": kind, kind: method[kind]},
        "metadata": intent["metadata"],
        "outcome": {"type": "authorized", "network_status": "approved_by_network", "reason": None},
        "status": status,
        "paid": False,
        "captured": False,
        "refunded": False,
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "balance_transaction": None,
    }
    return call.store.put(charge)
