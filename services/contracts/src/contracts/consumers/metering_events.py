"""Which units are fed by a metered outlet (CB-32)."""

from common.consuming import EventRouter
from common.db import Tx
from contracts.store import places
from events.envelope import Envelope
from events.metering import ChannelOpened

router = EventRouter()


@router.on(ChannelOpened)
async def keep_channel(tx: Tx, event: ChannelOpened, envelope: Envelope) -> None:
    if event.to_at is not None:
        await places.forget_channel(tx, event.channel_id)
    else:
        await places.keep_channel(tx, envelope.organization_id, event.channel_id, event.unit_id, event.outlet)
