"""Spans and terms as they stood at an instant: what is replaced is kept, by the real time of its replacement."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, insert, select

from common.db import Tx
from invoicing.domain.terms import ContractTerms
from invoicing.domain.usage import UnitUsage
from invoicing.store.tables import contracts, former_spans, former_terms, usage_spans
from invoicing.store.wire import USAGE, terms_of

_SPAN = ("organization_id", "contract_id", "unit_id", "from_at", "day", "revision", "body", "recorded_at")
_TERMS = ("organization_id", "contract_id", "version", "terms")


async def keep_span(tx: Tx, *key: ColumnElement[bool]) -> None:
    """Keep the span that is about to be replaced."""
    standing = select(*(usage_spans.c[name] for name in _SPAN)).where(*key)
    await tx.execute(insert(former_spans).from_select(_SPAN, standing))


async def keep_terms(tx: Tx, contract_id: UUID) -> None:
    """Keep the terms that are about to be replaced."""
    standing = select(*(contracts.c[name] for name in _TERMS)).where(contracts.c.contract_id == contract_id)
    await tx.execute(insert(former_terms).from_select(_TERMS, standing))


async def spans_at(tx: Tx, contract_id: UUID, from_at: datetime, to_at: datetime, at: datetime) -> list[UnitUsage]:
    """The contract's spans that begin within [from_at, to_at) as they stood at `at`, unit by unit, in order of time."""
    now = _spans(usage_spans, contract_id, from_at, to_at)
    standing = {(row.unit_id, row.from_at): row for row in await tx.execute(now)}
    f = former_spans.c
    before = _spans(former_spans, contract_id, from_at, to_at).where(f.replaced_at > at).order_by(f.revision.desc())
    standing |= {(row.unit_id, row.from_at): row for row in await tx.execute(before)}
    known = sorted(key for key, row in standing.items() if row.recorded_at <= at and row.body)
    return [USAGE.validate_json(standing[key].body) for key in known]


def _spans(table: Table, contract_id: UUID, from_at: datetime, to_at: datetime) -> Select[Any]:
    t = table.c
    query = select(t.unit_id, t.from_at, t.body, t.recorded_at)
    return query.where(t.contract_id == contract_id, t.from_at >= from_at, t.from_at < to_at)


async def terms_at(tx: Tx, customer_id: UUID, at: datetime) -> list[ContractTerms]:
    """The terms of a customer's contracts as they stood at `at`."""
    c, f = contracts.c, former_terms.c
    now = select(c.contract_id, c.terms).where(c.customer_id == customer_id)
    standing = {row.contract_id: row.terms for row in await tx.execute(now)}
    before = select(f.contract_id, f.terms).where(f.contract_id.in_(standing), f.replaced_at > at)
    standing |= {row.contract_id: row.terms for row in await tx.execute(before.order_by(f.version.desc()))}
    return [terms_of(contract_id, standing[contract_id]) for contract_id in sorted(standing)]
