"""`/v1/pdus`: the power distribution units of the host's sites."""

from __future__ import annotations

from uuid import UUID

from common.db import new_id
from common.http import Caller, Paged, Transaction, allow, new_router, page_of
from metering.api.schemas import NewPdu, PduAnswer, PduList
from metering.store import meters
from metering.store.meters import Pdu
from metering.use_cases.register_pdu import register_pdu

router = new_router("pdus")


@router.post("/v1/pdus", status_code=201, **allow("meters.write"))
async def add_pdu(tx: Transaction, caller: Caller, body: NewPdu) -> PduAnswer:
    """Register a PDU. Its name is unique in the organization: collectors may send it instead of the id."""
    pdu = Pdu(pdu_id=new_id(), **body.model_dump())
    await register_pdu(tx, caller.organization_id, pdu)
    return PduAnswer.model_validate(pdu)


@router.get("/v1/pdus", **allow("meters.read"))
async def list_pdus(tx: Transaction, page: Paged, site_id: UUID | None = None) -> PduList:
    """The PDUs in the order in which they were added."""
    found = await meters.pdus_after(tx, page.after, page.limit, site_id)
    return PduList(**page_of([PduAnswer.model_validate(one).model_dump() for one in found], page))


@router.get("/v1/pdus/{pdu_id}", **allow("meters.read"))
async def read_pdu(tx: Transaction, pdu_id: UUID) -> PduAnswer:
    """One PDU."""
    return PduAnswer.model_validate(await meters.pdu_of(tx, pdu_id))
