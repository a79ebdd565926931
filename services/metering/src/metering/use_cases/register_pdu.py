"""Register a PDU of a site."""

from __future__ import annotations

from fractions import Fraction
from uuid import UUID

from common.db import Tx
from common.errors import Conflict, NotFound
from metering.domain.values import Channel
from metering.store import meters
from metering.store.meters import Pdu
from metering.use_cases.wait_for_copies import wait_for_site


async def register_pdu(tx: Tx, organization_id: UUID, pdu: Pdu) -> None:
    """Refused: an unknown site, a name that is taken, a register that cannot be."""
    Channel("new", "new", "new", Fraction(pdu.modulus_kwh), Fraction(pdu.tick_kwh))
    await wait_for_site(tx, pdu.site_id)
    try:
        await meters.pdu_of(tx, pdu.name)
    except NotFound:
        await meters.add_pdu(tx, organization_id, pdu)
    else:
        raise Conflict(f"There is a PDU {pdu.name} already.", field="name", remedy="another name")
