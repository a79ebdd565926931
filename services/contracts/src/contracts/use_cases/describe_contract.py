"""A contract in words: what its document prints for signature (wizard, issue 6 section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from common.clock import local_day
from common.db import Tx
from common.money import Money, exact_text
from common.organizations import organization
from contracts.domain.contract import Contract, ContractType
from contracts.domain.escalators import PercentEscalator
from contracts.domain.particulars import ExitFeeMode
from contracts.domain.pricing import EnergyTerms, Failover, FailoverMode, FixedMonthly, InfinityTerms, OmTerms, Plan
from contracts.store import issuers, places, units
from contracts.store.contracts import Kept
from contracts.store.units import Machine
from contracts.use_cases.announcements import site_names
from contracts.use_cases.energize_unit import units_of
from contracts.use_cases.terms_on_the_wire import wire_terms

_TITLES = {
    ContractType.HOSTED: "Hosting agreement",
    ContractType.LEASE: "Lease and hosting agreement",
    ContractType.INFINITY: "Hashrate agreement",
    ContractType.OM: "Operations and maintenance agreement",
}
Rows = list[list[str]]


async def describe_contract(tx: Tx, organization_id: UUID, kept: Kept) -> dict[str, Any]:
    """The same for the same contract; nothing of it is the host's alone."""
    contract = kept.contract
    host = await organization(tx, organization_id)
    customer = await places.customer(tx, kept.customer_id)
    machines = await units.of_ids(tx, await units_of(tx, kept), host.now_at)
    names = await site_names(tx, contract)
    return {
        "title": _TITLES[contract.type],
        "number": contract.number or "Draft",
        "host": host.name,
        "customer": customer.name,
        "terms": [*_term(contract), *await _issuer(tx, contract), *_charges(contract), *_particulars(contract)],
        "rates": _rates(contract),
        "clauses": [{"title": c.title, "text": c.text} for c in contract.clauses],
        **_rows(contract, machines, names),
    }


async def _issuer(tx: Tx, contract: Contract) -> Rows:
    named = contract.issuing_entity_id
    name = await issuers.name_of(tx, UUID(named)) if named is not None else None
    return [["Invoiced by", name]] if name is not None else []


def _term(contract: Contract) -> Rows:
    tenure, renewal = contract.tenure, contract.auto_renewal
    rows = [["Type", contract.type.value], ["First day", _day(tenure.start_on)], ["Term", _words(tenure.term.kind)]]
    rows.append(["Last day", _day(tenure.end_on) if tenure.end_on else f"open, {contract.notice_days} days' notice"])
    if renewal is not None:
        by = "its term" if renewal.renews_by == "term" else "one month"
        rows.append(["Renewal", f"by {by}, unless notice is given {renewal.notice_days} days before the end"])
    if contract.type is ContractType.LEASE:
        rows.append(["Extensions", f"at most {contract.extensions.limit}"])
    return rows


def _charges(contract: Contract) -> Rows:
    pricing = contract.pricing
    if isinstance(pricing, FixedMonthly):
        return [["Charge", f"{_money(pricing.per_unit)} per unit and month"]]
    if isinstance(pricing, OmTerms):
        return [["Charge", "a monthly fee per site, services by quantity"]]
    rows = [["Rate", f"{pricing.rate_per_kwh:f} {contract.currency}/kWh"]]
    if isinstance(pricing, InfinityTerms):
        spec = pricing.spec
        machine = f"{pricing.quantity} x {spec.model}, {exact_text(spec.rated_ths)} TH/s"
        return [
            *rows,
            ["Hashrate", f"{machine}, {exact_text(spec.efficiency_jth)} J/TH"],
            ["Connector fee", f"{pricing.fee_percent:f} % of {_words(pricing.fee_basis)}"],
            ["Payout address", pricing.wallet.text],
        ]
    rows.append(["Measured", ", else ".join(method.value for method in pricing.methods)])
    return [*rows, *_energy_options(contract, pricing)]


def _energy_options(contract: Contract, pricing: EnergyTerms) -> Rows:
    rows: Rows = []
    if pricing.failover is not None:
        rows.append(["Time without evidence", _failover(pricing.failover, contract.currency)])
    if pricing.power_cap_kw is not None:
        above = pricing.cap_overage_rate
        extra = "" if above is None else f", above it {above:f} {contract.currency}/kWh more"
        rows.append(["Power cap", f"{exact_text(pricing.power_cap_kw)} kW{extra}"])
    if contract.plan is Plan.PREPAID_31D:
        rows.append(["Plan", "prepaid cycles of 31 days; first and last cycle before the machines run"])
    return rows


def _failover(failover: Failover, currency: str) -> str:
    if failover.mode is FailoverMode.FIXED_RATE:
        return f"{failover.figure:f} {currency}/kWh of the rated power"
    return f"{failover.figure:f} % of the hashprice"


def _particulars(contract: Contract) -> Rows:
    rows: Rows = []
    if contract.deposit is not None:
        rows.append(["Deposit", f"{_money(contract.deposit.amount)}, returned when the contract is over"])
    fee = contract.exit_fee
    if fee is not None:
        if fee.mode is ExitFeeMode.COMMITMENT:
            words = f"{fee.percent:f} % of the commitment that is left"
        else:
            assert fee.amount is not None
            words = _money(fee.amount) + (" per started month left" if fee.mode is ExitFeeMode.PER_MONTH else "")
        rows.append(["Early end", words])
    for extra in contract.extras:
        figures = (f"{_words(k)} {_figure(v)}" for k, v in _fields(extra) if v is not None)
        rows.append([_spaced(type(extra).__name__), ", ".join(figures)])
    return rows


def _fields(extra: Any) -> list[tuple[str, Any]]:
    return [(name, getattr(extra, name)) for name in type(extra).__slots__]


def _figure(value: Any) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(one.value) for one in value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(getattr(value, "value", value))


def _rates(contract: Contract) -> Rows:
    told = wire_terms(contract).rates
    rows = [[f"from {_day(local_day(r.from_at, contract.timezone))}", f"{r.rate_per_kwh} {contract.currency}/kWh"]
            for r in told]  # fmt: skip
    percents = [e for e in contract.escalators if isinstance(e, PercentEscalator)]
    return rows if len(rows) > 1 or percents else []


def _rows(contract: Contract, machines: Sequence[Machine], names: dict[str, str]) -> dict[str, Any]:
    if isinstance(contract.pricing, OmTerms):
        rows = [
            [
                names[s.site_id],
                _money(s.monthly_fee),
                _day(s.from_on) if s.from_on else "",
                _day(s.to_on) if s.to_on else "",
            ]
            for s in contract.pricing.sites
        ]
        return {"rows_title": "Sites", "rows_head": ["Site", "Monthly fee", "From", "To"], "rows": rows}
    rows = [
        [m.name, m.unit.model + (f" ({m.serial})" if m.serial else ""), exact_text(m.unit.rated_w),
         exact_text(m.unit.rated_ths)]
        for m in machines
    ]  # fmt: skip
    return {"rows_title": "Machines", "rows_head": ["Unit", "Model", "W", "TH/s"], "rows": rows}


def _money(amount: Money) -> str:
    return f"{amount.amount:f} {amount.currency}"


def _day(day: date) -> str:
    return day.isoformat()


def _words(name: str) -> str:
    return str(name).replace("_", " ")


def _spaced(name: str) -> str:
    return "".join(f" {sign.lower()}" if sign.isupper() and n else sign for n, sign in enumerate(name))
