"""`hostbook trace`: one trace as a waterfall, from the spans that the local receiver keeps."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hostbook.engines.fakes import SPANS_FILE
from hostbook.engines.layout import chosen_state
from hostbook.fakes.otlp.spans import Span, Spans

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta", "white")
_SHOWN = ("http.response.status_code", "messaging.destination.name", "idempotency.key", "invoice.id", "payment.id")
_BAR = 40


def ordered(spans: list[Span]) -> list[tuple[int, Span]]:
    """Depth and span, parents before children, children by start; a span without its parent stands at the top."""
    known = {span.span_id for span in spans}
    children: dict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda s: (s.start_ns, s.span_id)):
        children[span.parent_id if span.parent_id in known else ""].append(span)
    found: list[tuple[int, Span]] = []
    waiting = [(0, span) for span in reversed(children[""])]
    while waiting:
        depth, span = waiting.pop()
        found.append((depth, span))
        waiting += [(depth + 1, child) for child in reversed(children[span.span_id])]
    return found


def waterfall(spans: list[Span]) -> Table:
    """One row per span: service, indented name, duration, and a bar on the time line of the whole trace."""
    first = min(span.start_ns for span in spans)
    whole = max(1, max(span.end_ns for span in spans) - first)
    services = sorted({span.service for span in spans})
    colour = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(services)}
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("service", "span", "ms", "at ms", "time line"):
        table.add_column(title, justify="right" if "ms" in title else "left", no_wrap=title != "span", overflow="fold")
    for depth, span in ordered(spans):
        table.add_row(
            Text(span.service, colour[span.service]),
            _label(depth, span),
            f"{(span.end_ns - span.start_ns) / 1e6:.1f}",
            f"{(span.start_ns - first) / 1e6:.1f}",
            Text(_bar(span, first, whole), "red" if span.status == 2 else colour[span.service]),
        )
    return table


def _label(depth: int, span: Span) -> Text:
    label = Text("  " * depth + span.name, "bold red" if span.status == 2 else "")
    shown = [f"{key.rpartition('.')[2]}={span.attributes[key]}" for key in _SHOWN if key in span.attributes]
    if shown:
        label.append("  " + " ".join(shown), "dim")
    for trace_id, _ in span.links:
        label.append(f"  ↪ {trace_id[:8]}", "dim italic")
    if span.message:
        label.append(f"  {span.message}", "red")
    return label


def _bar(span: Span, first: int, whole: int) -> str:
    start = (span.start_ns - first) * _BAR // whole
    length = max(1, (span.end_ns - span.start_ns) * _BAR // whole)
    return " " * min(start, _BAR - 1) + "█" * min(length, _BAR - min(start, _BAR - 1))


def wanted(spans: Spans, key: str, attribute: str, *, last: bool) -> list[str]:
    """Full trace ids by a beginning of the id, by `key=value` of an attribute (newest five), or the last one."""
    if key:
        return sorted({span.trace_id for span in spans.trace(key)})
    if attribute:
        name, _, value = attribute.partition("=")
        return spans.traces_with(name, value)[:5]
    newest = spans.last() if last else None
    return [newest] if newest else []


def trace(
    trace_id: Annotated[str, typer.Argument(metavar="ID", help="trace id, or its beginning")] = "",
    invoice: Annotated[str, typer.Option(help="id of an invoice that the trace is about")] = "",
    attribute: Annotated[str, typer.Option(help="key=value of any span attribute")] = "",
    last: Annotated[bool, typer.Option("--last", help="the trace that ended last")] = False,
    db: Annotated[Path, typer.Option(help="file of the receiver")] = Path(
        os.environ.get("HOSTBOOK_TRACES") or chosen_state().part("otlp") / SPANS_FILE
    ),
) -> None:
    """Prints the waterfall of a trace, and the ids of the traces that link to it."""
    console = Console()
    if not db.exists():
        console.print(f"No spans yet: {db} does not exist. Start the stack with `hostbook up`.", style="red")
        raise typer.Exit(1)
    spans = Spans(db)
    ids = wanted(spans, trace_id, f"invoice.id={invoice}" if invoice else attribute, last=last)
    if not ids:
        console.print("No such trace. Give an id, --invoice, --attribute key=value or --last.", style="red")
        raise typer.Exit(1)
    for key in ids:
        console.print(Text(f"trace {key}", "bold"))
        console.print(waterfall(spans.trace(key)))
        for other in spans.linked_to(key):
            console.print(Text(f"linked from trace {other}", "dim"))


if __name__ == "__main__":
    typer.run(trace)
