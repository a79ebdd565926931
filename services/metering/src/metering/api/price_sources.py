"""`/v1/hashprice-sources`: addresses, set by the host, that series of hashprice are fetched from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from common.http import Body, Caller, Transaction, allow, etag, new_router
from common.organizations import business_now
from metering.api.versions import MaybeIfMatch
from metering.domain.feed import PriceUnit
from metering.gateways.price_feed import checked_url
from metering.store import price_sources
from metering.store.price_sources import PriceSource
from metering.use_cases.price_sources import remove_source, set_source

router = new_router("hashprice-sources")
Series = Annotated[str, Path(min_length=1, max_length=60)]
_SHOWN = 20


class SourceBody(Body):
    """An HTTPS address that answers JSON, and where in it the price and its instant stand (JSON pointers, RFC 6901).

    In arrays `-1` is the last element. Without an instant the price counts from when it was asked for. A price counts
    for one interval: when the address does not answer, there is a gap.
    """

    url: str = Field(min_length=10, max_length=2000, examples=["https://prices.example/v1/hashprice"])
    price_pointer: str = Field(max_length=300, examples=["/data/-1/price"])
    instant_pointer: str | None = Field(None, max_length=300, examples=["/data/-1/timestamp"])
    unit: PriceUnit = PriceUnit.PH_DAY
    interval_minutes: int = Field(60, ge=5, le=1440)
    is_active: bool = True


@dataclass
class Which:
    """The series, and with If-Match the version that the caller read."""

    series: Series
    version: MaybeIfMatch


class FetchAnswer(BaseModel):
    """One time that the address was asked: fetched, unchanged, failed (with the reason), dropped, or still intended."""

    due_at: AwareDatetime
    state: Literal["intended", "fetched", "unchanged", "failed", "dropped"]
    outcome: str | None
    priced_at: AwareDatetime | None
    usd_per_ph_day: str | None


class SourceAnswer(SourceBody):
    """A source with its version (also the ETag) and its last fetches, the newest first."""

    series: str
    version: int
    fetches: list[FetchAnswer]


class SourceList(BaseModel):
    """All sources."""

    items: list[SourceAnswer]


@router.put("/v1/hashprice-sources/{series}", **allow("hashprice.write"))
async def put_source(
    request: Request,
    tx: Transaction,
    caller: Caller,
    which: Annotated[Which, Depends()],
    body: SourceBody,
    response: Response,
) -> SourceAnswer:
    """Set where the series comes from; it is asked at once, and then at every interval."""
    checked_url(body.url, allow_private=request.app.state.allow_private_addresses)
    at = await business_now(tx, caller.organization_id)
    wanted = PriceSource(series=which.series, **body.model_dump())
    after = await set_source(tx, caller.organization_id, wanted, version=which.version, at=at)
    response.headers.update(etag(after.version))
    return await _answer(tx, after)


@router.get("/v1/hashprice-sources", **allow("meters.read"))
async def list_sources(tx: Transaction) -> SourceList:
    """The sources, and how their last fetches went."""
    return SourceList(items=[await _answer(tx, one) for one in await price_sources.sources(tx)])


@router.get("/v1/hashprice-sources/{series}", **allow("meters.read"))
async def read_source(tx: Transaction, series: Series, response: Response) -> SourceAnswer:
    """One source."""
    found = await price_sources.source(tx, series)
    response.headers.update(etag(found.version))
    return await _answer(tx, found)


@router.delete("/v1/hashprice-sources/{series}", status_code=204, **allow("hashprice.write"))
async def delete_source(tx: Transaction, series: Series) -> None:
    """Ask the address no more; the series stays."""
    await remove_source(tx, series)


async def _answer(tx: Transaction, found: PriceSource) -> SourceAnswer:
    fetches = [
        FetchAnswer.model_validate({name: getattr(one, name) for name in FetchAnswer.model_fields})
        for one in await price_sources.last_fetches(tx, found.series, _SHOWN)
    ]
    return SourceAnswer(
        series=found.series,
        url=found.url,
        price_pointer=found.price_pointer,
        instant_pointer=found.instant_pointer,
        unit=PriceUnit(found.unit),
        interval_minutes=found.interval_minutes,
        is_active=found.is_active,
        version=found.version,
        fetches=fetches,
    )
