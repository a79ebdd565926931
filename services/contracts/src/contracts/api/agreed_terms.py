"""From the fields of a request to the agreement that they make; the domain refuses what does not fit together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from common.errors import RuleBroken
from common.money import Money, decimal_of, exact_of
from contracts.api.contract_schemas import ContractFields, FailoverIn, SiteFeeIn
from contracts.domain.contract import Contract, ContractType, one_way_of_charging
from contracts.domain.escalators import PercentEscalator
from contracts.domain.extensions import Extensions
from contracts.domain.pricing import (
    EnergyTerms,
    Failover,
    FailoverMode,
    FixedMonthly,
    InfinityTerms,
    Method,
    MinerSpec,
    OmTerms,
    Plan,
    PrepaidPlan,
    Pricing,
    ServicedSite,
)
from contracts.domain.rates import rate_of
from contracts.domain.renewal import AutoRenewal
from contracts.domain.terms import Term, agreed, with_end
from contracts.domain.wallet import wallet_of


class FieldMissing(RuleBroken):
    """A field that this type of contract needs is absent."""

    code = "field_missing"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the draft is filled with where its fields are blank."""

    currency: str
    timezone: str
    rate_per_kwh: Decimal | None


def contract_of(contract_id: UUID, fields: ContractFields, defaults: Defaults) -> Contract:
    """The agreement that the fields make; the domain's rules refuse what does not fit together."""
    currency = fields.currency or defaults.currency
    tenure = agreed(Term(fields.term, fields.term_days), fields.start_on)
    if fields.end_on is not None:
        tenure = with_end(tenure, fields.end_on)
    return Contract(
        contract_id=str(contract_id),
        customer_id=str(fields.customer_id),
        type=fields.type,
        currency=currency,
        timezone=defaults.timezone,
        tenure=tenure,
        pricing=_pricing(fields, currency, defaults),
        plan=fields.plan,
        prepaid=fields.prepaid or (PrepaidPlan() if fields.plan is Plan.PREPAID_31D else None),
        auto_renewal=AutoRenewal(fields.notice_days) if fields.auto_renew else None,
        extensions=Extensions(fields.max_extensions),
        escalators=tuple(
            PercentEscalator(
                decimal_of(e.percent, field="escalators.percent"), e.first_on, e.every_months, e.compounding
            )
            for e in fields.escalators
        ),
        extras=fields.extras.chosen(),
    )


def _pricing(fields: ContractFields, currency: str, defaults: Defaults) -> Pricing:
    if fields.type is ContractType.INFINITY:
        return _infinity(fields, currency, defaults)
    if fields.type is ContractType.OM:
        _absent(fields, "billing_methods", "failover", "fixed_monthly_per_unit", "spec", "connector_fee")
        return OmTerms(tuple(_serviced(s, currency) for s in fields.sites or []))
    _absent(fields, "spec", "quantity", "connector_fee", "wallet", "sites")
    fixed = None
    if fields.fixed_monthly_per_unit is not None:
        amount = decimal_of(fields.fixed_monthly_per_unit, field="fixed_monthly_per_unit")
        fixed = FixedMonthly(Money(amount, currency))
    energy = None
    if fields.billing_methods is not None or fixed is None:
        energy = _energy(fields, currency, defaults)
    return one_way_of_charging(energy, fixed)


def _energy(fields: ContractFields, currency: str, defaults: Defaults) -> EnergyTerms:
    return EnergyTerms(
        rate_per_kwh=_rate(fields, currency, defaults),
        methods=tuple(fields.billing_methods or (Method.METERED,)),
        failover=_failover(fields.failover, currency) if fields.failover else None,
        power_cap_kw=exact_of(fields.power_cap_kw, field="power_cap_kw") if fields.power_cap_kw is not None else None,
        cap_overage_rate=rate_of(fields.cap_overage_rate, currency, field="cap_overage_rate")
        if fields.cap_overage_rate is not None
        else None,
        efficiency_jth=exact_of(fields.efficiency_jth, field="efficiency_jth")
        if fields.efficiency_jth is not None
        else None,
    )


def _infinity(fields: ContractFields, currency: str, defaults: Defaults) -> InfinityTerms:
    _absent(fields, "billing_methods", "failover", "fixed_monthly_per_unit", "sites")
    for name in ("spec", "quantity", "connector_fee", "wallet"):
        if getattr(fields, name) is None:
            raise FieldMissing(f"An infinity contract needs {name}.", field=name, remedy="add it (CB-19, CB-20)")
    assert fields.spec is not None
    assert fields.quantity is not None
    assert fields.connector_fee is not None
    assert fields.wallet is not None
    spec = MinerSpec(
        fields.spec.model,
        exact_of(fields.spec.hashrate_ths, field="spec.hashrate_ths"),
        exact_of(fields.spec.efficiency_jth, field="spec.efficiency_jth"),
    )
    return InfinityTerms(
        _rate(fields, currency, defaults),
        spec,
        fields.quantity,
        decimal_of(fields.connector_fee.percent, field="connector_fee.percent"),
        fields.connector_fee.basis,
        wallet_of(fields.wallet),
    )


def _rate(fields: ContractFields, currency: str, defaults: Defaults) -> Decimal:
    if fields.rate_per_kwh is not None:
        return rate_of(fields.rate_per_kwh, currency)
    if defaults.rate_per_kwh is None:
        raise FieldMissing("There is no rate, and no default rate to copy.", field="rate_per_kwh", remedy="give a rate")
    return defaults.rate_per_kwh


def _failover(given: FailoverIn, currency: str) -> Failover:
    if given.mode is FailoverMode.FIXED_RATE:
        if given.rate_per_kwh is None or given.percent is not None:
            raise FieldMissing(
                "A fixed failover needs a rate alone.", field="failover.rate_per_kwh", remedy="add a rate"
            )
        return Failover(given.mode, rate_of(given.rate_per_kwh, currency, field="failover.rate_per_kwh"))
    if given.percent is None or given.rate_per_kwh is not None:
        raise FieldMissing(
            "Market failover needs a percentage alone.", field="failover.percent", remedy="add a percent"
        )
    return Failover(given.mode, decimal_of(given.percent, field="failover.percent"))


def _serviced(site: SiteFeeIn, currency: str) -> ServicedSite:
    fee = Money(decimal_of(site.fee_monthly, field="sites.fee_monthly"), currency)
    return ServicedSite(str(site.site_id), fee, site.from_on, site.to_on)


def _absent(fields: ContractFields, *names: str) -> None:
    for name in names:
        if getattr(fields, name) is not None:
            raise FieldMissing(
                f"A contract of type {fields.type.value} has no {name}.", field=name, remedy="leave it out"
            )
