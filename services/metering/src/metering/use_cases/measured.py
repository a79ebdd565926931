"""A usage span as the event that tells it: exact numbers as text, nothing rounded."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from common.money import exact_text
from events.metering import (
    ChannelEvidence,
    DownSpan,
    FailoverUsage,
    MethodUsage,
    PricedSpan,
    Quarter,
    UsageMeasured,
    ZeroSpan,
)
from metering.domain.spans import UsageSpan
from metering.store.spans import StoredSpan


def measured(span: UsageSpan, customer_id: UUID, day: date) -> UsageMeasured:
    """The event of a span, as its first revision."""
    return UsageMeasured(
        unit_id=UUID(span.unit_id),
        contract_id=UUID(span.contract_id),
        customer_id=customer_id,
        day=day,
        from_at=span.from_at,
        to_at=span.to_at,
        revision=1,
        rated_w=exact_text(span.rated_w),
        rated_ths=exact_text(span.rated_ths),
        by_method={
            str(method): MethodUsage(
                energy_kwh=exact_text(used.energy_kwh), hours=exact_text(used.hours), estimated=used.estimated
            )
            for method, used in span.by_method.items()
        },
        failover=_failover(span),
        unbilled_hours=exact_text(span.unbilled_hours),
        compared_billed_kwh=exact_text(span.compared_billed_kwh),
        compared_pdu_kwh=exact_text(span.compared_pdu_kwh),
        compared_hours=exact_text(span.compared_hours),
        zero_spans=[ZeroSpan(from_at=from_at, to_at=to_at) for from_at, to_at in span.zero_spans],
        quarters=[
            Quarter(starts_at=one.starts_at, by_method={str(m): exact_text(e) for m, e in one.by_method.items()})
            for one in span.quarters
        ],
        up_hours=exact_text(span.up_hours),
        down_hours=exact_text(span.down_hours),
        unknown_hours=exact_text(span.unknown_hours),
        flags=sorted(span.flags),
        evidence=_evidence(span),
        hashprice=[PricedSpan(from_at=a, to_at=b, price=exact_text(price)) for a, b, price in span.hashprice],
        down_spans=[DownSpan(from_at=from_at, to_at=to_at) for from_at, to_at in span.down_spans],
    )


def voided(stored: StoredSpan) -> UsageMeasured:
    """The event that takes a span back: the same span, nothing in it, its next revision."""
    was = UsageMeasured.model_validate_json(stored.body)
    zero = "0"
    return UsageMeasured(
        unit_id=was.unit_id,
        contract_id=was.contract_id,
        customer_id=was.customer_id,
        day=was.day,
        from_at=was.from_at,
        to_at=was.to_at,
        revision=stored.revision + 1,
        rated_w=was.rated_w,
        rated_ths=was.rated_ths,
        by_method={},
        unbilled_hours=zero,
        compared_billed_kwh=zero,
        compared_pdu_kwh=zero,
        compared_hours=zero,
        up_hours=zero,
        down_hours=zero,
        unknown_hours=zero,
        is_void=True,
    )


def _failover(span: UsageSpan) -> FailoverUsage | None:
    if span.failover is None:
        return None
    return FailoverUsage(
        hours=exact_text(span.failover.hours),
        priced_hours=exact_text(span.failover.priced_hours),
        price_hours=exact_text(span.failover.price_hours),
    )


def _evidence(span: UsageSpan) -> list[ChannelEvidence]:
    return [
        ChannelEvidence(
            channel_id=one.channel_id,
            first_read_at=one.first_read_at,
            first_register_kwh=exact_text(one.first_register_kwh),
            last_read_at=one.last_read_at,
            last_register_kwh=exact_text(one.last_register_kwh),
            read_count=one.read_count,
        )
        for one in span.evidence
    ]
