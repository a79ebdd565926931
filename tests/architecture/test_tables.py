"""Every table belongs to an organization, in its keys and under row-level security (architecture 5)."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import Column, Integer, MetaData, PrimaryKeyConstraint, Table, UniqueConstraint, Uuid

from common.plumbing import PLUMBING_TABLES
from hostbook.engines.part import SERVICES


def wrong(tables: Iterable[Table]) -> list[str]:
    """What is not as it should be, one sentence each."""
    ours = [t for t in tables if t.name not in PLUMBING_TABLES and not t.info.get("partition")]
    return [said for table in ours for said in (_unreasoned(table) if "open" in table.info else _unkeyed(table))]


def _unreasoned(table: Table) -> Iterator[str]:
    reason = table.info["open"]
    if not (isinstance(reason, str) and " " in reason):
        yield f"{table.name} is open to all without a sentence that says why"


def _unkeyed(table: Table) -> Iterator[str]:
    """A table with a scope is looked up before the caller's organization is known: its other keys are global."""
    keys = [k.columns for k in table.constraints if isinstance(k, PrimaryKeyConstraint | UniqueConstraint)]
    keys += [index.columns for index in table.indexes if index.unique]
    for columns in keys if not table.info.get("scope") else ():
        if "organization_id" not in columns:
            yield f"{table.name}: a key ({', '.join(c.name for c in columns)}) without organization_id"
    if "organization_id" not in table.columns:
        yield f"{table.name} has no organization_id"
    if table.info.get("by_customer") and "customer_id" not in table.columns:
        yield f"{table.name} cannot be narrowed to a customer: it has no customer_id"


@pytest.mark.parametrize("name", SERVICES)
def test_every_table_has_its_organization_in_every_key(name: str) -> None:
    assert wrong(importlib.import_module(f"{name}.main").service.metadata.tables.values()) == []


@pytest.mark.parametrize("name", SERVICES)
def test_what_tells_of_customers_is_narrowed_to_the_callers_own(name: str) -> None:
    metadata = importlib.import_module(f"{name}.main").service.metadata
    exempt = ("by_customer", "open", "partition")
    told = [t for t in metadata.tables.values() if "customer_id" in t.columns]
    assert [t.name for t in told if not any(t.info.get(word) for word in exempt)] == []


def test_planted_tables_are_found() -> None:
    metadata = MetaData()
    owner = Column("organization_id", Uuid)
    Table("a", metadata, Column("id", Uuid, primary_key=True))
    Table("b", metadata, Column("id", Integer), info={"open": True})
    Table("c", metadata, owner, Column("id", Uuid), PrimaryKeyConstraint("organization_id"), UniqueConstraint("id"))
    Table("d", metadata, Column("organization_id", Uuid, primary_key=True), info={"by_customer": True})
    assert wrong(metadata.tables.values()) == [
        "a: a key (id) without organization_id",
        "a has no organization_id",
        "b is open to all without a sentence that says why",
        "c: a key (id) without organization_id",
        "d cannot be narrowed to a customer: it has no customer_id",
    ]
