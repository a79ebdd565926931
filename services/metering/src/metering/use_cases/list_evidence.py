"""Evidence that is kept and not used, or that contradicts other evidence, for the host to resolve (rule 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from common.db import Tx
from metering.domain.alerts import SetAsideRead, set_aside
from metering.domain.findings import Finding, Registered, Row, findings
from metering.store import meters, raw_polls
from metering.store.meters import ChannelRow
from metering.use_cases.derive_days import Days, derive_days

_PAGE = 2000
_WALKED = frozenset({"spike", "dropout"})


async def list_evidence(
    tx: Tx, organization_id: UUID, pdu_id: UUID, days: Days, *, unit_id: UUID | None = None
) -> list[Finding]:
    """Everything set aside at a PDU over the days, in order of time; with `unit_id` at that unit's outlets alone."""
    pdu = await meters.pdu_of(tx, pdu_id)
    rows = await meters.channels_of(tx, pdu_ids=[pdu_id])
    wanted = {row.position for row in rows if unit_id in (None, row.unit_id)}
    modulus_wh = int(Fraction(pdu.modulus_kwh) * 1000)
    lives: dict[int, list[Registered]] = defaultdict(list)
    for row in rows:
        if row.position in wanted:
            life = Registered(str(row.channel_id), str(row.unit_id), row.from_at, row.to_at, modulus_wh)
            lives[row.position].append(life)
    found = findings(await _polls(tx, organization_id, pdu_id, days), lives)
    walked = await _walked(tx, [row for row in rows if row.position in wanted], days)
    return sorted([*found, *walked], key=lambda one: (one.from_at, one.position, one.reason, one.first_energy_wh))


async def _polls(tx: Tx, organization_id: UUID, pdu_id: UUID, days: Days) -> list[Row]:
    found: list[Row] = []
    from_at, to_at = days.span
    after: tuple[datetime, int | None] = (from_at, None)
    while True:
        page = await raw_polls.page(tx, organization_id, pdu_id, after, to_at, _PAGE)
        found += [(one.polled_at, one.energy_wh) for one in page]
        if len(page) < _PAGE:
            return found
        after = (page[-1].polled_at, page[-1].digest)


async def _walked(tx: Tx, rows: Sequence[ChannelRow], days: Days) -> list[Finding]:
    """What the walk of the registers refuses: spikes and dropouts."""
    by_id = {str(row.channel_id): row for row in rows}
    outcome = await derive_days(tx, sorted({row.unit_id for row in rows}), days, keep=True)
    return [
        _finding(by_id[one.channel_id], one)
        for unit in outcome.units
        if unit.seen is not None
        for one in set_aside(unit.seen.known)
        if one.channel_id in by_id and one.reason in _WALKED and days.span[0] <= one.read_at < days.span[1]
    ]


def _finding(row: ChannelRow, one: SetAsideRead) -> Finding:
    energy_wh = int(one.register_kwh * 1000)
    return Finding(
        position=row.position,
        reason=one.reason,
        from_at=one.read_at,
        to_at=one.read_at,
        read_count=1,
        first_energy_wh=energy_wh,
        last_energy_wh=energy_wh,
        channel_id=one.channel_id,
        unit_id=str(row.unit_id),
    )
