"""CloudEvents headers for evidence that goes straight to the log: what is the same for a whole call is made once."""

from __future__ import annotations

from uuid import UUID

from uuid_utils import uuid7

from common import telemetry
from events.envelope import Event


class Headers:
    """Makes the headers of each event of one call (see events.envelope for their meaning)."""

    def __init__(self, event: type[Event], organization_id: UUID) -> None:
        kind = event.KIND.type
        common = {
            "ce_specversion": "1.0",
            "ce_type": kind,
            "ce_source": "metering",
            "ce_dataschema": f"schemas/{kind}.json",
            "ce_organizationid": str(organization_id),
            "content-type": "application/json",
            **telemetry.inject(),
        }
        self._common = [(name, value.encode()) for name, value in common.items()]

    def of(self, subject: bytes, at: str) -> list[tuple[str, bytes]]:
        """Those of one event: its subject, and the instant of the fact."""
        return [
            *self._common,
            ("ce_id", str(uuid7()).encode()),
            ("ce_subject", subject),
            ("ce_time", at.encode()),
        ]
