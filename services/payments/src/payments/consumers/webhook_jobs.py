"""Webhooks that were stored are handled here, once each, in a transaction of their own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from opentelemetry import propagate, trace

from common.db import Tx
from payments.use_cases.hear_webhook import Heard, hear_webhook, trace_behind
from payments.workflows.sweep import client as sweep


async def handle_webhook(tx: Tx, organization_id: UUID, payload: dict[str, Any], due_at: datetime) -> None:
    """Where our knowledge is behind, the payment is swept: the processor is asked, outside of any transaction."""
    _link(await trace_behind(tx, payload["event_id"]))
    heard, payment_id = await hear_webhook(tx, organization_id, payload["event_id"], at=due_at)
    if heard is Heard.ASK and payment_id is not None:
        await sweep.start(tx, organization_id, payment_id, "webhook", at=due_at)


def _link(carrier: dict[str, str]) -> None:
    """The webhook's trace is its own; it links to the one in which the charge was asked for."""
    cause = trace.get_current_span(propagate.extract(carrier)).get_span_context()
    if cause.is_valid:
        trace.get_current_span().add_link(cause)
