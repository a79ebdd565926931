"""`/v1/sites`: where machines stand."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel

from common.db import new_id
from common.http import Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.organizations import organization
from contracts.api.schemas import SiteAnswer, SiteFields, SiteList
from contracts.store import places, units
from contracts.use_cases.add_site import add_site, change_site

router = new_router("sites")


class Filter(BaseModel):
    """Which sites; `q` is looked for in name, code and city."""

    code: str | None = Query(None, max_length=100)
    region: str | None = Query(None, max_length=100)
    country: str | None = Query(None, max_length=100)
    timezone: str | None = Query(None, max_length=60)
    q: str | None = Query(None, min_length=1, max_length=100)


@router.post("/v1/sites", status_code=201, **allow("sites.write"))
async def add(tx: Transaction, caller: Caller, body: SiteFields, response: Response) -> SiteAnswer:
    """Add a site."""
    host = await organization(tx, caller.organization_id)
    site = body.site(new_id(), host.currency)
    await add_site(tx, caller.organization_id, site, body.code, at=host.now_at)
    response.headers.update(etag(1))
    return SiteAnswer.of_row(await places.site_row(tx, UUID(site.site_id)))


@router.get("/v1/sites", **allow("sites.read"))
async def list_sites(
    tx: Transaction, caller: Caller, page: Annotated[Page, paged(places.SITES)], wanted: Annotated[Filter, Query()]
) -> SiteList:
    """The organization's sites, usually in the order in which they were added."""
    rows: list[dict[str, Any]] = [
        SiteAnswer.of_row(r, for_customer=caller.customer_id is not None).model_dump()
        for r in await places.site_page(tx, page, dict(wanted))
    ]
    return SiteList(**page_of(rows, page))


@router.get("/v1/sites/{site_id}", **allow("sites.read"))
async def read(tx: Transaction, caller: Caller, site_id: UUID, response: Response) -> SiteAnswer:
    """One site, with the rated power of what stands in it."""
    row = await places.site_row(tx, site_id)
    response.headers.update(etag(row.version))
    connected_w = await units.connected_w(tx, site_id)
    return SiteAnswer.of_row(row, for_customer=caller.customer_id is not None, connected_w=connected_w)


@router.put("/v1/sites/{site_id}", **allow("sites.write"))
async def change(
    tx: Transaction, caller: Caller, site_id: UUID, body: SiteFields, version: IfMatch, response: Response
) -> SiteAnswer:
    """Change a site; its code stays."""
    host = await organization(tx, caller.organization_id)
    row = await places.site_row(tx, site_id)
    site = body.site(site_id, host.currency)
    new_version = await change_site(tx, caller.organization_id, site, row.code, version, at=host.now_at)
    response.headers.update(etag(new_version))
    return SiteAnswer.of_row(await places.site_row(tx, site_id))
