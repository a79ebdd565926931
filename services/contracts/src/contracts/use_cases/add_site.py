"""Add a site, or change one; metering learns its zone."""

from datetime import datetime
from uuid import UUID

from common.db import Tx
from common.money import exact_text
from common.outbox import publish
from contracts.domain.sites import Site
from contracts.store import places
from events.contracts import SiteOpened


async def add_site(tx: Tx, organization_id: UUID, site: Site, code: str, *, at: datetime) -> None:
    """The code is the host's short name of the site; programs may use it in place of the id."""
    await places.add_site(tx, organization_id, site, code)
    await _announce(tx, organization_id, site, (code, 1), at)


async def change_site(tx: Tx, organization_id: UUID, site: Site, code: str, version: int, *, at: datetime) -> int:
    """Answers the new version."""
    await places.save_site(tx, site, version)
    await _announce(tx, organization_id, site, (code, version + 1), at)
    return version + 1


async def _announce(tx: Tx, organization_id: UUID, site: Site, code: tuple[str, int], at: datetime) -> None:
    event = SiteOpened(
        site_id=UUID(site.site_id),
        version=code[1],
        name=site.name,
        code=code[0],
        timezone=site.timezone,
        capacity_kw=exact_text(site.capacity_kw),
        city=site.city or None,
        region=site.region or None,
        country=site.country or None,
    )
    await publish(tx, organization_id, event, at=at, source="contracts")
