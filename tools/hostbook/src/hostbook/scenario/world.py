"""A case from its first step to its last, on the domain code of metering and invoicing (rules 3 to 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from common.errors import RuleBroken
from hostbook.scenario.books import Books, Grounds, Refusal
from hostbook.scenario.case import Case, Contract, Customer, CycleStep, InvoiceStep, PayStep, Step, Unit
from hostbook.scenario.measured import Meters
from hostbook.scenario.refusals import BadScenario, told
from invoicing.domain.adjustment import Recomputed, posted_of
from invoicing.domain.cycle_invoice import CycleBill, cycle_invoice
from invoicing.domain.cycles import Batch, Cycle, PrepaidUnit, batches_of
from invoicing.domain.lines import LineKind
from invoicing.domain.monthly import Month, monthly_invoice
from invoicing.domain.periods import Period, period_named
from invoicing.domain.rated import Source
from invoicing.domain.rating import rate
from invoicing.domain.reconcile import DISTANCE, UsageByUnit, posted_adjustments
from invoicing.domain.settings import BillingSettings
from invoicing.domain.terms import Plan
from invoicing.domain.usage import PricedSpan, UnitUsage

A_DAY = timedelta(hours=24)
"""How far evidence outside a cycle can matter: a zero span over its edge is tested whole (rule 6.4)."""


@dataclass(slots=True)
class World:
    """The state while the steps run; `computed` walks through them all."""

    case: Case
    meters: Meters
    books: Books
    done: set[str] = field(default_factory=set)

    @property
    def settings(self) -> BillingSettings:
        return self.case.organization.settings

    def source(self, contract: Contract, period: Period) -> Source:
        """What prices the contract in the period, by the evidence known now."""
        terms = contract.terms
        usage: list[UnitUsage] = []
        if terms.plan is Plan.USAGE and terms.within(period.from_at, period.to_at):
            for unit in self._units_of(terms.contract_id):
                spans = self.meters.usage(unit, (period.from_at, period.to_at))
                usage += [span for span in spans if span.contract_id == terms.contract_id]
        prices: list[PricedSpan] = []
        if terms.connector_fee is not None:
            prices = [PricedSpan(row.from_at, row.to_at, row.price) for row in self.case.hashprice]
        return Source(terms, period, usage, prices, self.case.pool.get(terms.contract_id, ()))

    def _units_of(self, contract_id: str) -> list[Unit]:
        return [u for u in self.case.units if any(a.contract_id == contract_id for a in u.assignments)]

    def contracts_of(self, customer: Customer, currency: str) -> list[Contract]:
        return [
            contract
            for contract in self.case.contracts.values()
            if (contract.terms.customer_id, contract.terms.currency) == (customer.customer_id, currency)
        ]

    def usage_of_cycle(self, batch: Batch, number: int) -> UsageByUnit:
        """The batch's usage up to the cycle, cut at the edges of cycles, with a day on both sides."""
        if number < 1:
            return {}
        edges = [batch.cycle(n).from_at for n in range(1, number + 2)]
        span = (edges[0] - A_DAY, edges[-1] + A_DAY)
        members = {member.unit_id for member in batch.members}
        return {
            unit.unit_id: self._own(batch, unit, span, edges) for unit in self.case.units if unit.unit_id in members
        }

    def _own(
        self, batch: Batch, unit: Unit, span: tuple[datetime, datetime], edges: Iterable[datetime]
    ) -> list[UnitUsage]:
        return [u for u in self.meters.usage(unit, span, edges) if u.contract_id == batch.terms.contract_id]


def computed(case: Case) -> World:
    """The world after all steps."""
    world = World(case, Meters.of(case), Books.of(case))
    for step in case.steps:
        _take(world, step)
    return world


def _take(world: World, step: Step) -> None:
    if isinstance(step, InvoiceStep):
        _once(world, f"invoice {step.period}", lambda: _invoice_all(world, step.period))
    elif isinstance(step, CycleStep):
        _once(world, f"cycle {step.number}", lambda: _cycle_all(world, step.number))
    elif isinstance(step, PayStep):
        if step.index >= len(world.books.posted):
            raise BadScenario(
                f"There is no invoice {step.index} yet.", field=step.path, remedy=f"below {len(world.books.posted)}"
            )
        world.books.pay(step.index)
    else:
        world.meters.add(step.reads)


def _once(world: World, what: str, act: object) -> None:
    """A second invoice step of a period adds nothing (rule 7.4)."""
    if what not in world.done:
        world.done.add(what)
        assert callable(act)
        act()


def _invoice_all(world: World, name: str) -> None:
    period = period_named(name, world.settings.billing_day, world.settings.timezone)
    for customer in world.case.customers:
        currencies = [
            contract.terms.currency
            for contract in world.case.contracts.values()
            if contract.terms.customer_id == customer.customer_id
        ]
        for currency in dict.fromkeys(currencies):
            _invoice(world, customer, currency, period)


def _invoice(world: World, customer: Customer, currency: str, period: Period) -> None:
    """One customer's invoice; refused with its reason where it cannot be priced, while the others go on."""
    contracts = world.contracts_of(customer, currency)
    own = {contract.terms.contract_id for contract in contracts}
    try:
        older = _older(world, customer, currency, period)
        sources = [world.source(contract, period) for contract in contracts]
        draft = monthly_invoice(
            Month(
                customer_id=customer.customer_id,
                currency=currency,
                period=period,
                sources=sources,
                charges=[
                    charge
                    for charge in world.case.charges
                    if charge.contract_id in own and charge.charge_id not in world.books.billed_charges
                ],
                recomputed=[one for one, _ in older],
                posted=posted_of(
                    (posted.invoice.head.period, posted.invoice.lines)
                    for posted in world.books.of_customer(customer.customer_id, currency)
                    if posted.batch is None
                ),
                late=world.books.late(customer, currency),
            ),
            world.settings,
        )
    except RuleBroken as broken:
        world.books.refused.append(Refusal(customer.customer_id, period.name, told(broken)))
        return
    if draft is not None:
        grounds = Grounds(
            {source.terms.contract_id: source.usage for source in sources},
            {(one.contract_id, one.period): (one.lines, usage) for one, usage in older},
        )
        world.books.post(draft, customer, grounds)


def _older(
    world: World, customer: Customer, currency: str, period: Period
) -> list[tuple[Recomputed, Sequence[UnitUsage]]]:
    """All lines of the customer's older periods once more, oldest first (rule 7.3), and what they stand on."""
    names = {
        posted.invoice.head.period
        for posted in world.books.of_customer(customer.customer_id, currency)
        if posted.batch is None and posted.invoice.head.period < period.name
    }
    found = []
    for name in sorted(names):
        for contract in world.contracts_of(customer, currency):
            source = world.source(contract, _period(world, name))
            found.append((Recomputed(contract.terms.contract_id, name, rate(source).lines), source.usage))
    return found


def _period(world: World, name: str) -> Period:
    return period_named(name, world.settings.billing_day, world.settings.timezone)


def _cycle_all(world: World, number: int) -> None:
    for customer in world.case.customers:
        for contract in world.case.contracts.values():
            if contract.terms.customer_id == customer.customer_id and contract.terms.plan is Plan.PREPAID:
                for batch in batches_of(contract.terms, _prepaid_units(world, contract.terms.contract_id)):
                    _bill_cycle(world, customer, batch, number)


def _prepaid_units(world: World, contract_id: str) -> list[PrepaidUnit]:
    return [
        PrepaidUnit(unit.unit_id, unit.rating.rated_w, assignment.from_at, assignment.to_at, unit.operational_on)
        for unit in world.case.units
        for assignment in unit.assignments
        if assignment.contract_id == contract_id
    ]


def _bill_cycle(world: World, customer: Customer, batch: Batch, number: int) -> None:
    lines, usage = world.books.batch_lines(batch.key), world.usage_of_cycle(batch, number - DISTANCE)
    draft = cycle_invoice(
        CycleBill(
            batch=batch,
            number=number,
            usage=usage,
            posted=posted_adjustments(lines),
            late=world.books.late(customer, batch.terms.currency),
        ),
        world.settings,
    )
    if draft is not None:
        corrected = {line.refers_to for line in draft.lines if line.kind is LineKind.ADJUSTMENT}
        cycles = [batch.cycle(earlier) for earlier in range(1, number) if batch.cycle_key(earlier) in corrected]
        older = {
            (batch.terms.contract_id, batch.cycle_key(cycle.number)): ((), _about(cycle, usage)) for cycle in cycles
        }
        world.books.post(draft, customer, Grounds(older=older), batch.key)


def _about(cycle: Cycle, usage: UsageByUnit) -> list[UnitUsage]:
    """The spans of a cycle, and those beside it whose run of nothing goes on over its edge."""
    edges = (cycle.from_at, cycle.to_at)
    return [
        span
        for spans in usage.values()
        for span in spans
        if (span.from_at < cycle.to_at and span.to_at > cycle.from_at)
        or any(at in edges for zero in span.zero_spans for at in zero)
    ]
