"""What a processor's refusal means for us: try again, ask the customer, or leave the method alone for good."""

from __future__ import annotations

from enum import StrEnum


class Remedy(StrEnum):
    """What may follow a failed attempt."""

    RETRY = "retry"  # the same method may work on another day
    RETRY_SOON = "retry_soon"  # a technical failure: once more after an hour, then as RETRY
    CUSTOMER = "customer"  # the customer has to act: authenticate, correct the card
    NEW_METHOD = "new_method"  # this method must not be charged again
    CHECK = "check"  # perhaps it was charged already: look before anything else


_NEW_METHOD_WORDS = (
    "lost_card stolen_card pickup_card incorrect_number invalid_number invalid_account revocation_of_authorization "
    "revocation_of_all_authorizations stop_payment_order transaction_not_allowed fraudulent merchant_blacklist "
    "highest_risk_level card_not_supported currency_not_supported restricted_card security_violation not_permitted "
    "service_not_allowed testmode_decline do_not_try_again account_closed no_account debit_not_authorized "
    "bank_account_restricted bank_account_unusable payment_method_bank_account_blocked payment_method_removed"
)
_CUSTOMER_WORDS = (
    "authentication_required authentication_not_handled expired_card new_account_information_available "
    "invalid_expiry_month invalid_expiry_year incorrect_cvc invalid_cvc incorrect_zip incorrect_address "
    "payment_intent_mandate_invalid bank_account_unverified"
)
_RETRY_SOON = frozenset(("processing_error", "issuer_not_available", "reenter_transaction", "not_received"))
_NEW_METHOD = frozenset(_NEW_METHOD_WORDS.split())
_CUSTOMER = frozenset(_CUSTOMER_WORDS.split())
_BY_ADVICE = {
    "do_not_try_again": Remedy.NEW_METHOD,
    "confirm_card_data": Remedy.CUSTOMER,
    "try_again_later": Remedy.RETRY,
}
_SHOWN_AS_GENERIC = frozenset({"fraudulent", "lost_card", "stolen_card", "merchant_blacklist", "pickup_card"})


def remedy_of(reason: str, advice: str | None = None) -> Remedy:
    """The remedy by reason; the network's advice can only make it stricter, and decides for unknown reasons."""
    if reason in _NEW_METHOD or advice == "do_not_try_again":
        return Remedy.NEW_METHOD
    if reason == "duplicate_transaction":
        return Remedy.CHECK
    if reason in _CUSTOMER:
        return Remedy.CUSTOMER
    if reason in _RETRY_SOON:
        return Remedy.RETRY_SOON
    return _BY_ADVICE.get(advice or "", Remedy.RETRY)


def shown_reason(reason: str) -> str:
    """The reason as a customer may see it: what points at fraud is shown as a plain decline."""
    return "generic_decline" if reason in _SHOWN_AS_GENERIC else reason
