"""Traces, metrics and logs: one set-up for every service; the standard OTEL_* variables say where spans go."""

import logging
import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("hostbook_events_total", "Events consumed", ["service", "type", "outcome"])
EVENT_SECONDS = Histogram("hostbook_event_seconds", "Time to handle one event", ["service", "type"])
REQUEST_SECONDS = Histogram("hostbook_http_seconds", "Time to answer", ["service", "method", "route", "status"])
PUBLISHED = Counter("hostbook_outbox_published_total", "Events published from the outbox", ["service"])
OUTBOX_PENDING = Gauge("hostbook_outbox_pending", "Committed events not yet in Kafka", ["service"])
CONSUMER_LAG = Gauge("hostbook_consumer_lag", "Events in Kafka not yet handled", ["service"])
DEAD_LETTERS = Gauge("hostbook_dead_letters_open", "Quarantined events", ["service"])
OPEN_WAKEUPS = Gauge("hostbook_wakeups_open", "Due work not yet finished", ["service"])

# Only these keys of a log line are written as given; everything else could be personal or payment data.
_LOGGED = {
    "event", "level", "timestamp", "logger", "service", "trace_id", "span_id", "exception", "error_type",
    "organization_id", "customer_id", "contract_id", "invoice_id", "payment_id", "unit_id", "quote_id", "event_id",
    "type", "topic", "partition", "offset", "role", "port", "count", "seconds", "status", "method", "route",
    "workflow_id", "attempt", "delay_s", "key", "reason", "version", "state", "due_at", "to_at",
}  # fmt: skip


def _allowed(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {k: (v if k in _LOGGED else "[withheld]") for k, v in line.items()}


def _traced(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        line["trace_id"], line["span_id"] = f"{span.trace_id:032x}", f"{span.span_id:016x}"
    return line


def set_up(service: str) -> None:
    """Configure logging, and tracing where OTEL_EXPORTER_OTLP_ENDPOINT is set. Call once per process."""
    of, stamped = structlog.processors, structlog.processors.TimeStamper(fmt="iso", utc=True)
    bound = (structlog.contextvars.merge_contextvars, of.add_log_level, stamped, _traced)
    structlog.configure(
        processors=[*bound, of.format_exc_info, _allowed, of.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout), cache_logger_on_first_use=True,
    )  # fmt: skip
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")
    for noisy in ("aiokafka", "temporalio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        provider = TracerProvider(resource=Resource.create({"service.name": service}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=500))
        trace.set_tracer_provider(provider)
        HTTPXClientInstrumentor().instrument()


def log(**bound: object) -> Any:
    return structlog.get_logger(**bound)


def inject() -> dict[str, str]:
    """The current trace context as W3C headers, to be stored with what goes on later."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier


@contextmanager
def span(
    name: str, carrier: Mapping[str, str] | None = None, *, kind: SpanKind = SpanKind.INTERNAL, **attributes: Any
) -> Iterator[trace.Span]:
    """A span under the carried context (or the current one), and current while it lasts."""
    parent = propagate.extract(dict(carrier)) if carrier else None
    named = {k.replace("__", "."): str(v) for k, v in attributes.items() if v is not None}
    token = context.attach(parent) if parent is not None else None
    try:
        with trace.get_tracer("hostbook").start_as_current_span(name, kind=kind, attributes=named) as current:
            yield current
    finally:
        if token is not None:
            context.detach(token)
