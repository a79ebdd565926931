"""From an amendment's fields to the new terms that they make."""

from __future__ import annotations

from common.money import Money, decimal_of, exact_of
from contracts.api.agreed_terms import (
    amount_of,
    as_written,
    clauses_of,
    escalators_of,
    exit_fee_of,
    failover_of,
    index_of,
    serviced,
    spec_of,
)
from contracts.api.amendment_schemas import AmendmentIn
from contracts.domain import amending
from contracts.domain.amending import AmendmentEmpty, NewTerms
from contracts.domain.contract import Contract
from contracts.domain.rates import rate_of
from contracts.domain.repricing import Droppable, EnergyChange, InfinityChange, NewPrices
from contracts.domain.wallet import wallet_of

_WHEN = {"effective_at", "reason"}
_DROPPABLE = frozenset(Droppable)


def checked_amendment(body: AmendmentIn) -> None:
    """Refuses an amendment that changes nothing."""
    if all(getattr(body, name) is None for name in AmendmentIn.model_fields.keys() - _WHEN):
        raise AmendmentEmpty("Nothing would change.", field="rate_per_kwh", remedy="a new rate, or other new terms")


def amended(contract: Contract, body: AmendmentIn) -> Contract:
    """The contract with what the body changes."""
    currency = contract.currency
    with as_written():
        new = NewTerms(
            from_at=body.effective_at,
            rate_per_kwh=rate_of(body.rate_per_kwh, currency) if body.rate_per_kwh is not None else None,
            escalators=(*escalators_of(body.escalators or ()), *map(index_of, body.index_escalators or ())),
            auto_renew=body.auto_renew,
            renews_by=body.renews_by,
            notice_days=body.notice_days,
            max_extensions=body.max_extensions,
            sites=tuple(serviced(s, currency) for s in body.sites) if body.sites is not None else None,
            clauses=clauses_of(body.clauses) if body.clauses is not None else None,
            prices=_prices(body, currency),
            exit_fee=exit_fee_of(body.exit_fee, currency) if body.exit_fee is not None else None,
            drops_exit_fee="exit_fee" in (body.drops or ()),
            issuing_entity_id=str(body.issuing_entity_id) if body.issuing_entity_id is not None else None,
            drops_issuer="issuing_entity" in (body.drops or ()),
        )
        return amending.amended(contract, new)


def _prices(body: AmendmentIn, currency: str) -> NewPrices:
    return NewPrices(
        energy=_energy(body, currency),
        infinity=_infinity(body),
        fixed_monthly=_fixed(body, currency),
        extras=body.extras.chosen() if body.extras is not None else (),
        drops=frozenset(Droppable(name) for name in body.drops or () if name in _DROPPABLE),
    )


def _fixed(body: AmendmentIn, currency: str) -> Money | None:
    given = body.fixed_monthly_per_unit
    return amount_of(given, currency, "fixed_monthly_per_unit") if given is not None else None


def _energy(body: AmendmentIn, currency: str) -> EnergyChange:
    overage, cap, efficiency = body.cap_overage_rate, body.power_cap_kw, body.efficiency_jth
    return EnergyChange(
        methods=tuple(body.billing_methods) if body.billing_methods is not None else None,
        failover=failover_of(body.failover, currency) if body.failover is not None else None,
        power_cap_kw=exact_of(cap, field="power_cap_kw") if cap is not None else None,
        cap_overage_rate=rate_of(overage, currency, field="cap_overage_rate") if overage is not None else None,
        efficiency_jth=exact_of(efficiency, field="efficiency_jth") if efficiency is not None else None,
    )


def _infinity(body: AmendmentIn) -> InfinityChange:
    fee = body.connector_fee
    return InfinityChange(
        spec=spec_of(body.spec) if body.spec is not None else None,
        quantity=body.quantity,
        fee_percent=decimal_of(fee.percent, field="connector_fee.percent") if fee is not None else None,
        fee_basis=fee.basis if fee is not None else None,
        wallet=wallet_of(body.wallet) if body.wallet is not None else None,
    )
