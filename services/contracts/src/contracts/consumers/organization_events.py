"""The legal persons that the host bills as: a contract may name one."""

from common.consuming import EventRouter
from common.db import Tx
from contracts.store import issuers
from events.envelope import Envelope
from events.identity import IssuingEntityChanged

router = EventRouter()


@router.on(IssuingEntityChanged)
async def keep_issuer(tx: Tx, event: IssuingEntityChanged, envelope: Envelope) -> None:
    row = event.model_dump(include={"entity_id", "legal_name", "version"})
    await issuers.keep(tx, envelope.organization_id, row)
