"""The card processor's objects and errors in our words. Plain dictionaries in, values out: no call, no library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payments.domain.outcomes import Answer, Outcome, of_minor_units
from payments.gateways.processor import SavedMethod

Thing = Mapping[str, Any]


def outcome_of_intent(intent: Thing) -> Outcome:
    """What a payment intent says about its newest attempt; `latest_charge` should be expanded for the fee."""
    reference, status = intent["id"], intent["status"]
    if status == "succeeded":
        return Outcome(Answer.SUCCEEDED, reference, fee=_fee(intent.get("latest_charge")))
    if status == "processing":
        return Outcome(Answer.PROCESSING, reference)
    if status == "requires_action":
        return Outcome(Answer.DECLINED, reference, reason="authentication_required")
    if status == "canceled":
        return Outcome(Answer.DECLINED, reference, reason="cancelled")
    error = intent.get("last_payment_error")
    if not error:
        return Outcome(Answer.DECLINED, reference, reason="not_received")
    return declined(error, reference)


def declined(error: Thing, reference: str | None) -> Outcome:
    """A decline with the most telling code there is: the issuer's reason, or the processor's code."""
    reason = error.get("decline_code") or error.get("code") or "generic_decline"
    return Outcome(Answer.DECLINED, reference, reason, error.get("advice_code"))


def saved_method(method: Thing) -> SavedMethod:
    kind = method["type"]
    face = method[kind]
    name = face.get("brand") or face.get("bank_name") or kind
    return SavedMethod(method["id"], kind, f"{name} {face['last4']}".lower(), face["fingerprint"])


def refund_outcome(refund: Thing) -> Outcome:
    """A refund that failed later brings the money back to us: it counts as declined."""
    status = refund["status"]
    if status == "succeeded":
        return Outcome(Answer.SUCCEEDED, refund["id"])
    if status in ("pending", "requires_action"):
        return Outcome(Answer.PROCESSING, refund["id"])
    return Outcome(Answer.DECLINED, refund["id"], refund.get("failure_reason") or status)


def subject_of(thing: Thing) -> str | None:
    """The payment intent that an event's object is about."""
    if thing.get("object") == "payment_intent":
        return str(thing["id"])
    owner = thing.get("payment_intent")
    return str(owner) if owner else None


def _fee(charge: Any) -> Any:
    movement = charge.get("balance_transaction") if isinstance(charge, Mapping) else None
    if not isinstance(movement, Mapping):
        return None
    return of_minor_units(movement["fee"], movement["currency"].upper())
