"""How a fact of any service reads in the activity feed, and who may see it there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Facts so many that nobody would read them, or that say nothing to people.
UNTOLD = (
    "audit.",
    "metering.reading.",
    "metering.telemetry.",
    "metering.usage.",
    "metering.hashprice.",
    "identity.organization.clock_advanced",
)
SUBJECTS = (
    "agreement_id", "alert_id", "announcement_id", "contract_id", "invoice_id", "member_id", "payment_id", "quote_id",
    "site_id", "ticket_id", "unit_id",
)  # fmt: skip
_READ = {
    "identity": "members.read",
    "customers": "customers.read",
    "contracts": "contracts.read",
    "metering": "usage.read",
    "invoicing": "invoices.read",
    "payments": "payments.read",
    "revenueguard": "guard.read",
    "quotes": "quotes.read",
}
# By topic where it is not its owner's.
_READ_OF_TOPIC = {
    "identity.organization": "organization.read",
    "contracts.site": "sites.read",
    "contracts.unit": "contracts.read",
    "customers.ticket": "tickets.read",
    "customers.announcement": "announcements.read",
    "customers.agreement": "agreements.read",
    "invoicing.credit": "credit.read",
    "payments.method": "payment_methods.read",
}
# What a customer's own people see of themselves, in words for them; everything else is the host's alone.
_FOR_CUSTOMERS = {
    "identity.member.joined": "Somebody joined the team",
    "identity.member.removed": "Somebody left the team",
    "customers.customer.registered": "The account was opened",
    "customers.agreement.signed": "An agreement was signed",
    "customers.ticket.opened": "Ticket {number} was opened",
    "customers.ticket.answered": "Ticket {number} was answered",
    "customers.ticket.state_changed": "Ticket {number} is {state}",
    "customers.alert_preferences.changed": "The alert thresholds were changed",
    "contracts.contract.activated": "Contract {terms.number} is active",
    "contracts.contract.amended": "Contract {terms.number} was amended",
    "contracts.contract.ended": "A contract ended",
    "contracts.contract.notice_given": "Notice was given for a contract",
    "contracts.contract.suspended": "A contract is suspended",
    "contracts.contract.resumed": "A contract goes on",
    "contracts.unit.assigned": "A unit was assigned",
    "contracts.unit.released": "A unit was released",
    "metering.unit.state_changed": "A unit is {state}",
    "metering.alert.raised": "Alert: {detail}",
    "metering.alert.cleared": "An alert is over",
    "invoicing.invoice.issued": "Invoice {number} was issued: {total} {currency}, due {due_on}",
    "invoicing.invoice.overdue": "Invoice {number} is overdue: {balance} {currency}",
    "invoicing.invoice.settled": "Invoice {number} is settled",
    "invoicing.invoice.reopened": "Invoice {number} is owed again: {balance} {currency}",
    "invoicing.invoice.cancelled": "Invoice {number} was cancelled",
    "invoicing.credit.changed": "The credit is now {balance} {currency}",
    "payments.payment.succeeded": "A payment of {amount} {currency} was received",
    "payments.payment.failed": "A payment of {amount} {currency} did not succeed",
    "payments.payment.reversed": "A payment of {amount} {currency} went back",
    "payments.method.saved": "A way to pay was saved",
    "revenueguard.customer.reminded": "A reminder was sent",
    "revenueguard.customer.defaulted": "The account is in default",
    "revenueguard.customer.default_cleared": "The account is in good standing again",
    "revenueguard.customer.redirect_activated": "Hashrate is redirected to the host's pool",
    "revenueguard.customer.redirect_restored": "The machines mine for the customer again",
    "quotes.quote.accepted": "Quote {number} was accepted",
}  # fmt: skip
_FOR_HOSTS = {
    "contracts.contract.reminded": "Contract: {about} on {due_on}",
    "customers.customer.changed": "The account was changed",
    "customers.customer.mail_refused": "A mail to {email} was refused: {reason}",
    "customers.customer.merged": "The account was merged into another",
    "customers.agreement.required": "Version {version} of {name} was published",
    "customers.announcement.sent": "{title} went to {recipients} customers",
    "customers.ticket.late": "Ticket {number} is late",
    "contracts.site.opened": "Site {name} was added or changed",
    "contracts.unit.registered": "Unit {name} was added or changed",
    "invoicing.invoice.held": "Invoice {number} is held",
    "invoicing.invoice.written_off": "Invoice {number} was written off",
    "invoicing.run.finished": "A billing run ended: {issued} issued, {held} held, {skipped} skipped",
    "quotes.quote.sent": "Quote {number} was sent",
    "revenueguard.unit.uncontracted": "A unit hashes without a contract",
}
_PLACE = re.compile(r"\{([a-z_.]+)\}")


@dataclass(frozen=True, slots=True)
class Telling:
    """A fact in the feed: its sentence, the permission that shows it, and whether it is for the customer's people."""

    summary: str
    permission: str
    for_customer: bool
    subjects: Mapping[str, str]


def is_told(kind: str) -> bool:
    """Whether facts of a type such as `invoicing.invoice.issued.v1` enter the feed."""
    return not kind.startswith(UNTOLD)


def told(kind: str, body: Mapping[str, Any]) -> Telling:
    """A fact's telling; one that nobody wrote a sentence for is told by its name, to the host alone."""
    owner, aggregate, verb = kind.split(".")[:3]
    name, topic = f"{owner}.{aggregate}.{verb}", f"{owner}.{aggregate}"
    plain = f"{aggregate} {verb}".replace("_", " ").capitalize()
    sentence = _FOR_CUSTOMERS.get(name) or _FOR_HOSTS.get(name) or plain
    summary = _PLACE.sub(lambda m: _value(body, m.group(1)), sentence)
    subjects = {key: str(body[key]) for key in SUBJECTS if body.get(key)}
    permission = _READ_OF_TOPIC.get(topic, _READ.get(owner, "activity.read"))
    return Telling(summary[:500], permission, name in _FOR_CUSTOMERS, subjects)


def customer_of(body: Mapping[str, Any]) -> str | None:
    """The customer that a fact names itself, also inside a contract's terms."""
    found = body.get("customer_id") or (body.get("terms") or {}).get("customer_id")
    return str(found) if found else None


def _value(body: Mapping[str, Any], path: str) -> str:
    found: Any = body
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return "?" if found is None else str(found)
