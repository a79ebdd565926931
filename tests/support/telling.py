"""Events in a few words for the stories: what it is, whose it is, and the one figure that matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from events import contracts, invoicing, payments, revenueguard
from events.envelope import Event

FOLDED = frozenset({"UsageMeasured", "UsageDayClosed", "MeterReadingRecorded", "TelemetryRecorded"})
"""Told by their count."""
UNTOLD = frozenset(
    {"ClockAdvanced", "ChangeRecorded", "AlertRaised", "AlertCleared", "SiteFeedStopped", "SiteFeedResumed"}
)
"""The advance itself, the audit of what the other events tell, and machines' alerts, which have their own tests."""

_WHOSE = ("customer_id", "unit_id", "contract_id", "quote_id")
_BY: dict[type[Event], str] = {
    contracts.ContractActivated: "contract_id",
    contracts.ContractAmended: "contract_id",
    contracts.ContractEnded: "contract_id",
    contracts.ContractNoticeGiven: "contract_id",
    contracts.ContractReminded: "contract_id",
    contracts.ContractSuspended: "contract_id",
    contracts.ContractResumed: "contract_id",
    contracts.ChargeAgreed: "contract_id",
    contracts.UnitAssigned: "unit_id",
    contracts.UnitReleased: "unit_id",
}
_FIGURE: dict[type[Event], Callable[[Any], str]] = {
    contracts.ContractReminded: lambda e: f"{e.about} {e.days_before}",
    contracts.ChargeAgreed: lambda e: f"{e.charge} {e.amount}",
    invoicing.InvoiceIssued: lambda e: e.amount_due,
    invoicing.InvoiceHeld: lambda e: e.total,
    invoicing.InvoiceOverdue: lambda e: e.balance,
    invoicing.CreditChanged: lambda e: f"{Decimal(e.balance):.2f}",
    invoicing.BillingRunFinished: lambda e: f"{e.period} {e.issued} issued {e.held} held {e.skipped} skipped",
    payments.PaymentSucceeded: lambda e: e.amount,
    payments.PaymentFailed: lambda e: f"attempt {e.attempt}",
    payments.PaymentReversed: lambda e: e.amount,
    revenueguard.ReminderSent: lambda e: e.step,
}


def told(event: Event, name_of: Mapping[str, str]) -> str:
    """`InvoiceIssued alpha 96.80`."""
    names = [_BY[type(event)]] if type(event) in _BY else [name for name in _WHOSE if hasattr(event, name)]
    whose = next((name_of.get(str(getattr(event, name)), "") for name in names), "")
    figure = _FIGURE.get(type(event), lambda _: "")(event)
    return " ".join(word for word in (type(event).__name__, whose, figure) if word)
