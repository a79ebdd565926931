"""From the fields of a request to the agreement that they make; the domain refuses what does not fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from common.errors import RuleBroken
from common.money import Money, decimal_of, exact_of
from contracts.api.contract_schemas import (
    ClauseIn,
    ContractFields,
    EscalatorIn,
    ExitFeeIn,
    FailoverIn,
    IndexIn,
    SiteFeeIn,
    SpecIn,
)
from contracts.domain.contract import Contract, ContractType
from contracts.domain.escalators import Escalator, IndexEscalator, PercentEscalator
from contracts.domain.extensions import Extensions
from contracts.domain.particulars import Clause, Deposit, ExitFee
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
    one_way_of_charging,
)
from contracts.domain.rates import rate_of
from contracts.domain.renewal import AutoRenewal
from contracts.domain.terms import Term, agreed, with_end
from contracts.domain.wallet import wallet_of

_WRITTEN = {
    "term.days": "term_days",
    "extensions.limit": "max_extensions",
    "wallet_address": "wallet",
    "spec.rated_ths": "spec.hashrate_ths",
    "spec.rated_w": "spec.efficiency_jth",
    "sites.monthly_fee": "sites.fee_monthly",
    "escalator.percent": "escalators.percent",
    "escalator.every_months": "escalators.every_months",
    "escalator.values": "index_escalators.values",
    "escalator.floor_percent": "index_escalators.floor_percent",
    "escalator": "escalators",
    "pricing": "type",
}
"""The rules' names of fields, as this API has them."""


@contextmanager
def as_written() -> Iterator[None]:
    """Refusals inside the block name their field as the caller wrote it."""
    try:
        yield
    except RuleBroken as refusal:
        refusal.field = _WRITTEN.get(refusal.field or "", refusal.field)
        raise


class FieldMissing(RuleBroken):
    """A field that this type of contract needs is absent."""

    code = "field_missing"


class FieldNotOfType(RuleBroken):
    """A field that this type of contract, or its way of charging, does not have: it would count for nothing."""

    code = "field_not_of_type"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the draft is filled with where its fields are blank."""

    currency: str
    timezone: str
    rate_per_kwh: Decimal | None


def contract_of(contract_id: UUID, fields: ContractFields, defaults: Defaults) -> Contract:
    """The agreement that the fields make; the domain's rules refuse what does not fit together."""
    with as_written():
        return _contract(contract_id, fields, defaults)


def _contract(contract_id: UUID, fields: ContractFields, defaults: Defaults) -> Contract:
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
        auto_renewal=AutoRenewal(fields.notice_days, fields.renews_by) if fields.auto_renew else None,
        extensions=Extensions(fields.max_extensions),
        escalators=(*escalators_of(fields.escalators), *map(index_of, fields.index_escalators)),
        extras=fields.extras.chosen(),
        site_id=str(fields.site_id) if fields.site_id else None,
        notice_days=fields.notice_days,
        deposit=_deposit(fields, currency),
        exit_fee=exit_fee_of(fields.exit_fee, currency) if fields.exit_fee is not None else None,
        clauses=clauses_of(fields.clauses),
        issuing_entity_id=str(fields.issuing_entity_id) if fields.issuing_entity_id else None,
    )


def _deposit(fields: ContractFields, currency: str) -> Deposit | None:
    if fields.deposit is None and fields.deposit_opens_gate:
        raise FieldMissing("No deposit is agreed that could open the gate.", field="deposit", remedy="its amount")
    if fields.deposit is None:
        return None
    return Deposit(amount_of(fields.deposit, currency, "deposit"), opens_gate=fields.deposit_opens_gate)


def escalators_of(given: Sequence[EscalatorIn]) -> tuple[Escalator, ...]:
    return tuple(
        PercentEscalator(decimal_of(e.percent, field="escalators.percent"), e.first_on, e.every_months, e.compounding)
        for e in given
    )


def index_of(given: IndexIn) -> IndexEscalator:
    def figure(text: str | None, name: str) -> Decimal | None:
        return decimal_of(text, field=f"index_escalators.{name}") if text is not None else None

    values = tuple((v.on, decimal_of(v.value, field="index_escalators.values")) for v in given.values)
    reference = decimal_of(given.reference, field="index_escalators.reference")
    floor, cap = figure(given.floor_percent, "floor_percent"), figure(given.cap_percent, "cap_percent")
    return IndexEscalator(reference, values, floor, cap)


def clauses_of(given: Sequence[ClauseIn]) -> tuple[Clause, ...]:
    return tuple(Clause(c.title.strip(), c.text.strip()) for c in given)


def exit_fee_of(given: ExitFeeIn, currency: str) -> ExitFee:
    amount = amount_of(given.amount, currency, "exit_fee.amount") if given.amount is not None else None
    percent = decimal_of(given.percent, field="exit_fee.percent") if given.percent is not None else None
    return ExitFee(given.mode, amount, percent)


def amount_of(text: str, currency: str, field: str) -> Money:
    """An amount of the currency, with no more decimals than it has."""
    try:
        return Money(decimal_of(text, field=field), currency)
    except RuleBroken as refusal:
        refusal.field = refusal.field if refusal.field == "currency" else field
        raise


def _pricing(fields: ContractFields, currency: str, defaults: Defaults) -> Pricing:
    if fields.type is ContractType.INFINITY:
        return _infinity(fields, currency, defaults)
    if fields.type is ContractType.OM:
        _absent(fields, *_OF_ENERGY, "rate_per_kwh", "fixed_monthly_per_unit", *_OF_HASHRATE)
        return OmTerms(tuple(serviced(s, currency) for s in fields.sites or []))
    _absent(fields, *_OF_HASHRATE, "sites")
    fixed = None
    if fields.fixed_monthly_per_unit is not None:
        fixed = FixedMonthly(amount_of(fields.fixed_monthly_per_unit, currency, "fixed_monthly_per_unit"))
    energy = None
    if fields.billing_methods is not None or fixed is None:
        energy = _energy(fields, currency, defaults)
    else:
        _absent(fields, *_OF_ENERGY, "rate_per_kwh", how=" with a fixed monthly amount")
    return one_way_of_charging(energy, fixed)


def _energy(fields: ContractFields, currency: str, defaults: Defaults) -> EnergyTerms:
    return EnergyTerms(
        rate_per_kwh=_rate(fields, currency, defaults),
        methods=tuple(fields.billing_methods or (Method.METERED,)),
        failover=failover_of(fields.failover, currency) if fields.failover else None,
        power_cap_kw=exact_of(fields.power_cap_kw, field="power_cap_kw") if fields.power_cap_kw is not None else None,
        cap_overage_rate=rate_of(fields.cap_overage_rate, currency, field="cap_overage_rate")
        if fields.cap_overage_rate is not None
        else None,
        efficiency_jth=exact_of(fields.efficiency_jth, field="efficiency_jth")
        if fields.efficiency_jth is not None
        else None,
    )


def _infinity(fields: ContractFields, currency: str, defaults: Defaults) -> InfinityTerms:
    _absent(fields, *_OF_ENERGY, "fixed_monthly_per_unit", "sites")
    for name in ("spec", "quantity", "connector_fee", "wallet"):
        if getattr(fields, name) is None:
            raise FieldMissing(f"An infinity contract needs {name}.", field=name, remedy="add it (CB-19, CB-20)")
    assert fields.spec is not None
    assert fields.quantity is not None
    assert fields.connector_fee is not None
    assert fields.wallet is not None
    return InfinityTerms(
        _rate(fields, currency, defaults),
        spec_of(fields.spec),
        fields.quantity,
        decimal_of(fields.connector_fee.percent, field="connector_fee.percent"),
        fields.connector_fee.basis,
        wallet_of(fields.wallet),
    )


def spec_of(given: SpecIn) -> MinerSpec:
    return MinerSpec(
        given.model,
        exact_of(given.hashrate_ths, field="spec.hashrate_ths"),
        exact_of(given.efficiency_jth, field="spec.efficiency_jth"),
    )


def _rate(fields: ContractFields, currency: str, defaults: Defaults) -> Decimal:
    if fields.rate_per_kwh is not None:
        return rate_of(fields.rate_per_kwh, currency)
    if defaults.rate_per_kwh is None:
        raise FieldMissing("There is no rate, and no default rate to copy.", field="rate_per_kwh", remedy="give a rate")
    return defaults.rate_per_kwh


def failover_of(given: FailoverIn, currency: str) -> Failover:
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


def serviced(site: SiteFeeIn, currency: str) -> ServicedSite:
    fee = amount_of(site.fee_monthly, currency, "sites.fee_monthly")
    return ServicedSite(str(site.site_id), fee, site.from_on, site.to_on)


_OF_ENERGY = ("billing_methods", "failover", "power_cap_kw", "cap_overage_rate", "efficiency_jth")
_OF_HASHRATE = ("spec", "quantity", "connector_fee", "wallet")


def _absent(fields: ContractFields, *names: str, how: str = "") -> None:
    for name in names:
        if getattr(fields, name) is not None:
            raise FieldNotOfType(
                f"A contract of type {fields.type.value}{how} has no {name}.", field=name, remedy="leave it out"
            )
