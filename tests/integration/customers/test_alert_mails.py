"""Alerts come into a customer's list at once, and by mail in one piece, at the host's pace (CM-29)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from events.contracts import SiteOpened, UnitRegistered
from events.metering import AlertCleared, AlertRaised, SiteFeedStopped
from integration.customers.conftest import AT, Book

STAFF = "noc@host.example"


def after(minutes: int) -> datetime:
    return AT + timedelta(minutes=minutes)


def raised(customer: Any, seen: str, kind: str = "low_hashrate", **fields: Any) -> AlertRaised:
    usual = {"severity": "warning", "opened_at": AT, "customer_id": UUID(customer["id"]), "unit_id": uuid4()}
    return AlertRaised(alert_id=uuid4(), kind=kind, detail=f"{kind} {seen}", observed=seen, **usual | fields)


def over(alert: AlertRaised, at: datetime) -> AlertCleared:
    about = {"customer_id": alert.customer_id, "unit_id": alert.unit_id}
    return AlertCleared(alert_id=alert.alert_id, kind=alert.kind, opened_at=alert.opened_at, closed_at=at, **about)


async def until(book: Book, minutes: int) -> None:
    """Moves the clock from appointment to appointment, as the clock's driver does; idle instants are passed over."""
    await book.service.advance(book.id, AT, after(minutes))


def subjects(book: Book, address: str) -> list[str]:
    return [str(mail["Subject"]) for mail in book.mails(address)]


async def test_a_customer_hears_of_alerts_past_their_threshold_and_by_mail(fresh: Book) -> None:
    customer = await fresh.add(contact_email="past@x.example")
    place = f"/v1/customers/{customer['id']}/alert-preferences"
    wishes = {"low_hashrate_percent": "70", "temperature_c": None, "offline_minutes": 30}
    async with fresh.portal(customer) as portal:
        assert (await portal.get(place)).json()["version"] == 0
        put = await portal.put(place, json=wishes, headers={"If-Match": '"0"'})
        assert (put.status_code, put.json()["low_hashrate_percent"]) == (200, "70")
        assert (await portal.put(place, json=wishes, headers={"If-Match": '"0"'})).status_code == 412
        alerts = [raised(customer, "75"), raised(customer, "60"), raised(customer, "99", "high_temperature")]
        await fresh.service.tell(fresh.id, *alerts, at=AT)
        await fresh.settled()
        (alert,) = (await portal.get(f"/v1/customers/{customer['id']}/alerts")).json()["items"]
        assert (alert["text"], alert["cleared_at"]) == ("low_hashrate 60", None)
        assert subjects(fresh, "past@x.example") == []
        await until(fresh, 5)
        assert subjects(fresh, "past@x.example") == ["Warning: a unit low hashrate"]
        await fresh.service.tell(fresh.id, over(alerts[1], after(6)), at=after(6))
        await fresh.settled()
        opened = (await portal.get(f"/v1/customers/{customer['id']}/alerts", params={"is_open": True})).json()
        assert opened["items"] == []
        off = await portal.put(place, json=wishes | {"by_mail": False}, headers={"If-Match": '"1"'})
        assert off.status_code == 200
    await until(fresh, 65)
    assert len(subjects(fresh, "past@x.example")) == 1


async def furnished(book: Book) -> tuple[UUID, list[UUID]]:
    """A site with 24 machines, and an address of the staff. Answers their ids."""
    site_id, units = uuid4(), [uuid4() for _ in range(24)]
    site = SiteOpened(site_id=site_id, version=1, name="Amarillo", code="ama", timezone="America/Chicago")
    machines = [
        UnitRegistered(
            unit_id=one, version=1, name=f"u-{n:02}", model="S21", site_id=site_id, rated_w="3500",
            rated_ths="200", efficiency_jth="17.5", owner="customer",
        )
        for n, one in enumerate(units)
    ]  # fmt: skip
    put = await book.http.put("/v1/alert-mail-settings", json={"staff_email": STAFF}, headers={"If-Match": '"0"'})
    assert put.json() == {"gather_minutes": 5, "window_minutes": 60, "staff_email": STAFF, "version": 1}
    await book.service.tell(book.id, site, *machines, at=AT)
    await book.settled()
    return site_id, units


async def test_alerts_that_come_close_together_make_one_mail_and_the_next_an_hour_later(fresh: Book) -> None:
    """The service is killed before the first mail, and every fact comes twice."""
    customer = await fresh.add(contact_email="many@x.example")
    site_id, units = await furnished(fresh)
    alerts = [raised(customer, "60", unit_id=one) for one in units]
    stopped = SiteFeedStopped(
        site_id=site_id, alert_id=uuid4(), severity="critical", opened_at=AT, detail="Nothing is told of it."
    )
    await fresh.service.tell(fresh.id, *alerts, at=AT)
    await fresh.settled()
    await fresh.service.kill()
    await fresh.service.start()
    await fresh.service.tell(fresh.id, *alerts, stopped, at=AT)
    await fresh.settled()
    assert (subjects(fresh, "many@x.example"), len(subjects(fresh, STAFF))) == ([], 1)  # critical: at once
    await until(fresh, 5)
    (mail,) = fresh.mails("many@x.example")
    text = mail.get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "24 alerts began"
    assert "Low hashrate at Amarillo: 24\n  01 Mar 08:00  u-00: low_hashrate 60\n" in text
    assert "\n  and 4 more\n\nAll of it: http" in text
    assert text.rstrip().endswith("/auth")
    assert subjects(fresh, STAFF) == ["Critical: 25 alerts began"]
    await fresh.service.tell(fresh.id, *(over(one, after(20)) for one in alerts[:2]), at=after(20))
    await fresh.service.tell(fresh.id, raised(customer, "99", "power_cap"), at=after(20))
    await fresh.settled()
    await until(fresh, 64)
    assert len(subjects(fresh, "many@x.example")) == 1
    await until(fresh, 65)
    assert subjects(fresh, "many@x.example")[1:] == ["1 alert began, 2 are over"]
    assert subjects(fresh, STAFF)[1:] == ["1 alert began, 2 are over"]
