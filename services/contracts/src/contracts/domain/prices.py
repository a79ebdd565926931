"""The prices of a contract, and which of them somebody set by their own word: what needs `rates.override`.

A price is set so when a contract in force no longer has what was agreed, or when a draft has another rate than the
one that the host copies into drafts. What the host has no default for is free until the contract is in force.
"""

from __future__ import annotations

from decimal import Decimal

from contracts.domain.contract import Contract
from contracts.domain.extras import EXTRA_NAMES
from contracts.domain.pricing import EnergyTerms, FixedMonthly, InfinityTerms, OmTerms, Pricing


def overridden(before: Contract, after: Contract) -> list[str]:
    """The priced fields that a move of a contract in force leaves otherwise than it found them."""
    old, new = prices_of(before), prices_of(after)
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def own_rate(draft: Contract, default: Decimal | None, before: Contract | None = None) -> bool:
    """Whether a draft's rate is neither the default of its site or organization nor what the draft had already."""
    rate = _rate(draft.pricing)
    had = _rate(before.pricing) if before is not None and before.currency == draft.currency else None
    return rate is not None and default is not None and rate not in (default, had)


def prices_of(contract: Contract) -> dict[str, object]:
    """Everything agreed that says what something costs or earns, by field; not how much there is of it."""
    early = contract.early_end
    waived = early is not None and early.is_fee_waived
    prices: dict[str, object] = {"escalators": contract.escalators}
    prices["rate_per_kwh"] = _rate(contract.pricing), contract.amendments
    prices["exit_fee"] = contract.exit_fee and (contract.exit_fee, waived)
    prices["deposit"] = contract.deposit
    prices |= {f"extras.{EXTRA_NAMES[type(extra)]}": extra for extra in contract.extras}
    return prices | _of_charges(contract.pricing)


def _of_charges(pricing: Pricing) -> dict[str, object]:
    match pricing:
        case EnergyTerms():
            return {"failover": pricing.failover, "cap_overage_rate": pricing.cap_overage_rate}
        case FixedMonthly():
            return {"fixed_monthly_per_unit": pricing.per_unit}
        case InfinityTerms():
            return {"connector_fee": (pricing.fee_percent, pricing.fee_basis)}
        case OmTerms():
            return {"sites.fee_monthly": {(site.site_id, site.from_on, site.monthly_fee) for site in pricing.sites}}


def _rate(pricing: Pricing) -> Decimal | None:
    return pricing.rate_per_kwh if isinstance(pricing, EnergyTerms | InfinityTerms) else None
