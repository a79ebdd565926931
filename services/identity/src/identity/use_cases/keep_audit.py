"""Take what the services' databases recorded into the audit log, with the people's names as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from common.db import Tx
from events.audit import ChangeRecorded
from identity.store import audit_entries


async def keep_audit(tx: Tx, organization_id: UUID, changes: Sequence[tuple[UUID, ChangeRecorded]]) -> None:
    """Entries of one organization; what is known already is left as it is."""
    names = await audit_entries.people(tx, [change.subject for _, change in changes])
    rows = [
        {
            "organization_id": organization_id,
            "entry_id": entry_id,
            "occurred_at": change.occurred_at,
            "service": change.service,
            "thing": change.table,
            "row_id": change.row_id,
            "operation": change.operation,
            "subject": change.subject,
            "person": names.get(change.subject),
            "on_behalf_of": change.actor,
            "address": change.address,
            "approval_id": change.approval_id,
            "customer_id": change.customer_id,
            "before": change.before,
            "after": change.after,
        }
        for entry_id, change in changes
    ]
    await audit_entries.add(tx, rows)
