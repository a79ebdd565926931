"""A passkey: what a person's device keeps for us, and the public half that we keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.domain.texts import plain_name


@dataclass(frozen=True, slots=True)
class Passkey:
    """`uses` is the device's own count: one that goes back tells of a copy."""

    id: UUID
    person_id: UUID
    credential_id: bytes
    public_key: bytes
    uses: int
    name: str
    made_at: datetime

    def __post_init__(self) -> None:
        plain_name(self.name, "name", 100)
