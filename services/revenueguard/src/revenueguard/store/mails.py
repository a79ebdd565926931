"""Which mails went out: a reminder is not sent again when its recording is repeated."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from revenueguard.store.tables import sent_mails


async def was_sent(tx: Tx, cause: str) -> bool:
    return (await tx.execute(select(sent_mails.c.cause).where(sent_mails.c.cause == cause))).first() is not None


async def note_sent(tx: Tx, organization_id: UUID, customer_id: UUID, cause: str) -> None:
    row = {"organization_id": organization_id, "customer_id": customer_id, "cause": cause}
    await tx.execute(insert(sent_mails).values(row).on_conflict_do_nothing())
