"""The changes of audited rows, of every service and of this one, taken over in batches."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from pydantic import ValidationError

from common.consuming import EventRouter, Poisoned, Record
from common.db import Database
from events.audit import ChangeRecorded
from events.envelope import Envelope
from identity.use_cases.keep_audit import keep_audit


class AuditChanges:
    """Opens its own transactions, one per organization of a batch."""

    def __init__(self) -> None:
        self.router = EventRouter()
        self.router.on_batch(ChangeRecorded.KIND.topic)(self.receive)
        self._database: Database | None = None

    def bind(self, database: Database) -> None:
        """Where the audit log is."""
        self._database = database

    async def receive(self, records: list[Record]) -> None:
        """Keep every change; then name those that are none, which the harness puts aside."""
        assert self._database is not None, "bind a database first"
        by_organization: dict[UUID, list[tuple[UUID, ChangeRecorded]]] = defaultdict(list)
        broken = []
        for record in records:
            try:
                envelope = Envelope.of_headers(record.headers)
                change = ChangeRecorded.model_validate_json(record.body)
                by_organization[envelope.organization_id].append((envelope.id, change))
            except ValidationError as error:
                broken.append((record, f"not a change: {error.error_count()} fields"))
        for organization_id, changes in by_organization.items():
            async with self._database.of(organization_id) as tx:
                await keep_audit(tx, organization_id, changes)
        if broken:
            raise Poisoned(broken)
