"""What changed where somebody must be able to ask later: money, access, contracts. Written by the database itself."""

from typing import Any, Literal
from uuid import UUID

from events.envelope import Event, Kind
from events.types import Instant


class ChangeRecorded(Event):
    """A row of an audited table was changed. `before` and `after` hold the columns that differ; secrets are hidden.

    `subject` did it (`user:`, `key:` or `system:<service>`), `actor` on whose session; `occurred_at` is real time.
    """

    KIND = Kind("audit", "change", "recorded", "row_id")
    row_id: str
    service: str
    table: str
    operation: Literal["insert", "update", "delete"]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    subject: str
    actor: str | None = None
    address: str | None = None
    approval_id: UUID | None = None
    customer_id: UUID | None = None
    occurred_at: Instant
