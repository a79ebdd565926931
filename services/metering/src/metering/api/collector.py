"""`/v1/collector-settings/{site_id}`: what a site's collector is to do; `/v1/collector`: the same, for itself."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field, model_validator

from common.errors import Forbidden, NotFound
from common.http import Body, Caller, IfMatch, Transaction, allow, etag, new_router
from metering.api.register_maps import RegisterMap
from metering.api.schemas import ADDRESS, Options
from metering.domain.collector import BadCollector, MinerDriver
from metering.store import collector_settings
from metering.store.collector_settings import CollectorSettings
from metering.use_cases.change_collector import change_collector

router = new_router("collector-settings")
Seconds = Annotated[int, Field(ge=10, le=3600)]
MOST_MINERS, MOST_MAPS = 20_000, 50


class Schedule(Body):
    """How often devices are read, unless their entry says otherwise; `spread_s`: over which they begin."""

    pdus_s: Seconds = 60
    miners_s: Seconds = 60
    spread_s: int = Field(5, ge=0, le=60)


class Limits(Body):
    """What keeps one bad device from harming the rest; see docs/collectors.md."""

    at_once: int = Field(64, ge=1, le=1000, description="Devices that are read at the same time.")
    silent_after: int = Field(3, ge=1, le=100, description="Failed reads in a row before a device is left alone.")
    pause_s: int = Field(60, ge=1, le=3600, description="Until a silent device is tried again.")
    longest_pause_s: int = Field(300, ge=1, le=86400, description="Pauses double up to this.")

    @model_validator(mode="after")
    def _ordered(self) -> Limits:
        if self.longest_pause_s < self.pause_s:
            raise ValueError(f"longest_pause_s is below pause_s ({self.pause_s}); give it as much at least")
        return self


class Miner(Body):
    """A miner: the name of its unit, and how it is reached. `credential` names secrets that the collector keeps."""

    name: str = Field(min_length=1, max_length=100, examples=["PDU-A-M01"])
    driver: MinerDriver = MinerDriver.CGMINER
    address: str = Field(min_length=1, max_length=253, pattern=ADDRESS, examples=["10.20.3.17"])
    port: int | None = Field(None, ge=1, le=65535, description="The protocol's own if absent.")
    interval_s: Seconds | None = Field(None, description="The schedule's if absent.", examples=[300])
    timeout_s: int | None = Field(None, ge=1, le=60, description="Patience for one answer; 3 if absent.")
    retries: int | None = Field(None, ge=0, le=10, description="1 if absent.")
    credential: str | None = Field(None, min_length=1, max_length=100)
    options: Options = Field(default_factory=dict, max_length=30, description="No driver of miners has any so far.")

    @model_validator(mode="after")
    def _known_options(self) -> Miner:
        if self.options:
            raise ValueError(f"The driver {self.driver} has no option {min(self.options)!r}; leave it out")
        return self


class CollectorBody(Body):
    """All settings of a site's collector but its PDUs and meters, whose devices stand at `/v1/pdus`.

    `maps`: register maps by the name that a meter's `device.options.map` bears.
    """

    schedule: Schedule = Field(default_factory=Schedule)
    limits: Limits = Field(default_factory=Limits)
    send_temperatures: bool = Field(True, description="Of miners, for alerts.")
    miners: list[Miner] = Field(default_factory=list, max_length=MOST_MINERS)
    maps: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,59}$")], RegisterMap] = Field(
        default_factory=dict, max_length=MOST_MAPS
    )


class CollectorAnswer(CollectorBody):
    """The settings with their version (also the ETag); 0: nobody has set any, and a collector's own file counts."""

    site_id: UUID
    site: str = Field(description="The site's code.")
    version: int


class Whose(BaseModel):
    """Which site, where the key is bound to none."""

    site: str | None = Query(None, min_length=1, max_length=100, description="The site's code.")


@router.get("/v1/collector", **allow("meters.read"))
async def read_own_collector(
    tx: Transaction, caller: Caller, whose: Annotated[Whose, Query()], response: Response
) -> CollectorAnswer:
    """The settings of the site that the caller's key is bound to; of the one named where it is bound to none."""
    if caller.site_id is None and whose.site is None:
        raise BadCollector(
            "This key is bound to no site.",
            field="site",
            remedy="make a key with the site's site_id (POST /v1/api-keys), or name the site's code",
        )
    site_id = caller.site_id or await collector_settings.site_coded(tx, whose.site or "")
    code = await collector_settings.site_code(tx, site_id)
    if whose.site is not None and whose.site != code:
        raise Forbidden(
            f"This key is bound to the site {code!r}, not to {whose.site!r}.", remedy="the key of the collector's site"
        )
    return await _answer(tx, site_id, code, response)


@router.get("/v1/collector-settings/{site_id}", **allow("meters.read"))
async def read_collector_settings(
    tx: Transaction, caller: Caller, site_id: UUID, response: Response
) -> CollectorAnswer:
    """What the site's collector is to do."""
    _refuse_another(caller, site_id)
    return await _answer(tx, site_id, await collector_settings.site_code(tx, site_id), response)


@router.put("/v1/collector-settings/{site_id}", **allow("meters.write"))
async def put_collector_settings(
    tx: Transaction, caller: Caller, site_id: UUID, body: CollectorBody, version: IfMatch, response: Response
) -> CollectorAnswer:
    """Set all of it; the collector takes it over when it next asks, as a whole or not at all."""
    _refuse_another(caller, site_id)
    said = body.model_dump(mode="json", by_alias=True)
    await change_collector(tx, caller.organization_id, CollectorSettings(site_id=site_id, version=version, **said))
    return await _answer(tx, site_id, await collector_settings.site_code(tx, site_id), response)


def _refuse_another(caller: Caller, site_id: UUID) -> None:
    """Another site looks like none to a key that is bound to its own."""
    if caller.site_id is not None and caller.site_id != site_id:
        raise NotFound(f"There is no site {site_id}.", field="site_id", remedy="the key's own site")


async def _answer(tx: Transaction, site_id: UUID, code: str, response: Response) -> CollectorAnswer:
    found = await collector_settings.read(tx, site_id)
    version = found.version if found else 0
    said = CollectorBody().model_dump() if found is None else {
        name: getattr(found, name) for name in CollectorBody.model_fields
    }  # fmt: skip
    response.headers.update(etag(version))
    return CollectorAnswer.model_validate({**said, "site_id": site_id, "site": code, "version": version})
