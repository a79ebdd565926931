"""`/v1/alert-mail-settings`: how often the host's customers and its staff get mail of alerts (CM-29)."""

from __future__ import annotations

from fastapi import Response
from pydantic import Field

from common.db import Tx
from common.http import Body, Caller, IfMatch, Transaction, allow, etag, new_router
from customers.domain.alert_mail import Pace
from customers.domain.words import checked_email
from customers.store import alert_mails as store
from customers.store.alert_mails import AlertMailSettings

router = new_router("alerts")
PLACE = "/v1/alert-mail-settings"


class MailSettings(Body):
    """What begins or ends close together comes in one mail. Critical alerts do not wait for the window.

    `gather_minutes`: how long a first alert waits for others; `window_minutes`: how far apart two mails to the same
    customer, or to the staff, are at least. `staff_email`: who hears of every alert, the host's own ones among them.
    """

    gather_minutes: int = Field(5, examples=[5])
    window_minutes: int = Field(60, examples=[60])
    staff_email: str | None = Field(None, max_length=254, examples=["noc@host.example"])


class MailSettingsAnswer(MailSettings):
    """Version 0: nothing was set yet; this holds for every host."""

    version: int


@router.get(PLACE, **allow("metering_settings.write"))
async def read(tx: Transaction, response: Response) -> MailSettingsAnswer:
    """How often there is mail of alerts."""
    return await _answer(tx, response)


@router.put(PLACE, **allow("metering_settings.write"))
async def write(
    tx: Transaction, caller: Caller, body: MailSettings, version: IfMatch, response: Response
) -> MailSettingsAnswer:
    """Set it anew; a mail that is appointed already keeps its instant."""
    if body.staff_email is not None:
        checked_email(body.staff_email, "staff_email")
    wanted = AlertMailSettings(Pace(body.gather_minutes, body.window_minutes), body.staff_email, version + 1)
    await store.save_settings(tx, caller.organization_id, wanted)
    return await _answer(tx, response)


async def _answer(tx: Tx, response: Response) -> MailSettingsAnswer:
    known = await store.settings(tx)
    response.headers.update(etag(known.version))
    minutes = {name: getattr(known.pace, name) for name in ("gather_minutes", "window_minutes")}
    return MailSettingsAnswer(staff_email=known.staff_email, version=known.version, **minutes)
