"""A new organization gets its billing calendar."""

from common import wakeups
from common.consuming import EventRouter
from common.db import Tx
from events.envelope import Envelope
from events.identity import OrganizationChanged, OrganizationCreated
from invoicing.store import usage
from invoicing.workflows.billing_calendar import client

router = EventRouter()
SUM_CONTRACT = "sum_contract"


@router.on(OrganizationCreated)
async def created(tx: Tx, event: OrganizationCreated, envelope: Envelope) -> None:
    at = event.clock_at or envelope.time
    await client.begin(tx, event.organization_id, at=at, reason="OrganizationCreated", since=at)


@router.on(OrganizationChanged)
async def changed(tx: Tx, event: OrganizationChanged, envelope: Envelope) -> None:
    await client.begin(tx, event.organization_id, at=envelope.time, reason="OrganizationChanged")
    for contract_id in await usage.contracts_with_usage(tx):
        target, payload = (SUM_CONTRACT, f"{contract_id}"), {"contract_id": f"{contract_id}"}
        await wakeups.job(tx, event.organization_id, target, at=envelope.time, payload=payload)
