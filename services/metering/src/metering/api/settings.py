"""`/v1/metering-settings`: how usage is derived, and when a day is final."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from common.http import Caller, Stale, Transaction, allow, etag, new_router
from metering.api.schemas import SettingsAnswer, SettingsBody
from metering.store import settings
from metering.store.settings import MeteringSettings
from metering.use_cases.change_settings import change_settings

router = new_router("metering-settings")


@router.get("/v1/metering-settings", **allow("meters.read"))
async def read_settings(tx: Transaction, response: Response) -> SettingsAnswer:
    """The settings in force; version 0 are the defaults."""
    return _answer(await settings.read(tx), response)


@router.put("/v1/metering-settings", **allow("metering_settings.write"))
async def put_settings(
    tx: Transaction,
    caller: Caller,
    body: SettingsBody,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> SettingsAnswer:
    """Set all of them; with If-Match only if nobody changed them since. Closed days that change are published again."""
    wanted = MeteringSettings(body.reset_estimate.value, body.settle_minutes, body.hashprice_series)
    after = await change_settings(tx, caller.organization_id, wanted, version=_version(if_match))
    return _answer(after, response)


def _version(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    digits = if_match.removeprefix("W/").strip('"')
    if not digits.isdigit():
        raise Stale(f"{if_match} is not a version.", field="If-Match", remedy="send the ETag you read")
    return int(digits)


def _answer(found: MeteringSettings, response: Response) -> SettingsAnswer:
    response.headers.update(etag(found.version))
    return SettingsAnswer(
        reset_estimate=found.reset_estimate,
        settle_minutes=found.settle_minutes,
        hashprice_series=found.hashprice_series,
        version=found.version,
    )
