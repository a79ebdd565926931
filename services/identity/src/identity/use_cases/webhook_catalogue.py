"""The events that webhooks can be told, by their public names, with an example of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from common.clock import instant_text
from events.catalog import EVENTS
from events.envelope import Event
from events.samples import sample
from identity.domain.webhook_types import FOR_CUSTOMERS, customer_of, public_type, told

TOLD: Mapping[str, type[Event]] = dict(
    sorted((name, event) for event in EVENTS.values() if (name := public_type(event.KIND.type)) is not None)
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened, as it leaves us; `for_customers` where the customer it names may hear of it."""

    name: str
    at: datetime
    body: Mapping[str, Any]

    @property
    def for_customers(self) -> bool:
        return self.name in FOR_CUSTOMERS

    @property
    def customer_id(self) -> str | None:
        return customer_of(self.body)

    def payload(self, *, to_customer: bool, is_test: bool = False) -> str:
        """The body that is sent; `timestamp` is the business instant of the fact."""
        said = {"type": self.name, "timestamp": instant_text(self.at)}
        content = said | {"data": told(self.name, self.body, to_customer=to_customer)}
        return orjson.dumps(content | ({"is_test": True} if is_test else {})).decode()


def names_for(customer_id: UUID | None) -> list[str]:
    """The types that the host's webhooks may hear, or a customer's."""
    return [name for name in TOLD if customer_id is None or name in FOR_CUSTOMERS]


def example(name: str, *, to_customer: bool) -> dict[str, Any]:
    """The `data` of a made-up fact."""
    return told(name, sample(TOLD[name]), to_customer=to_customer)
