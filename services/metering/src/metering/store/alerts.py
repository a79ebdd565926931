"""Conditions that are watched, and the alerts that were raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.errors import NotFound
from common.listing import Listing, Page
from metering.domain.alert_rules import AlertKind, Severity
from metering.domain.conditions import Condition
from metering.store.alert_tables import NOBODY, alert_conditions, alerts, cap_looks
from metering.store.tables import channels, pdus

Key = tuple[AlertKind, UUID, UUID]
"""Kind, subject, and the customer whose own threshold it is (NOBODY: the host's rule)."""
_KEEP = text("""
    insert into alert_conditions (organization_id, kind, subject_id, asked_by_id, since_at, well_since_at, seen_at,
        alert_id)
    values (:organization, :kind, :subject_id, :asked_by_id, :since_at, :well_since_at, :seen_at, :alert_id)
    on conflict (organization_id, kind, subject_id, asked_by_id) do update set since_at = excluded.since_at,
        well_since_at = excluded.well_since_at, seen_at = excluded.seen_at, alert_id = excluded.alert_id
""")
_LOOKED = text("""
    insert into cap_looks (organization_id, contract_id, until_at) values (:organization, :contract_id, :until_at)
    on conflict (organization_id, contract_id) do update set until_at = greatest(cap_looks.until_at, excluded.until_at)
""")


@dataclass(frozen=True, slots=True)
class Alert:
    """What was raised. `subject_id` is the unit, PDU, site, channel or contract that it is about."""

    alert_id: UUID
    kind: str
    subject_id: UUID
    severity: str
    opened_at: datetime
    detail: str
    unit_id: UUID | None = None
    pdu_id: UUID | None = None
    contract_id: UUID | None = None
    customer_id: UUID | None = None
    observed: str | None = None
    threshold: str | None = None
    closed_at: datetime | None = None
    site_id: UUID | None = None
    asked_by_id: UUID = NOBODY

    @property
    def by_own_threshold(self) -> bool:
        return self.asked_by_id != NOBODY


@dataclass(frozen=True, slots=True)
class Watched:
    """A condition under watch, and its alert where one is raised."""

    condition: Condition
    alert_id: UUID | None


_ALERT = [alerts.c[name] for name in Alert.__slots__]


async def watched(tx: Tx, kinds: Iterable[AlertKind], subjects: Iterable[UUID]) -> dict[Key, Watched]:
    """The conditions under watch of these subjects, locked in one order."""
    c = alert_conditions.c
    query = (
        select(c.kind, c.subject_id, c.asked_by_id, c.since_at, c.well_since_at, c.seen_at, c.alert_id)
        .where(c.kind.in_(list(kinds)), c.subject_id.in_(list(subjects)))
        .order_by(c.kind, c.subject_id, c.asked_by_id)
        .with_for_update()
    )
    return {
        (AlertKind(row.kind), row.subject_id, row.asked_by_id): Watched(
            Condition(row.since_at, row.seen_at, row.alert_id is not None, row.well_since_at), row.alert_id
        )
        for row in await tx.execute(query)
    }


async def raised(tx: Tx, kind: AlertKind) -> list[UUID]:
    """The subjects of the open alerts of a kind."""
    query = select(alerts.c.subject_id).where(alerts.c.kind == kind, alerts.c.closed_at.is_(None))
    return list((await tx.execute(query)).scalars())


async def closed_until(tx: Tx, kind: AlertKind, subject_id: UUID) -> datetime | None:
    """When the last alert of a kind about the subject was closed."""
    query = select(func.max(alerts.c.closed_at)).where(alerts.c.kind == kind, alerts.c.subject_id == subject_id)
    found: datetime | None = (await tx.execute(query)).scalar()
    return found


async def keep(tx: Tx, organization_id: UUID, found: Mapping[Key, Watched | None]) -> None:
    """Write down conditions; those that are None are over."""
    c = alert_conditions.c
    for kind, subject_id, asked_by_id in sorted(key for key, one in found.items() if one is None):
        of = (c.kind == kind, c.subject_id == subject_id, c.asked_by_id == asked_by_id)
        await tx.execute(delete(alert_conditions).where(*of))
    rows = [
        {
            "organization": organization_id,
            "kind": kind,
            "subject_id": subject_id,
            "asked_by_id": asked_by_id,
            "since_at": one.condition.since_at,
            "well_since_at": one.condition.well_since_at,
            "seen_at": one.condition.seen_at,
            "alert_id": one.alert_id,
        }
        for (kind, subject_id, asked_by_id), one in sorted(found.items(), key=lambda pair: pair[0])
        if one is not None
    ]
    if rows:
        await tx.execute(_KEEP, rows)


async def add(tx: Tx, organization_id: UUID, found: Sequence[Alert]) -> None:
    """Write down alerts as they are raised; where one is open already (raised by another process), that one stands."""
    if found:
        rows: list[dict[str, Any]] = [
            {"organization_id": organization_id} | {name: getattr(one, name) for name in Alert.__slots__}
            for one in found
        ]
        await tx.execute(insert(alerts).on_conflict_do_nothing(), rows)


async def close(tx: Tx, alert_id: UUID, closed_at: datetime) -> Alert | None:
    """Close an alert; answers it, or None where it is not there."""
    statement = update(alerts).where(alerts.c.alert_id == alert_id).values(closed_at=closed_at).returning(*_ALERT)
    row = (await tx.execute(statement)).first()
    return None if row is None else Alert(*row)


async def one(tx: Tx, alert_id: UUID) -> Alert:
    """The alert; one that the caller may not see looks like none."""
    row = (await tx.execute(select(*_ALERT).where(alerts.c.alert_id == alert_id))).first()
    if row is None:
        raise NotFound(f"There is no alert {alert_id}.", field="alert_id")
    return Alert(*row)


_A = alerts.c


def _at_site(site_id: UUID) -> ColumnElement[bool]:
    """About the site itself, a PDU of it, or a unit that hangs on one now."""
    there = select(pdus.c.pdu_id).where(pdus.c.site_id == site_id)
    fed = select(channels.c.unit_id).where(channels.c.site_id == site_id, channels.c.to_at.is_(None))
    return or_(_A.site_id == site_id, _A.pdu_id.in_(there), _A.unit_id.in_(fed))


LISTING = Listing(
    key=[_A.alert_id],
    sorts={
        "added": _A.alert_id,
        "opened_at": _A.opened_at,
        "closed_at": _A.closed_at,
        "severity": case({name.value: rank for rank, name in enumerate(Severity)}, value=_A.severity),
    },
    filters={
        **{name: _A[name].__eq__ for name in ("unit_id", "pdu_id", "contract_id", "customer_id")},
        "state": lambda state: _A.closed_at.is_(None) if state == "open" else _A.closed_at.is_not(None),
        "kind": _A.kind.in_,
        "severity": _A.severity.in_,
        "site_id": _at_site,
        "by_own_threshold": lambda yes: _A.asked_by_id != NOBODY if yes else _A.asked_by_id == NOBODY,
        "opened_from_at": _A.opened_at.__ge__,
        "opened_to_at": _A.opened_at.__lt__,
    },
    usual="-added",
)


async def page(tx: Tx, page: Page, wanted: Mapping[str, Any]) -> list[Alert]:
    """Those that are wanted, in the order asked for."""
    return [Alert(*row) for row in await page.read(tx, select(*_ALERT), wanted)]


async def looked_at(tx: Tx, contract_id: UUID) -> datetime | None:
    """Until when the quarter hours of the contract were looked at."""
    found: datetime | None = (
        await tx.execute(select(cap_looks.c.until_at).where(cap_looks.c.contract_id == contract_id))
    ).scalar()
    return found


async def keep_look(tx: Tx, organization_id: UUID, contract_id: UUID, until_at: datetime) -> None:
    await tx.execute(_LOOKED, {"organization": organization_id, "contract_id": contract_id, "until_at": until_at})
