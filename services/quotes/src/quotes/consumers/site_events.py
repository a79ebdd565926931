"""What contracts says of its sites: where a quoted machine would stand."""

from common.consuming import EventRouter
from common.db import Tx
from events.contracts import SiteOpened
from events.envelope import Envelope
from quotes.store import copies
from quotes.store.tables import sites

router = EventRouter()


@router.on(SiteOpened)
async def keep(tx: Tx, event: SiteOpened, envelope: Envelope) -> None:
    values = {
        "organization_id": envelope.organization_id,
        "site_id": event.site_id,
        "name": event.name,
        "version": event.version,
    }
    await copies.keep(tx, sites, "site_id", values)
