"""From the wire's contract terms and usage to the domain's, and the stored forms of usage and invoices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from common.clock import day_start, instant_of
from common.money import exact_of
from events.metering import UsageMeasured
from invoicing.domain.commitment import MinimumCommitment
from invoicing.domain.curtailment import CurtailmentSettlement
from invoicing.domain.demand import DemandCharge
from invoicing.domain.invoice import Invoice
from invoicing.domain.lines import LineMethod
from invoicing.domain.market_price import MarketPassThrough
from invoicing.domain.periods import day_holding, whole_day_from
from invoicing.domain.terms import (
    ConnectorFee,
    ContractTerms,
    ContractType,
    CycleKind,
    Failover,
    FailoverMode,
    FeeBasis,
    FormerTerms,
    Plan,
    PrepaidTerms,
    RateFrom,
    SiteFee,
    Spec,
    ZeroSpanCredit,
)
from invoicing.domain.uptime import UptimePromise
from invoicing.domain.usage import (
    ChannelEvidence,
    FailoverUsage,
    MethodUsage,
    PricedSpan,
    Quarter,
    UnitUsage,
)
from invoicing.domain.utility_closure import LossPassThrough

USAGE = TypeAdapter(UnitUsage)
INVOICE = TypeAdapter(Invoice)
_EXTRAS: dict[str, TypeAdapter[Any]] = {
    "market_price": TypeAdapter(MarketPassThrough),
    "demand": TypeAdapter(DemandCharge),
    "commitment": TypeAdapter(MinimumCommitment),
    "utility_loss": TypeAdapter(LossPassThrough),
    "curtailment": TypeAdapter(CurtailmentSettlement),
    "uptime": TypeAdapter(UptimePromise),
}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def terms_of(contract_id: UUID, wire: dict[str, Any]) -> ContractTerms:
    """The domain's terms behind the wire's (events.contracts.ContractTerms as JSON)."""
    prepaid = wire.get("prepaid")
    return ContractTerms(
        contract_id=str(contract_id),
        customer_id=str(wire["customer_id"]),
        type=ContractType(wire["type"]),
        currency=wire["currency"],
        timezone=wire["timezone"],
        first_on=date.fromisoformat(wire["start_on"]),
        last_on=date.fromisoformat(wire["end_on"]) if wire.get("end_on") else None,
        plan=Plan(wire["plan"]),
        rates=tuple(RateFrom(instant_of(r["from_at"]), Decimal(r["rate_per_kwh"])) for r in wire["rates"]),
        sites=tuple(_site(s) for s in wire.get("sites", ())),
        prepaid=_prepaid(prepaid) if prepaid else None,
        number=wire.get("number", ""),
        former=tuple(_former(one) for one in wire.get("former", ())),
        rests=_rests(wire),
        issuing_entity_id=wire.get("issuing_entity_id"),
        **_charges(wire),
    )


def _extras(wire: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_EXTRAS[name].validate_python(value) for name, value in wire.get("extras", {}).items())


def _charges(wire: dict[str, Any]) -> dict[str, Any]:
    """What an amendment may change, of terms and of those before them alike."""
    failover, spec, fee = (wire.get(name) for name in ("failover", "spec", "connector_fee"))
    return {
        "methods": tuple(LineMethod(m) for m in wire.get("billing_methods", ())),
        "failover": _failover(failover) if failover else None,
        "fixed_monthly": _decimal(wire.get("fixed_monthly_per_unit")),
        "power_cap_kw": _plain(wire.get("power_cap_kw")),
        "overage_rate": _decimal(wire.get("cap_overage_rate")),
        "spec": _spec(spec, wire["quantity"]) if spec else None,
        "connector_fee": ConnectorFee(Decimal(fee["percent"]), FeeBasis(fee["basis"])) if fee else None,
        "extras": _extras(wire),
    }


def _former(wire: dict[str, Any]) -> FormerTerms:
    return FormerTerms(until_at=instant_of(wire["until_at"]), **_charges(wire))


def _rests(wire: dict[str, Any]) -> tuple[tuple[datetime, datetime | None], ...]:
    """Of each suspension, the whole local days of the contract's zone."""
    zone, out = wire["timezone"], []
    for rest in wire.get("rests", ()):
        from_at = whole_day_from(instant_of(rest["from_at"]), zone)
        to_at = day_start(day_holding(instant_of(rest["to_at"]), zone), zone) if rest.get("to_at") else None
        if to_at is None or from_at < to_at:
            out.append((from_at, to_at))
    return tuple(out)


def _plain(text: str | None) -> Decimal | None:
    """A cap is a terminating decimal; what does not terminate is cut far below any meter's resolution."""
    if text is None:
        return None
    value = exact_of(text)
    return Decimal(value.numerator) / Decimal(value.denominator)


def _failover(wire: dict[str, Any]) -> Failover:
    return Failover(FailoverMode(wire["mode"]), _decimal(wire.get("percent")), _decimal(wire.get("rate_per_kwh")))


def _spec(wire: dict[str, Any], quantity: int) -> Spec:
    return Spec(Decimal(wire["hashrate_ths"]), Decimal(wire["efficiency_jth"]), quantity, wire.get("model") or "")


def _site(wire: dict[str, Any]) -> SiteFee:
    days = [date.fromisoformat(wire[k]) if wire.get(k) else None for k in ("from_on", "to_on")]
    return SiteFee(wire["site_id"], Decimal(wire["fee_monthly"]), *days)


def _prepaid(wire: dict[str, Any]) -> PrepaidTerms:
    return PrepaidTerms(CycleKind(wire["cycle"]), ZeroSpanCredit(wire["zero_span"]), bool(wire["true_up_beyond_band"]))


def usage_of(event: UsageMeasured) -> UnitUsage:
    """The span that an event carries; exact, as it came."""
    return UnitUsage(
        unit_id=str(event.unit_id),
        contract_id=str(event.contract_id),
        from_at=event.from_at,
        to_at=event.to_at,
        by_method={
            LineMethod(m): MethodUsage(exact_of(u.energy_kwh), exact_of(u.hours), u.estimated)
            for m, u in event.by_method.items()
        },
        failover=FailoverUsage(
            exact_of(event.failover.hours), exact_of(event.failover.priced_hours), exact_of(event.failover.price_hours)
        )
        if event.failover
        else None,
        unbilled_hours=exact_of(event.unbilled_hours),
        compared_billed_kwh=exact_of(event.compared_billed_kwh),
        compared_pdu_kwh=exact_of(event.compared_pdu_kwh),
        compared_hours=exact_of(event.compared_hours),
        zero_spans=tuple((z.from_at, z.to_at) for z in event.zero_spans),
        quarters=tuple(
            Quarter(q.starts_at, {LineMethod(m): exact_of(e) for m, e in q.by_method.items()}) for q in event.quarters
        ),
        up_hours=exact_of(event.up_hours),
        down_hours=exact_of(event.down_hours),
        unknown_hours=exact_of(event.unknown_hours),
        down_spans=tuple((d.from_at, d.to_at) for d in event.down_spans),
        flags=frozenset(event.flags),
        evidence=tuple(_evidence(e) for e in event.evidence),
        hashprice=tuple(PricedSpan(p.from_at, p.to_at, exact_of(p.price)) for p in event.hashprice),
        rated_w=exact_of(event.rated_w),
        rated_ths=exact_of(event.rated_ths),
    )


def _evidence(seen: Any) -> ChannelEvidence:
    def register(text: str | None) -> Any:
        return None if text is None else exact_of(text)

    return ChannelEvidence(
        seen.channel_id,
        seen.first_read_at,
        register(seen.first_register_kwh),
        seen.last_read_at,
        register(seen.last_register_kwh),
        seen.read_count,
    )


def segment_of(terms: ContractTerms | None, usage: UnitUsage) -> str:
    """What spans of a unit may be summed over: the same rate and terms, the same rating, in rest or not."""
    begins: datetime | None = None
    for at in _cuts(terms) if terms is not None else ():
        if at <= usage.from_at:
            begins = at
    rests = "|rest" if terms is not None and terms.rests_at(usage.from_at) else ""
    return f"{begins.isoformat() if begins else ''}|{usage.rated_w}|{usage.rated_ths}{rests}"


def _cuts(terms: ContractTerms) -> list[datetime]:
    """The instants at which a rate or an amended term begins, in order."""
    rates = [change.from_at for change in terms.rates[1:]]
    return sorted([*rates, *(one.until_at for one in terms.former)]) if terms.former else rates
