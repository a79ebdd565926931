"""A new organization gets its billing calendar; the legal persons that it bills as are kept."""

from common import wakeups
from common.consuming import EventRouter
from common.db import Tx
from events.envelope import Envelope
from events.identity import IssuingEntityChanged, OrganizationChanged, OrganizationCreated
from invoicing.store import copies, usage
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


@router.on(IssuingEntityChanged)
async def issuer_known(tx: Tx, event: IssuingEntityChanged, envelope: Envelope) -> None:
    row = event.model_dump(include={"entity_id", "legal_name", "address", "country", "tax_ids", "version"})
    row["default_by"] = envelope.id if event.is_default else None
    await copies.keep_issuer(tx, envelope.organization_id, row)
