"""The operator's side of quarantine: list, replay in order, or drop (with a reason kept)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from common.consuming import EventRouter, Record, apply
from common.db import SYSTEM, Database

_OPEN = text("select * from dead_letters where state = 'open' order by created_at, position")
_CLOSE = text("update dead_letters set state = :state, error = :error where id = :id and state = 'open'")


async def open_letters(database: Database) -> Sequence[Any]:
    """Every quarantined or waiting record, oldest first."""
    async with database.transaction(SYSTEM) as tx:
        return (await tx.execute(_OPEN)).all()


async def replay(database: Database, router: EventRouter, *, key: str | None = None) -> tuple[int, int]:
    """Handle open records (of a key) again, in order up to its first failure. Answers (replayed, still open)."""
    done, left, stopped = 0, 0, set[str]()
    for row in [r for r in await open_letters(database) if key in (None, r.key)]:
        where, pairs = f"{row.topic}/{row.key}", router.handlers.get(row.headers.get("ce_type", ""), [])
        is_ours = bool(pairs) or row.topic in router.raw
        if where in stopped or not is_ours:
            left += 1
            continue
        record = Record(row.topic, row.partition, row.position, row.key, row.headers, bytes(row.body))
        try:
            if row.topic in router.raw:
                await router.raw[row.topic]([record])
            else:
                await apply(database, row.consumer, pairs, record, past_quarantine=True)
        except Exception as error:
            await _close(database, row.id, "open", f"{type(error).__name__}: {error}")
            stopped.add(where)
            left += 1
        else:
            await _close(database, row.id, "replayed", row.error)
            done += 1
    return done, left


async def drop(database: Database, letter_id: UUID, reason: str) -> None:
    """Give a record up; what waits behind it may then be replayed."""
    await _close(database, letter_id, "dropped", f"dropped: {reason}")


async def _close(database: Database, letter_id: UUID, state: str, error: str) -> None:
    async with database.transaction(SYSTEM) as tx:
        await tx.execute(_CLOSE, {"id": letter_id, "state": state, "error": error[:2000]})


async def command(database: Database, router: EventRouter, words: list[str]) -> str:
    """`list`, `replay [KEY]` or `drop ID REASON` for the service's command line; answers what was done."""
    match words:
        case ["replay", *key]:
            done, left = await replay(database, router, key=key[0] if key else None)
            return f"{done} replayed, {left} still open"
        case ["drop", letter_id, *reason] if reason:
            await drop(database, UUID(letter_id), " ".join(reason))
            return f"{letter_id} dropped"
        case ["list"] | []:
            rows = await open_letters(database)
            return "\n".join(f"{r.id} {r.topic} {r.key} {r.created_at:%F %T} {r.error}" for r in rows) or "none open"
        case _:
            return "usage: dead-letters list | replay [KEY] | drop ID REASON"
