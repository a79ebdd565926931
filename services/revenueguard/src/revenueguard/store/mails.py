"""Which mails went out, and which never will: a reminder is not sent again when its recording is repeated."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from revenueguard.store.tables import sent_mails


async def fate(tx: Tx, cause: str) -> Any:
    """The mail's row, with `refused` where it never will be taken; none where it is still to be sent."""
    return (await tx.execute(select(sent_mails).where(sent_mails.c.cause == cause))).first()


async def note(tx: Tx, organization_id: UUID, customer_id: UUID, cause: str, refused: str | None) -> None:
    row = {"organization_id": organization_id, "customer_id": customer_id, "cause": cause, "refused": refused}
    await tx.execute(insert(sent_mails).values(row).on_conflict_do_nothing())


async def last_refusal(tx: Tx, customer_id: UUID) -> str | None:
    """Why the customer's last mail was refused for good; none where it was taken."""
    c = sent_mails.c
    query = select(c.refused).where(c.customer_id == customer_id).order_by(c.sent_at.desc(), c.cause.desc()).limit(1)
    refused: str | None = (await tx.execute(query)).scalar()
    return refused
