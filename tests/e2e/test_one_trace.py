"""One trace from the HTTP call over outbox, Kafka, workflows and activities to the processor (issue 3, section 6)."""

from __future__ import annotations

import time
from collections.abc import Callable

from hostbook.fakes.otlp.spans import Span, Spans
from support.stories import OPENS, due, hosted
from support.stripe_oracle import StripeOracle
from support.world import World

PATIENCE_S = 60
WAY = [
    "gateway: POST", "gateway: ReverseProxy", "invoicing: POST /v1/billing-runs",
    "invoicing: wake BillingRun", "invoicing: SignalWithStartWorkflow:BillingRun",
    "invoicing: StartActivity:bill_page", "invoicing: RunActivity:bill_page", "invoicing: publish",
    "payments: consume invoicing.invoice.issued.v1", "payments: wake AutoPay",
    "payments: SignalWithStartWorkflow:AutoPay", "payments: StartActivity:collect_invoice",
    "payments: RunActivity:collect_invoice",
]  # fmt: skip
CHARGE = [*WAY, "payments: charge", "payments: POST"]
NOTICE = {"gateway: POST", "payments: POST /hooks/stripe", "payments: wake handle_webhook"}
SETTLED = [
    *WAY, "payments: publish", "invoicing: consume payments.payment.succeeded.v1", "invoicing: publish",
    "revenueguard: consume invoicing.invoice.settled.v1",
]  # fmt: skip


def _chain(spans: dict[str, Span], last: Span) -> list[str]:
    """`service: name` from the root down to the span; what the web framework adds of its own is left out."""
    found, here = [], last
    while True:
        if not here.name.startswith("fastapi."):
            found.append(f"{here.service}: {here.name}")
        if not here.parent_id:
            return list(reversed(found))
        here = spans[here.parent_id]


def _chains_of(spans: Spans, invoice_id: str) -> tuple[str, list[list[str]]]:
    """The trace that the charge of the invoice lies in, and every way from its root."""
    for trace_id in spans.traces_with("invoice.id", invoice_id):
        known = {span.span_id: span for span in spans.trace(trace_id)}
        if any(span.name == "charge" for span in known.values()):
            if any(span.parent_id and span.parent_id not in known for span in known.values()):
                return "", []  # a service has not sent its spans yet
            return trace_id, [_chain(known, span) for span in known.values()]
    return "", []


def test_a_billing_run_that_is_asked_for_is_one_trace_to_the_charge(open_world: Callable[..., World]) -> None:
    world = open_world(clock_at=OPENS)
    hosted(world, "alpha", 3480)
    world.save_card("alpha")
    # Before the billing day's own run at half past midnight, after metering has closed the last day.
    world.advance(to=world.instant("2025-04-01").replace(minute=20))
    amount = due(world, "alpha")
    world.heard()
    world.api.post("/v1/billing-runs", {"period": "2025-03", "customer_id": world.ids["alpha"]})
    world.heard(
        [
            f"InvoiceIssued alpha {amount}", f"PaymentSucceeded alpha {amount}", "InvoiceSettled alpha",
            "BillingRunFinished 2025-03 1 issued 0 held 0 skipped",
        ]
    )  # fmt: skip
    with StripeOracle(world.stack) as oracle:
        oracle.wait_delivered()
    invoice_id = world.invoice("alpha", "2025-03")["id"]
    _assert_one_trace(Spans(world.stack.otlp_file), invoice_id)


def _assert_one_trace(spans: Spans, invoice_id: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    chains: list[list[str]] = []
    linked: set[str] = set()
    while time.monotonic() < deadline and not (CHARGE in chains and SETTLED in chains and linked >= NOTICE):
        time.sleep(0.3)
        trace_id, chains = _chains_of(spans, invoice_id)
        others = spans.linked_to(trace_id) if trace_id else []
        linked = {f"{span.service}: {span.name}" for other in others for span in spans.trace(other)}
    assert CHARGE in chains, chains
    assert SETTLED in chains, chains
    # The processor's notices come in traces of their own, from the gateway on, and link to the charge.
    assert linked >= NOTICE, linked
