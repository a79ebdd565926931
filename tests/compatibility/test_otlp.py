"""The span receiver takes what the official exporter sends, and the waterfall shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry import trace as otel
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from rich.console import Console
from typer import Typer
from typer.testing import CliRunner

from hostbook.fakes.otlp.receiver import Receiver
from hostbook.fakes.otlp.spans import Span, Spans
from hostbook.trace import ordered, trace, waterfall
from support.processes import Program, free_port


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def _tracer(service: str, endpoint: str, compression: Compression = Compression.NoCompression) -> otel.Tracer:
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", compression=compression)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("test")


def test_parents_services_attributes_and_links_arrive(receiver: Receiver) -> None:
    invoicing = _tracer("invoicing", receiver.endpoint)
    payments = _tracer("payments", receiver.endpoint, Compression.Gzip)
    with (
        invoicing.start_as_current_span("issue", attributes={"invoice.id": "inv-1"}) as root,
        payments.start_as_current_span("charge", attributes={"amounts": [1, 2], "final": True}) as child,
    ):
        child.set_status(otel.StatusCode.ERROR, "declined")
    with payments.start_as_current_span("webhook", links=[otel.Link(child.get_span_context())]):
        pass
    trace_id = f"{root.get_span_context().trace_id:032x}"
    top, below = receiver.spans.trace(trace_id)
    assert (top.service, top.name, top.parent_id, top.attributes) == ("invoicing", "issue", "", {"invoice.id": "inv-1"})
    assert (below.service, below.parent_id, below.status, below.message) == ("payments", top.span_id, 2, "declined")
    assert below.attributes == {"amounts": [1, 2], "final": True}
    assert below.end_ns <= top.end_ns
    assert receiver.spans.traces_with("invoice.id", "inv-1") == [trace_id]
    (webhook,) = receiver.spans.linked_to(trace_id)
    assert receiver.spans.trace(webhook)[0].links == ((trace_id, below.span_id),)


def test_what_is_not_an_export_is_refused(receiver: Receiver) -> None:
    protobuf = {"content-type": "application/x-protobuf"}
    assert httpx.post(f"{receiver.endpoint}/v1/traces", json={}).status_code == 415
    assert httpx.post(f"{receiver.endpoint}/v1/traces", content=b"\xff\xff", headers=protobuf).status_code == 400
    zipped = protobuf | {"content-encoding": "gzip"}
    assert httpx.post(f"{receiver.endpoint}/v1/traces", content=b"no gzip", headers=zipped).status_code == 400
    assert httpx.post(f"{receiver.endpoint}/v1/metrics", content=b"", headers=protobuf).status_code == 200


async def test_the_process_keeps_spans_over_a_kill_and_the_command_prints_them(tmp_path: Path) -> None:
    port, db = free_port(), tmp_path / "traces.db"
    program = Program("hostbook.fakes.otlp", ["--port", str(port), "--db", str(db)], port)
    await program.start()
    with _tracer("invoicing", f"http://127.0.0.1:{port}").start_as_current_span(
        "issue", attributes={"invoice.id": "7"}
    ):
        pass
    await program.kill()
    app = Typer()
    app.command()(trace)
    for arguments in (["--last"], ["--invoice", "7"], ["--attribute", "invoice.id=7"]):
        printed = CliRunner().invoke(app, [*arguments, "--db", str(db)])
        assert printed.exit_code == 0, printed.output
        assert "invoicing" in printed.output
        assert "issue" in printed.output
    assert CliRunner().invoke(app, ["--invoice", "8", "--db", str(db)]).exit_code == 1


def _span(key: str, parent: str = "", start: int = 0, end: int = 10) -> Span:
    return Span("t", key, parent, "s", f"name-{key}", 1, start, end)


def test_the_oldest_spans_are_dropped_beyond_the_limit() -> None:
    spans = Spans(":memory:", keep=3)
    for i in range(5):
        spans.add([_span(str(i))])
    assert [span.span_id for span in spans.all()] == ["2", "3", "4"]


def test_children_stand_under_their_parent_and_orphans_at_the_top() -> None:
    spans = [_span("late", "root", 5), _span("root"), _span("early", "root", 1), _span("orphan", "unknown", 3)]
    assert [(depth, span.span_id) for depth, span in ordered(spans)] == [
        (0, "root"),
        (1, "early"),
        (1, "late"),
        (0, "orphan"),
    ]
    console = Console(width=120)
    with console.capture() as printed:
        console.print(waterfall(spans))
    assert "  name-early" in printed.get()
