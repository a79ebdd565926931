"""Everything the processor knows, in one SQLite file: a killed process loses nothing that it has answered."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
_LETTERS = string.ascii_letters + string.digits
_TABLES = """
create table if not exists things (seq integer primary key autoincrement, id text unique not null, kind text not null,
    created integer not null, customer text, parent text, body text not null);
create index if not exists things_kind on things (kind, seq);
create index if not exists things_customer on things (customer, kind, seq);
create table if not exists answers (key text primary key, request text not null, status integer not null,
    body text not null, request_id text not null, at integer not null);
create table if not exists deliveries (id integer primary key autoincrement, event text not null,
    due_ms integer not null, tries integer not null default 0, done integer not null default 0, last text);
create index if not exists deliveries_due on deliveries (done, due_ms);
create table if not exists transitions (id integer primary key autoincrement, due_ms integer not null,
    kind text not null, subject text not null, detail text not null default '');
create table if not exists settings (name text primary key, value text not null);
"""


def now_ms() -> int:
    """Wall clock in milliseconds: the vendor knows nothing of an organization's test clock."""
    return time.time_ns() // 1_000_000


def new_id(prefix: str) -> str:
    """An id in the vendor's form, such as `pi_` and 24 letters or digits."""
    return f"{prefix}_" + "".join(secrets.choice(_LETTERS) for _ in range(24))


class Store:
    """Objects by id and kind, newest first in lists; every request is one transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.sql = sqlite3.connect(folder / "stripe.db", isolation_level=None)
        self.sql.execute("pragma journal_mode=wal")
        self.sql.execute("pragma synchronous=normal")
        self.sql.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.sql.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.sql.execute("rollback")
            raise
        self.sql.execute("commit")

    def put(self, thing: Thing) -> Thing:
        """Writes the object; `customer` and its owning object (`payment_intent` or `charge`) can be listed by."""
        owner = thing.get("payment_intent") or thing.get("charge")
        self.sql.execute(
            "insert into things (id, kind, created, customer, parent, body) values (?, ?, ?, ?, ?, ?)"
            " on conflict (id) do update set customer = excluded.customer, body = excluded.body",
            (
                thing["id"],
                thing["object"],
                thing.get("created", now_ms() // 1000),
                thing.get("customer"),
                owner,
                json.dumps(thing),
            ),
        )
        return thing

    def get(self, kind: str, key: str | None) -> Thing | None:
        row = self.sql.execute("select body from things where id = ? and kind = ?", (key, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def any(self, key: str) -> Thing | None:
        """The object of that id, whatever its kind: for `expand`."""
        row = self.sql.execute("select body from things where id = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str, *, customer: str | None = None, parent: str | None = None) -> list[Thing]:
        """Every object of a kind, newest first."""
        rows = self.sql.execute(
            "select body from things where kind = ? and (? is null or customer = ?) and (? is null or parent = ?)"
            " order by seq desc",
            (kind, customer, customer, parent, parent),
        )
        return [json.loads(body) for (body,) in rows]

    def forget(self, key: str) -> None:
        self.sql.execute("delete from things where id = ?", (key,))

    def later(self, kind: str, subject: str, *, after_ms: int, detail: str = "") -> None:
        """Something that happens by itself after a while: a bank debit settles, a cardholder disputes."""
        self.sql.execute(
            "insert into transitions (due_ms, kind, subject, detail) values (?, ?, ?, ?)",
            (now_ms() + after_ms, kind, subject, detail),
        )

    def setting(self, name: str, default: Any) -> Any:
        row = self.sql.execute("select value from settings where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def keep_setting(self, name: str, value: Any) -> None:
        self.sql.execute(
            "insert into settings values (?, ?) on conflict (name) do update set value = excluded.value",
            (name, json.dumps(value)),
        )
