"""The spool's SQLite file. One thread at a time; every method is one transaction, on disk when it returns.

WAL with synchronous=FULL: the log is synced at each commit, so a poll that was read survives a power cut. A commit
takes many polls (see `door`), which keeps the price to one sync a moment. Layouts (`places`) are kept here as well:
which position in a PDU's vector an outlet has, for good.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from common.clock import instant_of, instant_text

MOST_REFUSED = 200_000
"""So many refused entries are kept; a unit that no one registers must not fill the disk over the years."""

_HOLES_KEPT = 500

_SCHEMA = """
create table if not exists waiting (
  id integer primary key autoincrement, kind text not null, device text not null, at text not null, body blob not null
);
create index if not exists waiting_by_kind on waiting (kind, id);
create table if not exists refused (
  id integer primary key autoincrement, kind text not null, device text not null, at text not null, body blob not null,
  field text not null, reason text not null, remedy text not null, refused_at text not null
);
create table if not exists places (
  device text not null, unit text not null, key text not null, position integer not null,
  primary key (device, unit, key), unique (device, unit, position)
);
create table if not exists remembered (name text primary key, value text not null);
"""


class Kind(StrEnum):
    """What is sent where."""

    POLL = "poll"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Entry:
    """A poll or a scan as it will be sent: JSON, with the device and the instant that it is about."""

    kind: Kind
    device: str
    at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry in the spool, by id in the order in which it came."""

    id: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the gateway did not take an entry, or a part of it (`body`), in its own words."""

    waiting_id: int
    field: str
    reason: str
    remedy: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """An entry that the gateway did not take, kept for people to look at and to send again."""

    id: int
    entry: Entry
    field: str
    reason: str
    remedy: str
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits, since when, how much was refused, and the size of the file in bytes."""

    waiting: int
    oldest_at: datetime | None
    refused: int
    size: int


class Spool:
    """The file, opened; made where it is missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("pragma auto_vacuum = incremental")  # before anything is written, or it never holds
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def put(self, entries: Iterable[Entry]) -> None:
        """Keep all of these, or none if the disk refuses (sqlite3.OperationalError)."""
        rows = [(entry.kind, entry.device, instant_text(entry.at), entry.body) for entry in entries]
        with self._transaction():
            self._db.executemany("insert into waiting (kind, device, at, body) values (?, ?, ?, ?)", rows)

    def batch(self, kind: Kind, count: int, size: int) -> list[Waiting]:
        """The oldest entries of a kind: at most `count`, together at most `size` bytes, but one at least."""
        rows = self._db.execute(
            "select id, device, at, body from waiting where kind = ? order by id limit ?", (kind, count)
        )
        found: list[Waiting] = []
        total = 0
        for row_id, device, at, body in rows:
            total += len(body) + 1
            if found and total > size:
                break
            found.append(Waiting(row_id, Entry(kind, device, instant_of(at), body)))
        rows.close()
        return found

    def settle(self, taken: Sequence[Waiting], refusals: Sequence[Refusal], at: datetime) -> None:
        """Remove what was answered; what was refused moves to `refused` in the same transaction."""
        by_id = {waiting.id: waiting.entry for waiting in taken}
        with self._transaction():
            for refusal in refusals:
                entry = by_id[refusal.waiting_id]
                said = (refusal.field, refusal.reason, refusal.remedy, instant_text(at))
                self._db.execute(
                    "insert into refused (kind, device, at, body, field, reason, remedy, refused_at)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (entry.kind, entry.device, instant_text(entry.at), refusal.body or entry.body, *said),
                )
            self._db.executemany("delete from waiting where id = ?", [(waiting_id,) for waiting_id in by_id])
            self._db.execute("delete from refused where id <= (select max(id) from refused) - ?", (MOST_REFUSED,))
        self._give_back()

    def _give_back(self) -> None:
        """Return the disk of a long time without a link, some megabytes at a time; small holes are used again."""
        (free,) = self._db.execute("pragma freelist_count").fetchone()
        if free > _HOLES_KEPT:
            self._db.executescript("pragma incremental_vacuum(4000)")  # `execute` stops after the first page
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()

    def depth(self) -> Depth:
        """How full it is."""
        waiting, oldest = self._db.execute("select count(*), min(id) from waiting").fetchone()
        oldest_at = self._db.execute("select at from waiting where id = ?", (oldest,)).fetchone() if waiting else None
        (refused,) = self._db.execute("select count(*) from refused").fetchone()
        files = (self._path, self._path.with_name(self._path.name + "-wal"))
        size = sum(file.stat().st_size for file in files if file.exists())
        return Depth(waiting, instant_of(oldest_at[0]) if oldest_at else None, refused, size)

    def refused(self, limit: int) -> list[RefusedEntry]:
        """The newest refused entries."""
        rows = self._db.execute(
            "select id, kind, device, at, body, field, reason, remedy, refused_at from refused"
            " order by id desc limit ?",
            (limit,),
        )
        return [
            RefusedEntry(
                row[0],
                Entry(Kind(row[1]), row[2], instant_of(row[3]), row[4]),
                field=row[5],
                reason=row[6],
                remedy=row[7],
                refused_at=instant_of(row[8]),
            )
            for row in rows
        ]

    def send_again(self, mended: Callable[[Entry], bytes]) -> int:
        """Put everything refused back in line, each body made anew, once what was at fault is mended. Says how many."""
        with self._transaction():
            rows = self._db.execute("select kind, device, at, body from refused order by id").fetchall()
            entries = [Entry(Kind(kind), device, instant_of(at), body) for kind, device, at, body in rows]
            again = [(entry.kind, entry.device, instant_text(entry.at), mended(entry)) for entry in entries]
            self._db.executemany("insert into waiting (kind, device, at, body) values (?, ?, ?, ?)", again)
            self._db.execute("delete from refused")
        return len(again)

    def places(self, device: str) -> dict[tuple[str, str], int]:
        """Position by unit and key of the outlets of a device, as learnt so far."""
        rows = self._db.execute("select unit, key, position from places where device = ?", (device,))
        return {(unit, key): position for unit, key, position in rows}

    def learn(self, device: str, places: Mapping[tuple[str, str], int]) -> None:
        """Keep positions of outlets that were not known."""
        rows = [(device, unit, key, position) for (unit, key), position in places.items()]
        with self._transaction():
            self._db.executemany("insert into places (device, unit, key, position) values (?, ?, ?, ?)", rows)

    def forget_places(self, device: str) -> None:
        """Learn a device's layout, unit and serial number anew: after the PDU was replaced by another one."""
        serials = f"serial/{device}/"
        with self._transaction():
            self._db.execute("delete from places where device = ?", (device,))
            self._db.execute("delete from remembered where name = ?", (f"unit/{device}",))
            self._db.execute("delete from remembered where substr(name, 1, ?) = ?", (len(serials), serials))

    def remember(self, name: str, value: str) -> None:
        """A small fact that outlives the process."""
        self._db.execute(
            "insert into remembered (name, value) values (?, ?)"
            " on conflict (name) do update set value = excluded.value",
            (name, value),
        )

    def remembered(self, name: str) -> str | None:
        row = self._db.execute("select value from remembered where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """begin immediate ... commit, or rollback when something is raised."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("begin immediate")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._db.execute("rollback" if kind and self._db.in_transaction else "commit")
