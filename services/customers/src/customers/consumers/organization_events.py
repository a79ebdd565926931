"""The legal persons that the host bills as: a customer may name one."""

from common.consuming import EventRouter
from common.db import Tx
from customers.store import copies
from customers.store.tables import issuing_entities
from events.envelope import Envelope
from events.identity import IssuingEntityChanged

router = EventRouter()


@router.on(IssuingEntityChanged)
async def keep_issuer(tx: Tx, event: IssuingEntityChanged, envelope: Envelope) -> None:
    values = event.model_dump(include={"entity_id", "legal_name", "version"})
    await copies.keep(tx, issuing_entities, "entity_id", values | {"organization_id": envelope.organization_id})
