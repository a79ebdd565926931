"""Every column that is sealed, and the rows of it, for sealing them anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, select, update

from common.db import Tx
from identity.domain.sealed import MAIL, PROVIDER_SECRET, TOTP, webhook_secret
from identity.store.tables import mails, slugs, sso_providers, totps
from identity.store.webhook_tables import webhooks


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where it is, and for what the value of a row was sealed."""

    table: Table
    column: Column[Any]
    purpose: Callable[[Any], str]

    async def rows(self, tx: Tx) -> Sequence[Any]:
        """The rows of the organization that have a value."""
        return (await tx.execute(select(self.table).where(self.column.is_not(None)))).all()

    async def put(self, tx: Tx, row: Any, before: bytes, sealed: bytes) -> bool:
        """False where somebody has changed the value, or taken the row away, since it was read."""
        key = [column == row._mapping[column.name] for column in self.table.primary_key.columns]
        done = await tx.execute(update(self.table).where(*key, self.column == before).values({self.column: sealed}))
        return done.rowcount == 1


def _always(purpose: str) -> Callable[[Any], str]:
    return lambda _: purpose


def _of_webhook(row: Any) -> str:
    return webhook_secret(row.webhook_id)


ALL = (
    SealedColumn(totps, totps.c.sealed_secret, _always(TOTP)),
    SealedColumn(sso_providers, sso_providers.c.sealed_secret, _always(PROVIDER_SECRET)),
    SealedColumn(mails, mails.c.sealed, _always(MAIL)),
    SealedColumn(webhooks, webhooks.c.sealed_secret, _of_webhook),
    SealedColumn(webhooks, webhooks.c.sealed_former, _of_webhook),
)


async def organizations(tx: Tx) -> Sequence[UUID]:
    """Every organization that has a short name, as all but the platform do. Asked at the gate."""
    return list((await tx.execute(select(slugs.c.organization_id).distinct())).scalars())
