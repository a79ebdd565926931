"""`/v1/announcements`: what the host has to say to its customers, or to some of them (CM-30)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import AwareDatetime, BaseModel, Field, field_validator

from common.auth import Principal
from common.db import Tx, new_id
from common.errors import Forbidden, NotFound
from common.http import Body, Caller, IfMatch, Transaction, allow, etag, new_router
from common.listing import Page, page_of, paged
from common.organizations import business_now
from customers.api.instants import Instant
from customers.domain.announcement import Announcement, Audience, Reach, State
from customers.store import announcements, customers, mails
from customers.use_cases.send_announcement import cancel_announcement, change_announcement, schedule_announcement

router = new_router("announcements")
PLACE = "/v1/announcements"


class AudienceFields(Body):
    """`values`: ids of groups, sites or customers, or contract types; none for `all` and `overdue`."""

    reach: Reach = Reach.ALL
    values: list[str] = Field([], max_length=500)

    def audience(self) -> Audience:
        return Audience(self.reach, tuple(self.values))


class NewAnnouncement(Body):
    """A draft: it goes nowhere before it is sent."""

    title: str = Field(min_length=1, max_length=150, examples=["Maintenance on Sunday"])
    text: str = Field(min_length=1, max_length=20_000)
    audience: AudienceFields = AudienceFields()
    in_portal: bool = True
    by_mail: bool = False


class AnnouncementChange(Body):
    """The fields to change; what is left out stays."""

    title: str | None = Field(None, min_length=1, max_length=150)
    text: str | None = Field(None, min_length=1, max_length=20_000)
    audience: AudienceFields | None = None
    in_portal: bool | None = None
    by_mail: bool | None = None

    @field_validator("*")
    @classmethod
    def _never_blank(cls, value: object) -> object:
        if value is None:
            raise ValueError("This field can be left out, but not emptied")
        return value

    def changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return given | ({"audience": given["audience"].audience()} if "audience" in given else {})


class Sending(Body):
    """Left out, or an instant that has come: now."""

    publish_at: Instant | None = None


class AnnouncementAnswer(BaseModel):
    id: UUID
    title: str
    text: str
    audience: AudienceFields
    in_portal: bool
    by_mail: bool
    state: State
    publish_at: AwareDatetime | None
    sent_at: AwareDatetime | None
    version: int

    @classmethod
    def of(cls, announcement: Announcement) -> AnnouncementAnswer:
        fields = {name: getattr(announcement, name) for name in cls.model_fields if name != "audience"}
        audience = announcement.audience
        return cls(**fields, audience=AudienceFields(reach=audience.reach, values=list(audience.values)))


class ReceivedFilter(BaseModel):
    """Which announcements; `q` is looked for in title and text."""

    q: str | None = Query(None, min_length=2, max_length=100)
    sent_from_at: Instant | None = None
    sent_to_at: Instant | None = None
    is_read: bool | None = None


class Filter(BaseModel):
    """Which announcements; `q` is looked for in title and text."""

    q: str | None = Query(None, min_length=2, max_length=100)
    state: list[State] | None = Query(None, max_length=4)
    reach: list[Reach] | None = Query(None, max_length=8)
    sent_from_at: Instant | None = None
    sent_to_at: Instant | None = None


class AnnouncementList(BaseModel):
    items: list[AnnouncementAnswer]
    next: str | None


class Received(BaseModel):
    """An announcement as the customer sees it; whom else it went to is not theirs to know."""

    id: UUID
    title: str
    text: str
    sent_at: AwareDatetime
    read_at: AwareDatetime | None


class ReceivedList(BaseModel):
    items: list[Received]
    next: str | None


class Reached(BaseModel):
    customers: int
    names: list[str]


class Receipt(BaseModel):
    customer_id: UUID
    mailed_at: AwareDatetime | None
    mail_refused_at: AwareDatetime | None
    mail_refusal: str | None = Field(description="What the mail server said when it refused the mail for good.")
    read_at: AwareDatetime | None
    read_by: str | None

    @classmethod
    def of(cls, row: Any, mail: Mapping[str, Any]) -> Receipt:
        fate = {"mailed_at": mail.get("mailed_at"), "mail_refused_at": mail.get("refused_at")}
        return cls(**row._mapping, **fate, mail_refusal=mail.get("refusal"))


class ReceiptList(BaseModel):
    items: list[Receipt]


@router.post(PLACE, status_code=201, **allow("announcements.write"))
async def add(tx: Transaction, caller: Caller, body: NewAnnouncement) -> AnnouncementAnswer:
    """Draft an announcement."""
    fields = {name: getattr(body, name) for name in ("title", "text", "in_portal", "by_mail")}
    announcement = Announcement(new_id(), audience=body.audience.audience(), **fields)
    await announcements.add(tx, caller.organization_id, announcement)
    return AnnouncementAnswer.of(announcement)


@router.get(PLACE, **allow("announcements.write"))
async def list_all(
    tx: Transaction, page: Annotated[Page, paged(announcements.LISTING)], wanted: Annotated[Filter, Query()]
) -> AnnouncementList:
    """The host's announcements, the newest first where no order is asked for."""
    found = await announcements.page(tx, page, dict(wanted))
    rows: list[dict[str, Any]] = [AnnouncementAnswer.of(a).model_dump() for a in found]
    return AnnouncementList(**page_of(rows, page))


@router.get("/v1/customers/{customer_id}/announcements", **allow("announcements.read"))
async def list_received(
    tx: Transaction,
    customer_id: UUID,
    page: Annotated[Page, paged(announcements.RECEIVED)],
    wanted: Annotated[ReceivedFilter, Query()],
) -> ReceivedList:
    """What the customer sees in the portal, the newest first where no order is asked for."""
    await customers.get(tx, customer_id)
    rows = await announcements.received(tx, customer_id, page, dict(wanted))
    shown: list[dict[str, Any]] = [Received(id=r.announcement_id, **r._mapping).model_dump() for r in rows]
    return ReceivedList(**page_of(shown, page))


@router.get(PLACE + "/{announcement_id}", **allow("announcements.write"))
async def read(tx: Transaction, announcement_id: UUID, response: Response) -> AnnouncementAnswer:
    """One announcement."""
    return _answer(await announcements.get(tx, announcement_id), response)


@router.patch(PLACE + "/{announcement_id}", **allow("announcements.write"))
async def change(
    tx: Transaction, announcement_id: UUID, body: AnnouncementChange, version: IfMatch, response: Response
) -> AnnouncementAnswer:
    """Change what was not sent yet."""
    return _answer(await change_announcement(tx, announcement_id, body.changes(), version), response)


@router.get(PLACE + "/{announcement_id}/audience", **allow("announcements.write"))
async def look_at_audience(tx: Transaction, announcement_id: UUID) -> Reached:
    """Whom it would reach now, by name the first hundred."""
    reached = await announcements.reached(tx, (await announcements.get(tx, announcement_id)).audience)
    return Reached(customers=len(reached), names=[row.name for row in reached[:100]])


@router.post(PLACE + "/{announcement_id}/send", **allow("announcements.write"))
async def send(
    tx: Transaction, caller: Caller, announcement_id: UUID, body: Sending, response: Response
) -> AnnouncementAnswer:
    """Send it now or at an instant; until then it can be changed, sent at another one, or cancelled."""
    at = await business_now(tx, caller.organization_id)
    done = await schedule_announcement(tx, caller.organization_id, announcement_id, body.publish_at, at=at)
    return _answer(done, response)


@router.post(PLACE + "/{announcement_id}/cancel", **allow("announcements.write"))
async def cancel(tx: Transaction, announcement_id: UUID, response: Response) -> AnnouncementAnswer:
    """Give up what was not sent yet."""
    return _answer(await cancel_announcement(tx, announcement_id), response)


@router.get(PLACE + "/{announcement_id}/receipts", **allow("announcements.write"))
async def list_receipts(tx: Transaction, announcement_id: UUID) -> ReceiptList:
    """To whom it went, when their mail left or was refused, and when their first person read it."""
    await announcements.get(tx, announcement_id)
    fates = await mails.fate_by_customer(tx, announcement_id)
    rows = await announcements.receipts_of(tx, announcement_id)
    return ReceiptList(items=[Receipt.of(r, fates.get(r.customer_id, {})) for r in rows])


@router.post(PLACE + "/{announcement_id}/read", status_code=204, **allow("announcements.read"))
async def note_read(tx: Transaction, caller: Caller, announcement_id: UUID) -> None:
    """One of the customer's people has it on the screen; the first time counts."""
    customer_id = await _reader(tx, caller, announcement_id)
    at = await business_now(tx, caller.organization_id)
    await announcements.note_read(tx, announcement_id, customer_id, caller.subject, at)


async def _reader(tx: Tx, caller: Principal, announcement_id: UUID) -> UUID:
    if caller.customer_id is None:
        raise Forbidden("A receipt is the customer's.", remedy="customers' people open it in the portal")
    if not (await announcements.get(tx, announcement_id)).in_portal:
        raise NotFound(
            f"There is no announcement {announcement_id}.", field="announcement_id", remedy="an id of one that is there"
        )
    return caller.customer_id


def _answer(announcement: Announcement, response: Response) -> AnnouncementAnswer:
    response.headers.update(etag(announcement.version))
    return AnnouncementAnswer.of(announcement)
