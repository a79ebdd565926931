"""Evidence of a case through metering's domain, as the usage that invoicing prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hostbook.scenario.case import Case, Contract, Reads, Unit
from invoicing.domain.lines import LineMethod
from invoicing.domain.terms import Plan
from invoicing.domain.usage import (
    ChannelEvidence,
    FailoverUsage,
    MethodUsage,
    PricedSpan,
    Quarter,
    UnitUsage,
)
from metering.domain.known import KnownUnit
from metering.domain.registers import reads_of
from metering.domain.spans import UsageSpan
from metering.domain.usage import known_of, usage_of
from metering.domain.values import Channel, ChannelReads, ContractWindow, FormerChannel, Method, UnitEvidence

Span = tuple[datetime, datetime]


@dataclass(slots=True)
class Meters:
    """The evidence known so far; what was derived is kept until a late read changes the unit's."""

    case: Case
    reads: Reads
    revision: dict[str, int] = field(default_factory=dict)
    _known: dict[str, KnownUnit] = field(default_factory=dict)
    _usage: dict[tuple[str, Span], list[UnitUsage]] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case) -> Meters:
        return cls(case, {channel: list(rows) for channel, rows in case.reads.items()})

    def add(self, late: Reads) -> None:
        """Reads that came later; the units they belong to are derived again."""
        for channel_id, rows in late.items():
            self.reads.setdefault(channel_id, []).extend(rows)
            outlet_id = self.case.channels[channel_id].outlet_id
            for unit_id in {one.unit_id for one in self.case.channels.values() if one.outlet_id == outlet_id}:
                self._derive_again(unit_id)

    def _derive_again(self, unit_id: str) -> None:
        self.revision[unit_id] = self.revision.get(unit_id, 0) + 1
        self._known.pop(unit_id, None)
        for key in [key for key in self._usage if key[0] == unit_id]:
            del self._usage[key]

    def usage(self, unit: Unit, span: Span, edges: Iterable[datetime] = ()) -> list[UnitUsage]:
        """The unit's usage of all its contracts inside the span."""
        key = (unit.unit_id, span)
        if key not in self._usage:
            known = self._known.get(unit.unit_id)
            if known is None:
                known = self._known[unit.unit_id] = known_of(self._evidence(unit))
            spans = usage_of(known, _windows(unit, self.case.contracts), tuple(edges), span)
            self._usage[key] = [priced_usage(one) for one in spans]
        return self._usage[key]

    def _evidence(self, unit: Unit) -> UnitEvidence:
        channels = [channel for channel in self.case.channels.values() if channel.unit_id == unit.unit_id]
        ratings = {one.unit_id: one.rating for one in self.case.units}
        outlets = {channel.outlet_id for channel in channels}
        former = [
            channel
            for channel in self.case.channels.values()
            if channel.outlet_id in outlets and channel.unit_id != unit.unit_id
        ]
        return UnitEvidence(
            unit_id=unit.unit_id,
            ratings=(unit.rating,),
            channels=[self._reads(channel) for channel in channels],
            telemetry=self.case.telemetry.get(unit.unit_id, []),
            hashprice=self.case.hashprice,
            reset_estimate=self.case.organization.reset_estimate,
            former=[FormerChannel(self._reads(one), (ratings[one.unit_id],)) for one in former],
        )

    def _reads(self, channel: Channel) -> ChannelReads:
        return reads_of(channel, self.reads.get(channel.channel_id, []))


def _windows(unit: Unit, contracts: dict[str, Contract]) -> list[ContractWindow]:
    """Each assignment clipped to its contract (rule 4.5)."""
    windows = []
    for assignment in unit.assignments:
        contract = contracts[assignment.contract_id]
        terms = contract.terms
        end_at = min((at for at in (assignment.to_at, terms.end_at) if at is not None), default=None)
        from_at = max(assignment.from_at, terms.start_at)
        if end_at is not None and end_at <= from_at:
            continue
        failover = terms.failover
        windows.append(
            ContractWindow(
                contract_id=terms.contract_id,
                from_at=from_at,
                to_at=end_at,
                methods=tuple(Method(method.value) for method in terms.methods),
                failover=failover is not None,
                efficiency_jth=contract.efficiency_jth,
                wants_profile=terms.power_cap_kw is not None and terms.plan is Plan.USAGE,
                edges=tuple(change.from_at for change in terms.rates[1:]),
            )
        )
    return windows


def priced_usage(span: UsageSpan) -> UnitUsage:
    """Metering's span as invoicing's: the same facts, by invoicing's own types."""
    return UnitUsage(
        unit_id=span.unit_id,
        contract_id=span.contract_id,
        from_at=span.from_at,
        to_at=span.to_at,
        by_method={
            LineMethod(method): MethodUsage(used.energy_kwh, used.hours, used.estimated)
            for method, used in span.by_method.items()
        },
        failover=_failover(span),
        unbilled_hours=span.unbilled_hours,
        compared_billed_kwh=span.compared_billed_kwh,
        compared_pdu_kwh=span.compared_pdu_kwh,
        compared_hours=span.compared_hours,
        zero_spans=span.zero_spans,
        quarters=_quarters(span),
        up_hours=span.up_hours,
        down_hours=span.down_hours,
        unknown_hours=span.unknown_hours,
        flags=span.flags,
        evidence=_evidence(span),
        hashprice=tuple(PricedSpan(*piece) for piece in span.hashprice),
        rated_w=span.rated_w,
        rated_ths=span.rated_ths,
    )


def _failover(span: UsageSpan) -> FailoverUsage | None:
    failed = span.failover
    return None if failed is None else FailoverUsage(failed.hours, failed.priced_hours, failed.price_hours)


def _quarters(span: UsageSpan) -> tuple[Quarter, ...]:
    return tuple(
        Quarter(quarter.starts_at, {LineMethod(method): kwh for method, kwh in quarter.by_method.items()})
        for quarter in span.quarters
    )


def _evidence(span: UsageSpan) -> tuple[ChannelEvidence, ...]:
    return tuple(
        ChannelEvidence(
            seen.channel_id,
            seen.first_read_at,
            seen.first_register_kwh,
            seen.last_read_at,
            seen.last_register_kwh,
            seen.read_count,
        )
        for seen in span.evidence
    )
