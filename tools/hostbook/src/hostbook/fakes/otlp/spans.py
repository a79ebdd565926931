"""Spans at rest: written by export request, read by trace or by attribute, the oldest dropped."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TABLES = """
create table if not exists spans (seq integer primary key autoincrement, trace_id text not null, span_id text not null,
    parent_id text not null, service text not null, name text not null, kind integer not null,
    start_ns integer not null, end_ns integer not null, status integer not null, message text not null,
    attributes text not null, links text not null, unique (trace_id, span_id));
create index if not exists spans_start on spans (start_ns);
"""


@dataclass(frozen=True, slots=True)
class Span:
    """One finished span; ids in hex, times in nanoseconds since 1970, status 0 unset, 1 ok, 2 error."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    status: int = 0
    message: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()


class Spans:
    """At most `keep` spans: a trace older than that loses its first spans, and then all."""

    def __init__(self, file: Path | str, *, keep: int = 200_000) -> None:
        if isinstance(file, Path):
            file.parent.mkdir(parents=True, exist_ok=True)
        self._sql = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._sql.execute("pragma journal_mode=wal")
        self._sql.execute("pragma synchronous=off")
        self._sql.executescript(_TABLES)
        self._keep = keep

    def add(self, spans: Iterable[Span]) -> None:
        """Keeps them; a span that comes again replaces the first."""
        rows = [
            (
                *(span.trace_id, span.span_id, span.parent_id, span.service, span.name, span.kind),
                *(span.start_ns, span.end_ns, span.status, span.message),
                *(json.dumps(span.attributes), json.dumps(span.links)),
            )
            for span in spans
        ]
        self._sql.execute("begin")
        self._sql.executemany(
            "insert or replace into spans (trace_id, span_id, parent_id, service, name, kind, start_ns, end_ns, status,"
            " message, attributes, links) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        self._sql.execute("delete from spans where seq <= (select max(seq) from spans) - ?", (self._keep,))
        self._sql.execute("commit")

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace by start; a beginning of the id is enough."""
        return self._read("trace_id glob ? order by start_ns, seq", trace_id.lower() + "*")

    def linked_to(self, trace_id: str) -> list[str]:
        """Other traces with a span that links to this one, such as the webhook's."""
        rows = self._sql.execute(
            "select distinct trace_id from spans where links like ? and trace_id <> ? order by start_ns",
            (f'%"{trace_id}"%', trace_id),
        )
        return [row[0] for row in rows]

    def traces_with(self, key: str, value: str) -> list[str]:
        """Ids of the traces with a span that has that attribute, newest first."""
        rows = self._sql.execute(
            "select trace_id, max(start_ns) from spans, json_each(spans.attributes) as a"
            " where a.key = ? and cast(a.value as text) = ? group by trace_id order by 2 desc",
            (key, value),
        )
        return [row[0] for row in rows]

    def last(self) -> str | None:
        """The trace whose last span ended last."""
        row = self._sql.execute("select trace_id from spans order by end_ns desc limit 1").fetchone()
        return row[0] if row else None

    def all(self) -> list[Span]:
        return self._read("1 order by start_ns, seq")

    def close(self) -> None:
        self._sql.close()

    def _read(self, where: str, *values: str) -> list[Span]:
        rows = self._sql.execute(
            "select trace_id, span_id, parent_id, service, name, kind, start_ns, end_ns, status, message, attributes,"  # noqa: S608
            f" links from spans where {where}",
            values,
        )
        return [_span(row) for row in rows]


def _span(row: tuple[Any, ...]) -> Span:
    links = tuple((trace_id, span_id) for trace_id, span_id in json.loads(row[11]))
    return Span(*(*row[:10], json.loads(row[10]), links))
