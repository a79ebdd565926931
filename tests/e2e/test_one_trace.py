"""One trace from the HTTP call over outbox, Kafka, workflows and activities to the processor (issue 3, section 6)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

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
    """`service: name` from the root down to the span."""
    found, here = [], last
    while True:
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
    for name in ("alpha", "bravo"):
        hosted(world, name, 3480)
        world.save_card(name)
    # Before the billing day's own run at half past midnight, after metering has closed the last day.
    world.advance(to=world.instant("2025-04-01").replace(minute=20))
    spans = Spans(world.stack.otlp_file)
    for name in ("alpha", "bravo"):
        amount = due(world, name)
        world.heard()
        world.api.post("/v1/billing-runs", {"period": "2025-03", "customer_id": world.ids[name]})
        world.heard(
            [
                f"InvoiceIssued {name} {amount}", f"PaymentSucceeded {name} {amount}", f"InvoiceSettled {name}",
                "BillingRunFinished 2025-03 1 issued 0 held 0 skipped",
            ]
        )  # fmt: skip
        with StripeOracle(world.stack) as oracle:
            oracle.wait_delivered()
        seen = _trace_of(spans, world.invoice(name, "2025-03")["id"])
        if seen.is_whole:
            return
        # Spans may be lost where a machine has too much to do; the second run must show the same.
    assert CHARGE in seen.chains, seen.chains
    assert SETTLED in seen.chains, seen.chains
    assert seen.linked >= NOTICE, seen.linked


@dataclass
class Seen:
    """Every way from the root of a trace, and the spans of the traces that link to it."""

    chains: list[list[str]]
    linked: set[str]

    @property
    def is_whole(self) -> bool:
        return CHARGE in self.chains and SETTLED in self.chains and self.linked >= NOTICE


def _trace_of(spans: Spans, invoice_id: str) -> Seen:
    """What is to be seen of the invoice's trace once it is whole, or when patience ends.

    The processor's notices come in traces of their own, from the gateway on, and link to the charge.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        trace_id, chains = _chains_of(spans, invoice_id)
        others = spans.linked_to(trace_id) if trace_id else []
        seen = Seen(chains, {f"{span.service}: {span.name}" for other in others for span in spans.trace(other)})
        if seen.is_whole or time.monotonic() > deadline:
            return seen
        time.sleep(0.3)
