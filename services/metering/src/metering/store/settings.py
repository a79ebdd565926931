"""The metering settings of an organization."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from common.db import Tx

_READ = text("select reset_estimate, settle_minutes, hashprice_series, version from metering_settings")
_WRITE = text("""
    insert into metering_settings (organization_id, reset_estimate, settle_minutes, hashprice_series, version)
    values (:organization, :reset_estimate, :settle_minutes, :hashprice_series, :version)
    on conflict (organization_id) do update set reset_estimate = excluded.reset_estimate,
        settle_minutes = excluded.settle_minutes, hashprice_series = excluded.hashprice_series,
        version = excluded.version
""")


@dataclass(frozen=True, slots=True)
class MeteringSettings:
    """How usage is derived, and how long after midnight a day is closed. Version 0: nobody has set anything yet."""

    reset_estimate: str = "none"
    settle_minutes: int = 15
    hashprice_series: str = "default"
    version: int = 0


async def read(tx: Tx) -> MeteringSettings:
    """The organization's settings, or the defaults."""
    row = (await tx.execute(_READ)).first()
    return MeteringSettings(*row) if row else MeteringSettings()


async def write(tx: Tx, organization_id: UUID, settings: MeteringSettings) -> None:
    await tx.execute(
        _WRITE,
        {
            "organization": organization_id,
            "reset_estimate": settings.reset_estimate,
            "settle_minutes": settings.settle_minutes,
            "hashprice_series": settings.hashprice_series,
            "version": settings.version,
        },
    )
