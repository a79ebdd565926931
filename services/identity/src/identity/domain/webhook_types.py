"""Which facts webhooks tell, under which names, and how much of them a customer's own webhook gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from common.errors import RuleBroken

MOST_TYPES = 50
# Evidence by the thousand, plumbing, and what the audit log alone holds: none of it leaves.
_UNTOLD = (
    "audit.", "metering.reading.", "metering.telemetry.", "metering.usage.", "metering.hashprice.",
    "identity.organization.clock_advanced",
)  # fmt: skip
_NAMES = {
    "invoicing.run.finished": "billing_run.finished",
    "payments.method.saved": "payment_method.saved",
    "metering.day.closed": "usage_day.closed",
}
# What a customer's own people may hear of themselves, as in the feed; everything else is the host's alone.
FOR_CUSTOMERS = frozenset(
    name for line in (
        "member.joined member.removed customer.registered agreement.signed alert_preferences.changed",
        "ticket.opened ticket.answered ticket.state_changed alert.raised alert.cleared unit.assigned",
        "contract.activated contract.amended contract.ended contract.notice_given contract.suspended contract.resumed",
        "contract.charge_agreed invoice.issued invoice.overdue invoice.settled invoice.reopened invoice.cancelled",
        "credit.changed payment.succeeded payment.failed payment.reversed payment_method.saved quote.accepted",
        "customer.reminded customer.defaulted customer.default_cleared customer.redirect_activated",
        "customer.redirect_restored",
    ) for name in line.split()
)  # fmt: skip
# Fields of those that stay with the host: what a processor takes from it, its flags, its reasons for what it did.
_HOSTS_ALONE = {
    "payment.succeeded": ("fee",),
    "customer.registered": ("on_billing_hold",),
    "customer.defaulted": ("reason",),
    "customer.default_cleared": ("reason",),
    "customer.redirect_activated": ("reason",),
    "customer.redirect_restored": ("reason",),
}


class BadTypes(RuleBroken):
    """There is no such type of event, or none that may be heard here."""

    code = "bad_webhook_types"


def public_type(kind: str) -> str | None:
    """`invoicing.invoice.issued.v1` is told as `invoice.issued`, a second version as `invoice.issued.v2`."""
    if kind.startswith(_UNTOLD):
        return None
    owner, aggregate, verb, version = kind.split(".")
    name = _NAMES.get(f"{owner}.{aggregate}.{verb}", f"{aggregate}.{verb}")
    return name if version == "v1" else f"{name}.{version}"


def matches(patterns: Iterable[str], name: str) -> bool:
    """Whether one of `*`, `invoice.*` or `invoice.issued` means the type."""
    return any(p in ("*", name) or (p.endswith(".*") and name.startswith(p[:-1])) for p in patterns)


def checked_types(patterns: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """The patterns, each once; refused where one means none of the known types."""
    asked = tuple(dict.fromkeys(patterns))
    if not 1 <= len(asked) <= MOST_TYPES:
        raise BadTypes("No types are named, or too many.", field="types", remedy=f"1 to {MOST_TYPES}, or *")
    for pattern in asked:
        if not any(matches([pattern], name) for name in known):
            raise BadTypes(
                f"There is no type {pattern[:60]!r}.", field="types", remedy="those of GET /v1/webhook-types, or *"
            )
    return asked


def told(name: str, body: Mapping[str, Any], *, to_customer: bool) -> dict[str, Any]:
    """What of a fact leaves: all of its declared fields, for a customer without what is the host's alone."""
    hidden = _HOSTS_ALONE.get(name, ()) if to_customer else ()
    return {field: value for field, value in body.items() if field not in hidden}


def customer_of(body: Mapping[str, Any]) -> str | None:
    """The customer whom a fact names itself, also inside a contract's terms."""
    found = body.get("customer_id") or (body.get("terms") or {}).get("customer_id")
    return str(found) if found else None
