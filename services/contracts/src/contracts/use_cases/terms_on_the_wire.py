"""The terms of a contract as other services get them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from common.clock import local_day
from common.money import exact_text
from contracts.domain import extras
from contracts.domain.contract import Contract
from contracts.domain.escalators import RatePlan, rate_changes
from contracts.domain.pricing import EnergyTerms, FailoverMode, FixedMonthly, InfinityTerms, OmTerms
from events.contracts import (
    ConnectorFee,
    ContractTerms,
    Failover,
    MinerSpec,
    Prepaid,
    RateFrom,
    Rest,
    SiteFee,
    TermsUntil,
)

_FORESEEN_YEARS = 10


def wire_terms(contract: Contract, site_names: dict[str, str] | None = None) -> ContractTerms:
    """Everything that prices the contract; rates as far as ten years ahead."""
    pricing = contract.pricing
    return ContractTerms(
        number=contract.number or "",
        customer_id=contract.customer_id,
        type=contract.type.value,
        plan=contract.plan.value,
        start_on=contract.tenure.start_on,
        end_on=contract.tenure.end_on,
        start_at=contract.from_at,
        end_at=contract.to_at,
        currency=contract.currency,
        timezone=contract.timezone,
        rates=_rates(contract),
        prepaid=Prepaid(**TypeAdapter(type(contract.prepaid)).dump_python(contract.prepaid, mode="json"))
        if contract.prepaid
        else None,
        extras=_extras(contract.extras),
        former=[
            TermsUntil(until_at=one.until_at, extras=_extras(one.extras), **_charges(one.pricing, {}))
            for one in contract.former
        ],
        rests=_rests(contract),
        issuing_entity_id=contract.issuing_entity_id,
        **_charges(pricing, site_names or {}),
    )


def _extras(agreed: Sequence[extras.Extra]) -> dict[str, Any]:
    dumped = ((type(e), TypeAdapter(type(e)).dump_python(e, mode="json", exclude_none=True)) for e in agreed)
    return {
        extras.EXTRA_NAMES[kind]: {name: sorted(v) if isinstance(v, list) else v for name, v in one.items()}
        for kind, one in dumped
    }


def _rests(contract: Contract) -> list[Rest]:
    over = [Rest(from_at=one.from_at, to_at=one.to_at) for one in contract.rests]
    return over if contract.suspended_at is None else [*over, Rest(from_at=contract.suspended_at)]


def _rates(contract: Contract) -> list[RateFrom]:
    pricing = contract.pricing
    if not isinstance(pricing, EnergyTerms | InfinityTerms):
        return []
    until = contract.tenure.end_on
    horizon = local_day(contract.from_at, contract.timezone).replace(day=1) + timedelta(days=366 * _FORESEEN_YEARS)
    plan = RatePlan(
        pricing.rate_per_kwh, contract.currency, contract.timezone, contract.escalators, contract.amendments
    )
    changes = rate_changes(plan, until + timedelta(days=1) if until else horizon)
    first = RateFrom(from_at=contract.from_at, rate_per_kwh=f"{pricing.rate_per_kwh:f}")
    return [first, *(RateFrom(from_at=at, rate_per_kwh=f"{rate:f}") for at, rate in changes if at > contract.from_at)]


def _charges(pricing: object, site_names: dict[str, str]) -> dict[str, Any]:
    if isinstance(pricing, EnergyTerms):
        return {
            "billing_methods": [m.value for m in pricing.methods],
            "failover": _failover(pricing),
            "power_cap_kw": exact_text(pricing.power_cap_kw) if pricing.power_cap_kw is not None else None,
            "cap_overage_rate": f"{pricing.cap_overage_rate:f}" if pricing.cap_overage_rate is not None else None,
            "efficiency_jth": exact_text(pricing.efficiency_jth) if pricing.efficiency_jth is not None else None,
        }
    if isinstance(pricing, FixedMonthly):
        return {"fixed_monthly_per_unit": f"{pricing.per_unit.amount:f}"}
    if isinstance(pricing, InfinityTerms):
        return {
            "spec": MinerSpec(
                model=pricing.spec.model,
                hashrate_ths=exact_text(pricing.spec.rated_ths),
                efficiency_jth=exact_text(pricing.spec.efficiency_jth),
            ),
            "quantity": pricing.quantity,
            "connector_fee": ConnectorFee(percent=f"{pricing.fee_percent:f}", basis=pricing.fee_basis.value),
        }
    assert isinstance(pricing, OmTerms)
    return {
        "sites": [
            SiteFee(
                site_id=s.site_id,
                name=site_names.get(s.site_id, s.site_id),
                fee_monthly=f"{s.monthly_fee.amount:f}",
                from_on=s.from_on,
                to_on=s.to_on,
            )
            for s in pricing.sites
        ]
    }


def _failover(pricing: EnergyTerms) -> Failover | None:
    failover = pricing.failover
    if failover is None:
        return None
    if failover.mode is FailoverMode.FIXED_RATE:
        return Failover(mode="fixed_rate", rate_per_kwh=f"{failover.figure:f}")
    return Failover(mode="market_hashprice", percent=f"{failover.figure:f}")
