"""What an organization's quotes are numbered and prefilled from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.db import Tx
from common.http import Stale
from quotes.domain.pricing import FeeRates
from quotes.store.tables import settings


@dataclass(frozen=True, slots=True)
class QuoteSettings:
    """Fee rates, with a site's own in place of the organization's, the terms template, and how long quotes hold."""

    fee_rates: FeeRates = field(default_factory=FeeRates)
    site_fee_rates: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    terms_text: str | None = None
    valid_days: int = 30
    version: int = 0

    def rates_at(self, site_id: UUID | None) -> FeeRates:
        """The fee rates for a quote at that site (CB-97)."""
        return self.fee_rates.overridden(self.site_fee_rates.get(str(site_id), {}))


def _numbers(entry: dict[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(text) for name, text in entry.items()}


def texts(entry: dict[str, Decimal]) -> dict[str, str]:
    return {name: f"{number:f}" for name, number in entry.items()}


async def read(tx: Tx) -> QuoteSettings:
    row: Any = (await tx.execute(select(settings))).first()
    if row is None:
        return QuoteSettings()
    return QuoteSettings(
        fee_rates=FeeRates(**_numbers(row.fee_rates)),
        site_fee_rates={site: _numbers(entry) for site, entry in row.site_fee_rates.items()},
        terms_text=row.terms_text,
        valid_days=row.valid_days,
        version=row.version,
    )


async def write(tx: Tx, organization_id: UUID, wanted: QuoteSettings) -> None:
    """Replace them, made from the version before; version 0 stands for none yet."""
    values = {
        "fee_rates": texts(asdict(wanted.fee_rates)),
        "site_fee_rates": {site: texts(entry) for site, entry in wanted.site_fee_rates.items()},
        "terms_text": wanted.terms_text,
        "valid_days": wanted.valid_days,
    }
    query = upsert(settings).values(organization_id=organization_id, version=1, **values)
    changed = query.on_conflict_do_update(
        index_elements=["organization_id"],
        set_=values | {"version": settings.c.version + 1},
        where=settings.c.version == wanted.version,
    )
    if (await tx.execute(changed.returning(settings.c.version))).first() is None:
        raise Stale("The settings were changed meanwhile.", field="If-Match", remedy="read them again")


async def next_number(tx: Tx, organization_id: UUID) -> str:
    """The next quote's number; the row stays locked until the quote is written, so that none is given twice."""
    query = upsert(settings).values(organization_id=organization_id, next_number=2)
    taken: Any = await tx.execute(
        query.on_conflict_do_update(
            index_elements=["organization_id"], set_={"next_number": settings.c.next_number + 1}
        ).returning(settings.c.next_number)
    )
    return f"Q-{taken.scalar_one() - 1:05d}"
