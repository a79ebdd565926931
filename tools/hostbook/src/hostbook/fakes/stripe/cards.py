"""The vendor's test cards and test bank accounts: what each does when saved and when charged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestCard:
    """`refused`: declines already when saved. `later`: can be saved, declines when charged.

    `authentication`: `always`, `unless_set_up` or empty. `dispute`: the reason of the dispute that follows a charge.
    """

    number: str
    tokens: tuple[str, ...]
    refused: str = ""
    later: str = ""
    authentication: str = ""
    dispute: str = ""
    brand: str = "visa"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class TestAccount:
    """A bank account that settles (`failure` empty), fails after processing, or stays in processing (`stuck`)."""

    number: str
    token: str
    failure: str = ""
    stuck: bool = False
    dispute: str = ""

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


CARDS = (
    TestCard("4242424242424242", ("pm_card_visa",)),
    TestCard("5555555555554444", ("pm_card_mastercard",), brand="mastercard"),
    TestCard("4000000000000002", ("pm_card_chargeDeclined", "pm_card_visa_chargeDeclined"), refused="generic_decline"),
    TestCard(
        "4000000000009995",
        ("pm_card_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedInsufficientFunds"),
        refused="insufficient_funds",
    ),
    TestCard("4000000000009987", ("pm_card_visa_chargeDeclinedLostCard",), refused="lost_card"),
    TestCard("4000000000009979", ("pm_card_visa_chargeDeclinedStolenCard",), refused="stolen_card"),
    TestCard("4000000000000069", ("pm_card_chargeDeclinedExpiredCard",), refused="expired_card"),
    TestCard("4000000000000127", ("pm_card_chargeDeclinedIncorrectCvc",), refused="incorrect_cvc"),
    TestCard("4000000000000119", ("pm_card_chargeDeclinedProcessingError",), refused="processing_error"),
    TestCard(
        "4000000000006975", ("pm_card_visa_chargeDeclinedVelocityLimitExceeded",), refused="card_velocity_exceeded"
    ),
    TestCard("4000000000000341", ("pm_card_chargeCustomerFail",), later="generic_decline"),
    TestCard("4000002500003155", ("pm_card_authenticationRequiredOnSetup",), authentication="unless_set_up"),
    TestCard("4000002760003184", ("pm_card_authenticationRequired",), authentication="always"),
    TestCard("4000003800000446", ("pm_card_authenticationRequiredSetupForOffSession",)),
    TestCard(
        "4000008260003178",
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",),
        later="insufficient_funds",
        authentication="always",
    ),
    TestCard("4000000000000259", ("pm_card_createDispute",), dispute="fraudulent"),
    TestCard("4000000000002685", ("pm_card_createDisputeProductNotReceived",), dispute="product_not_received"),
)
ACCOUNTS = (
    TestAccount("000123456789", "pm_usBankAccount_success"),
    TestAccount("000111111113", "pm_usBankAccount_accountClosed", failure="account_closed"),
    TestAccount("000111111116", "pm_usBankAccount_noAccount", failure="no_account"),
    TestAccount("000222222227", "pm_usBankAccount_insufficientFunds", failure="insufficient_funds"),
    TestAccount("000333333335", "pm_usBankAccount_debitNotAuthorized", failure="debit_not_authorized"),
    TestAccount("000555555559", "pm_usBankAccount_dispute", dispute="debit_not_authorized"),
    TestAccount("000000000009", "pm_usBankAccount_processing", stuck=True),
)
CARD_OF_TOKEN = {token: card for card in CARDS for token in card.tokens}
CARD_OF_NUMBER = {card.number: card for card in CARDS}
CARD_OF_FINGERPRINT = {card.fingerprint: card for card in CARDS}
ACCOUNT_OF_TOKEN = {account.token: account for account in ACCOUNTS}
ACCOUNT_OF_NUMBER = {account.number: account for account in ACCOUNTS}
ACCOUNT_OF_FINGERPRINT = {account.fingerprint: account for account in ACCOUNTS}
