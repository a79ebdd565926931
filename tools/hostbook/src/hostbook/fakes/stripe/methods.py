"""Payment methods: cards and bank accounts, made from test tokens or test numbers, attached to one customer."""

from __future__ import annotations

from typing import Any

from hostbook.fakes.stripe import cards
from hostbook.fakes.stripe.call import Call, required
from hostbook.fakes.stripe.customers import existing as existing_customer
from hostbook.fakes.stripe.errors import declined, invalid, missing
from hostbook.fakes.stripe.events import emit
from hostbook.fakes.stripe.listing import PAGE, page
from hostbook.fakes.stripe.store import Thing, new_id, now_ms


def create(call: Call) -> Thing:
    params = call.params(
        {"type": "str", "card": "any", "us_bank_account": "any", "billing_details": "any", "metadata": "map"}
    )
    kind = required(params, "type")
    number = required(params, kind).get("number" if kind == "card" else "account_number", "")
    if kind == "card" and number in cards.CARD_OF_NUMBER:
        return _made(call, _card(cards.CARD_OF_NUMBER[number], params["card"]), params)
    if kind == "us_bank_account" and number in cards.ACCOUNT_OF_NUMBER:
        return _made(call, _account(cards.ACCOUNT_OF_NUMBER[number]), params)
    raise invalid("Your card number is incorrect.", param="card[number]", code="incorrect_number")


def resolve(call: Call, key: str) -> Thing:
    """The payment method of an id; a test token stands for a new one, as at the vendor."""
    if key in cards.CARD_OF_TOKEN:
        return _made(call, _card(cards.CARD_OF_TOKEN[key], {}), {})
    if key in cards.ACCOUNT_OF_TOKEN:
        return _made(call, _account(cards.ACCOUNT_OF_TOKEN[key]), {})
    method = call.store.get("payment_method", key)
    if method is None:
        raise missing("PaymentMethod", key, "payment_method")
    return method


def attach_to(call: Call, method: Thing, customer: str) -> Thing:
    """Attached, unless the card declines already when it is saved (402) or belongs to someone else."""
    existing_customer(call, customer)
    if method["customer"] not in (None, customer):
        raise invalid("The payment method you provided is attached to another customer.", param="payment_method")
    card = card_of(method)
    if card and card.refused:
        raise declined(card.refused)
    if method["customer"] is None:
        method["customer"] = customer
        call.store.put(method)
        emit(call, "payment_method.attached", method)
    return method


def card_of(method: Thing) -> cards.TestCard | None:
    return cards.CARD_OF_FINGERPRINT[method["card"]["fingerprint"]] if method["type"] == "card" else None


def account_of(method: Thing) -> cards.TestAccount:
    return cards.ACCOUNT_OF_FINGERPRINT[method["us_bank_account"]["fingerprint"]]


def attach(call: Call) -> Thing:
    params = call.params({"customer": "str"})
    return attach_to(call, resolve(call, call.path["id"]), required(params, "customer"))


def detach(call: Call) -> Thing:
    method = resolve(call, call.path["id"])
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer.", param="payment_method")
    method["customer"] = None
    method["detached"] = True
    call.store.put(method)
    emit(call, "payment_method.detached", method)
    return method


def retrieve(call: Call) -> Thing:
    method = resolve(call, call.path["id"])
    if call.path.get("customer", method["customer"]) != method["customer"]:
        raise missing("PaymentMethod", call.path["id"])
    return method


def listed(call: Call) -> Thing:
    params = call.params(PAGE | {"customer": "str", "type": "str"})
    customer = existing_customer(call, call.path.get("customer") or required(params, "customer"))
    rows = call.store.all("payment_method", customer=customer["id"])
    return page(call, [m for m in rows if params.get("type") in (None, m["type"])], params)


def _made(call: Call, parts: Thing, params: dict[str, Any]) -> Thing:
    method: Thing = {
        "id": new_id("pm"),
        "object": "payment_method",
        "created": now_ms() // 1000,
        "livemode": False,
        "customer": None,
        "metadata": params.get("metadata", {}),
        "billing_details": params.get("billing_details", {}),
    }
    return call.store.put(method | parts)


def _card(card: cards.TestCard, given: dict[str, Any]) -> Thing:
    face = {
        "brand": card.brand,
        "last4": card.number[-4:],
        "exp_month": int(given.get("exp_month", 8)),
        "exp_year": int(given.get("exp_year", 2034)),
        "fingerprint": card.fingerprint,
        "funding": "credit",
        "country": "US",
    }
    return {"type": "card", "card": face}


def _account(account: cards.TestAccount) -> Thing:
    face = {
        "bank_name": "STRIPE TEST BANK",
        "last4": account.number[-4:],
        "routing_number": "110000000",
        "account_type": "checking",
        "account_holder_type": "company",
        "fingerprint": account.fingerprint,
        "status_details": None,
    }
    return {"type": "us_bank_account", "us_bank_account": face}
