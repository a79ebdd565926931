"""The envelope: CloudEvents 1.0 attributes in Kafka headers (binary mode), the fact itself as the JSON body."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

AnyEvent = TypeVar("AnyEvent", bound="Event")


class Kind(NamedTuple):
    """What sort of fact: `invoicing.invoice.issued.v1` on topic `invoicing.invoice`, keyed by one of its fields."""

    owner: str
    aggregate: str
    verb: str
    key: str
    version: int = 1

    @property
    def type(self) -> str:
        return f"{self.owner}.{self.aggregate}.{self.verb}.v{self.version}"

    @property
    def topic(self) -> str:
        return f"{self.owner}.{self.aggregate}"


class Event(BaseModel):
    """One fact, past tense, small and self-contained. Unknown fields are ignored: a producer may add optional ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    KIND: ClassVar[Kind]

    @property
    def key(self) -> str:
        """The partition key: facts of one aggregate keep their order."""
        return str(getattr(self, self.KIND.key))


class Envelope(BaseModel):
    """The CloudEvents attributes of one event. `time` is business time: the instant at which the fact holds."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    organization_id: UUID
    traceparent: str | None = None
    tracestate: str | None = None

    def headers(self) -> dict[str, str]:
        """The Kafka headers, by name."""
        named = {
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.subject,
            "ce_time": self.time.isoformat().replace("+00:00", "Z"),
            "ce_dataschema": f"schemas/{self.type}.json",
            "ce_organizationid": str(self.organization_id),
            "content-type": "application/json",
        }
        if self.traceparent:
            named["traceparent"] = self.traceparent
        if self.tracestate:
            named["tracestate"] = self.tracestate
        return named

    @classmethod
    def of_headers(cls, headers: dict[str, Any]) -> Envelope:
        """The envelope behind Kafka headers; a missing or malformed attribute is a ValidationError."""
        return cls.model_validate(
            {
                "id": headers.get("ce_id"),
                "type": headers.get("ce_type"),
                "source": headers.get("ce_source"),
                "subject": headers.get("ce_subject"),
                "time": headers.get("ce_time"),
                "organization_id": headers.get("ce_organizationid"),
                "traceparent": headers.get("traceparent"),
                "tracestate": headers.get("tracestate"),
            }
        )
