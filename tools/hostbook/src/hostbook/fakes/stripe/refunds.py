"""Refunds and disputes: money that goes back."""

from __future__ import annotations

from typing import Any

from hostbook.fakes.stripe import listing
from hostbook.fakes.stripe.balance import balance
from hostbook.fakes.stripe.call import Call
from hostbook.fakes.stripe.errors import invalid, missing
from hostbook.fakes.stripe.events import emit
from hostbook.fakes.stripe.intents import existing as existing_intent
from hostbook.fakes.stripe.store import Thing, new_id, now_ms

_KNOWN = {"charge": "str", "payment_intent": "str", "amount": "int", "reason": "str", "metadata": "map"}


def create(call: Call) -> Thing:
    params = call.params(_KNOWN)
    charge = _charge(call, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _check(charge, amount, left)
    bank = charge["payment_method_details"]["type"] == "us_bank_account"
    refund: Thing = {
        "id": new_id("re"),
        "object": "refund",
        "created": now_ms() // 1000,
        "amount": amount,
        "currency": charge["currency"],
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "metadata": params.get("metadata", {}),
        "status": "pending" if bank else "succeeded",
        "failure_reason": None,
        "balance_transaction": balance(call, "refund", charge["id"], -amount)["id"],
    }
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    call.store.put(charge)
    call.store.put(refund)
    emit(call, "charge.refunded", charge)
    emit(call, "refund.created", refund)
    if bank:
        call.store.later("refund", refund["id"], after_ms=call.options.settle_ms)
    return refund


def _charge(call: Call, params: dict[str, Any]) -> Thing:
    key = params.get("charge")
    if params.get("payment_intent"):
        intent = existing_intent(call, params["payment_intent"])
        if intent["status"] != "succeeded":
            raise invalid("This PaymentIntent does not have a successful charge to refund.", param="payment_intent")
        key = intent["latest_charge"]
    charge = call.store.get("charge", key)
    if charge is None or charge["status"] != "succeeded":
        raise missing("charge", key or "", "charge")
    return charge


def _check(charge: Thing, amount: int, left: int) -> None:
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    if charge["payment_method_details"]["type"] == "us_bank_account" and amount != charge["amount"]:
        raise invalid("Partial refunds are not supported for this payment method.", param="amount")


def retrieve(call: Call) -> Thing:
    refund = call.store.get("refund", call.path["id"])
    if refund is None:
        raise missing("refund", call.path["id"])
    return refund


def listed(call: Call) -> Thing:
    params = call.params(listing.PAGE | {"charge": "str", "payment_intent": "str"})
    rows = call.store.all("refund", parent=params.get("payment_intent"))
    return listing.page(call, [r for r in rows if params.get("charge") in (None, r["charge"])], params)


def dispute(call: Call, charge: Thing, reason: str) -> Thing:
    """The cardholder takes the money back: dispute created, funds and a fee of 15.00 withdrawn."""
    case: Thing = {
        "id": new_id("dp"),
        "object": "dispute",
        "created": now_ms() // 1000,
        "amount": charge["amount"],
        "currency": charge["currency"],
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "metadata": {},
        "status": "needs_response",
        "is_charge_refundable": False,
        "evidence_details": {"due_by": now_ms() // 1000 + 7 * 86_400, "submission_count": 0},
        "balance_transactions": [balance(call, "adjustment", charge["id"], -charge["amount"], 1500)],
    }
    call.store.put(case)
    call.store.put(charge | {"disputed": True})
    emit(call, "charge.dispute.created", case)
    emit(call, "charge.dispute.funds_withdrawn", case)
    return case


def close(call: Call, case: Thing, *, won: bool) -> Thing:
    """The bank's verdict; a won dispute brings the money back."""
    case["status"] = "won" if won else "lost"
    if won:
        case["balance_transactions"].append(balance(call, "adjustment", case["charge"], case["amount"]))
        emit(call, "charge.dispute.funds_reinstated", case)
    call.store.put(case)
    emit(call, "charge.dispute.closed", case)
    return case
