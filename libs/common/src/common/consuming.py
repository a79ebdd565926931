"""What a consumer does with one event: decode, inbox, handler, all in one transaction; quarantine when it never can.

Later events of a quarantined key wait behind it, so that order survives, until an operator replays or drops them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import orjson

from common.db import SYSTEM, Database, Tx, new_id, sql
from events.envelope import Envelope, Event

E = TypeVar("E", bound=Event)
Handler = Callable[[Tx, Any, Envelope], Awaitable[None]]
RawHandler = Callable[[list["Record"]], Awaitable[None]]
Pairs = list[tuple[type[Event], Handler]]

_ADMIT, _QUARANTINE = sql("admit"), sql("quarantine")


@dataclass(frozen=True, slots=True)
class Record:
    """A message as it lies in Kafka."""

    topic: str
    partition: int
    position: int
    key: str
    headers: dict[str, str]
    body: bytes
    stored_ms: int = 0


class Poisoned(Exception):
    """A batch handler's report: everything else of the batch is done, these records can never be (record, reason)."""

    def __init__(self, records: list[tuple[Record, str]]) -> None:
        super().__init__("; ".join(reason for _, reason in records[:3]))
        self.records = records


@dataclass
class EventRouter:
    """Which function handles which event: `@router.on(UnitAssigned)`; one router per source, in `consumers/`.

    A handler gets transaction, event and envelope; it writes, publishes, asks for wakeups, and calls nothing outside.
    """

    handlers: dict[str, Pairs] = field(default_factory=dict)
    raw: dict[str, RawHandler] = field(default_factory=dict)

    def on(self, event: type[E]) -> Callable[[Handler], Handler]:
        """Register the decorated function for an event type."""

        def register(handler: Handler) -> Handler:
            self.handlers.setdefault(event.KIND.type, []).append((event, handler))
            return handler

        return register

    def on_batch(self, topic: str) -> Callable[[RawHandler], RawHandler]:
        """Register a function for whole batches; it decodes, de-duplicates, and raises `Poisoned` at its end."""

        def register(handler: RawHandler) -> RawHandler:
            self.raw[topic] = handler
            return handler

        return register

    def include(self, other: "EventRouter") -> None:
        """Take over another router's handlers."""
        for kind, handlers in other.handlers.items():
            self.handlers.setdefault(kind, []).extend(handlers)
        self.raw.update(other.raw)

    def topics(self) -> list[str]:
        """The topics that single events are read from."""
        return sorted({pairs[0][0].KIND.topic for pairs in self.handlers.values()})


async def apply(
    database: Database, consumer: str, pairs: Pairs, record: Record, *, past_quarantine: bool = False
) -> str:
    """Carry a record through its handlers exactly once: `handled`, `repeated` or `parked`; raises what they raise."""
    envelope = Envelope.of_headers(record.headers)
    asked = {"consumer": consumer, "topic": record.topic, "id": envelope.id}
    asked["key"] = "" if past_quarantine else record.key
    async with database.of(envelope.organization_id) as tx:
        verdict = (await tx.execute(_ADMIT, asked | {"organization": envelope.organization_id})).scalar_one()
        if verdict == "parked":
            await _keep(tx, consumer, record, "waits behind a quarantined event of the same key")
        if verdict != "handled":
            return str(verdict)
        for event_type, handler in pairs:
            await handler(tx, event_type.model_validate_json(record.body), envelope)
    return "handled"


async def quarantine(database: Database, consumer: str, record: Record, error: str) -> None:
    """Put a record that can never be handled aside, with its reason, and close its key behind it."""
    async with database.transaction(SYSTEM) as tx:
        await _keep(tx, consumer, record, error)


async def _keep(tx: Tx, consumer: str, record: Record, error: str) -> None:
    try:
        organization_id = UUID(record.headers.get("ce_organizationid", ""))
    except ValueError:
        organization_id = UUID(int=0)
    kept = {name: getattr(record, name) for name in ("topic", "partition", "position", "key", "body")}
    headers = orjson.dumps(record.headers).decode()
    about = {"id": new_id(), "organization": organization_id, "consumer": consumer, "error": error[:2000]}
    await tx.execute(_QUARANTINE, kept | about | {"headers": headers})
